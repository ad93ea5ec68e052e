/** Columns of numbers that grow: what a table of half a million rows is made of, a few bytes a value. */

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

const FIRST_LENGTH = 1024;

/** One column; reading beyond its rows gives 0. */
export class Column {
  #values: NumberArray;
  readonly #make: (length: number) => NumberArray;

  /** `make` gives an array of zeros, as `(length) => new Uint32Array(length)`. */
  constructor(make: (length: number) => NumberArray) {
    this.#make = make;
    this.#values = make(FIRST_LENGTH);
  }

  get(row: number): number {
    return this.#values[row] ?? 0;
  }

  set(row: number, value: number): void {
    if (row >= this.#values.length) {
      const grown = this.#make(Math.max(row + 1, this.#values.length * 2));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[row] = value;
  }
}

export const bytesColumn = (): Column => new Column((length) => new Uint8Array(length));
export const shortsColumn = (): Column => new Column((length) => new Uint16Array(length));
export const countsColumn = (): Column => new Column((length) => new Uint32Array(length));
/** For references that may be absent: -1. */
export const referencesColumn = (): Column => new Column((length) => new Int32Array(length));
export const numbersColumn = (): Column => new Column((length) => new Float64Array(length));
