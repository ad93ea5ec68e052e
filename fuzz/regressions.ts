/** Inputs that found a fault once: each through every command of its kind and the view, as it is. */
import { basename, join } from 'node:path';
import { commandsFor } from './commands.js';
import type { Run } from './one-run.js';
import { Random } from './random.js';
import type { Seed } from './seeds.js';

export function regressionRuns(
  seeds: readonly Seed[],
  folder: string,
): readonly (Run & { readonly file: string })[] {
  return seeds.flatMap((seed) => {
    const { kind, bytes: input, name } = seed;
    const file = join(folder, basename(name));
    const run = { seed, kind, input, file, random: new Random(name) };
    const commands = commandsFor(kind).map((make) => make(file, run.random));
    const view = kind === 'capture' || kind === 'message' ? [undefined] : [];
    return [...commands, ...view].map((command) => ({ ...run, command }));
  });
}
