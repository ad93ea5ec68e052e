/** One handshake of a connection (the first, or a renegotiation): what its messages said. */

import { equalBytes } from '../../bytes/text.js';
import type { Certificate } from '../../x509/certificate.js';
import type { SignatureCheck } from '../connection.js';
import { type Variant13, variantOf } from '../drafts.js';
import type { Keys, Negotiated } from '../keys/key-schedule.js';
import type { CipherSuite } from '../registries/cipher-suites.js';
import { cipherSuite } from '../registries/cipher-suites.js';
import { ExtensionType, findExtension } from './extensions.js';
import type { ClientHello, ServerHello } from './messages.js';
import { Transcript } from './transcript.js';
import { hasChanged, isResumption, type Position } from './transitions.js';

const TLS13 = 0x0304;

/** Master secret and where it came from. */
export type MasterSecret = {
  readonly secret: Uint8Array;
  /** `RSA private key x.pem`, `key log` ... */
  readonly by: string;
  /** Whether nothing but a record that authenticates can tell that it is the right one. */
  readonly guessed: boolean;
};

export class HandshakeState {
  clientHello: ClientHello | undefined;
  serverHello: ServerHello | undefined;
  /** The server's chain, leaf first. */
  certificates: readonly Certificate[] = [];
  clientCertificates: readonly Certificate[] = [];
  encryptedPremaster: Uint8Array | undefined;
  /** The last message of either side, for what may come next. */
  position: Position = 'start';
  /** Body of the ServerKeyExchange. */
  serverKeyExchange: Uint8Array | undefined;
  /** Order of ClientKeyExchange, where it was seen: the extended master secret covers the messages up to it. */
  keyExchangeOrder: number | undefined;
  /** Ticket that the server gave out. */
  issuedTicket: Uint8Array | undefined;
  readonly transcript = new Transcript();
  /** Bytes were lost in either direction while this handshake went on. */
  gap = false;
  /** Application data was sent under the new keys of a side, and could not be read. */
  sentData = false;
  /** What each side's Finished was worth, where it was read. */
  finished: { client?: SignatureCheck; server?: SignatureCheck } = {};
  master: MasterSecret | undefined;
  /** Keys of the master secret, for the side that changes ciphers second: from when the first did until then. */
  keys: Keys | undefined;

  get version(): number | undefined {
    return this.serverHello === undefined ? undefined : chosenVersion(this.serverHello);
  }

  get isTls13(): boolean {
    return isVersion13(this.version ?? 0);
  }

  /** What of TLS 1.3 depends on the draft. */
  get variant(): Variant13 {
    return variantOf(this.version ?? TLS13);
  }

  get suite(): CipherSuite | undefined {
    return this.serverHello === undefined ? undefined : cipherSuite(this.serverHello.cipherSuite);
  }

  get extendedMasterSecret(): boolean {
    return this.#agreed(ExtensionType.extendedMasterSecret);
  }

  /** Agreed and of effect: only CBC suites have it (RFC 7366 §3). */
  get encryptThenMac(): boolean {
    return this.suite?.bulk?.mode === 'cbc' && this.#agreed(ExtensionType.encryptThenMac);
  }

  /** RFC 6066 §7. */
  get truncatedHmac(): boolean {
    return this.#agreed(ExtensionType.truncatedHmac);
  }

  /** Both hellos; undefined while one is missing. */
  get negotiated(): Negotiated | undefined {
    const { clientHello, serverHello, suite, version } = this;
    if (
      clientHello === undefined ||
      serverHello === undefined ||
      suite === undefined ||
      version === undefined
    )
      return undefined;
    return { version, suite, clientRandom: clientHello.random, serverRandom: serverHello.random };
  }

  /** The session ID that the server gave or took up; empty ones are none. */
  get sessionId(): Uint8Array | undefined {
    const id = this.serverHello?.sessionId;
    return id === undefined || id.length === 0 || this.isTls13 ? undefined : id;
  }

  /** The ticket that the client offered (RFC 5077). */
  get offeredTicket(): Uint8Array | undefined {
    const data =
      this.clientHello && findExtension(this.clientHello.extensions, ExtensionType.sessionTicket)?.data;
    return data === undefined || data.length === 0 ? undefined : data;
  }

  /** Whether the Finished of both sides were read. */
  get isFinished(): boolean {
    return this.finished.client !== undefined && this.finished.server !== undefined;
  }

  /** Up to TLS 1.2: whether both sides have changed ciphers and data followed, as good as a Finished of both from outside. */
  get isUsed(): boolean {
    return this.sentData && hasChanged(this.position, 'client') && hasChanged(this.position, 'server');
  }

  /** TLS 1.3: whether the client may send early data (RFC 8446 §4.2.10). */
  get earlyDataOffered(): boolean {
    const { clientHello } = this;
    return (
      clientHello !== undefined &&
      findExtension(clientHello.extensions, ExtensionType.earlyData) !== undefined
    );
  }

  /** Whether the server took up an earlier session: its ID comes back, or it changes ciphers with no key exchange. */
  get resumed(): boolean {
    const { clientHello, serverHello, position } = this;
    if (clientHello === undefined || serverHello === undefined || this.isTls13) return false;
    if (position !== 'server_hello' && !isResumption(position)) return false;
    if (clientHello.sessionId.length > 0 && equalBytes(clientHello.sessionId, serverHello.sessionId))
      return true;
    return hasChanged(position, 'server') && this.offeredTicket !== undefined;
  }

  #agreed(type: number): boolean {
    return this.serverHello !== undefined && findExtension(this.serverHello.extensions, type) !== undefined;
  }
}

/** The version that a ServerHello chooses: in its extension from TLS 1.3 on (RFC 8446 §4.2.1). */
export function chosenVersion(hello: ServerHello): number {
  return findExtension(hello.extensions, ExtensionType.supportedVersions)?.codes[0] ?? hello.version;
}

/** Whether a version is TLS 1.3 or one of its drafts (0x7fxx). */
export function isVersion13(version: number): boolean {
  return version >= TLS13;
}
