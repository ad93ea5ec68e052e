/** Bytes of files at positions, as messages and frames are read again when someone looks. */
import { closeSync, openSync, readSync } from 'node:fs';

/** Read at a time: filters and searches go through a file in order, and find the next message in the same window. */
const WINDOW_LENGTH = 256 * 1024;

export class PositionReader {
  readonly #path: string;
  #descriptor: number | undefined;
  #window = new Uint8Array(0);
  #start = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** A copy of `length` bytes at `offset`; undefined where the file does not have them any more. */
  read(offset: number, length: number): Uint8Array | undefined {
    const within = offset - this.#start;
    if (within >= 0 && within + length <= this.#window.length) {
      return this.#window.slice(within, within + length);
    }
    try {
      this.#descriptor ??= openSync(this.#path, 'r');
      const window = new Uint8Array(Math.max(WINDOW_LENGTH, length));
      const count = readSync(this.#descriptor, window, 0, window.length, offset);
      this.#window = window.subarray(0, count);
      this.#start = offset;
      return count < length ? undefined : this.#window.slice(0, length);
    } catch {
      // Gone or not readable any more: the caller says that the bytes are not there.
      return undefined;
    }
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#window = new Uint8Array(0);
  }
}
