/**
 * Files that appear under their name only when they are whole: written beside it under another name, then renamed.
 * Temporaries are removed when the process ends without having finished them.
 */
import { closeSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { DescriptorWriter } from './descriptor-writer.js';

/** Temporaries of this thread that are still open. */
const unfinished = new Set<string>();
let cleansUp = false;

export class AtomicFile {
  readonly path: string;
  readonly #temporary: string | undefined;
  readonly #descriptor: number;
  readonly #writer: DescriptorWriter;

  /** Opens the temporary; throws the file system's error where that fails. A device or pipe is written to as it is. */
  constructor(path: string) {
    this.path = path;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) {
      this.#descriptor = openSync(path, 'w');
      this.#writer = new DescriptorWriter(this.#descriptor);
      return;
    }
    this.#temporary = `${path}.siplens-${process.pid}-${++serial}.tmp`;
    this.#descriptor = openSync(this.#temporary, 'wx', 0o644);
    this.#writer = new DescriptorWriter(this.#descriptor);
    unfinished.add(this.#temporary);
    if (!cleansUp) {
      cleansUp = true;
      process.on('exit', () => {
        for (const left of unfinished) rmSync(left, { force: true });
      });
    }
  }

  /** Adds text (as UTF-8) or bytes, which are copied. */
  write(piece: string | Uint8Array): void {
    this.#writer.write(piece);
  }

  /** Begins to write what was gathered, while more is gathered; waits for the write before. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Resolves when all is with the operating system. */
  drain(): Promise<void> {
    return this.#writer.drain();
  }

  /** Writes the rest and gives the file its name; where `flush` was used, after `drain`. */
  finish(): void {
    this.#writer.flushNow();
    closeSync(this.#descriptor);
    if (this.#temporary === undefined) return;
    renameSync(this.#temporary, this.path);
    unfinished.delete(this.#temporary);
  }

  /** Leaves nothing behind. */
  discard(): void {
    closeSync(this.#descriptor);
    if (this.#temporary === undefined) return;
    rmSync(this.#temporary, { force: true });
    unfinished.delete(this.#temporary);
  }
}

let serial = 0;
