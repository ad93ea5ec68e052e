/** Copies of bytes side by side in large blocks: a typed array of its own would cost each message 200 bytes more. */

/** Large enough that what is left over at the end of a block vanishes. */
const BLOCK_LENGTH = 1024 * 1024;

export class ByteArena {
  readonly #limit: number;
  readonly #blocks: Uint8Array[] = [];
  #used = BLOCK_LENGTH;
  #held = 0;

  /** `limit` bytes are kept at most. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps a copy; a handle for `get`, or undefined where the limit is reached. */
  add(bytes: Uint8Array): number | undefined {
    const { length } = bytes;
    if (this.#held + length > this.#limit) return undefined;
    if (length > BLOCK_LENGTH) {
      this.#held += length;
      // A block of its own, after which another is begun.
      this.#blocks.push(new Uint8Array(bytes));
      this.#used = BLOCK_LENGTH;
      return (this.#blocks.length - 1) * BLOCK_LENGTH;
    }
    if (this.#used + length > BLOCK_LENGTH) {
      this.#blocks.push(new Uint8Array(BLOCK_LENGTH));
      this.#used = 0;
    }
    const start = this.#used;
    this.#blocks.at(-1)?.set(bytes, start);
    this.#used += length;
    this.#held += length;
    return (this.#blocks.length - 1) * BLOCK_LENGTH + start;
  }

  /** A view of the bytes that a handle stands for. */
  get(handle: number, length: number): Uint8Array {
    const start = handle % BLOCK_LENGTH;
    const block = this.#blocks[Math.floor(handle / BLOCK_LENGTH)];
    return block === undefined ? new Uint8Array(0) : block.subarray(start, start + length);
  }

  get held(): number {
    return this.#held;
  }
}
