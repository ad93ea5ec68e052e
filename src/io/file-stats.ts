import { fstatSync, type Stats, statSync } from 'node:fs';

/** Of a file or what a link leads to, or of standard input (`-`); undefined of what cannot be looked at, told when it is opened. */
export function statsOf(path: string): Stats | undefined {
  try {
    return path === '-' ? fstatSync(0) : statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
