import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from './support/root.js';

it('a few hundred whole commands on mutated inputs find no fault (the seed is in the output)', () => {
  const build = ['node_modules/rolldown/bin/cli.mjs', '-c', 'fuzz/rolldown.config.mjs', '--logLevel', 'warn'];
  expect(spawnSync(process.execPath, build, { cwd: ROOT }).status).toBe(0);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.fuzz/build/run.js', '--runs', '500'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  console.log(stdout);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^seed [0-9a-f]{12}:/);
  expect(status, stdout).toBe(0);
});
