/** Small inputs read whole: a message given as a file, and the files and folders of keys and certificates. */
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteChunks } from './chunks.js';
import { describeFileError, describeFolder } from './file-error.js';
import { statsOf } from './file-stats.js';

/** Largest message read as a file: far above what SIP carries, far below what would hurt. */
export const MAX_MESSAGE_LENGTH = 64 * 1024 * 1024;
/** Largest key or certificate file; a bundle of every public authority has less than 1 MiB. */
export const MAX_KEY_FILE_LENGTH = 16 * 1024 * 1024;
/** Largest key log file: some 170 bytes a connection, so over a million connections. */
export const MAX_KEY_LOG_LENGTH = 256 * 1024 * 1024;
/** Most files taken of a folder of keys: a folder with more was not meant. */
export const MAX_FOLDER_FILES = 10_000;

export type WholeFile =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** A whole sentence. */
  | { readonly ok: false; readonly message: string };

export type FileList =
  | { readonly ok: true; readonly paths: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** All bytes of an input that `openFile` opened, copied; refused where there are more than `limit`. */
export async function collect(
  name: string,
  chunks: ByteChunks,
  limit = MAX_MESSAGE_LENGTH,
): Promise<WholeFile> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) return { ok: false, message: tooLarge(name, limit) };
    parts.push(new Uint8Array(chunk));
  }
  return { ok: true, bytes: joined(parts, length) };
}

/**
 * A key, certificate or key log file. A pipe is waited for only with `waits`: for a caller that named it, and can end the
 * process meanwhile.
 */
export function readSmallFile(path: string, limit = MAX_KEY_FILE_LENGTH, waits = true): WholeFile {
  let descriptor: number | undefined;
  try {
    const stats = waits ? undefined : statsOf(path);
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory())
      return { ok: false, message: `${path}: this is a pipe or a device, which is not waited for here` };
    descriptor = openSync(path, 'r');
    if (fstatSync(descriptor).isDirectory()) return { ok: false, message: describeFolder(path) };
    const parts: Uint8Array[] = [];
    for (let length = 0; ; ) {
      const part = new Uint8Array(65_536);
      const count = readSync(descriptor, part);
      if (count === 0) return { ok: true, bytes: joined(parts, length) };
      length += count;
      if (length > limit) return { ok: false, message: tooLarge(path, limit) };
      parts.push(part.subarray(0, count));
    }
  } catch (error) {
    return { ok: false, message: describeFileError(path, error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether a path is a folder; false where there is nothing at it. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * The files of a folder, sorted by name, without those of its own folders and without hidden ones. A path that is no
 * folder is answered as the only file.
 */
export function listFiles(path: string): FileList {
  if (!isFolder(path)) return { ok: true, paths: [path] };
  try {
    const paths = readdirSync(path)
      .filter((name) => !name.startsWith('.'))
      .sort()
      .map((name) => join(path, name))
      .filter((file) => !isFolder(file));
    if (paths.length <= MAX_FOLDER_FILES) return { ok: true, paths };
    return { ok: false, message: `${path}: this folder has more than ${MAX_FOLDER_FILES} files` };
  } catch (error) {
    return { ok: false, message: describeFileError(path, error) };
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge(name: string, limit: number): string {
  return `${name}: it has more than ${limit} bytes, too many for a file of its kind`;
}
