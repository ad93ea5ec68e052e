import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Names offered at most; a folder with more wants another letter first. */
const MAX_OFFERED = 40;

/** Paths that begin with what was typed: names in its folder, folders with a `/` at their end. */
export function completePath(typed: string): readonly string[] {
  const folder = typed.endsWith('/') ? typed : dirname(typed === '' ? './' : typed);
  const start = typed.endsWith('/') || typed === '' ? '' : basename(typed);
  try {
    return readdirSync(expandHome(folder))
      .filter((name) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
      .sort()
      .slice(0, MAX_OFFERED)
      .map((name) => {
        const path = typed.includes('/') ? `${folder.replace(/\/$/, '')}/${name}` : name;
        return isFolder(expandHome(path)) ? `${path}/` : path;
      });
  } catch {
    return [];
  }
}

/** `~` as shells know it. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
