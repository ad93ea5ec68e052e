import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { WORK } from './workloads.mjs';

const TIME = '/usr/bin/time';
const hasTime = existsSync(TIME);

/** Whether a program is installed, and its version's first line. */
export function versionOf(program, argument) {
  const { error, stdout, stderr } = spawnSync(program, [argument], { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return `${stdout}\n${stderr}`
    .split('\n')
    .find((line) => /\d+\.\d+/.test(line))
    ?.trim();
}

/**
 * Runs a command once with its standard output in a file. Answers wall seconds, processor seconds (user and system,
 * all threads) and peak memory in megabytes (both undefined without GNU time), exit code, and the output's path.
 */
export async function runOnce(program, args, name) {
  const output = join(WORK, `${name}.out`);
  const timing = join(WORK, `${name}.time`);
  rmSync(timing, { force: true });
  const descriptor = openSync(output, 'w');
  const command = hasTime ? [TIME, '-f', '%e %U %S %M', '-o', timing, program, ...args] : [program, ...args];
  const began = performance.now();
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', descriptor, 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said = (said + text).slice(-4000);
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const wall = (performance.now() - began) / 1000;
  closeSync(descriptor);
  const numbers = hasTime
    ? (readFileSync(timing, 'utf8').trim().split('\n').at(-1) ?? '').split(' ').map(Number)
    : [];
  return {
    wall,
    processor: hasTime ? numbers[1] + numbers[2] : undefined,
    memory: hasTime ? numbers[3] / 1024 : undefined,
    code,
    said,
    output,
  };
}

/** How often a text occurs in a file, read a megabyte at a time. */
export function countIn(path, text) {
  const needle = Buffer.from(text);
  const descriptor = openSync(path, 'r');
  let count = 0;
  let rest = Buffer.alloc(0);
  const chunk = Buffer.alloc(1 << 20);
  for (;;) {
    const length = readSync(descriptor, chunk);
    if (length === 0) break;
    const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
    let at = 0;
    for (let found = bytes.indexOf(needle, at); found >= 0; found = bytes.indexOf(needle, at)) {
      count++;
      at = found + needle.length;
    }
    rest = Buffer.from(bytes.subarray(Math.max(at, bytes.length - needle.length + 1)));
  }
  closeSync(descriptor);
  return count;
}

/** Call-IDs in lines of `-T fields`: frames with several messages have them apart by commas. */
export function countFields(path) {
  return countIn(path, '\n') - countEmptyLines(path) + countIn(path, ',');
}

function countEmptyLines(path) {
  return countIn(path, '\n\n') * 1;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
