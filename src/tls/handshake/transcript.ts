/** The handshake messages of one handshake, in the order of the capture, for all that is computed over them. */
import { FINAL, type Variant13 } from '../drafts.js';
import { digestOf } from '../keys/hash.js';
import { MAX_TRANSCRIPT } from '../limits.js';

type Entry = { readonly order: number; readonly type: number; readonly bytes: Uint8Array };

/**
 * Messages sorted by where they stood in the capture: those decrypted late (their secret turned up later) come in after
 * plain ones that followed them.
 */
export class Transcript {
  readonly #entries: Entry[] = [];
  #size = 0;
  /** Whether all messages so far are here: none was lost, none too many. */
  complete = true;

  /** Adds a message with its header; `order` grows with the capture. */
  add(order: number, type: number, bytes: Uint8Array): void {
    if (this.#size + bytes.length > MAX_TRANSCRIPT) {
      this.complete = false;
      return;
    }
    this.#size += bytes.length;
    let at = this.#entries.length;
    while (at > 0 && (this.#entries[at - 1] as Entry).order > order) at--;
    this.#entries.splice(at, 0, { order, type, bytes });
  }

  /** Messages before `order`; all of them where it is not said. */
  before(order = Number.POSITIVE_INFINITY): Uint8Array[] {
    return this.#entries.filter((entry) => entry.order < order).map((entry) => entry.bytes);
  }

  /**
   * Hash of the messages before `order` in TLS 1.3, where a retried ClientHello counts as its hash (RFC 8446 §4.4.1), but
   * for the first drafts.
   */
  hash13(hash: 'sha256' | 'sha384', order: number, { hashesRetriedHello }: Variant13 = FINAL): Uint8Array {
    const entries = this.#entries.filter((entry) => entry.order < order);
    const messages = entries.map((entry) => entry.bytes);
    const [first] = entries;
    if (hashesRetriedHello && first?.type === 1 && entries.filter((entry) => entry.type === 1).length > 1) {
      const digest = digestOf(hash, [first.bytes]);
      messages.splice(0, 1, Uint8Array.of(254, 0, 0, digest.length), digest);
    }
    return digestOf(hash, messages);
  }

  /** Lets go of everything; nothing can be computed any more. */
  clear(): void {
    this.#entries.length = 0;
    this.complete = false;
  }
}
