/**
 * Mutation testing of single files: `npm run mutate -- src/stream/flow.ts`. Each line of a file is changed in small ways,
 * one at a time; a change that no test of the file's own folder notices is printed. Only tests that start no process run
 * (vitest.mutate.config.ts): a unit is held by its unit tests. docs/mutation-testing.md has more.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Stryker } from '@stryker-mutator/core';

const files = process.argv.slice(2);
const missing = files.find((file) => !existsSync(file.replace(/:[\d:-]+$/, '')));
if (files.length === 0 || missing !== undefined) {
  console.error(
    missing === undefined ? 'usage: npm run mutate -- FILE...' : `${missing}: there is no such file`,
  );
  process.exit(2);
}
const folders = new Set(files.map((file) => file.replace(/^src\/([^/]+)\/.*$/, '$1')));
if (folders.size > 1) {
  console.error(`one folder at a time, as its own tests run: ${[...folders].join(', ')}`);
  process.exit(2);
}
process.env.SIPLENS_MUTATE_FOLDER = [...folders][0];

await new Stryker({
  mutate: files,
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutate.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Sentences are for people: a test that holds every word would only copy them.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: ['dist', 'bench', 'docs', '.git'],
  concurrency: Math.min(2, availableParallelism()),
  timeoutMS: 10_000,
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowEmojis: false, logTests: false, reportTests: false, reportScoreTable: true },
  tempDirName: 'node_modules/.cache/mutate',
  allowConsoleColors: false,
}).runMutationTest();
