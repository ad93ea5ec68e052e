import { fstatSync } from 'node:fs';
import { AtomicFile } from '../io/atomic-file.js';
import { DescriptorWriter } from '../io/descriptor-writer.js';
import { describeWriteError } from '../io/file-error.js';
import { UsageError } from './exit.js';
import { Output } from './output.js';

/** Where the one stream of records goes: standard output, or a file that appears under its name when it is whole. */
export type Sink = {
  write(piece: string | Uint8Array): void;
  flush(): Promise<void>;
  /** Waits until all is written. */
  drain(): Promise<void>;
  finish(): void;
  discard(): void;
};

/** The sink that `--output` names; standard output where it names none. */
export function sinkFor(path: string | undefined): Sink {
  if (path === undefined || path === '-') {
    if (fstatSync(1).isFile()) {
      const writer = new DescriptorWriter(1, 'standard output');
      return {
        write: (piece) => writer.write(piece),
        flush: () => writer.flush(),
        drain: () => writer.drain(),
        finish: () => {},
        discard: () => {},
      };
    }
    const output = new Output();
    return {
      drain: () => output.flush(),
      write: (piece) => output.write(piece),
      flush: () => output.flush(),
      finish: () => {},
      discard: () => {},
    };
  }
  let file: AtomicFile;
  try {
    file = new AtomicFile(path);
  } catch (error) {
    throw new UsageError(`--output ${describeWriteError(path, error)}`);
  }
  return {
    write: (piece) => file.write(piece),
    flush: () => file.flush(),
    drain: () => file.drain(),
    finish: () => file.finish(),
    discard: () => file.discard(),
  };
}
