import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The folder of src/ whose file is mutated: scripts/mutate.mjs says it. */
const folder = process.env['SIPLENS_MUTATE_FOLDER'] ?? '';

/** What a test imports, directly or through its helpers, that starts processes or needs the built command. */
const STARTS_PROCESSES = /node:child_process|node:worker_threads|\/(?:command|peers|tmux|tls-recorder)\.js'/;

function startsProcesses(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (STARTS_PROCESSES.test(text)) return true;
  return [...text.matchAll(/from '(\.[^']+)'/g)].some(([, path]) => {
    const target = join(dirname(file), path ?? '').replace(/\.js$/, '.ts');
    return target.startsWith('test') && startsProcesses(target, seen);
  });
}

/** Property tests are left out: instrumented code is several times as slow, and they have limits of time. */
const tests = readdirSync(`test/${folder}`, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.test\.tsx?$/.test(name) && !/\.(?:slow|property)\./.test(name))
  .map((name) => join('test', folder, name))
  .filter((file) => !startsProcesses(file));

export default defineConfig({
  test: {
    include: tests,
    setupFiles: ['test/support/equality.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
  },
});
