/** Limits of the analysis of a capture, each with its reason. */
import type { TcpLimits } from '../stream/limits.js';

/** Findings told of one connection's TCP; a broken one would repeat itself by the thousand. */
export const MAX_STREAM_FINDINGS = 100;

/** Findings kept of a connection that is not known to be of interest yet. */
export const MAX_WAITING_FINDINGS = 16;

/**
 * Closed TLS connections that wait for a secret another connection or file may bring; when passed, the one that has
 * waited longest is told as it stands. A resumed session follows the one it resumes by far fewer.
 */
export const MAX_WAITING_CONNECTIONS = 10_000;

/**
 * Bytes of memory that unfinished messages and handshakes of all open connections may hold, about; when passed, the
 * connections that were idle longest end. A flood of connections that never close (or of messages that never end)
 * would else take all there is; this is 30,000 TLS connections, well within the heap that Node has by default.
 */
export const MAX_HELD_BYTES = 512 * 1024 * 1024;

/** What is told of a connection that ends for one of these limits or for that of open connections. */
export const LET_GO =
  'more connections were open than are followed at once (--keep, of a live capture), or they held too much memory: ' +
  'this one was idle longest and was let go; what it goes on with counts as a new connection';

/** What a capture without end limits more tightly than a file. */
export type AnalyzerLimits = {
  readonly tcp?: Partial<TcpLimits>;
  readonly waitingConnections?: number;
  readonly heldBytes?: number;
};

/** Bytes of a body that outputs have where the user does not say: SIP bodies have some thousands. */
export const MAX_BODY = 1024 * 1024;
