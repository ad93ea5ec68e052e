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
  /** Reasons why decoding of a frame stopped early, with their count and the first frame. */
  readonly stops: Map<string, { count: number; firstFrame: number }>;
};

/** Most different reasons remembered: hostile input must not fill the memory with its own texts. */
const MAX_REASONS = 64;

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
    stops: new Map(),
  };
}

export function countProtocol(statistics: Statistics, protocol: string): void {
  const { protocols } = statistics;
  const count = protocols.get(protocol);
  if (count !== undefined) protocols.set(protocol, count + 1);
  else if (protocols.size < MAX_REASONS) protocols.set(protocol, 1);
}

export function countStop(statistics: Statistics, reason: string, frame: number): void {
  const seen = statistics.stops.get(reason);
  if (seen !== undefined) seen.count++;
  else if (statistics.stops.size < MAX_REASONS) statistics.stops.set(reason, { count: 1, firstFrame: frame });
}
