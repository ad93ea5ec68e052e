import { printable } from '../bytes/text.js';
import { describeWriteError } from '../io/file-error.js';
import { TextBuffer } from '../io/text-buffer.js';
import { EXIT } from './exit.js';

/**
 * Standard output for results. Text is gathered and written once a chunk of input, as a write a message costs more than the message; `flush` waits where the reader is
 * slower than we are, so that memory stays bounded. A closed pipe (`| head`) ends the process quietly.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #gathered = new TextBuffer();

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Columns of the terminal; undefined where the output is no terminal, or one that does not know (and says 0). */
  get columns(): number | undefined {
    const { isTTY, columns } = this.#stream;
    return isTTY && columns > 0 ? columns : undefined;
  }

  /** Adds text as it is. Whoever writes network bytes to a terminal makes them printable first. */
  write(piece: string | Uint8Array): void {
    this.#gathered.write(piece);
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Hands over what was gathered; waits until the stream takes more. Called once a chunk of input. */
  async flush(): Promise<void> {
    if (this.#gathered.length === 0) return;
    let takesMore = true;
    for (const block of this.#gathered.take()) {
      takesMore = this.#stream.write(block, () => this.#gathered.recycle([block]));
    }
    if (!takesMore) await new Promise<void>((resolve) => this.#stream.once('drain', resolve));
  }
}

/** Tells the user something on standard error: one line, control characters escaped. */
export function tell(text: string): void {
  process.stderr.write(`siplens: ${printable(text)}\n`);
}

/** Ends quietly when the reader of our output goes away, and with a sentence when output cannot be written. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    tell(describeWriteError('standard output', error));
    process.exit(EXIT.usage);
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => process.exit(process.exitCode ?? 0));
}
