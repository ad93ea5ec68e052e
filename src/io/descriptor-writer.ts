import { writev, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { isSystemError } from './file-error.js';
import { TextBuffer } from './text-buffer.js';

const writeSoon = promisify(writev);

/** Gathered at most before it is written at once: the caller waits for `flush` once per chunk of input. */
const MAX_GATHERED = 16 * 1024 * 1024;

/** Blocks given to the operating system at once: below IOV_MAX, which is 1024 on Linux and 16 at the least. */
const MAX_BLOCKS = 16;

/**
 * Writes text and bytes to a file's descriptor, gathered, as a write a record would cost more than the record. `flush`
 * writes while the next is gathered: on a disk that takes time, that is an eighth of an export's.
 */
export class DescriptorWriter {
  readonly #descriptor: number;
  readonly #name: string;
  readonly #gathered = new TextBuffer();
  #pending: Promise<void> | undefined;
  #failure: unknown;

  /** `name` goes into the errors as their path: what the user calls the output. */
  constructor(descriptor: number, name: string) {
    this.#descriptor = descriptor;
    this.#name = name;
  }

  /** Adds text (as UTF-8) or bytes, which are copied. */
  write(piece: string | Uint8Array): void {
    this.#gathered.write(piece);
    if (this.#gathered.length >= MAX_GATHERED && this.#pending === undefined) this.flushNow();
  }

  /** Begins to write what was gathered, once what was written before is done. Throws what a write before failed with. */
  async flush(): Promise<void> {
    await this.#pending;
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#gathered.length === 0) return;
    this.#pending = this.#writeAll(this.#gathered.take()).then(
      () => {
        this.#pending = undefined;
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.#failure = named(error, this.#name);
      },
    );
  }

  /** Writes all; resolves when it is with the operating system. */
  async drain(): Promise<void> {
    await this.flush();
    await this.#pending;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes what was gathered before it returns; only where no write is under way. */
  flushNow(): void {
    const blocks = this.#gathered.take();
    let left = blocks;
    try {
      while (left.length > 0) {
        left = withoutFirst(left, writevSync(this.#descriptor, left.slice(0, MAX_BLOCKS)));
      }
    } catch (error) {
      throw named(error, this.#name);
    }
    this.#gathered.recycle(blocks);
  }

  async #writeAll(blocks: readonly Buffer[]): Promise<void> {
    let left = blocks;
    while (left.length > 0) {
      const { bytesWritten } = await writeSoon(this.#descriptor, left.slice(0, MAX_BLOCKS));
      left = withoutFirst(left, bytesWritten);
    }
    this.#gathered.recycle(blocks);
  }
}

/** The error of a write to a descriptor, which does not know its file, with the file's name. */
function named(error: unknown, name: string): unknown {
  if (isSystemError(error)) error.path = name;
  return error;
}

/** What is left of blocks when their first bytes are written: a write may take less than it is given, as on a full disk. */
function withoutFirst(blocks: readonly Buffer[], bytes: number): readonly Buffer[] {
  let index = 0;
  let rest = bytes;
  for (; index < blocks.length; index++) {
    const { length } = blocks[index] as Buffer;
    if (rest < length) break;
    rest -= length;
  }
  const left = blocks.slice(index);
  if (rest > 0) left[0] = (left[0] as Buffer).subarray(rest);
  return left;
}
