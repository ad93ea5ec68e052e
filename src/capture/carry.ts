/**
 * Holds the beginning of one element (a header, a frame, a block) until its last bytes arrive in a later chunk. The
 * memory doubles with what arrived, never with what a length field claims, and is used again for the next element.
 */
export class Carry {
  #buffer = new Uint8Array(0);
  #length = 0;

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** The bytes held, as a view that is valid until the next `fill` or `clear`. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies from `bytes`, from `start` on, until `wanted` bytes are held; answers how many it took. */
  fill(bytes: Uint8Array, start: number, wanted: number): number {
    const count = Math.max(0, Math.min(wanted - this.#length, bytes.length - start));
    const length = this.#length + count;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(1024, length, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(start, start + count), this.#length);
    this.#length = length;
    return count;
  }

  clear(): void {
    this.#length = 0;
  }
}
