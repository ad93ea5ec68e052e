import { write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { TextBuffer } from './text-buffer.js';

const writeSoon = promisify(write);

/** Gathered at most before it is written at once: who gathers waits for `flush` once a chunk of input. */
const MAX_GATHERED = 16 * 1024 * 1024;

/**
 * Writes text and bytes to a file's descriptor, gathered, as a write a record would cost more than the record. `flush`
 * writes while the next is gathered: on a disk that takes time, that is an eighth of an export's.
 */
export class DescriptorWriter {
  readonly #descriptor: number;
  readonly #gathered = new TextBuffer();
  /** Memory of what has been written, for what comes. */
  #spare: Buffer | undefined;
  #pending: Promise<void> | undefined;
  #failure: unknown;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
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
    const bytes = this.#gathered.take(this.#spare);
    this.#spare = undefined;
    this.#pending = this.#writeAll(bytes).then(
      () => {
        this.#pending = undefined;
        this.#spare = Buffer.from(bytes.buffer);
      },
      (error: unknown) => {
        this.#pending = undefined;
        this.#failure = error;
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
    const bytes = this.#gathered.take();
    // A write may take less than it is given, as on a nearly full disk.
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await writeSoon(this.#descriptor, bytes, at, bytes.length - at, null);
      at += bytesWritten;
    }
  }
}
