import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { statsOf } from '../io/file-stats.js';
import { UsageError } from './exit.js';

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
