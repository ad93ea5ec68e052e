/**
 * Inputs: files, pipes and standard input, gunzipped on the fly, known by their content.
 *
 * In: a path as the user gave it. Out: the kind of the content and its bytes as an asynchronous sequence of chunks,
 * the only asynchronous part of reading a capture. What cannot be opened is one sentence; what fails later is told in
 * `problems` after the bytes that could be had.
 */
import { close, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { promisify } from 'node:util';
import { DETECTION_HEAD, detectFileKind, type FileKind } from '../capture/detect.js';
import {
  type ByteChunks,
  openPipe,
  plainChunks,
  readDevice,
  readRegularFile,
  untilAborted,
} from './chunks.js';
import { describeFileError, describeFolder } from './file-error.js';
import { statsOf } from './file-stats.js';
import { gunzip } from './gunzip.js';

/** Something that kept an input from being read whole. */
export type InputProblem = {
  /** A sentence without the input's name. */
  readonly message: string;
  /** Bytes of the input, as it is stored, that had been read. */
  readonly offset: number;
};

export type InputFile = {
  /** As the user gave it; `standard input` for `-`. */
  readonly name: string;
  /** Of the content, after decompression. `gzip` here is a gzip within a gzip. */
  readonly kind: FileKind;
  readonly compressed: boolean;
  /**
   * The content from its first byte; to be read once. It closes the input at its end and when reading is left early.
   * Chunks are valid until the next is asked for.
   */
  readonly chunks: ByteChunks;
  /** What went wrong so far; complete when `chunks` has ended. */
  readonly problems: readonly InputProblem[];
  /** Bytes of the input, as it is stored, that have been read. */
  readonly position: () => number;
  /** Whether the input ends when someone says so: a pipe, a capture that goes on. */
  readonly isEndless: boolean;
  /** Closes an input whose chunks are not wanted. */
  close(): Promise<void>;
};

/** An input as the user is told of it. */
export function inputName(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/** Whether an input has its bytes a second time too: a pipe, a device and standard input have not. */
export function canReadTwice(path: string): boolean {
  return path !== '-' && statsOf(path)?.isFile() !== false;
}

/** Length of a file in bytes; undefined for a pipe and the like, and for `-`. */
export function fileLength(path: string): number | undefined {
  const stats = path === '-' ? undefined : statsOf(path);
  return stats?.isFile() ? stats.size : undefined;
}

export type OpenedFile =
  | { readonly ok: true; readonly file: InputFile }
  | { readonly ok: false; readonly message: string };

export type OpenOptions = {
  /** What `-` reads; the process's standard input by default. */
  readonly standardInput?: AsyncIterable<Uint8Array>;
  /** Aborted, it ends an input that has no end of its own, also while its first bytes or its writer are waited for. */
  readonly signal?: AbortSignal | undefined;
};

const closeDescriptor = promisify(close);

/** Opens a file, or standard input for `-`, and reads as much as tells what it is. */
export async function openFile(path: string, options: OpenOptions = {}): Promise<OpenedFile> {
  if (path === '-') return openStandardInput(options);
  let descriptor: number;
  let stats: Stats;
  try {
    if (statsOf(path)?.isFIFO() === true) {
      const { chunks, close: end } = await openPipe(path);
      return await identifyInput(path, ending(chunks, options.signal, end), {
        close: async () => end(),
        isEndless: true,
      });
    }
    // Opening a device may wait, as for the other end of a line.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    stats = fstatSync(descriptor);
  } catch (error) {
    return { ok: false, message: describeFileError(path, error) };
  }
  if (stats.isDirectory()) {
    await closeDescriptor(descriptor);
    return { ok: false, message: describeFolder(path) };
  }
  const isEndless = !stats.isFile();
  const chunks = isEndless ? readDevice(descriptor, options.signal) : readRegularFile(descriptor);
  return identifyInput(path, chunks, { close: () => closeDescriptor(descriptor), isEndless });
}

/** The chunks of an input without an end of its own: until `signal` is aborted. */
function ending(chunks: ByteChunks, signal: AbortSignal | undefined, abandon?: () => void): ByteChunks {
  return signal === undefined ? chunks : untilAborted(chunks, signal, abandon);
}

/** A redirected file is read like any file; a pipe by the stream that Node keeps for it. */
async function openStandardInput({ standardInput, signal }: OpenOptions): Promise<OpenedFile> {
  const name = inputName('-');
  const close = async (): Promise<void> => {};
  try {
    const stats = standardInput === undefined ? fstatSync(0) : undefined;
    if (stats?.isDirectory()) return { ok: false, message: describeFolder(name) };
    if (stats?.isFile()) return await identifyInput(name, readRegularFile(0), { close, isEndless: false });
    const abandon = standardInput === undefined ? () => process.stdin.destroy() : undefined;
    const chunks = ending(plainChunks(standardInput ?? process.stdin), signal, abandon);
    return await identifyInput(name, chunks, { close, isEndless: true });
  } catch (error) {
    return { ok: false, message: describeFileError(name, error) };
  }
}

/** An input of chunks that someone else brings; reads as much as tells what it is. */
export async function identifyInput(
  name: string,
  stored: ByteChunks,
  { close: closeInput, isEndless }: { readonly close: () => Promise<void>; readonly isEndless: boolean },
): Promise<OpenedFile> {
  const problems: InputProblem[] = [];
  const tell = (problem: InputProblem) => {
    problems.push(problem);
  };
  let position = 0;
  const counted = guarded(stored, tell, (count) => {
    position += count;
  });
  let opened = await peek(closing(counted, closeInput));
  let kind = detectFileKind(opened.head);
  const compressed = kind === 'gzip';
  if (compressed) {
    opened = await peek(gunzip(opened.chunks, tell));
    kind = detectFileKind(opened.head);
  }
  return {
    ok: true,
    file: {
      name,
      kind,
      compressed,
      chunks: opened.chunks,
      problems,
      position: () => position,
      isEndless,
      close: opened.close,
    },
  };
}

/** The same chunks; a failure to read ends them and is told. */
async function* guarded(
  chunks: ByteChunks,
  tell: (problem: InputProblem) => void,
  count: (bytes: number) => void,
): ByteChunks {
  let offset = 0;
  try {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    tell({ message: describeFileError(`reading stopped at byte ${offset}`, error), offset });
  }
}

async function* closing(chunks: ByteChunks, closeInput: () => Promise<void>): ByteChunks {
  try {
    yield* chunks;
  } finally {
    await closeInput();
  }
}

type Peeked = { readonly head: Uint8Array; readonly chunks: ByteChunks; readonly close: () => Promise<void> };

/** Reads as much as detection needs; `chunks` still begins with the first byte. */
async function peek(chunks: ByteChunks): Promise<Peeked> {
  const iterator = chunks[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let length = 0;
  let magic: Uint8Array = new Uint8Array(0);
  while (length < DETECTION_HEAD && !isCaptureMagic(magic)) {
    const next = await iterator.next();
    // A chunk is valid until the next is asked for, which has just been done.
    if (next.done === true) break;
    pieces.push(new Uint8Array(next.value));
    length += next.value.length;
    if (magic.length < 4) magic = Buffer.concat(pieces).subarray(0, 4);
  }
  return {
    head: pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces),
    chunks: resumed(pieces, iterator),
    close: async () => {
      await iterator.return?.();
    },
  };
}

/** Whether four bytes are enough to know the kind; of text more is looked at. */
function isCaptureMagic(magic: Uint8Array): boolean {
  const kind = magic.length < 4 ? 'unknown' : detectFileKind(magic);
  return kind === 'pcap' || kind === 'pcapng' || kind === 'gzip';
}

async function* resumed(pieces: Uint8Array[], iterator: AsyncIterator<Uint8Array>): ByteChunks {
  try {
    yield* pieces;
    pieces.length = 0;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
