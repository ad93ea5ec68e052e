/**
 * A file that still grows, as a capture that another program writes: read to its end, and then on as bytes come, until
 * the reader is told to stop, or until the file is no longer the one that was begun.
 */
import { close, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ByteChunks, CHUNK_LENGTH } from './chunks.js';
import { describeFileError, ReadingEnded } from './file-error.js';
import { canReadTwice, identifyInput, inputName, type OpenedFile } from './source.js';

/** How often is looked for new bytes: a person does not see the difference to at once. */
const POLL_MILLISECONDS = 200;
/** Where the first packet begins in pcap. What stands before is alike in many captures, and in pcapng may change. */
const KNOWN_START = 24;
/** Bytes at the beginning that tell a file begun anew from the one that was read: some packets with their times. */
const KNOWN_LENGTH = 4096;

const closeDescriptor = promisify(close);

/**
 * Opens a growing file; its chunks end when `signal` is aborted, after what has been written by then. They also end, and
 * a problem says why, when the file has been truncated or begun anew, or when another has taken its name, as in rotation.
 * A file without a name may still be written to and is read on: `tell` hears of it once, in a sentence.
 *
 * Whether a file was begun anew and has outgrown what was read, all between two looks, is known from its first bytes: one
 * that begins as before is taken for one that has grown.
 */
export async function openFollowed(
  path: string,
  signal: AbortSignal,
  tell: (line: string) => void,
): Promise<OpenedFile> {
  if (!canReadTwice(path)) {
    return {
      ok: false,
      message: `${inputName(path)}: only a file can be followed; a pipe is read as it comes anyway`,
    };
  }
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    return { ok: false, message: describeFileError(path, error) };
  }
  return identifyInput(path, growing(path, descriptor, signal, tell), {
    close: () => closeDescriptor(descriptor),
    isEndless: true,
  });
}

/** Throws where what is there to read is not what follows: whoever reads chunks tells it as any failure to read. */
async function* growing(
  path: string,
  descriptor: number,
  signal: AbortSignal,
  tell: (line: string) => void,
): ByteChunks {
  const buffer = new Uint8Array(CHUNK_LENGTH);
  const known = new Uint8Array(KNOWN_LENGTH);
  let position = 0;
  let name: NameState = 'same';
  for (;;) {
    const isLast = signal.aborted;
    const wasReplaced = name === 'replaced';
    const count = readSync(descriptor, buffer, 0, CHUNK_LENGTH, null);
    // Looked at after the read, which so gave what was there before.
    if (isBegunAnew(descriptor, known.subarray(0, position)))
      throw new ReadingEnded(`the file was begun anew; ${KEPT} it anew`);
    if (count > 0) {
      const start = buffer.subarray(0, Math.min(count, Math.max(0, KNOWN_LENGTH - position)));
      if (start.length > 0) known.set(start, position);
      position += count;
      yield buffer.subarray(0, count);
      continue;
    }
    const { size } = fstatSync(descriptor);
    if (size < position) throw new ReadingEnded(`the file was truncated to ${size} bytes; ${KEPT} it anew`);
    if (isLast) return;
    // Its writer had the time between two looks for the last bytes, and there were none.
    if (wasReplaced) throw new ReadingEnded(`another file has taken its name; ${KEPT} that one`);
    const before = name;
    name = nameState(path, descriptor);
    if (name === 'gone' && before === 'same')
      tell(`${path}: removed or renamed; what is still written to it is read`);
    await setTimeout(POLL_MILLISECONDS, undefined, { signal }).catch(() => {});
  }
}

const KEPT = 'what was read before is kept, start again to read';

/** Whether the beginning of a file is not what was read there. */
function isBegunAnew(descriptor: number, known: Uint8Array): boolean {
  if (known.length <= KNOWN_START) return false;
  const now = new Uint8Array(known.length - KNOWN_START);
  // Fewer bytes than were read: it was truncated, which its size tells.
  if (readSync(descriptor, now, 0, now.length, KNOWN_START) < now.length) return false;
  return Buffer.compare(now, known.subarray(KNOWN_START)) !== 0;
}

type NameState = 'same' | 'gone' | 'replaced';

/** What stands under the name that a file was opened by. */
function nameState(path: string, descriptor: number): NameState {
  try {
    // Numbers of files may have more bits than a number here.
    const named = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (named === undefined) return 'gone';
    const opened = fstatSync(descriptor, { bigint: true });
    return named.ino === opened.ino && named.dev === opened.dev ? 'same' : 'replaced';
  } catch {
    // What cannot be looked at, as in a folder that was closed to us, may still be there.
    return 'same';
  }
}
