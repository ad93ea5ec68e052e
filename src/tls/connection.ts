/** What is known of a TLS connection, for output, rules and policies. */

import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { Certificate } from '../x509/certificate.js';
import type { Extension } from './handshake/extensions.js';
import type { HandshakeMessage } from './handshake/messages.js';
import type { SuiteName } from './registries/names.js';

export type DecryptionReason =
  | 'no_key'
  | 'key_mismatch'
  | 'forward_secrecy'
  | 'handshake_missing'
  | 'resumed_session_unknown'
  | 'cipher_unsupported'
  | 'bytes_missing'
  | 'mac_failure';

export type Decryption = {
  readonly status: 'decrypted' | 'partial' | 'not_decrypted' | 'not_encrypted';
  readonly reason?: DecryptionReason;
  /** One sentence. */
  readonly detail: string;
  /** What opened it: `RSA private key example.net.pem`, `key log`. */
  readonly by?: string;
};

export type TlsAlert = {
  /** Whose alert, by TLS role. */
  readonly sender: Direction;
  readonly level: string;
  readonly description: string;
  /** What it means. */
  readonly words: string;
  readonly encrypted: boolean;
  readonly frame: FrameRef;
};

/** A record that could not be authenticated or decrypted. */
export type RecordFailure = {
  readonly direction: Direction;
  readonly frame: FrameRef;
  /** Record of the connection, counted over both directions from 1, as in `steps`. */
  readonly record: number;
  readonly why: 'bad_length' | 'bad_padding' | 'bad_mac' | 'bad_compression';
};

/** Bytes that the capture lacks. */
export type LostBytes = {
  readonly direction: Direction;
  readonly frame: FrameRef;
  readonly bytes: number;
  /** Whether decryption went on after it. */
  resynchronised: boolean;
};

/** A handshake message inside a record. */
export type StepMessage = {
  readonly type: number;
  /** `ClientHello`. */
  readonly name: string;
  /** Of the body. */
  readonly length: number;
  /** Undefined where the connection has kept as many bytes as it may. */
  readonly message?: HandshakeMessage;
};

/** One record, as `flow` prints it. */
export type TlsStep = {
  /** From 1, over both directions. */
  readonly record: number;
  readonly frame: FrameRef;
  readonly direction: Direction;
  /** Of the header: 20..24; 22 for an SSLv2 ClientHello. */
  readonly contentType: number;
  readonly contentTypeName: string;
  readonly recordVersion: number;
  /** Of the fragment, as the header has it. */
  readonly length: number;
  /** Whether it was sent under encryption. */
  encrypted: boolean;
  /** Whether it could be read: plain, or decrypted and authentic. */
  opened: boolean;
  /** Content type inside, where it was opened and differs (TLS 1.3). */
  innerType?: number;
  readonly messages: StepMessage[];
  alert?: TlsAlert;
};

export type SignatureCheck = 'valid' | 'invalid' | 'unverifiable';

export type TlsConnection = {
  /** Direction (as TCP has it) that the TLS client sends in; the other one where a capture confused them. */
  readonly clientDirection: Direction;
  readonly versionsOffered: readonly string[];
  readonly version?: string;
  readonly versionCode?: number;
  readonly cipherSuitesOffered: readonly SuiteName[];
  readonly cipherSuite?: SuiteName;
  readonly compressionsOffered: readonly string[];
  readonly compression?: string;
  readonly serverName?: string;
  readonly alpnOffered: readonly string[];
  readonly alpn?: string;
  /** Lower-case hexadecimal. */
  readonly sessionId?: string;
  readonly clientRandom?: Uint8Array;
  readonly serverRandom?: Uint8Array;
  readonly clientExtensions: readonly Extension[];
  /** Of ServerHello and EncryptedExtensions. */
  readonly serverExtensions: readonly Extension[];
  /** Named group or DH size of the key exchange. */
  readonly keyExchangeGroup?: string;
  readonly ssl2Hello: boolean;
  readonly resumed: boolean;
  readonly resumption?: 'session_id' | 'ticket' | 'psk';
  readonly extendedMasterSecret: boolean;
  readonly encryptThenMac: boolean;
  /** Whether the client authenticated with a certificate too. */
  readonly mutual: boolean;
  readonly clientCertificateRequested: boolean;
  readonly certificates: readonly Certificate[];
  /** OCSP responses that the server stapled, DER. */
  readonly ocspResponses: readonly Uint8Array[];
  readonly clientCertificates: readonly Certificate[];
  /** Frame of each side's Certificate message. */
  readonly certificateFrame?: FrameRef;
  readonly clientCertificateFrame?: FrameRef;
  /** CertificateVerify of the client; of the server in TLS 1.3, ServerKeyExchange before. Absent where none was seen. */
  readonly clientSignature?: SignatureCheck;
  readonly serverSignature?: SignatureCheck;
  readonly finished: { readonly client?: SignatureCheck; readonly server?: SignatureCheck };
  readonly alerts: readonly TlsAlert[];
  /** Whether the handshake came to its end on both sides, as far as can be seen from outside. */
  readonly established: boolean;
  /** Handshakes begun: more than one where the peers renegotiated. */
  readonly handshakes: number;
  readonly earlyData?: 'offered' | 'accepted' | 'rejected';
  readonly decryption: Decryption;
  readonly macFailures: number;
  readonly failures: readonly RecordFailure[];
  readonly lost: readonly LostBytes[];
  readonly applicationBytes: { readonly client: number; readonly server: number };
  readonly records: number;
  readonly steps: readonly TlsStep[];
  /** Records beyond those in `steps`. */
  readonly stepsOmitted: number;
  /** Frames of the chosen facts, as proof. */
  readonly clientHelloFrame?: FrameRef;
  readonly serverHelloFrame?: FrameRef;
  readonly firstFrame?: FrameRef;
  /** Rules of TLS that the peers broke, a sentence each with its frame. */
  readonly faults: readonly { readonly code: string; readonly message: string; readonly frame: FrameRef }[];
};

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** The same, while the session fills it. */
export type ConnectionState = Omit<
  Writable<TlsConnection>,
  'applicationBytes' | 'finished' | 'decryption'
> & {
  readonly decryption: Decryption;
  applicationBytes: { client: number; server: number };
  finished: { client?: SignatureCheck; server?: SignatureCheck };
};

/**
 * A class for its getter: one in an object literal gives each connection a hidden class of its own, which keeps all
 * that the getter reaches until the next full collection. That was 70 KB for each connection of 200 records.
 */
class Connection implements ConnectionState {
  clientDirection: Direction = 'client';
  versionsOffered: string[] = [];
  cipherSuitesOffered: SuiteName[] = [];
  compressionsOffered: string[] = [];
  alpnOffered: string[] = [];
  clientExtensions: Extension[] = [];
  serverExtensions: Extension[] = [];
  ssl2Hello = false;
  resumed = false;
  extendedMasterSecret = false;
  encryptThenMac = false;
  mutual = false;
  clientCertificateRequested = false;
  certificates: Certificate[] = [];
  ocspResponses: Uint8Array[] = [];
  clientCertificates: Certificate[] = [];
  finished: ConnectionState['finished'] = {};
  alerts: TlsAlert[] = [];
  established = false;
  handshakes = 0;
  macFailures = 0;
  failures: RecordFailure[] = [];
  lost: LostBytes[] = [];
  applicationBytes = { client: 0, server: 0 };
  records = 0;
  steps: TlsStep[] = [];
  stepsOmitted = 0;
  faults: ConnectionState['faults'] = [];
  readonly #judge: () => Decryption;

  constructor(judge: () => Decryption) {
    this.#judge = judge;
  }

  get decryption(): Decryption {
    return this.#judge();
  }
}

/** An empty connection; `judge` makes the verdict when someone looks at it. */
export function createConnection(judge: () => Decryption): ConnectionState {
  return new Connection(judge);
}
