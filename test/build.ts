import { execFileSync } from 'node:child_process';

/** End-to-end tests run the built command: build it once before any test starts. */
export function setup(): void {
  if (process.env['SIPLENS_NO_BUILD'] !== undefined) return;
  execFileSync(process.execPath, ['node_modules/rolldown/bin/cli.mjs', '-c', '--logLevel', 'warn'], {
    stdio: 'inherit',
  });
}
