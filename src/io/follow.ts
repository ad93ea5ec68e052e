/**
 * A file that still grows, as a capture that another program writes: read to its end, and then on as bytes come, until
 * the reader is told to stop.
 */
import { close, openSync, readSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type ByteChunks, CHUNK_LENGTH } from './chunks.js';
import { describeFileError } from './file-error.js';
import { canReadTwice, identifyInput, inputName, type OpenedFile } from './source.js';

/** How often is looked for new bytes: a person does not see the difference to at once. */
const POLL_MILLISECONDS = 200;

const closeDescriptor = promisify(close);

/** Opens a growing file; its chunks end when `signal` is aborted, after what has been written by then. */
export async function openFollowed(path: string, signal: AbortSignal): Promise<OpenedFile> {
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
  return identifyInput(path, growing(descriptor, signal), {
    close: () => closeDescriptor(descriptor),
    isEndless: true,
  });
}

async function* growing(descriptor: number, signal: AbortSignal): ByteChunks {
  const buffer = new Uint8Array(CHUNK_LENGTH);
  for (;;) {
    const isLast = signal.aborted;
    const count = readSync(descriptor, buffer, 0, CHUNK_LENGTH, null);
    if (count > 0) {
      yield buffer.subarray(0, count);
      continue;
    }
    if (isLast) return;
    await setTimeout(POLL_MILLISECONDS, undefined, { signal }).catch(() => {});
  }
}
