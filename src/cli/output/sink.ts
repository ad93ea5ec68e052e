import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Sink } from '../../engine/sink.js';
import { AtomicFile, type AtomicFileOptions } from '../../io/atomic-file.js';
import { DescriptorWriter } from '../../io/descriptor-writer.js';
import { describeWriteError } from '../../io/file-error.js';
import { statsOf } from '../../io/file-stats.js';
import { UsageError } from '../exit.js';
import { endWhereUnwritable, Output } from './output.js';

/** The sink that `--output` names; standard output where it names none. `signal` ends the waiting for a stalled reader. */
export function sinkFor(
  path: string | undefined,
  signal: AbortSignal,
  options: AtomicFileOptions = {},
): Sink {
  if (path === undefined || path === '-') {
    if (!fstatSync(1).isFile()) return outputSink(new Output({ signal }), () => {});
    const writer = new DescriptorWriter(1, 'standard output');
    return {
      write: (piece) => writer.write(piece),
      flush: () => writer.flush(),
      drain: () => writer.drain(),
      finish: () => {},
      discard: () => {},
    };
  }
  try {
    if (statsOf(path)?.isFIFO() !== true) return new AtomicFile(path, options);
    const pipe = openPipe(path);
    endWhereUnwritable(pipe, path);
    return outputSink(new Output({ signal, pipe }), () => pipe.destroy());
  } catch (error) {
    throw new UsageError(`--output ${describeWriteError(path, error)}`);
  }
}

/**
 * The sink of packets that go beside the records: a file that appears when it is whole, or a named pipe. Throws the
 * system's error where it cannot be opened or written.
 */
export function packetSink(path: string, signal: AbortSignal, options: AtomicFileOptions = {}): Sink {
  if (statsOf(path)?.isFIFO() !== true) return new AtomicFile(path, options);
  const pipe = openPipe(path);
  let failure: Error | undefined;
  // The records go on to their own reader until the next packets are to be written.
  pipe.on('error', (error) => {
    failure ??= error;
  });
  const sink = outputSink(new Output({ signal, pipe }), () => pipe.destroy());
  const flush = async (): Promise<void> => {
    await sink.flush();
    if (failure !== undefined) throw failure;
  };
  return { ...sink, flush, drain: flush };
}

/** A named pipe, watched by the event loop: a call that waits for a reader sits in a thread that no signal ends. */
function openPipe(path: string): Socket {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: false, writable: true });
}

function outputSink(output: Output, close: () => void): Sink {
  return {
    write: (piece) => output.write(piece),
    flush: () => output.flush(),
    drain: () => output.flush(),
    finish: close,
    discard: close,
    unread: () => output.unread,
  };
}
