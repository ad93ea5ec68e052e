/** Size of a block: some hundred records. */
const BLOCK_LENGTH = 512 * 1024;
/** Blocks kept for what comes: a chunk of input gives some megabytes of records. */
const MAX_SPARE = 16;

/**
 * Gathers text and bytes as bytes, in blocks that are used again once they are written: one buffer that grows would be
 * copied and thrown away again and again (a megabyte of small messages gives 25 of records). Text is encoded at once:
 * strings that are put together from many parts and kept until they are written cost the garbage collector more than all
 * else (measured: 2.2 s of 5.4 for 200,000 records).
 */
export class TextBuffer {
  #full: Buffer[] = [];
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_LENGTH);
  /** Bytes in the last block, and in all. */
  #used = 0;
  #length = 0;
  readonly #spare: Buffer[] = [];

  get length(): number {
    return this.#length;
  }

  /** Adds text (as UTF-8) or bytes, which are copied. */
  write(piece: string | Uint8Array): void {
    if (typeof piece === 'string') this.#writeText(piece);
    else this.#writeBytes(piece);
  }

  /** What was gathered, in order; the buffer begins anew. Who has written the blocks gives them back to `recycle`. */
  take(): readonly Buffer[] {
    const taken = this.#full;
    if (this.#used > 0) taken.push(this.#block.subarray(0, this.#used));
    this.#full = [];
    this.#block = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_LENGTH);
    this.#used = 0;
    this.#length = 0;
    return taken;
  }

  /** Takes blocks back that nobody reads any more. */
  recycle(blocks: readonly Buffer[]): void {
    for (const block of blocks) {
      if (this.#spare.length === MAX_SPARE) return;
      // Longer ones were made for one long text.
      if (block.buffer.byteLength === BLOCK_LENGTH) this.#spare.push(Buffer.from(block.buffer));
    }
  }

  #writeText(text: string): void {
    if (text.length === 0) return;
    // A UTF-16 unit has at most three bytes in UTF-8.
    const most = text.length * 3;
    if (this.#used + most > this.#block.length) this.#nextBlock(most);
    const written = this.#block.write(text, this.#used);
    this.#used += written;
    this.#length += written;
  }

  #writeBytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#used === this.#block.length) this.#nextBlock(BLOCK_LENGTH);
      const count = Math.min(bytes.length - at, this.#block.length - this.#used);
      this.#block.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
    this.#length += bytes.length;
  }

  #nextBlock(atLeast: number): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block =
      atLeast > BLOCK_LENGTH
        ? Buffer.allocUnsafeSlow(atLeast)
        : (this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_LENGTH));
    this.#used = 0;
  }
}
