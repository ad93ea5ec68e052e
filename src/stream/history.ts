/**
 * The last delivered bytes of all connections, kept to tell an identical retransmission from one with other bytes.
 *
 * All flows share one ring of bytes and one table of the pieces in it, so that a flow costs a number and not a buffer
 * of its own (with a ring a flow, filling and freeing them took 15 us a segment, against 0.3). A piece names the one
 * before it of the same flow, and a flow keeps the number of its newest.
 */
import { GROWTH, grown } from './columns.js';

/** Bytes of the ring at first: many captures have no more. */
const FIRST_SIZE = 1 << 16;

/** Pieces of one flow that are compared with: a window of 64 KiB in full-sized segments. */
const PIECES = 64;
/** The table has a row for each so many bytes of the ring. A piece is smaller in a flood of tiny segments alone. */
const BYTES_PER_ROW = 256;

/** What a row has: stream offset of the piece, its length, its position among all bytes ever kept, the piece before it. */
const OFFSET = 0;
const LENGTH = 1;
const POSITION = 2;
const PREVIOUS = 3;
const STRIDE = 4;

/** Number of a piece that there is not: pieces count from 1. */
export const NO_PIECE = 0;

export class History {
  #ring = new Uint8Array(0);
  /** Bytes ever written: positions count from there and never repeat. */
  #written = 0;
  /** Where in the ring the next byte goes. */
  #next = 0;
  readonly #limit: number;
  /** Pieces by their number; the newest takes the row of the oldest. */
  #table = new Float64Array(0);
  readonly #rows: number;
  /** Pieces ever made, which is the number of the newest. */
  #pieces = 0;

  /** Keeps up to `limit` bytes. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#rows = Math.max(PIECES, Math.ceil(limit / BYTES_PER_ROW));
  }

  /** Bytes of memory used for what was delivered. */
  get size(): number {
    return this.#ring.length;
  }

  /**
   * Keeps bytes that a flow delivered at stream offset `offset`, which lies behind all that it delivered before; `newest`
   * is its newest piece. Answers what that is now. What is longer than the ring is not kept.
   */
  append(newest: number, data: Uint8Array, offset: number): number {
    const { length } = data;
    if (length > this.#limit) return newest;
    const position = this.#write(data);
    const table = this.#table;
    if (newest === this.#pieces && newest !== NO_PIECE) {
      const row = this.#rowOf(newest);
      const before = table[row + LENGTH] as number;
      if ((table[row + OFFSET] as number) + before === offset) {
        table[row + LENGTH] = before + length;
        return newest;
      }
    }
    return this.#add(newest, offset, length, position);
  }

  /**
   * Offset of the first byte of `data`, which lies at `offset` of a flow whose newest piece is `newest`, that differs from
   * what was delivered there, or -1; bytes no longer kept are not compared.
   */
  firstDifference(newest: number, data: Uint8Array, offset: number): number {
    const oldest = Math.max(0, this.#written - this.#ring.length);
    const end = offset + data.length;
    let found = -1;
    let piece = newest;
    for (let count = 0; count < PIECES && this.#has(piece); count++) {
      const row = this.#rowOf(piece);
      const start = this.#table[row + OFFSET] as number;
      const position = this.#table[row + POSITION] as number;
      const gone = Math.max(0, oldest - position);
      const from = Math.max(offset, start + gone);
      const to = Math.min(end, start + (this.#table[row + LENGTH] as number));
      const at = this.#differsAt(data, from - offset, to - offset, position + from - start);
      if (at >= 0) found = offset + at;
      // Those before it lie before it in the stream too.
      if (start <= offset) break;
      piece = this.#table[row + PREVIOUS] as number;
    }
    return found;
  }

  /** Copies bytes in and answers the position of the first. */
  #write(data: Uint8Array): number {
    const { length } = data;
    const position = this.#written;
    if (position + length > this.#ring.length && this.#ring.length < this.#limit) {
      this.#grow(length);
      // Nothing has wrapped before the ring is as large as it gets, but for a write that filled the smaller one.
      this.#next = position;
    }
    const ring = this.#ring;
    const room = ring.length - this.#next;
    if (length < room) {
      ring.set(data, this.#next);
      this.#next += length;
    } else {
      ring.set(data.subarray(0, room), this.#next);
      ring.set(data.subarray(room), 0);
      this.#next = length - room;
    }
    this.#written = position + length;
    return position;
  }

  #add(previous: number, offset: number, length: number, position: number): number {
    const piece = this.#pieces + 1;
    if (piece * STRIDE > this.#table.length && this.#table.length < this.#rows * STRIDE) this.#growTable();
    this.#pieces = piece;
    const row = this.#rowOf(piece);
    const table = this.#table;
    table[row + OFFSET] = offset;
    table[row + LENGTH] = length;
    table[row + POSITION] = position;
    table[row + PREVIOUS] = previous;
    return piece;
  }

  /** Whether a piece is still in the table. */
  #has(piece: number): boolean {
    return piece !== NO_PIECE && piece > this.#pieces - this.#table.length / STRIDE;
  }

  /** Where the row of a piece begins. */
  #rowOf(piece: number): number {
    return ((piece - 1) * STRIDE) % this.#table.length;
  }

  /** Index of the first of `data[from..to)` that differs from the bytes at `position` on, or -1. */
  #differsAt(data: Uint8Array, from: number, to: number, position: number): number {
    const ring = this.#ring;
    let at = position % ring.length;
    for (let index = from; index < to; index++) {
      if (ring[at] !== data[index]) return index;
      if (++at === ring.length) at = 0;
    }
    return -1;
  }

  /** Until the limit is reached nothing has wrapped, so that growing keeps every byte where it was. */
  #grow(needed: number): void {
    let size = Math.max(this.#ring.length, Math.min(FIRST_SIZE, this.#limit));
    while (size < this.#written + needed && size < this.#limit) size = Math.min(size * GROWTH, this.#limit);
    this.#ring = grown(this.#ring, size);
  }

  /** As with the ring. */
  #growTable(): void {
    const rows = this.#table.length / STRIDE;
    this.#table = grown(this.#table, Math.min(Math.max(rows * GROWTH, PIECES), this.#rows) * STRIDE);
  }
}
