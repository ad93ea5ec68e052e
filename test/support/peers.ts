import { spawnSync } from 'node:child_process';

/** Whether a program that tests compare with is installed; says so where it is not. */
function installed(program: string, ...versionArguments: string[]): boolean {
  const found = spawnSync(program, versionArguments, { stdio: 'ignore' }).error === undefined;
  if (!found) console.warn(`${program} not found: tests that compare with it are skipped`);
  return found;
}

export const hasTshark: boolean = installed('tshark', '--version');
export const hasTcpdump: boolean = installed('tcpdump', '--version');
export const hasOpenssl: boolean = installed('openssl', 'version');
export const hasTmux: boolean = installed('tmux', '-V');
