/** Records that wait for their turn, a file for each input, in a folder that goes with the run, however that ends. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeWriteError } from '../io/file-error.js';
import { statsOf } from '../io/file-stats.js';
import { OutputError } from './output-error.js';

const NEWLINE = 10;
const PIECE_LENGTH = 1024 * 1024;

export class WaitingParts {
  /** As the user is told of it. */
  readonly name: string;
  readonly #folder: string;
  readonly #remove = (): void => rmSync(this.#folder, { recursive: true, force: true });

  /** Beside the output, where there is room for it; a pipe or a device has no such place. */
  constructor(output: string | undefined) {
    const isFile = output !== undefined && output !== '-' && statsOf(output)?.isFile() !== false;
    const place = isFile ? dirname(output) : tmpdir();
    this.name = `${place}, where records wait for their turn`;
    try {
      this.#folder = mkdtempSync(join(place, '.siplens-'));
    } catch (error) {
      throw new OutputError(describeWriteError(this.name, error));
    }
    // Also where the reader of the output goes away, or a second signal ends it all.
    process.on('exit', this.#remove);
  }

  /** Where the records of an input wait. */
  path(index: number): string {
    return join(this.#folder, `${index}.part`);
  }

  /** The records of an input, in pieces that end with a line where they can: an output is given up between two lines. */
  *read(index: number): Generator<Uint8Array> {
    const descriptor = openSync(this.path(index), 'r');
    try {
      for (let position = 0; ; ) {
        const bytes = new Uint8Array(PIECE_LENGTH);
        const count = readSync(descriptor, bytes, 0, PIECE_LENGTH, position);
        if (count === 0) return;
        const end = bytes.lastIndexOf(NEWLINE, count - 1) + 1;
        const piece = bytes.subarray(0, end > 0 ? end : count);
        yield piece;
        position += piece.length;
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** What was read is not needed any more. */
  drop(index: number): void {
    rmSync(this.path(index), { force: true });
  }

  remove(): void {
    process.off('exit', this.#remove);
    this.#remove();
  }
}
