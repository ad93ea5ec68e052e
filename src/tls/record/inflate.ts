/**
 * DEFLATE in a ZLIB stream (RFC 1950, 1951) that goes on over many records, as TLS compression has it (RFC 3749).
 * fflate does it, as node:zlib has no synchronous stream, and inflating all records so far for each new one would be
 * quadratic.
 *
 * In: a record's compressed bytes, at most 17 KiB. Out: what they come to, or undefined where the stream is broken or
 * they come to more than `limit` bytes. A code that is not whole at the end of a record waits for the next one.
 */
import type { Inflate } from 'fflate';
import { fflate } from '../../bytes/libraries.js';

/** CM 8 (deflate), without a preset dictionary (RFC 1950 §2.2). */
const METHOD = 8;
const PRESET_DICTIONARY = 0x20;
const HEADER_LENGTH = 2;

/** Compressed bytes inflated at a time: they come to 1032 times as much at most, so that a bomb is heard of early. */
const STEP = 64;

export class Inflater {
  readonly #stream: Inflate;
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** What came of the header. */
  #header: Uint8Array = new Uint8Array(0);
  #isBroken = false;
  #isOver = false;

  constructor() {
    this.#stream = new (fflate().Inflate)((piece, isFinal) => {
      this.#pieces.push(piece);
      this.#length += piece.length;
      if (isFinal) this.#isOver = true;
    });
  }

  push(bytes: Uint8Array, limit: number): Uint8Array | undefined {
    if (this.#isBroken) return undefined;
    this.#pieces = [];
    this.#length = 0;
    const compressed = this.#withoutHeader(bytes);
    try {
      for (let at = 0; compressed !== undefined && at < compressed.length && !this.#isOver; at += STEP) {
        // A copy, as the stream may keep it until the next record.
        this.#stream.push(compressed.slice(at, at + STEP), false);
        if (this.#length > limit) return this.#break();
      }
    } catch {
      return this.#break();
    }
    return this.#isBroken ? undefined : new Uint8Array(Buffer.concat(this.#pieces, this.#length));
  }

  /** What follows the header; undefined until it is whole, and where it is wrong. */
  #withoutHeader(bytes: Uint8Array): Uint8Array | undefined {
    if (this.#header.length >= HEADER_LENGTH) return bytes;
    const missing = HEADER_LENGTH - this.#header.length;
    this.#header = Buffer.concat([this.#header, bytes.subarray(0, missing)]);
    const [method, flags] = this.#header;
    if (method === undefined || flags === undefined) return undefined;
    const isRight =
      (method & 15) === METHOD && ((method << 8) | flags) % 31 === 0 && (flags & PRESET_DICTIONARY) === 0;
    if (!isRight) this.#break();
    return isRight ? bytes.subarray(missing) : undefined;
  }

  #break(): undefined {
    this.#isBroken = true;
    this.#pieces = [];
    return undefined;
  }
}
