import { latin1, latin1Bytes } from '../../bytes/text.js';
import type { CmsPrivateKey } from '../model.js';

/** Results that wait to be asked for: with keys of 1024 bits 3 MB. Whoever puts more in ran too far ahead. */
const MAX_BLOCKS = 8192;

/** Keys and ciphertexts as text of a character a byte: a third of the memory that small arrays take. */
type Waiting = { readonly key: CmsPrivateKey; readonly block: string | null };

/**
 * Results of RSA decryption (RFC 8017 §5.1.2) that are there before the message that asks for them, as another thread
 * worked them out. Each is given once, so that no more than what waits is remembered.
 */
export class RsaBlocks {
  readonly #waiting = new Map<string, Waiting>();
  /** How many results were asked for, there or not. */
  asked = 0;
  /** Called where a result is not there: it may put more in. */
  refill: (() => void) | undefined;

  /** How many results wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The padded block that `key` makes of `encrypted`; null where it makes none, undefined where it was not tried. */
  take(key: CmsPrivateKey, encrypted: Uint8Array): Uint8Array | null | undefined {
    this.asked++;
    const { refill } = this;
    if (refill === undefined) return undefined;
    const name = latin1(encrypted);
    let found = this.#waiting.get(name);
    if (found === undefined) {
      refill();
      found = this.#waiting.get(name);
    }
    if (found === undefined || found.key !== key) return undefined;
    this.#waiting.delete(name);
    return found.block === null ? null : latin1Bytes(found.block);
  }

  /** Takes in what `key` makes of the ciphertext `encrypted`, both of a character a byte. */
  put(key: CmsPrivateKey, encrypted: string, block: string | null): void {
    // What nobody asked for would fill it for good.
    if (this.#waiting.size >= MAX_BLOCKS) this.#waiting.clear();
    this.#waiting.set(encrypted, { key, block });
  }

  /** Nothing will be put in any more, and what was is not asked for. */
  clear(): void {
    this.refill = undefined;
    this.#waiting.clear();
  }
}
