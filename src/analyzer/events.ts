import type { Fault } from '../bytes/fault.js';
import type { IdentityHeaderVerdict } from '../checks/identity/verdict.js';
import type { TlsVerdict } from '../checks/tls/verdict.js';
import type { Body } from '../model/body.js';
import type { Direction, Endpoint, Transport } from '../model/endpoint.js';
import type { Finding } from '../model/finding.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { SipMessage } from '../sip/message.js';
import type { TlsConnection } from '../tls/connection.js';
import type { PlainMessage } from './plain-message.js';

/**
 * A SIP message. `body` and `findings` are worked out when first asked for: a list of a million messages that asks
 * for neither pays for neither. The bytes are views of buffers that are reused once the listener returns; who
 * keeps an event longer copies them.
 */
export type SipMessageEvent = {
  readonly type: 'sip_message';
  readonly file: string;
  /** The frame that completes the message; undefined for a file that is one message alone. */
  readonly frame: FrameRef | undefined;
  /** Numbers of all frames that carried a part of it, in the order of its bytes. */
  readonly frames: readonly number[];
  readonly transport: Transport | undefined;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly tcpStream: number | undefined;
  /** Which network of several with the same addresses (VLAN, VNI, GRE key), as a hash; 0 or undefined fits any. */
  readonly network?: number | undefined;
  /** The TLS connection around it. */
  readonly tls: TlsConnection | undefined;
  /** Whether its packet was made by an application and never sent: the transport says nothing of how it travelled. */
  readonly isMade?: boolean | undefined;
  readonly message: SipMessage;
  readonly framingFaults: readonly Fault[];
  readonly body: Body | undefined;
  /** What became of the Identity headers, in their order. */
  readonly identityHeaders?: readonly IdentityHeaderVerdict[] | undefined;
  readonly findings: readonly Finding[];
  /** Copies the bytes, for one who looks at the event after the listener returned. */
  keep?(): void;
};

/** A TLS connection at its end, with all that is known of it. */
export type TlsConnectionEvent = {
  readonly type: 'tls_connection';
  readonly file: string;
  readonly tcpStream: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly connection: TlsConnection;
  /** The host that the client meant, and the judgement of the certificates. */
  readonly verdict: TlsVerdict;
  /** The first segment seen, and the first FIN and RST of each side. */
  readonly tcp: {
    readonly firstFrame: FrameRef;
    readonly endings: readonly {
      readonly how: 'fin' | 'rst';
      readonly direction: Direction;
      readonly frame: FrameRef;
    }[];
  };
  readonly findings: readonly Finding[];
  /** Lines of an NSS key log that open it: secret, for `siplens keys` alone. */
  keyLogLines(): readonly string[];
};

/** A file that is one MIME entity or CMS blob. */
export type EntityEvent = {
  readonly type: 'entity';
  readonly file: string;
  readonly body: Body;
  readonly findings: readonly Finding[];
};

/** A finding that belongs to no single message or connection: a lost segment, an unfinished datagram. */
export type FindingEvent = { readonly type: 'finding'; readonly file: string; readonly finding: Finding };

/** Input that could not be read whole: what, where, and what was kept. */
export type ProblemEvent = {
  readonly type: 'error';
  readonly file: string;
  readonly message: string;
  /** Byte offset in the (uncompressed) file. */
  readonly offset?: number;
  readonly frame?: number;
};

export type AnalyzerEvent = SipMessageEvent | TlsConnectionEvent | EntityEvent | FindingEvent | ProblemEvent;

/**
 * Called synchronously, in the order in which things come to light. With the event of a message that is plain comes its
 * index, which holds until the listener returns: the next message is read into the same memory.
 */
export type Listener = (event: AnalyzerEvent, plain?: PlainMessage) => void;
