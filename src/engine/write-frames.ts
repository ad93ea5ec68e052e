import type { Frame } from '../capture/frame.js';
import { createCaptureReader } from '../capture/reader.js';
import { mergeCaptures } from '../io/merge.js';
import { openFile } from '../io/source.js';
import { PcapngWriter } from '../report/packets/pcapng.js';
import type { Stop } from './batch-run.js';
import type { FrameSelection } from './frame-selection.js';
import type { Sink, Unread } from './sink.js';

export type WriteOptions = {
  readonly merge: boolean;
  readonly signal: AbortSignal;
  /** Where the first pass was interrupted. */
  readonly stop: Stop | undefined;
};

export type WrittenFrames = {
  readonly count: number;
  /** Where this pass was interrupted itself, as a clause. */
  readonly stoppedAt: string | undefined;
  /** What the reader of a pipe took, where it was given up. */
  readonly unread: Unread | undefined;
};

const QUIET = { secrets: () => {}, problem: () => {} };

/**
 * Reads captures again and saves what was selected as pcapng, the secrets first. The output is finished when it is
 * whole, or with the whole packets up to an interruption. Where the first pass stopped at `stop` this one goes as far,
 * and no signal that was there before ends it. Throws what `output` throws.
 */
export async function writeFrames(
  output: Sink,
  files: readonly string[],
  selection: FrameSelection,
  options: WriteOptions,
): Promise<WrittenFrames> {
  try {
    const writer = new PcapngWriter((block) => output.write(block));
    writer.secrets(selection.keyLog);
    const pass = new SecondPass(output, writer, selection, options);
    await (options.merge ? pass.merged(files) : pass.inTurn(files));
    writer.finish();
    await output.drain();
    output.finish();
    return { count: writer.frames, stoppedAt: pass.stoppedAt, unread: output.unread?.() };
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** The second reading of the captures. */
class SecondPass {
  stoppedAt: string | undefined;
  readonly #output: Sink;
  readonly #writer: PcapngWriter;
  readonly #selection: FrameSelection;
  readonly #options: WriteOptions;
  /** Number of the last frame that the first pass read. */
  #last = Number.POSITIVE_INFINITY;
  /** Number of the last frame read. */
  #read = 0;

  constructor(output: Sink, writer: PcapngWriter, selection: FrameSelection, options: WriteOptions) {
    this.#output = output;
    this.#writer = writer;
    this.#selection = selection;
    this.#options = options;
  }

  async merged(files: readonly string[]): Promise<void> {
    this.#last = this.#options.stop?.frames ?? this.#last;
    let current = '';
    await mergeCaptures(files, {
      ...QUIET,
      frame: (frame, file) => {
        current = file;
        this.#take(frame, file);
      },
      afterChunk: async () => {
        await this.#output.flush();
        return !this.#isOver(current);
      },
    });
  }

  async inTurn(files: readonly string[]): Promise<void> {
    const { stop } = this.#options;
    let opened = 0;
    for (const name of files) {
      if (this.stoppedAt !== undefined || opened === stop?.opened) break;
      const input = await openFile(name);
      if (!input.ok) continue;
      if (++opened === stop?.opened) this.#last = stop.frames;
      const { kind, chunks } = input.file;
      if (kind !== 'pcap' && kind !== 'pcapng') {
        await input.file.close();
        continue;
      }
      this.#read = 0;
      const frame = (one: Frame): void => this.#take(one, input.file.name);
      const reader = createCaptureReader(kind, { ...QUIET, frame });
      for await (const chunk of chunks) {
        reader.push(chunk);
        await this.#output.flush();
        if (this.#isOver(name)) break;
      }
    }
  }

  #take(frame: Frame, file: string): void {
    if (frame.number > this.#last) return;
    this.#read = frame.number;
    if (this.#selection.has(file, frame)) this.#writer.frame(frame);
  }

  /** Whether this pass is over, after a chunk of a file. */
  #isOver(file: string): boolean {
    const { stop, signal } = this.#options;
    if (stop === undefined && signal.aborted) this.stoppedAt = `at frame ${this.#read} of ${file}`;
    return this.stoppedAt !== undefined || this.#read >= this.#last;
  }
}
