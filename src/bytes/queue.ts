const EMPTY = new Uint8Array(0);

/**
 * Bytes that arrive in pieces and are taken in other pieces. Nothing is copied while what is asked for lies inside
 * one piece; pieces that must be joined go into a buffer that doubles, so that peeking at a growing message again
 * and again stays linear in its length.
 */
export class ByteQueue {
  /** Joined bytes: `#joined[#start..#end)`; room may follow after `#end` where `#owned`. */
  #joined: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;
  /** Whether `#joined` is our own buffer, which may be written to after `#end`. */
  #owned = false;
  #pieces: Uint8Array[] = [];
  #length = 0;

  /** Bytes held. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes at the end; they are not copied now and must not change later. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#length += bytes.length;
    this.#pieces.push(bytes);
  }

  /** The first `count` bytes (or all there are) as one array, kept in the queue. */
  peek(count = this.#length): Uint8Array {
    const wanted = Math.min(count, this.#length);
    if (wanted > this.#end - this.#start) this.#join();
    return this.#joined.subarray(this.#start, this.#start + wanted);
  }

  /** Removes and answers the first `count` bytes (or all there are). */
  take(count = this.#length): Uint8Array {
    const bytes = this.peek(count);
    this.skip(bytes.length);
    return bytes;
  }

  /** Removes the first `count` bytes (or all there are). */
  skip(count: number): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    const inJoined = Math.min(left, this.#end - this.#start);
    this.#start += inJoined;
    left -= inJoined;
    let dropped = 0;
    while (left > 0) {
      const piece = this.#pieces[dropped] as Uint8Array;
      if (piece.length > left) {
        this.#pieces[dropped] = piece.subarray(left);
        break;
      }
      left -= piece.length;
      dropped++;
    }
    if (dropped > 0) this.#pieces.splice(0, dropped);
    if (this.#length === 0) this.clear();
  }

  clear(): void {
    this.#joined = EMPTY;
    this.#start = 0;
    this.#end = 0;
    this.#owned = false;
    this.#pieces = [];
    this.#length = 0;
  }

  #join(): void {
    const held = this.#end - this.#start;
    if (held === 0 && this.#pieces.length === 1) {
      this.#joined = this.#pieces[0] as Uint8Array;
      this.#start = 0;
      this.#end = this.#joined.length;
      this.#owned = false;
      this.#pieces = [];
      return;
    }
    const added = this.#length - held;
    if (!this.#owned || this.#end + added > this.#joined.length) {
      const grown = new Uint8Array(Math.max(this.#length * 2, 1024));
      grown.set(this.#joined.subarray(this.#start, this.#end));
      this.#joined = grown;
      this.#start = 0;
      this.#end = held;
      this.#owned = true;
    }
    for (const piece of this.#pieces) {
      this.#joined.set(piece, this.#end);
      this.#end += piece.length;
    }
    this.#pieces = [];
  }
}
