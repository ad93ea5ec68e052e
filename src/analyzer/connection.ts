import type { IntendedHost } from '../checks/tls/verdict.js';
import type { Finding } from '../model/finding.js';
import type { StreamEnd } from '../sip/framing/framer-handler.js';
import type { TcpStream } from '../stream/types.js';
import type { TlsConnectionEvent } from './events.js';
import type { StreamAnalysis } from './stream-analysis.js';

type Ending = TlsConnectionEvent['tcp']['endings'][number];

/** What the analysis of a capture keeps of one TCP connection: its own analysis, and the findings about its transport. */
export type Connection = {
  readonly stream: TcpStream;
  /** From the first bytes until it is told. */
  analysis: StreamAnalysis<Connection> | undefined;
  /** Whether all was told that there is to tell. */
  isOver: boolean;
  /** Why no more of it was read, once it is closed. */
  end: StreamEnd;
  /** Findings until it is known whether it is of interest. */
  waiting: readonly Finding[];
  /** Findings told. */
  told: number;
  /** Of memory, as its analysis said last. */
  heldBytes: number;
  /** Where the first request inside wants to go. */
  intended: IntendedHost | undefined;
  endings: readonly Ending[];
};

/** Most connections have none, and share these. */
export const NO_FINDINGS: readonly Finding[] = [];
const NO_ENDINGS: readonly Ending[] = [];

export function newConnection(stream: TcpStream): Connection {
  return {
    stream,
    analysis: undefined,
    isOver: false,
    end: 'cut-short',
    waiting: NO_FINDINGS,
    told: 0,
    heldBytes: 0,
    intended: undefined,
    endings: NO_ENDINGS,
  };
}
