/** Saves what a live capture gives (`--write`); where that fails the capture ends, and says so as any that fails. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import type { ByteChunks } from '../../io/chunks.js';
import { describeWriteError } from '../../io/file-error.js';
import type { LiveCapture } from '../../io/live.js';
import { UsageError } from '../exit.js';

/** An open file for the packets of a capture. What it held is there until the capture begins. */
export class CaptureFile {
  readonly #path: string;
  readonly #descriptor: number;
  /** Whether it was there before. */
  readonly #existed: boolean;
  #hasBegun = false;
  #failure: string | undefined;

  /**
   * A file that cannot be opened is a usage error. What is captured is private: a new file is for its owner alone, unless
   * `mode` has other permission bits, which hold for a file that is there, too.
   */
  constructor(path: string, mode?: number) {
    this.#path = path;
    this.#existed = existsSync(path);
    try {
      this.#descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
      if (mode !== undefined && fstatSync(this.#descriptor).isFile()) fchmodSync(this.#descriptor, mode);
    } catch (error) {
      throw new UsageError(`--write ${describeWriteError(path, error)}`);
    }
  }

  /** The same capture, each chunk written before anything is made of it. */
  saving(live: LiveCapture): LiveCapture {
    const failure = (): string | undefined => this.#failure;
    return {
      ...live,
      chunks: this.#written(live),
      // Asked for when all chunks were taken: whether the last one could be written is known then.
      get ended() {
        return live.ended.then((end) => ({ ...end, failure: failure() ?? end.failure }));
      },
    };
  }

  close(): void {
    closeSync(this.#descriptor);
    if (!this.#hasBegun && !this.#existed) rmSync(this.#path, { force: true });
  }

  #begin(): void {
    this.#hasBegun = true;
    if (fstatSync(this.#descriptor).isFile()) ftruncateSync(this.#descriptor);
  }

  async *#written(live: LiveCapture): ByteChunks {
    for await (const chunk of live.chunks) {
      try {
        if (!this.#hasBegun) this.#begin();
        for (let at = 0; this.#failure === undefined && at < chunk.length; )
          at += writeSync(this.#descriptor, chunk, at);
      } catch (error) {
        const reason = describeWriteError(this.#path, error);
        this.#failure = `--write ${reason}: the capture ends here, and the file keeps what was written before`;
        live.stop();
      }
      yield chunk;
    }
  }
}
