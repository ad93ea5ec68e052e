import type { AnalyzerEvent, TlsConnectionEvent } from '../analyzer/events.js';
import type { Statistics } from '../analyzer/statistics.js';
import { counted } from '../bytes/text.js';

/** Protocols named when there was no SIP, most frequent first. */
const MAX_NAMED_PROTOCOLS = 6;

/** Reasons for not reading frames that are told of a capture; the rest is counted. */
const MAX_REASONS = 8;

/** Captures and TLS connections that are explained one by one; beyond that they are counted. */
const MAX_EXPLAINED = 10;

/** What a capture held, by its name. */
export type CaptureRun = { readonly file: string; readonly statistics: Statistics };

/** Why there is nothing, or nothing more, to show: plain data, and those of several runs add up. */
export type Explanation = {
  /** Of captures without a SIP message: that there is none. */
  readonly silent: readonly string[];
  readonly silentCount: number;
  /** Of captures of which something was not read: frames by reason, and what findings say of missing bytes. */
  readonly unread: readonly { readonly frames: readonly string[]; readonly bytes: readonly string[] }[];
  readonly unreadCount: number;
  /** Of TLS connections that were not decrypted. */
  readonly closed: readonly string[];
  readonly closedCount: number;
};

/** Whether the command tells findings by itself: those about missing bytes need not be told twice. */
export type Told = 'findings' | 'no-findings';

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
    const unread = runs.filter(
      ({ statistics: { unread: frames, lost } }) => frames.size > 0 || lost.count > 0,
    );
    return {
      silent: silent
        .slice(0, MAX_EXPLAINED)
        .map(({ file, statistics }) => `${file}: ${nothingFound(statistics)}`),
      silentCount: silent.length,
      unread: unread.slice(0, MAX_EXPLAINED).map(unreadOf),
      unreadCount: unread.length,
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
    unread: all.flatMap(({ unread }) => unread).slice(0, MAX_EXPLAINED),
    unreadCount: all.reduce((sum, { unreadCount }) => sum + unreadCount, 0),
    closed: all.flatMap(({ closed }) => closed).slice(0, MAX_EXPLAINED),
    closedCount: all.reduce((sum, { closedCount }) => sum + closedCount, 0),
  };
}

/** Sentences for standard error; what is beyond those told is counted. */
export function explanationLines(explanation: Explanation, told: Told = 'no-findings'): string[] {
  const { silent, silentCount, closed, closedCount } = explanation;
  const moreSilent = silentCount - silent.length;
  const moreClosed = closedCount - closed.length;
  return [
    ...silent,
    ...(moreSilent === 0 ? [] : [`nor is there a SIP message in ${counted(moreSilent, 'more capture')}`]),
    ...closed,
    ...(moreClosed === 0 ? [] : [`${counted(moreClosed, 'more TLS connection')} not decrypted`]),
    ...unreadLines(explanation, told),
  ];
}

/** Of those, what was not read: every command tells it, whatever else it found. */
export function unreadLines({ unread, unreadCount }: Explanation, told: Told = 'no-findings'): string[] {
  const more = unreadCount - unread.length;
  return [
    ...unread.flatMap(({ frames, bytes }) => (told === 'findings' ? frames : [...frames, ...bytes])),
    ...(more === 0 ? [] : [`nor was all read of ${counted(more, 'more capture')}`]),
  ];
}

/** What `--verbose` adds: what captures carried beside SIP (ARP, RTP in UDP), and the counts of all. */
export function verboseLines(runs: readonly CaptureRun[]): string[] {
  return runs.flatMap((run) => {
    const { protocols, messages } = run.statistics;
    const beside =
      messages === 0 || protocols.size === 0 ? [] : [`${run.file}: beside SIP: ${named(protocols)}`];
    return [...beside, countsOf(run)];
  });
}

/** Frames by the reason why they were not read, and the first findings about bytes that are missing. */
function unreadOf({ file, statistics: { unread, lost } }: CaptureRun): Explanation['unread'][number] {
  const reasons = [...unread].sort(([, a], [, b]) => b.count - a.count || a.firstFrame - b.firstFrame);
  const others = reasons.slice(MAX_REASONS).reduce((sum, [, { count }]) => sum + count, 0);
  const frames = reasons
    .slice(0, MAX_REASONS)
    .map(
      ([reason, { count, firstFrame }]) =>
        `${counted(count, 'frame')} not read: ${reason} (${count === 1 ? '' : 'first: '}frame ${firstFrame})`,
    );
  if (others > 0) frames.push(`${counted(others, 'more frame')} not read, for other reasons`);
  const bytes = [...lost.first];
  const moreLost = lost.count - bytes.length;
  if (moreLost > 0)
    bytes.push(`${counted(moreLost, 'more place')} where bytes are missing or were passed over`);
  const labelled = (lines: readonly string[]): string[] => lines.map((line) => `${file}: ${line}`);
  return { frames: labelled(frames), bytes: labelled(bytes) };
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
  const seen = [
    ...(connections > 0 ? [counted(connections, 'TLS connection')] : []),
    ...(statistics.protocols.size > 0 ? [named(statistics.protocols)] : []),
  ];
  return `no SIP message in ${counted(frames, 'frame')}${seen.length === 0 ? '' : `; seen instead: ${seen.join(', ')}`}`;
}

/** `12 ARP, 3 ICMP`: the most frequent ones. */
function named(protocols: ReadonlyMap<string, number>): string {
  return [...protocols]
    .sort(([, a], [, b]) => b - a)
    .slice(0, MAX_NAMED_PROTOCOLS)
    .map(([protocol, count]) => `${count} ${protocol}`)
    .join(', ');
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
