import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from './root.js';

it('makes a whole test file fail, not pass with tests skipped', () => {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'test/asn1/dump.test.ts', '--reporter=verbose'];
  const run = (variable: string): { status: number | null; text: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, vitest, {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, PATH: '/nonexistent', SIPLENS_NO_BUILD: '1', SIPLENS_REQUIRE_PEERS: variable },
    });
    return { status, text: stdout + stderr };
  };
  const strict = run('1');
  expect(strict.status).toBe(1);
  expect(strict.text).toMatch(/ not found, and SIPLENS_REQUIRE_PEERS is set/);
  expect(run('').status).toBe(0);
});
