/** Limits of TCP reassembly, each with its reason. All bytes and counts are inclusive maxima. */
export type TcpLimits = {
  /** Bytes waiting for a hole in one direction: no receive window is usefully larger (Linux allows 6 MiB by default). */
  readonly heldBytesPerFlow: number;
  /** Pieces waiting in one direction: such a window in full-sized segments; tiny ones must not cost more. */
  readonly heldSegmentsPerFlow: number;
  /** Bytes waiting in all directions together: bounds memory when many connections lose segments at once. */
  readonly heldBytesTotal: number;
  /** Delivered bytes kept to compare retransmissions with, of all connections: seconds of a busy link. */
  readonly historyBytes: number;
  /** Open connections; when passed, the longest idle one is ended. About 400 bytes each, and what is kept of what they carry. */
  readonly openConnections: number;
  /**
   * Closed connections remembered, so that stragglers get the number they had. By count and not by time, as Wireshark
   * never forgets one; about 400 bytes each.
   */
  readonly closedConnections: number;
  /** Faults told of one stream: more say nothing new. */
  readonly faultsPerStream: number;
  /** Segments behind an acknowledged hole after which it is a gap: as fast retransmit counts (RFC 5681 §3.2). */
  readonly gapSegments: number;
  /** Seconds after which an acknowledged hole is a gap: captures deliver frames out of order by far less. */
  readonly gapSeconds: number;
  /** Seconds after which a hole is a gap where the peer was never seen, whose acknowledgments would tell: a few RTOs. */
  readonly oneSidedGapSeconds: number;
  /** Seconds without data after a RST until the stream is closed: segments captured late are still taken. */
  readonly lingerSeconds: number;
};

export const TCP_LIMITS: TcpLimits = {
  heldBytesPerFlow: 6 << 20,
  heldSegmentsPerFlow: 4096,
  heldBytesTotal: 64 << 20,
  historyBytes: 16 << 20,
  openConnections: 131_072,
  closedConnections: 65_536,
  faultsPerStream: 64,
  gapSegments: 3,
  gapSeconds: 1,
  oneSidedGapSeconds: 5,
  lingerSeconds: 10,
};

/** Largest window that window scaling allows (RFC 7323 §2.3): sequence numbers differ by no more. */
export const MAX_WINDOW = 1 << 30;

/** A window without scaling (RFC 9293 §3.1): numbers that differ by less may be of one connection, whatever was lost. */
export const NEAR_BYTES = 1 << 16;

/** Segments in a row outside the window after which the stream goes on there. */
export const STRAYS_BEFORE_JUMP = 4;

/** What keeping a piece costs beside its bytes (objects, array header), so that tiny pieces count as what they are. */
export const HELD_OVERHEAD = 256;
