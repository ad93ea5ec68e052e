import type { Finding } from '../model/finding.js';

/** What a run saw, for summaries and for saying why there is nothing to show. */
export type Statistics = {
  frames: number;
  bytes: number;
  messages: number;
  /** TLS connections by decryption status. */
  connections: number;
  connectionsOpened: number;
  findings: number;
  problems: number;
  /** Frames by the deepest protocol that was recognised, for frames that led to no SIP message. */
  readonly protocols: Map<string, number>;
  /** Frames that were not read although they may carry SIP, by the reason: what it is, or where it is broken. */
  readonly unread: Map<string, UnreadFrames>;
  /** What was told of bytes of streams and datagrams that are missing or were passed over; the first ones as sentences. */
  readonly lost: { count: number; readonly first: string[] };
};

export type UnreadFrames = { count: number; firstFrame: number };

/** Most different reasons remembered: hostile input must not fill the memory with its own texts. */
const MAX_REASONS = 64;

/** Reason of what is beyond those. */
const OTHER_REASONS = 'other reasons';

/** Sentences about lost bytes that are kept; the others are counted. */
const MAX_LOST = 8;

/** Rules of the findings that say why there is nothing to read, or that bytes were not read. */
const LOST: ReadonlySet<string> = new Set([
  'tcp/refused',
  'tcp/not-answered',
  'tcp/gap',
  'tcp/skipped',
  'tcp/sequence-jump',
  'tcp/buffer-limit',
  'tcp/let-go',
  'ip/fragments-missing',
  'ip/fragment-malformed',
]);

export function emptyStatistics(): Statistics {
  return {
    frames: 0,
    bytes: 0,
    messages: 0,
    connections: 0,
    connectionsOpened: 0,
    findings: 0,
    problems: 0,
    protocols: new Map(),
    unread: new Map(),
    lost: { count: 0, first: [] },
  };
}

export function countProtocol(statistics: Statistics, protocol: string): void {
  const { protocols } = statistics;
  const count = protocols.get(protocol);
  if (count !== undefined) protocols.set(protocol, count + 1);
  else if (protocols.size < MAX_REASONS) protocols.set(protocol, 1);
}

export function countUnread({ unread }: Statistics, reason: string, frame: number): void {
  const known = unread.has(reason) || unread.size < MAX_REASONS ? reason : OTHER_REASONS;
  const seen = unread.get(known);
  if (seen !== undefined) seen.count++;
  else unread.set(known, { count: 1, firstFrame: frame });
}

/** Counts a finding that says that bytes were not read; others are none. */
export function countLost({ lost }: Statistics, { rule, summary, where }: Finding): void {
  if (!LOST.has(rule)) return;
  lost.count++;
  if (lost.first.length < MAX_LOST) lost.first.push(where === undefined ? summary : `${where}: ${summary}`);
}
