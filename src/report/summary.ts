import type { TlsConnectionEvent } from '../analyzer/events.js';
import type { Statistics } from '../analyzer/statistics.js';
import { counted } from '../bytes/text.js';

/** Protocols named when there was no SIP, most frequent first. */
const MAX_NAMED_PROTOCOLS = 6;

/** Sentences about a run for standard error: why there is nothing to show, and with `verbose` the counts. */
export function explainRun(
  runs: readonly { readonly file: string; readonly statistics: Statistics }[],
  messages: number,
  closed: readonly TlsConnectionEvent[],
  verbose: boolean,
): string[] {
  const lines: string[] = [];
  if (messages === 0) {
    for (const { file, statistics } of runs) lines.push(`${file}: ${nothingFound(statistics)}`);
  }
  for (const event of closed) lines.push(`${event.file}: ${closedConnection(event)}`);
  for (const { file, statistics } of runs) {
    for (const [reason, { count, firstFrame }] of statistics.stops) {
      if (messages === 0 || verbose)
        lines.push(`${file}: ${counted(count, 'frame')} not decoded (first: ${firstFrame}): ${reason}`);
    }
    if (verbose) {
      lines.push(
        `${file}: ${counted(statistics.frames, 'frame')}, ${counted(statistics.messages, 'SIP message')}, ` +
          `${counted(statistics.connections, 'TLS connection')} (${statistics.connectionsOpened} opened)`,
      );
    }
  }
  return lines;
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
