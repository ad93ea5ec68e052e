/** Writes a file that appears under its name only when it is whole, and never over another without leave. */
import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { describeFileError } from '../io/file-error.js';

export class SafeFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #overwrite: boolean;
  readonly #descriptor: number;
  written = 0;

  /** Throws where no file can be made there. Only its owner may read it: what is saved is decrypted. */
  constructor(path: string, options: { readonly overwrite: boolean }) {
    this.#path = path;
    this.#temporary = `${path}.siplens-${process.pid}.tmp`;
    this.#overwrite = options.overwrite;
    this.#descriptor = openSync(this.#temporary, 'wx', 0o600);
  }

  write(data: string | Uint8Array): void {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
    // writeSync may take less than it is given, as on a nearly full disk.
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    this.written += bytes.length;
  }

  /** Gives the file its name. Throws where another has it by now and may not be replaced. */
  finish(): void {
    closeSync(this.#descriptor);
    if (this.#overwrite) {
      renameSync(this.#temporary, this.#path);
      return;
    }
    try {
      // Unlike a rename, a link fails where the name is taken.
      linkSync(this.#temporary, this.#path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'EEXIST' || existsSync(this.#path)) {
        rmSync(this.#temporary, { force: true });
        throw error;
      }
      // A file system without links.
      renameSync(this.#temporary, this.#path);
      return;
    }
    rmSync(this.#temporary, { force: true });
  }

  discard(): void {
    closeSync(this.#descriptor);
    rmSync(this.#temporary, { force: true });
  }
}

/** What kept a file from being written, as a sentence. */
export function describeWriteError(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST') return `there is such a file already: ${path}`;
  if (code === 'ENOENT') return `there is no such folder: ${path}`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `permission to write it is denied: ${path}`;
  if (code === 'ENOSPC') return `the disk is full: ${path}`;
  return describeFileError(path, error);
}
