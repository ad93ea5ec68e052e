import type { Fault } from '../bytes/fault.js';
import type { Body } from '../model/body.js';
import type { Transport } from '../model/endpoint.js';
import type { SipMessage } from '../sip/message.js';
import type { TlsConnection } from '../tls/connection.js';
import type { ClearTextCopy } from './clear-text.js';
import type { IdentityHeaderVerdict } from './identity/verdict.js';
import type { TlsVerdict } from './tls/verdict.js';

/** What a message says of how it travelled. */
export type Hop = {
  readonly transport: Transport | undefined;
  /** Whether it is a request to a SIPS URI. */
  readonly isSipsRequest: boolean;
  /** Transport that the topmost Via names, as written; '' where there is none. */
  readonly viaTransport: string;
};

/** What rules over a SIP message look at. */
export type MessageSubject = {
  /** Number of the frame that completes it; undefined for a file that is one message. */
  readonly frame: number | undefined;
  readonly transport: Transport | undefined;
  readonly hop: Hop;
  readonly message: SipMessage;
  /** Whether it is known that parsing and validating the message find no fault (sip/faultless.ts). */
  readonly isFaultless?: boolean;
  /** Faults of the framing on a stream or of the datagram around it. */
  readonly framingFaults: readonly Fault[];
  readonly body: Body | undefined;
  /** What became of the Identity headers, in their order. */
  readonly identityHeaders: readonly IdentityHeaderVerdict[];
  /** Contents of this message that the dialog has both encrypted and in the clear. */
  readonly clearTextCopies: readonly ClearTextCopy[];
  readonly tls: TlsConnection | undefined;
};

/** What rules over a TLS connection look at. */
export type ConnectionSubject = {
  readonly tcpStream: number;
  readonly connection: TlsConnection;
  /** Judgement of its certificates; undefined where no one made it. */
  readonly verdict?: TlsVerdict;
};
