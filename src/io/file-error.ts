import { internalError } from '../bytes/internal-error.js';

/** Why reading ends before the end of a file: the message is a clause of ours, and holds nothing of the input. */
export class ReadingEnded extends Error {}

/** Why a file could not be opened or read, as one sentence for a person. */
export function describeFileError(path: string, error: unknown): string {
  if (error instanceof ReadingEnded) return `${path}: ${error.message}`;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason =
    (code === 'ENOENT' && isNotUtf8(path) ? NOT_UTF8 : REASONS[code]) ??
    (code === '' ? internalError(error) : (error as Error).message);
  return `${path}: ${reason}`;
}

/** Why `name` could not be written, as one sentence for a person. */
export function describeWriteError(name: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WRITE_REASONS[code] === undefined
    ? describeFileError(name, error)
    : `${name}: ${WRITE_REASONS[code]}`;
}

/** Whether an error is the operating system's: about a file, a pipe or a device, and no mistake of ours. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

/** Whether what read a pipe went away: no fault of the run, which goes on. */
export function isClosedPipe(error: unknown): boolean {
  return isSystemError(error) && error.code === 'EPIPE';
}

/** What is said of a folder where a file is wanted. */
export function describeFolder(path: string): string {
  return `${path}: ${REASONS['EISDIR']}`;
}

/**
 * Whether a path that was not found may have bytes that are not UTF-8: Node puts this character in place of them, in
 * arguments as in folders, and so does not find the file again.
 */
export function isNotUtf8(path: string): boolean {
  return path.includes('\uFFFD');
}

const NOT_UTF8 = 'a name with bytes that are not UTF-8 (shown as \uFFFD) cannot be opened: rename it';

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file: a part of its path is not a folder',
  EISDIR: 'this is a folder, not a file; name a file in it',
  EACCES: 'permission to read it is denied',
  EPERM: 'permission to read it is denied',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'too many files are open',
  ENXIO: 'this is a socket or a device that cannot be read',
  EIO: 'the device failed to read it',
};

const WRITE_REASONS: { readonly [code: string]: string } = {
  ENOENT: 'there is no such folder',
  EACCES: 'permission to write it is denied',
  EPERM: 'permission to write it is denied',
  EROFS: 'its file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'no space is left of the quota',
  EFBIG: 'the file would be too large',
  EIO: 'the device failed to write it',
  ENOTDIR: 'a part of its path is not a folder',
  EEXIST: 'something that is no folder stands where a folder is needed',
  EISDIR: 'a folder stands where the file should go',
  ENAMETOOLONG: 'its name is too long',
  EPIPE: 'what read it went away',
  ENXIO: 'nothing reads it',
};
