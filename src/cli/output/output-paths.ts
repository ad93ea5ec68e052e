import { constants, openSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AtomicFile } from '../../io/atomic-file.js';
import { describeWriteError, isSystemError } from '../../io/file-error.js';
import { statsOf } from '../../io/file-stats.js';
import { UsageError } from '../exit.js';

/** How often is looked whether a pipe is read. */
const POLL_MILLISECONDS = 50;

/** Of `-` where packets are to go. */
export const NO_PACKETS_THERE = '-: packets go to a file, not to standard output: give it a name';

/** A file that a run reads or makes, with the option that names it; an input needs none. */
export type NamedPath = { readonly path: string; readonly option?: string };

/**
 * Refuses a run whose output would replace one of its inputs or another output. Files that are there are known by
 * device and inode, as links and other spellings lead to the same; devices and pipes hold nothing that could be lost.
 */
export function refuseLostFiles(inputs: readonly string[], outputs: readonly NamedPath[]): void {
  const taken = new Map<string, NamedPath>();
  const read = outputs.length === 0 ? [] : inputs;
  for (const path of read) for (const identity of identitiesOf(path)) taken.set(identity, { path });
  for (const output of outputs) {
    for (const identity of identitiesOf(output.path)) {
      const other = taken.get(identity);
      if (other === undefined) {
        taken.set(identity, output);
        continue;
      }
      const what =
        other.option === undefined
          ? `this is the input ${other.path}, which would be lost`
          : `${other.option} goes to the same file`;
      throw new UsageError(`${output.option} ${output.path}: ${what}; nothing was written`);
    }
  }
}

/** Refuses an output that cannot be made, before there is anything to write. */
export function refuseUnwritable({ option, path }: NamedPath): void {
  const stats = statsOf(path);
  if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) return;
  try {
    new AtomicFile(path).discard();
  } catch (error) {
    throw new UsageError(`${option ?? ''} ${describeWriteError(path, error)}`);
  }
}

/** Named pipes that are read, held open; `missing` is one that nothing read until a signal came. */
export type Readers = { readonly descriptors: readonly number[]; readonly missing: string | undefined };

/**
 * Opens the named pipes among outputs, each once it is read; the caller closes them. They are asked again and again, until
 * `signal`: a call that waits is deaf to it.
 */
export async function waitForReaders(outputs: readonly NamedPath[], signal: AbortSignal): Promise<Readers> {
  const descriptors: number[] = [];
  for (const { path } of outputs) {
    if (statsOf(path)?.isFIFO() !== true) continue;
    for (;;) {
      const descriptor = openIfRead(path);
      if (descriptor !== undefined) {
        descriptors.push(descriptor);
        break;
      }
      if (signal.aborted) return { descriptors, missing: path };
      await setTimeout(POLL_MILLISECONDS, undefined, { signal }).catch(() => {});
    }
  }
  return { descriptors, missing: undefined };
}

/** A named pipe opened for writing; undefined where nothing reads it. */
function openIfRead(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENXIO') return undefined;
    throw error;
  }
}

function identitiesOf(path: string): readonly string[] {
  const stats = statsOf(path);
  if (stats !== undefined) return stats.isFile() ? [`${stats.dev} ${stats.ino}`] : [];
  return path === '-' ? [] : [resolvedPath(path)];
}

/** The path of what is not there yet, through the links of its folder. */
function resolvedPath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}
