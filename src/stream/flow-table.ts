/** What is kept of both directions of every connection between its segments, in columns: 55 bytes a flow. */

import type { FrameRef } from '../model/frame-ref.js';
import { FIRST_ROWS, GROWTH, grown } from './columns.js';
import { NO_PIECE } from './history.js';

/** How sure the place of the first byte is: not at all, by the peer's acknowledgment, by own segments, by a SYN. */
export const Start = { unknown: 0, acknowledged: 1, seen: 2, syn: 3 } as const;

/** A range that waits for a hole before it; `data` is undefined where the snap length cut the bytes. */
export type Held = {
  readonly start: number;
  readonly end: number;
  readonly data: Uint8Array | undefined;
  readonly frame: FrameRef;
};

/** What a flow has that is out of order, or at its end. */
export type Disorder = {
  /** Sorted and without overlaps. */
  held: Held[];
  /** Memory that they take. */
  heldBytes: number;
  /** Capture time at which the present first hole showed. */
  holeSince: number;
  /** Where a FIN said that the flow ends, or -1. */
  finOffset: number;
  finFrame: FrameRef | undefined;
};

/** Two for each connection that a table has room for at first. */
const FIRST_FLOWS = 2 * FIRST_ROWS;

export class FlowTable {
  /** Wireshark's base sequence number; -1 before it is known. */
  base = new Float64Array(FIRST_FLOWS);
  /** Whether any segment of this direction was seen. */
  seen = new Uint8Array(FIRST_FLOWS);
  /** A value of `Start`. */
  start = new Uint8Array(FIRST_FLOWS);
  /** Sequence number of the next byte to deliver, and its offset. */
  sequence = new Uint32Array(FIRST_FLOWS);
  offset = new Float64Array(FIRST_FLOWS);
  /** Offset up to which the peer acknowledged bytes that were seen, and what it said beyond those. */
  acknowledged = new Float64Array(FIRST_FLOWS);
  claimed = new Float64Array(FIRST_FLOWS);
  /** Segments in a row that lay where no window reaches. */
  strays = new Uint8Array(FIRST_FLOWS);
  /** Newest piece in the history. */
  piece = new Float64Array(FIRST_FLOWS);
  readonly disorder: (Disorder | undefined)[] = [];

  /** Makes `row` the one of a new flow. */
  begin(row: number): void {
    if (row >= this.base.length) this.#grow(this.base.length * GROWTH);
    this.base[row] = -1;
    this.seen[row] = 0;
    this.start[row] = Start.unknown;
    this.sequence[row] = 0;
    this.offset[row] = 0;
    this.acknowledged[row] = 0;
    this.claimed[row] = 0;
    this.strays[row] = 0;
    this.piece[row] = NO_PIECE;
    this.disorder[row] = undefined;
  }

  #grow(size: number): void {
    this.base = grown(this.base, size);
    this.seen = grown(this.seen, size);
    this.start = grown(this.start, size);
    this.sequence = grown(this.sequence, size);
    this.offset = grown(this.offset, size);
    this.acknowledged = grown(this.acknowledged, size);
    this.claimed = grown(this.claimed, size);
    this.strays = grown(this.strays, size);
    this.piece = grown(this.piece, size);
  }
}

/** The row of one flow, as if it were an object: `row` says which. */
export class FlowRow {
  row = 0;
  readonly #table: FlowTable;

  constructor(table: FlowTable) {
    this.#table = table;
  }

  /** Wireshark's base sequence number; -1 before it is known. */
  get base(): number {
    return this.#table.base[this.row] as number;
  }

  set base(sequence: number) {
    this.#table.base[this.row] = sequence;
  }

  /** Whether any segment of this direction was seen. */
  get seen(): boolean {
    return this.#table.seen[this.row] === 1;
  }

  /** A segment of this direction was seen. */
  see(): void {
    this.#table.seen[this.row] = 1;
  }

  /** A value of `Start`. */
  protected get start(): number {
    return this.#table.start[this.row] as number;
  }

  protected set start(start: number) {
    this.#table.start[this.row] = start;
  }

  protected get sequence(): number {
    return this.#table.sequence[this.row] as number;
  }

  protected set sequence(sequence: number) {
    this.#table.sequence[this.row] = sequence;
  }

  protected get offset(): number {
    return this.#table.offset[this.row] as number;
  }

  protected set offset(offset: number) {
    this.#table.offset[this.row] = offset;
  }

  protected get acknowledged(): number {
    return this.#table.acknowledged[this.row] as number;
  }

  protected set acknowledged(offset: number) {
    this.#table.acknowledged[this.row] = offset;
  }

  protected get claimed(): number {
    return this.#table.claimed[this.row] as number;
  }

  protected set claimed(offset: number) {
    this.#table.claimed[this.row] = offset;
  }

  protected get strays(): number {
    return this.#table.strays[this.row] as number;
  }

  protected set strays(count: number) {
    this.#table.strays[this.row] = count;
  }

  protected get piece(): number {
    return this.#table.piece[this.row] as number;
  }

  protected set piece(piece: number) {
    this.#table.piece[this.row] = piece;
  }

  protected get disorder(): Disorder | undefined {
    return this.#table.disorder[this.row];
  }

  protected set disorder(disorder: Disorder | undefined) {
    this.#table.disorder[this.row] = disorder;
  }
}
