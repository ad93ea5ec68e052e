import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Most bytes taken at a time; what is beyond comes with the next look. */
const MAX_TAKEN = 1024 * 1024;

/**
 * A text file that another program writes, line by line. It may not be there yet, and one that was begun anew is read
 * from its start. It is opened for each look, as it may be replaced.
 */
export class GrowingText {
  readonly #path: string;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The whole lines that came since the last look; empty where there are none, or no file. */
  newLines(): string {
    let descriptor: number;
    try {
      descriptor = openSync(this.#path, 'r');
    } catch {
      return '';
    }
    try {
      const { size } = fstatSync(descriptor);
      if (size < this.#position) this.#position = 0;
      if (size === this.#position) return '';
      const bytes = Buffer.alloc(Math.min(size - this.#position, MAX_TAKEN));
      const count = readSync(descriptor, bytes, 0, bytes.length, this.#position);
      // A line that is still being written, or one that is longer than any key log has, which is passed over.
      const end = bytes.lastIndexOf(0x0a, count - 1) + 1;
      const taken = end === 0 && count === MAX_TAKEN ? count : end;
      this.#position += taken;
      return bytes.toString('latin1', 0, end);
    } catch {
      return '';
    } finally {
      closeSync(descriptor);
    }
  }
}
