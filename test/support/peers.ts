import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { available } from './available.js';

/** Where a program is, by the PATH. Starting it to find out would take tshark most of a second. */
export function pathOfProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Whether a program that tests compare with is installed. */
function installed(program: string): boolean {
  const found = pathOfProgram(program) !== undefined;
  return available(found, program, 'tests that compare with it', 'SIPLENS_REQUIRE_PEERS');
}

export const hasTshark: boolean = installed('tshark');
export const hasTcpdump: boolean = installed('tcpdump');
export const hasOpenssl: boolean = installed('openssl');
export const hasTmux: boolean = installed('tmux');

/** Whether openssl has its legacy provider (RC2, DES, SEED, IDEA); some packages of it leave that out. */
export function hasLegacyProvider(): boolean {
  const { status } = spawnSync('openssl', ['list', '-providers', '-provider', 'legacy'], { stdio: 'ignore' });
  const what = 'the legacy provider of openssl';
  return available(status === 0, what, 'comparisons of RC2, DES, SEED and IDEA', 'SIPLENS_REQUIRE_PEERS');
}

/** Whether `program` of the operating system, which tests of the command use, is installed. */
export function hasTool(program: 'script' | 'mkfifo' | 'dumpcap'): boolean {
  const found = pathOfProgram(program) !== undefined;
  return available(found, program, 'tests that use it', 'SIPLENS_REQUIRE_PEERS');
}

/** Whether there is a file that every write to fails for want of space. */
export function hasFullDevice(): boolean {
  return available(existsSync('/dev/full'), '/dev/full', 'tests of a full disk', 'SIPLENS_REQUIRE_PEERS');
}
