/**
 * `npm run fuzz -- --minutes N`, or `--runs N`: whole commands over mutated captures, messages, keys and key logs
 * (docs/fuzzing.md). Exit code 1 where a fault was found.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { prepareRun } from './one-run.js';
import { regressionRuns } from './regressions.js';
import { readRegressions, readSeeds } from './seeds.js';
import type { WorkerMessage } from './worker.js';

/** A run that has not ended after this time hangs, also on a machine that is busy. */
const HANG_MILLISECONDS = 60_000;
/** A process is begun anew after so many runs, so that what one holds on to is found by its memory. */
const RUNS_PER_PROCESS = 2000;
/** No more faults are gathered: the first have to be mended before others are worth a look. */
const MAX_FAULTS = 50;
const FOUND = '.fuzz/found';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    runs: { type: 'string' },
    seed: { type: 'string', default: randomBytes(6).toString('hex') },
    only: { type: 'string' },
  },
});
const { seed } = values;
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
const limit =
  values.runs !== undefined ? Number(values.runs) : minutes === undefined ? 1000 : Number.POSITIVE_INFINITY;
if (!(limit > 0) || (minutes !== undefined && !(minutes > 0))) {
  console.error('usage: npm run fuzz -- [--minutes N] [--runs N] [--seed TEXT] [--only RUN]');
  process.exit(2);
}
const [first, last] =
  values.only === undefined ? [-1_000_000, limit] : [Number(values.only), Number(values.only) + 1];
const root = process.cwd();
const began = performance.now();
const deadline = minutes === undefined ? Number.POSITIVE_INFINITY : began + minutes * 60_000;

console.log(`seed ${seed}: npm run fuzz -- --seed ${seed} --only RUN does a run again`);
let done = 0;
let faults = 0;
let next = first;
while (next < last && performance.now() < deadline && faults < MAX_FAULTS) next = await batch(next);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${done} runs in ${seconds} s, ${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;

/** Runs of one process from `from` on; answers with the number to go on with. */
function batch(from: number): Promise<number> {
  const to = Math.min(last, Math.max(from, 0) + RUNS_PER_PROCESS);
  const worker = fork(new URL('./worker.js', import.meta.url), [], {
    cwd: root,
    // What only a great heap would save is found.
    execArgv: ['--max-old-space-size=600'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NO_COLOR: '', SIPLENS_DEBUG: '1' },
  });
  worker.send({ seed, from, to });
  return watch(worker, to);
}

function watch(worker: ChildProcess, to: number): Promise<number> {
  return new Promise((resolve) => {
    let running: number | undefined;
    let isOver = false;
    let said = '';
    let hang: NodeJS.Timeout | undefined;
    worker.stderr?.on('data', (text) => {
      said = (said + String(text)).slice(-4000);
    });
    worker.on('message', (message: WorkerMessage) => {
      clearTimeout(hang);
      if (message.type === 'end') isOver = true;
      if (message.type === 'fault') report(message.run, message.fault);
      if (message.type !== 'begin') return;
      running = message.run;
      done++;
      if (done % 1000 === 0) progress();
      if (performance.now() > deadline || faults >= MAX_FAULTS) {
        isOver = true;
        worker.kill('SIGKILL');
        return;
      }
      hang = setTimeout(() => worker.kill('SIGKILL'), HANG_MILLISECONDS);
    });
    worker.on('close', (code, signal) => {
      clearTimeout(hang);
      if (isOver || running === undefined) {
        if (running === undefined && !isOver) report(0, `the process did not begin: ${said}`);
        resolve(to);
        return;
      }
      report(
        running,
        signal === 'SIGKILL' ? 'it does not end' : `the process ended (${signal ?? code}): ${said}`,
      );
      resolve(running + 1);
    });
  });
}

function progress(): void {
  const elapsed = performance.now() - began;
  console.log(`${done} runs, ${Math.round(done / (elapsed / 1000))} a second, ${faults} faults`);
}

/** Writes the input beside its command line, under a name that leads back to the run. */
function report(run: number, fault: string): void {
  faults++;
  const folder = join(root, FOUND);
  mkdirSync(folder, { recursive: true });
  const kept = run < 0 ? regressionRuns(readRegressions(root), tmpdir())[-run - 1] : undefined;
  const {
    input,
    command,
    seed: from,
    file,
  } = kept ?? prepareRun(readSeeds(root), `${seed}/${run}`, tmpdir());
  const path = join(folder, `${seed}-${run}`);
  writeFileSync(path, input);
  const line =
    command === undefined
      ? '(the interactive view)'
      : command.argv.map((word) => (word === file ? path : word)).join(' ');
  writeFileSync(`${path}.txt`, `${line}\nfrom ${from.name}\n${fault}\n`);
  console.log(
    `run ${run}: ${line}\n  from ${from.name}, kept as ${path}\n  ${fault.split('\n').slice(0, 6).join('\n  ')}`,
  );
}
