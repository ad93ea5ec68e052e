/** One handshake of a connection (the first, or a renegotiation): what its messages said. */

import type { FrameRef } from '../../model/frame-ref.js';
import type { Certificate } from '../../x509/certificate.js';
import type { Keys, Negotiated } from '../keys/key-schedule.js';
import type { CipherSuite } from '../registries/cipher-suites.js';
import { cipherSuite } from '../registries/cipher-suites.js';
import { ExtensionType, findExtension } from './extensions.js';
import type { ClientHello, ServerHello } from './messages.js';
import { Transcript } from './transcript.js';

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
  certificateFrame: FrameRef | undefined;
  encryptedPremaster: Uint8Array | undefined;
  clientKeyExchangeSeen = false;
  serverKeyExchangeSeen = false;
  serverHelloDoneSeen = false;
  keyExchangeGroup: string | undefined;
  /** Order of ClientKeyExchange: the extended master secret covers the messages up to it. */
  keyExchangeOrder: number | undefined;
  /** Ticket that the server gave out. */
  issuedTicket: Uint8Array | undefined;
  readonly transcript = new Transcript();
  /** Bytes were lost in either direction while this handshake went on. */
  gap = false;
  /** ChangeCipherSpec seen of either side. */
  changed = { client: false, server: false };
  finished = { client: false, server: false };
  master: MasterSecret | undefined;
  /** Keys of the master secret, for the side that changes ciphers second: from when the first did until then. */
  keys: Keys | undefined;
  /** TLS 1.3: the client may send early data. */
  earlyDataOffered = false;
  retried = false;

  get version(): number | undefined {
    const hello = this.serverHello;
    if (hello === undefined) return undefined;
    return findExtension(hello.extensions, ExtensionType.supportedVersions)?.codes[0] ?? hello.version;
  }

  get isTls13(): boolean {
    const version = this.version ?? 0;
    return version >= TLS13;
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

  /** Whether the server took up an earlier session: its ID comes back, or it changes ciphers with no key exchange. */
  get resumed(): boolean {
    if (this.clientHello === undefined || this.serverHello === undefined || this.isTls13) return false;
    if (this.clientKeyExchangeSeen || this.certificates.length > 0 || this.serverHelloDoneSeen) return false;
    const offered = this.clientHello.sessionId;
    const answered = this.serverHello.sessionId;
    if (offered.length > 0 && Buffer.compare(offered, answered) === 0) return true;
    return this.changed.server && this.offeredTicket !== undefined;
  }

  #agreed(type: number): boolean {
    return this.serverHello !== undefined && findExtension(this.serverHello.extensions, type) !== undefined;
  }
}
