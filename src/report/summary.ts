import type { AnalyzerEvent, TlsConnectionEvent } from '../analyzer/events.js';
import type { Statistics } from '../analyzer/statistics.js';
import { counted } from '../bytes/text.js';

/** Protocols named when there was no SIP, most frequent first. */
const MAX_NAMED_PROTOCOLS = 6;

/** Captures and TLS connections that are explained one by one; beyond that they are counted. */
const MAX_EXPLAINED = 10;

/** What a capture held, by its name. */
export type CaptureRun = { readonly file: string; readonly statistics: Statistics };

/** Learns from the events of a run why there is nothing, or nothing more, to show. */
export class RunExplainer {
  readonly #closed: TlsConnectionEvent[] = [];
  /** Files that an error was told of. */
  readonly #broken = new Set<string>();

  event(event: AnalyzerEvent): void {
    if (event.type === 'error') this.#broken.add(event.file);
    if (event.type !== 'tls_connection' || this.#closed.length === MAX_EXPLAINED) return;
    if (event.connection.decryption.status !== 'decrypted') this.#closed.push(event);
  }

  /** Sentences for standard error about the captures of a run; with `verbose` the counts, too. */
  lines(runs: readonly CaptureRun[], verbose: boolean): string[] {
    const silent = runs.filter(
      ({ file, statistics: { messages, frames } }) =>
        messages === 0 && (frames > 0 || !this.#broken.has(file)),
    );
    const named = silent.slice(0, MAX_EXPLAINED);
    const lines = named.map(({ file, statistics }) => `${file}: ${nothingFound(statistics)}`);
    const more = silent.length - named.length;
    if (more > 0) lines.push(`nor is there a SIP message in ${counted(more, 'more capture')}`);
    for (const event of this.#closed) lines.push(`${event.file}: ${closedConnection(event)}`);
    for (const run of verbose ? runs : named) lines.push(...undecoded(run));
    if (verbose) lines.push(...runs.map(countsOf));
    return lines;
  }
}

function undecoded({ file, statistics }: CaptureRun): string[] {
  return [...statistics.stops].map(
    ([reason, { count, firstFrame }]) =>
      `${file}: ${counted(count, 'frame')} not decoded (first: ${firstFrame}): ${reason}`,
  );
}

function countsOf({
  file,
  statistics: { frames, messages, connections, connectionsOpened },
}: CaptureRun): string {
  const inside = `${counted(messages, 'SIP message')}, ${counted(connections, 'TLS connection')}`;
  return `${file}: ${counted(frames, 'frame')}, ${inside} (${connectionsOpened} opened)`;
}

function nothingFound(statistics: Statistics): string {
  const { frames, connections } = statistics;
  if (frames === 0) return 'the capture holds no frames';
  const seen = [...statistics.protocols]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_NAMED_PROTOCOLS)
    .map(([protocol, count]) => `${count} ${protocol}`);
  if (connections > 0) seen.unshift(counted(connections, 'TLS connection'));
  return `no SIP message in ${counted(frames, 'frame')}${seen.length === 0 ? '' : `; seen instead: ${seen.join(', ')}`}`;
}

/** Why a TLS connection stays closed, with what would open it. */
export function closedConnection(event: TlsConnectionEvent): string {
  const { client, server, connection, tcpStream } = event;
  const { status, reason, detail } = connection.decryption;
  const suite = connection.cipherSuite?.name;
  const what = [connection.version, suite].filter((word) => word !== undefined).join(' ');
  const state = status === 'not_encrypted' ? 'not encrypted' : status.replaceAll('_', ' ');
  return (
    `tcp stream ${tcpStream} ${client.address}:${client.port} -> ${server.address}:${server.port}` +
    `${what === '' ? '' : ` (${what})`}: ${state}${reason === undefined ? '' : `, ${reason}`}: ${detail}`
  );
}
