import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { AtomicFile } from '../io/atomic-file.js';
import { DescriptorWriter } from '../io/descriptor-writer.js';
import { describeWriteError } from '../io/file-error.js';
import { statsOf } from '../io/file-stats.js';
import { UsageError } from './exit.js';
import { endWhereUnwritable, Output, type Unread } from './output.js';

/** Where the one stream of records goes: standard output, a pipe, or a file that appears under its name when it is whole. */
export type Sink = {
  write(piece: string | Uint8Array): void;
  flush(): Promise<void>;
  /** Waits until all is written. */
  drain(): Promise<void>;
  finish(): void;
  discard(): void;
  /** What the reader of a pipe took, where it was given up. */
  unread?(): Unread | undefined;
};

/** The sink that `--output` names; standard output where it names none. `signal` ends the waiting for a stalled reader. */
export function sinkFor(path: string | undefined, signal: AbortSignal): Sink {
  if (path === undefined || path === '-') {
    if (!fstatSync(1).isFile()) return outputSink(new Output(signal), () => {});
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
    return statsOf(path)?.isFIFO() === true ? pipeSink(path, signal) : new AtomicFile(path);
  } catch (error) {
    throw new UsageError(`--output ${describeWriteError(path, error)}`);
  }
}

/** A named pipe, watched by the event loop: a call that waits for a reader sits in a thread that no signal ends. */
function pipeSink(path: string, signal: AbortSignal): Sink {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: false, writable: true });
  endWhereUnwritable(pipe, path);
  return outputSink(new Output(signal, pipe), () => pipe.destroy());
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
