import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeWriteError } from '../../io/file-error.js';
import { UsageError } from '../exit.js';

/** A file to be made. */
export type NewFile = {
  readonly path: string;
  readonly content: Uint8Array | string;
  /** Holds a private key or a session secret: its owner alone may read it. */
  readonly secret?: boolean;
};

/** Files named where they stand in the way: a set of vectors has hundreds. */
const MAX_NAMED = 8;

/** Mode of files with keys, and of the folder that holds an authority's. */
const OWNER_ONLY = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/**
 * Writes files, folders on the way included. Where one exists already none is written, unless `force` is given: then
 * it is replaced, so that a key never keeps the mode of what stood there.
 */
export function writeNewFiles(files: readonly NewFile[], force: boolean): void {
  refuseExisting(
    files.map(({ path }) => path),
    force,
  );
  for (const { path, content, secret } of files) {
    try {
      makeFolder(dirname(path));
      rmSync(path, { force: true });
      writeFileSync(path, content, { flag: 'wx', mode: secret === true ? OWNER_ONLY : 0o666 });
    } catch (error) {
      throw new UsageError(describeWriteError(path, error));
    }
  }
}

/** Ends the command where one of these is there already and may not be replaced. */
export function refuseExisting(paths: readonly string[], force: boolean): void {
  const existing = paths.filter((path) => existsSync(path));
  if (existing.length === 0 || force) return;
  const named = existing.slice(0, MAX_NAMED).join(', ');
  const more = existing.length > MAX_NAMED ? ` and ${existing.length - MAX_NAMED} more` : '';
  throw new UsageError(`there already: ${named}${more}; --force replaces what is there`);
}

/** A folder and those above it. */
export function makeFolder(path: string, secret = false): void {
  try {
    mkdirSync(path, { recursive: true });
    if (secret) chmodSync(path, OWNER_ONLY_FOLDER);
  } catch (error) {
    throw new UsageError(describeWriteError(path, error));
  }
}

/** Replaces a file that the command keeps from run to run, as an authority's serial number. */
export function updateFile(path: string, content: Uint8Array | string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UsageError(describeWriteError(path, error));
  }
}
