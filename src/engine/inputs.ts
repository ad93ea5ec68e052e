import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { append, largest } from '../bytes/append.js';
import { describeFileError, isNotUtf8 } from '../io/file-error.js';
import { statsOf } from '../io/file-stats.js';
import { openFile } from '../io/source.js';

export type Inputs = {
  readonly files: readonly string[];
  /** Sentences about what could not be taken. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Files of folders that are neither capture nor message. */
  readonly leftOut: readonly string[];
};

/** Most files of a run: a list of names is kept in memory. */
export const MAX_FILES = 1_000_000;

/** Names that say that their file is a capture: one that cannot be read is an error then, and not left out. */
const CAPTURE_NAME = /\.(?:pcap|pcapng|cap|dmp)(?:\d+)?(?:\.gz)?$/i;

const GLOB_CHARACTERS = /[*?[]/;

/**
 * The files that arguments name: a file itself, what a folder holds (with `recursive` all below it), what a glob
 * matches (`*`, `?`, `[a-z]`, and `**` for folders of any depth). Of folders and globs, files that are neither capture
 * nor message are left out, and none is taken twice. Each folder's and glob's files are sorted by name.
 */
export async function expandInputs(
  paths: readonly string[],
  { recursive }: { readonly recursive: boolean },
): Promise<Inputs> {
  const files: string[] = [];
  const known = new Set<string>();
  const problems: { path: string; message: string }[] = [];
  const leftOut: string[] = [];
  const takeAll = async (found: readonly string[]): Promise<void> => {
    for (const path of found) {
      if (known.has(path) || files.length >= MAX_FILES) continue;
      known.add(path);
      // Whatever a pipe or a device is called, reading it may never end.
      if (statsOf(path)?.isFile() === false) leftOut.push(path);
      else if (CAPTURE_NAME.test(path) || (await isReadable(path))) files.push(path);
      else leftOut.push(path);
    }
  };
  for (const path of paths) {
    const stats = path === '-' ? undefined : statsOf(path);
    if (stats?.isDirectory()) {
      const before = files.length;
      const walked = walk(path, recursive);
      append(problems, walked.problems);
      await takeAll(walked.files);
      if (files.length === before && walked.problems.length === 0) {
        const message = recursive
          ? 'no capture or message is in this folder or below it'
          : 'no capture or message is in this folder; --recursive looks into those below it';
        problems.push({ path, message });
      }
    } else if (stats === undefined && path !== '-' && GLOB_CHARACTERS.test(path)) {
      const matches = glob(path);
      if (matches.length === 0) problems.push({ path, message: 'no file matches' });
      const folders = matches.filter((match) => statsOf(match)?.isDirectory());
      await takeAll(matches.filter((match) => !folders.includes(match)));
      if (recursive) for (const folder of folders) await takeAll(walk(folder, true).files);
    } else {
      known.add(path);
      files.push(path);
    }
  }
  return { files, problems, leftOut };
}

async function isReadable(path: string): Promise<boolean> {
  const opened = await openFile(path);
  if (!opened.ok) return true;
  const { kind } = opened.file;
  await opened.file.close();
  return kind !== 'unknown' && kind !== 'empty' && kind !== 'gzip';
}

type Walked = { readonly files: string[]; readonly problems: { path: string; message: string }[] };

/**
 * What a folder holds but for folders, hidden files left out; links are followed, in circles only once. Those that lead
 * nowhere are taken where they are named as a capture, so that it is told, and so is a file whose name cannot be opened.
 */
function walk(folder: string, recursive: boolean): Walked {
  const files: string[] = [];
  const problems: { path: string; message: string }[] = [];
  const seen = new Set<string>();
  const visit = (path: string): void => {
    let entries: Dirent[];
    try {
      const real = realpathSync(path);
      if (seen.has(real)) return;
      seen.add(real);
      entries = readdirSync(path, { withFileTypes: true }).sort(byName);
    } catch (error) {
      problems.push({ path, message: describeFileError(path, error).slice(path.length + 2) });
      return;
    }
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.') || files.length >= MAX_FILES) continue;
      const inner = join(path, name);
      const stats = statsOf(inner);
      if (stats?.isDirectory() ?? entry.isDirectory()) {
        if (recursive) visit(inner);
      } else if (stats !== undefined || CAPTURE_NAME.test(inner) || isNotUtf8(name)) files.push(inner);
    }
  };
  visit(folder);
  return { files, problems };
}

/** In the order of `sort`. */
function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Paths that match a pattern, sorted. `**` stands for any number of folders. */
export function glob(pattern: string): string[] {
  const isAbsolute = pattern.startsWith('/');
  const parts = pattern.split('/').filter((part) => part !== '');
  const found = new Set<string>();
  const visit = (base: string, index: number): void => {
    const part = parts[index];
    if (part === undefined) {
      if (base !== '') found.add(base);
      return;
    }
    const at = (name: string): string => (base === '' ? name : base === '/' ? `/${name}` : `${base}/${name}`);
    if (!GLOB_CHARACTERS.test(part)) {
      const path = at(part);
      if (statsOf(path) !== undefined) visit(path, index + 1);
      return;
    }
    const entries = entriesOf(base === '' ? '.' : base);
    if (part === '**') {
      visit(base, index + 1);
      for (const { name, isFolder } of entries) {
        if (isFolder) visit(at(name), index);
        else if (index === parts.length - 1) found.add(at(name));
      }
      return;
    }
    const matches = matcher(part);
    for (const { name, isFolder } of entries) {
      if (matches(name) && (isFolder || index === parts.length - 1)) visit(at(name), index + 1);
    }
  };
  visit(isAbsolute ? '/' : '', 0);
  return [...found].sort();
}

function entriesOf(folder: string): { readonly name: string; readonly isFolder: boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    return [];
  }
}

/** Whether a name matches one part of a pattern. */
function matcher(part: string): (name: string) => boolean {
  const source = part.replace(/\[(!?)([^\]]+)\]|[*?]|[.+^${}()|\\[\]]/g, (text, not, set) => {
    if (text === '*') return '.*';
    if (text === '?') return '.';
    if (set !== undefined) return `[${not === '!' ? '^' : ''}${String(set).replace(/[\\^[]/g, '\\$&')}]`;
    return `\\${text}`;
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name);
}

/** What stands in for the name of standard input in the name of an output. */
const STANDARD_INPUT = 'standard-input';

/**
 * A name for the output of each file, none twice even where upper and lower case are the same: the file's own name,
 * with as many of its folders before it as tell it from others, and with a number where the same file comes twice.
 */
export function outputNames(files: readonly string[], extension: string): string[] {
  const parts = files.map((file) =>
    (file === '-' ? STANDARD_INPUT : file)
      .split(/[\\/]+/)
      .filter((part) => part !== '' && part !== '.' && part !== '..'),
  );
  const name = (index: number, depth: number): string => {
    const own = parts[index] ?? [];
    return own.slice(-depth).join('_') || basename(files[index] ?? 'input');
  };
  const depths = files.map(() => 1);
  const deepest = largest(
    parts.map((own) => own.length),
    1,
  );
  for (let depth = 1; depth < deepest; depth++) {
    const counts = new Map<string, number>();
    files.forEach((_, index) => {
      const key = name(index, depths[index] as number).toLowerCase();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    });
    files.forEach((_, index) => {
      const key = name(index, depths[index] as number).toLowerCase();
      if ((counts.get(key) ?? 0) > 1) depths[index] = (depths[index] as number) + 1;
    });
  }
  const taken = new Set<string>();
  return files.map((_, index) => {
    const base = name(index, depths[index] as number);
    for (let number = 1; ; number++) {
      const candidate = `${number === 1 ? base : `${base}-${number}`}.${extension}`;
      if (taken.has(candidate.toLowerCase())) continue;
      taken.add(candidate.toLowerCase());
      return candidate;
    }
  });
}
