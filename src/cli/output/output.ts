import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Unread } from '../../engine/sink.js';
import { describeWriteError } from '../../io/file-error.js';
import { linePieces, MAX_ATOMIC } from '../../io/line-pieces.js';
import { TextBuffer } from '../../io/text-buffer.js';
import { type ColorMode, type Paint, render, wantsColor } from '../../report/render.js';
import type { Styled } from '../../report/styled.js';
import { EXIT } from '../exit.js';

/** How long a reader may take nothing once a signal came: who pressed Ctrl-C waits for no longer. */
const PATIENCE_MILLISECONDS = 500;

/**
 * Of a pipe that is read, what was given to it is taken sooner than this. Larger pieces cost less then, but of one that
 * is given up a part may have been taken: measured with 215 MB of records piped to `cat`, small ones alone take 1.4 times
 * the processor time.
 */
const LIVELY_MILLISECONDS = 50;
const LIVELY_PIECE = 256 * 1024;

export type OutputOptions = {
  /**
   * Ends the waiting for a reader that takes nothing, as one that is stopped; what is gathered then is dropped, from a
   * line's end on.
   */
  readonly signal?: AbortSignal | undefined;
  /** Written to instead of standard output. */
  readonly pipe?: Writable;
  /** Whether lines have colours: what `--color` says. On a terminal by default. */
  readonly color?: ColorMode;
};

/**
 * Standard output, or another pipe, for results. Text is gathered and written once per chunk of input, as a write a
 * message costs more than the message; `flush` waits where the reader is slower than we are, so that memory stays
 * bounded. A closed pipe (`| head`) ends the process quietly.
 */
export class Output {
  readonly #stream: Writable;
  readonly #isPipe: boolean;
  readonly #gathered = new TextBuffer();
  readonly #signal: AbortSignal | undefined;
  readonly #paint: Paint;
  /** Bytes to be given to a pipe at once: no more than it takes whole or not at all, until its reader proves lively. */
  #most = MAX_ATOMIC;
  #taken = 0;
  #unread: Unread | undefined;

  constructor({ signal, pipe, color = 'auto' }: OutputOptions = {}) {
    this.#signal = signal;
    this.#stream = pipe ?? process.stdout;
    this.#isPipe = pipe !== undefined || isPipe(1);
    const facts = { mode: color, noColor: process.env['NO_COLOR'], isTTY: this.isTerminal };
    this.#paint = wantsColor(facts) ? 'colors' : 'nothing';
  }

  get isTerminal(): boolean {
    return this.#terminal !== undefined;
  }

  /** Columns of the terminal; undefined where the output is no terminal, or one that does not know (and says 0). */
  get columns(): number | undefined {
    const columns = this.#terminal?.columns ?? 0;
    return columns > 0 ? columns : undefined;
  }

  /** What was taken of an output that was given up; undefined where it was not. */
  get unread(): Unread | undefined {
    return this.#unread;
  }

  /** Adds bytes or text as they are: what machines read (JSON, XML, CSV), whose escapes are their own, and packets. */
  write(piece: string | Uint8Array): void {
    this.#gathered.write(piece);
  }

  /** Adds a line for people; `render` escapes in it what is not a style. */
  line(line: Styled): void {
    this.write(`${render(line, this.#paint)}\n`);
  }

  /** Hands over what was gathered; waits until it is taken. Called once per chunk of input, with whole lines. */
  async flush(): Promise<void> {
    if (this.#gathered.length === 0) return;
    const blocks = this.#gathered.take();
    for (const piece of this.#isPipe ? linePieces(blocks, () => this.#most) : blocks) {
      if (this.#unread !== undefined) return;
      await this.#hand(piece);
    }
    // What was given up may still be looked at by the stream.
    if (this.#unread === undefined) this.#gathered.recycle(blocks);
  }

  get #terminal(): NodeJS.WriteStream | undefined {
    return this.#stream === process.stdout && process.stdout.isTTY === true ? process.stdout : undefined;
  }

  /** One piece at a time: several that wait together would be written as one, which may be taken in part. */
  async #hand(piece: Buffer): Promise<void> {
    let wake = (): void => {};
    this.#stream.write(piece, () => wake());
    // What is taken at once is not worth a promise.
    if (this.#stream.writableLength > 0) {
      const taken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const began = performance.now();
      if (!(await unlessStalled(this.#signal, taken))) {
        this.#unread = { bytes: this.#taken, mayBeCut: piece.length > MAX_ATOMIC };
        return;
      }
      this.#most = performance.now() - began < LIVELY_MILLISECONDS ? LIVELY_PIECE : MAX_ATOMIC;
    }
    this.#taken += piece.length;
  }
}

/** What became of an output that was given up, as a clause; standard output where it has no other name. */
export function describeUnread({ bytes, mayBeCut }: Unread, name = '-'): string {
  const output = name === '-' ? 'standard output' : name;
  const end = mayBeCut ? 'and perhaps a part of the record after them' : 'up to the end of a record';
  return `the reader of ${output} took only the first ${bytes} bytes of what was found, ${end}`;
}

/** Waits for what may never come; false where it had not come within some time after the signal. */
function unlessStalled(signal: AbortSignal | undefined, awaited: Promise<void>): Promise<boolean> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      timer = setTimeout(() => resolve(false), PATIENCE_MILLISECONDS);
    };
    if (signal?.aborted === true) begin();
    else signal?.addEventListener('abort', begin, { once: true });
    void awaited.then(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', begin);
      resolve(true);
    });
  });
}

/** Whether a descriptor is a pipe or a socket, which may take a part of what it is given. */
function isPipe(descriptor: number): boolean {
  const stats = fstatSync(descriptor);
  return stats.isFIFO() || stats.isSocket();
}

/** Tells the user something on standard error: one line, control characters escaped. */
export function tell(text: string): void {
  process.stderr.write(`siplens: ${render(text, 'nothing')}\n`);
}

/** Ends quietly when the reader of our output goes away, and with a sentence when output cannot be written. */
export function endQuietlyOnClosedPipe(): void {
  endWhereUnwritable(process.stdout, 'standard output');
  // There is nowhere left to say it.
  process.stderr.on('error', () => process.exit(process.exitCode ?? 0));
}

/** The same for one output, which the user calls `name`. */
export function endWhereUnwritable(stream: Writable, name: string): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    tell(describeWriteError(name, error));
    process.exit(EXIT.usage);
  });
}
