import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

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

/** Whether a program that tests compare with is installed; says so where it is not. */
function installed(program: string): boolean {
  const found = pathOfProgram(program) !== undefined;
  if (!found) console.warn(`${program} not found: tests that compare with it are skipped`);
  return found;
}

export const hasTshark: boolean = installed('tshark');
export const hasTcpdump: boolean = installed('tcpdump');
export const hasOpenssl: boolean = installed('openssl');
export const hasTmux: boolean = installed('tmux');
