import { constants, openSync, readSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { plainBytes } from '../capture/plain.js';
import { isSystemError } from './file-error.js';

/** Bytes of one input in order, in chunks of up to `CHUNK_LENGTH`; each is valid until the next is asked for. */
export type ByteChunks = AsyncIterable<Uint8Array>;

/** Large enough that work per chunk vanishes (a megabyte holds thousands of frames), small enough for any memory. */
export const CHUNK_LENGTH = 1024 * 1024;

/**
 * The bytes of a regular file, which is read synchronously: that spares a trip through the thread pool for every chunk,
 * and the event loop gets its turn after each. The caller closes it.
 */
export async function* readRegularFile(descriptor: number): ByteChunks {
  const buffer = new Uint8Array(CHUNK_LENGTH);
  for (;;) {
    const count = readSync(descriptor, buffer, 0, CHUNK_LENGTH, null);
    if (count === 0) return;
    yield buffer.subarray(0, count);
    await setImmediate();
  }
}

/** How often a device that has nothing yet is asked again: a person does not see the difference to at once. */
const POLL_MILLISECONDS = 50;

/**
 * The bytes of a device that was opened not to wait, as a terminal; the caller closes it. It is asked again and again
 * until `signal`: a call that waits for bytes sits in a thread that no signal ends, and the process cannot end before it.
 */
export async function* readDevice(descriptor: number, signal: AbortSignal | undefined): ByteChunks {
  const buffer = new Uint8Array(CHUNK_LENGTH);
  while (signal?.aborted !== true) {
    const count = readIfReady(descriptor, buffer);
    if (count === 0) return;
    if (count !== undefined) yield buffer.subarray(0, count);
    await setTimeout(count === undefined ? POLL_MILLISECONDS : 0, undefined, { signal }).catch(() => {});
  }
}

/** Bytes read; undefined where there are none yet. */
function readIfReady(descriptor: number, buffer: Uint8Array): number | undefined {
  try {
    return readSync(descriptor, buffer, 0, buffer.length, null);
  } catch (error) {
    if (isSystemError(error) && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

/**
 * The bytes of a named pipe, as they come once it has a writer; closed at their end, or by `close`, also while they
 * are waited for. It is opened without waiting, for the same reason as a device, and watched by the event loop.
 */
export async function openPipe(
  path: string,
): Promise<{ readonly chunks: ByteChunks; readonly close: () => void }> {
  const { Socket } = await import('node:net');
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const socket = new Socket({ fd: descriptor, readable: true, writable: false });
  return { chunks: plainChunks(socket), close: () => socket.destroy() };
}

/** The Buffers of a stream as plain Uint8Arrays, whose `slice` copies. */
export async function* plainChunks(stream: AsyncIterable<Uint8Array>): ByteChunks {
  for await (const bytes of stream) yield plainBytes(bytes);
}

/**
 * The same chunks until `signal` is aborted, even while one is waited for. `abandon` is then called: what waits for
 * bytes that nobody wants would keep the process from ending.
 */
export async function* untilAborted(
  chunks: ByteChunks,
  signal: AbortSignal,
  abandon: () => void = () => {},
): ByteChunks {
  // One promise per chunk: `Promise.race` with one that lives on would keep every chunk that was ever waited for.
  let stop = (): void => {};
  const onAbort = (): void => stop();
  signal.addEventListener('abort', onAbort);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        if (signal.aborted) stop();
        else iterator.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: it comes after the read that is under way, which may never end.
    iterator.return?.().catch(() => {});
    if (signal.aborted) abandon();
  }
}
