import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type CommandResult = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs the built command as a user would, in the repository's folder. */
export function siplens(argv: readonly string[], input?: Uint8Array | string): CommandResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/siplens.js', ...argv], {
    cwd: ROOT,
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '', FORCE_COLOR: '' },
  });
  return { status, stdout, stderr };
}

/** The records of an NDJSON output. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into records of every type
export function records(stdout: string): any[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
