import { countsColumn } from './column.js';

/** Rows of a table in ascending order, as a list shows them. */
export type RowList = {
  readonly length: number;
  at(position: number): number;
  /** Where `row` stands; where it is missing, the place of the first row after it. */
  positionOf(row: number): number;
  has(row: number): boolean;
};

/** All rows of a table that may still grow. */
export function allRows(length: () => number): RowList {
  return {
    get length() {
      return length();
    },
    at: (position) => position,
    positionOf: (row) => row,
    has: (row) => row >= 0 && row < length(),
  };
}

/**
 * Rows that pass a test. The test may be slow, as it may need a message's bytes, so rows are tested in slices: the
 * caller advances when it has time.
 */
export class FilteredRows implements RowList {
  readonly #test: (row: number) => boolean;
  readonly #rows = countsColumn();
  #length = 0;
  #tested = 0;

  constructor(test: (row: number) => boolean) {
    this.#test = test;
  }

  get length(): number {
    return this.#length;
  }

  /** Rows tested so far. */
  get tested(): number {
    return this.#tested;
  }

  /** Tests rows below `total` while `hasTime`; whether all of them are tested. */
  advance(total: number, hasTime: () => boolean): boolean {
    while (this.#tested < total && hasTime()) {
      // The clock costs more than a test: look at it once in a while.
      const stop = Math.min(total, this.#tested + 64);
      for (; this.#tested < stop; this.#tested++) {
        if (this.#test(this.#tested)) this.#rows.set(this.#length++, this.#tested);
      }
    }
    return this.#tested >= total;
  }

  at(position: number): number {
    return this.#rows.get(position);
  }

  positionOf(row: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows.get(middle) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  has(row: number): boolean {
    const position = this.positionOf(row);
    return position < this.#length && this.#rows.get(position) === row;
  }
}
