/**
 * Several captures as one, in the order of time: the files of one rotated session, or of two interfaces.
 *
 * In: paths. Out: frames in the order of their times, numbered on through all files (as mergecap would number them),
 * with the name of the file that each is in. A file is opened when its first frame's turn comes and closed at its end,
 * so that a thousand rotated files are one open file at a time.
 */
import type { Frame } from '../capture/frame.js';
import { type CaptureProblem, type CaptureReader, createCaptureReader } from '../capture/reader.js';
import { canReadTwice, type InputFile, inputName, openFile } from './source.js';

export type MergeHandler = {
  /** A frame of `file`; `number` counts over all files. Valid during the call. */
  frame(frame: Frame, file: string): void;
  secrets(type: number, bytes: Uint8Array): void;
  problem(problem: CaptureProblem, file: string): void;
  /** Called after each chunk read and handed on; waited for. False ends the merge. */
  afterChunk(position: number): Promise<boolean>;
};

type Start = { readonly path: string; readonly seconds: number; readonly nanoseconds: number };

/** One file that is being read. */
class Source {
  readonly file: InputFile;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #reader: CaptureReader;
  #chunk: Uint8Array | undefined;
  /** Frames of the chunk at hand; their data is the chunk's own. */
  #frames: Frame[] = [];
  #next = 0;

  constructor(file: InputFile, kind: 'pcap' | 'pcapng', handler: MergeHandler) {
    this.file = file;
    this.#iterator = file.chunks[Symbol.asyncIterator]();
    this.#reader = createCaptureReader(kind, {
      frame: (frame) => {
        // A frame in pieces lies in the reader's memory, which the end of this chunk will take.
        const isOfChunk = frame.data.buffer === this.#chunk?.buffer;
        this.#frames.push(isOfChunk ? frame : { ...frame, data: frame.data.slice() });
      },
      secrets: (type, bytes) => handler.secrets(type, bytes),
      problem: (problem) => handler.problem(problem, file.name),
    });
  }

  get head(): Frame | undefined {
    return this.#frames[this.#next];
  }

  take(): void {
    this.#next++;
  }

  /** Reads on until there is a frame; false at the end of the file. */
  async fill(): Promise<boolean> {
    while (this.head === undefined) {
      this.#frames = [];
      this.#next = 0;
      const { done, value } = await this.#iterator.next();
      if (done === true || this.#reader.stopped) {
        this.#reader.end();
        await this.#iterator.return?.();
        return false;
      }
      this.#chunk = value;
      this.#reader.push(value);
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Merges captures; inputs that are none are told as problems. */
export async function mergeCaptures(paths: readonly string[], handler: MergeHandler): Promise<void> {
  const pending = await startsOf(paths, handler);
  const active: Source[] = [];
  let number = 0;
  let closed = 0;
  try {
    for (;;) {
      const due = pending[0];
      let earliest = earliestOf(active);
      if (due !== undefined && (earliest?.head === undefined || isEarlier(due, earliest.head))) {
        pending.shift();
        const opened = await openFile(due.path);
        if (!opened.ok) continue;
        const { kind } = opened.file;
        if (kind !== 'pcap' && kind !== 'pcapng') continue;
        const source = new Source(opened.file, kind, handler);
        if (await source.fill()) active.push(source);
        else closed += finished(source, handler);
        continue;
      }
      if (earliest === undefined) return;
      // Frame by frame until another file's turn may come or the chunk is used up.
      for (let frame = earliest.head; frame !== undefined; frame = earliest.head) {
        if (due !== undefined && isEarlier(due, frame)) break;
        if (active.length > 1 && earliestOf(active) !== earliest) break;
        handler.frame({ ...frame, number: ++number }, earliest.file.name);
        earliest.take();
      }
      if (earliest.head !== undefined) continue;
      const position = active.reduce((sum, { file }) => sum + file.position(), closed);
      if (!(await handler.afterChunk(position))) return;
      if (await earliest.fill()) continue;
      active.splice(active.indexOf(earliest), 1);
      closed += finished(earliest, handler);
      earliest = undefined;
    }
  } finally {
    for (const source of active) await source.close();
  }
}

/** Tells what went wrong in a file that is over; answers its length. */
function finished({ file }: Source, handler: MergeHandler): number {
  for (const { message, offset } of file.problems)
    handler.problem({ message, offset, fatal: true }, file.name);
  return file.position();
}

/** The source whose next frame is the earliest; of several, the one that began first. */
function earliestOf(active: readonly Source[]): Source | undefined {
  let earliest: Source | undefined;
  for (const source of active) {
    const { head } = source;
    if (head !== undefined && (earliest?.head === undefined || isEarlier(head, earliest.head)))
      earliest = source;
  }
  return earliest;
}

type Time = { readonly seconds: number; readonly nanoseconds: number };

function isEarlier(a: Time, b: Time): boolean {
  return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}

/** When each capture begins, in the order of these times. */
async function startsOf(paths: readonly string[], handler: MergeHandler): Promise<Start[]> {
  const starts: Start[] = [];
  const refuse = (path: string, message: string): void =>
    handler.problem({ message, offset: 0, fatal: true }, path);
  for (const path of paths) {
    if (!canReadTwice(path)) {
      refuse(inputName(path), 'only files can be merged: which comes first is read before');
      continue;
    }
    const opened = await openFile(path);
    if (!opened.ok) {
      refuse(
        path,
        opened.message.startsWith(`${path}: `) ? opened.message.slice(path.length + 2) : opened.message,
      );
      continue;
    }
    const { kind, chunks } = opened.file;
    if (kind !== 'pcap' && kind !== 'pcapng') {
      await opened.file.close();
      const reason = 'this is no capture (pcap, pcapng), which alone can be merged';
      refuse(path, kind === 'empty' ? 'the file is empty' : reason);
      continue;
    }
    let first: Frame | undefined;
    const reader = createCaptureReader(kind, {
      frame: (frame) => {
        first ??= frame;
      },
      secrets: () => {},
      problem: () => {},
    });
    for await (const chunk of chunks) {
      reader.push(chunk);
      if (first !== undefined || reader.stopped) break;
    }
    const { seconds = Number.NEGATIVE_INFINITY, nanoseconds = 0 } = first ?? {};
    starts.push({ path, seconds, nanoseconds });
  }
  return starts.sort((a, b) => a.seconds - b.seconds || a.nanoseconds - b.nanoseconds);
}
