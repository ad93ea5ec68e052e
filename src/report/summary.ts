import type { AnalyzerEvent, TlsConnectionEvent } from '../analyzer/events.js';
import type { Statistics } from '../analyzer/statistics.js';
import { counted } from '../bytes/text.js';

/** Protocols named when there was no SIP, most frequent first. */
const MAX_NAMED_PROTOCOLS = 6;

/** Captures and TLS connections that are explained one by one; beyond that they are counted. */
const MAX_EXPLAINED = 10;

/** What a capture held, by its name. */
export type CaptureRun = { readonly file: string; readonly statistics: Statistics };

/** Why there is nothing, or nothing more, to show: plain data, and those of several runs add up. */
export type Explanation = {
  /** Of captures without a SIP message: that there is none, and what was not decoded. */
  readonly silent: readonly { readonly nothing: string; readonly undecoded: readonly string[] }[];
  readonly silentCount: number;
  /** Of TLS connections that were not decrypted. */
  readonly closed: readonly string[];
  readonly closedCount: number;
};

/** Learns from the events of a run why there is nothing, or nothing more, to show. */
export class RunExplainer {
  readonly #closed: TlsConnectionEvent[] = [];
  #closedCount = 0;
  /** Files that an error was told of. */
  readonly #broken = new Set<string>();

  event(event: AnalyzerEvent): void {
    if (event.type === 'error') this.#broken.add(event.file);
    if (event.type !== 'tls_connection' || event.connection.decryption.status === 'decrypted') return;
    this.#closedCount++;
    if (this.#closed.length < MAX_EXPLAINED) this.#closed.push(event);
  }

  explanation(runs: readonly CaptureRun[]): Explanation {
    const silent = runs.filter(
      ({ file, statistics: { messages, frames } }) =>
        messages === 0 && (frames > 0 || !this.#broken.has(file)),
    );
    return {
      silent: silent.slice(0, MAX_EXPLAINED).map((run) => ({
        nothing: `${run.file}: ${nothingFound(run.statistics)}`,
        undecoded: undecoded(run),
      })),
      silentCount: silent.length,
      closed: this.#closed.map((event) => `${event.file}: ${closedConnection(event)}`),
      closedCount: this.#closedCount,
    };
  }
}

/** The explanations of several runs as one. */
export function addedUp(all: readonly Explanation[]): Explanation {
  return {
    silent: all.flatMap(({ silent }) => silent).slice(0, MAX_EXPLAINED),
    silentCount: all.reduce((sum, { silentCount }) => sum + silentCount, 0),
    closed: all.flatMap(({ closed }) => closed).slice(0, MAX_EXPLAINED),
    closedCount: all.reduce((sum, { closedCount }) => sum + closedCount, 0),
  };
}

/** Sentences for standard error; what is beyond those told is counted. */
export function explanationLines({ silent, silentCount, closed, closedCount }: Explanation): string[] {
  const moreSilent = silentCount - silent.length;
  const moreClosed = closedCount - closed.length;
  return [
    ...silent.map(({ nothing }) => nothing),
    ...(moreSilent === 0 ? [] : [`nor is there a SIP message in ${counted(moreSilent, 'more capture')}`]),
    ...closed,
    ...(moreClosed === 0 ? [] : [`${counted(moreClosed, 'more TLS connection')} not decrypted`]),
    ...silent.flatMap((one) => one.undecoded),
  ];
}

/** What `--verbose` adds: what was not decoded in captures that have messages, and the counts of all. */
export function verboseLines(runs: readonly CaptureRun[]): string[] {
  const others = runs.filter(({ statistics }) => statistics.messages > 0);
  return [...others.flatMap(undecoded), ...runs.map(countsOf)];
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
  return `${file}: ${counted(frames, 'frame')}, ${inside} (${connectionsOpened} decrypted)`;
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

/** Why a TLS connection was not decrypted, with what would decrypt it. */
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
