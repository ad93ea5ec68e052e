/** Handshake messages out of records: they may be split over several, and several may share one (RFC 8446 §5.1). */
import { copyBytes } from '../copy.js';
import { MAX_HANDSHAKE_MESSAGE } from '../limits.js';

const EMPTY = new Uint8Array(0);

/** Takes one direction's handshake bytes and hands on whole messages. */
export class HandshakeAssembler {
  #held: Uint8Array = EMPTY;
  #length = 0;

  /** Whether a message is begun and not yet whole. */
  get pending(): boolean {
    return this.#length > 0;
  }

  /** Bytes of that message that are held. */
  get pendingBytes(): number {
    return this.#length;
  }

  /**
   * Adds a record's content. `message` gets each whole message with its four-byte header, as bytes of its own that may
   * be kept. Answers false where a message is too long to be one: nothing of it is kept.
   */
  push(content: Uint8Array, message: (bytes: Uint8Array) => void): boolean {
    let rest = content;
    if (this.#length > 0) {
      this.#append(content);
      rest = this.#held.subarray(0, this.#length);
    }
    while (rest.length >= 4) {
      const length = 4 + (((rest[1] as number) << 16) | ((rest[2] as number) << 8) | (rest[3] as number));
      if (length > MAX_HANDSHAKE_MESSAGE) {
        this.clear();
        return false;
      }
      if (rest.length < length) break;
      message(copyBytes(rest.subarray(0, length)));
      rest = rest.subarray(length);
    }
    if (rest.length === 0) {
      this.clear();
    } else if (this.#length === 0) {
      this.#append(rest);
    } else if (rest.length !== this.#length) {
      this.#held = copyBytes(rest);
      this.#length = rest.length;
    }
    return true;
  }

  clear(): void {
    this.#held = EMPTY;
    this.#length = 0;
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#held.length) {
      // Doubled, so that a message in many small records costs no more than its length.
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2));
      grown.set(this.#held.subarray(0, this.#length));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#length);
    this.#length = needed;
  }
}
