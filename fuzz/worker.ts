/** A process that runs one number after the other and tells of each before it begins, so that a hang or crash has a name. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultOfRun, prepareRun } from './one-run.js';
import { regressionRuns } from './regressions.js';
import { readRegressions, readSeeds } from './seeds.js';

/** A run may take this much processor time, and raise the most memory that the process ever had by this much. */
const MAX_SECONDS = 5;
const MAX_MEGABYTES = 300;

export type WorkerRequest = { readonly seed: string; readonly from: number; readonly to: number };
export type WorkerMessage =
  | { readonly type: 'begin'; readonly run: number }
  | { readonly type: 'fault'; readonly run: number; readonly fault: string; readonly seconds: number }
  | { readonly type: 'end' };

/** Runs below 0 are the regressions, -1 the first. */
export async function work(
  { seed, from, to }: WorkerRequest,
  tell: (message: WorkerMessage) => void,
): Promise<void> {
  const root = process.cwd();
  const seeds = readSeeds(root);
  const folder = mkdtempSync(join(tmpdir(), 'siplens-fuzz-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const kept = regressionRuns(readRegressions(root), folder);
  let unhandled: unknown;
  process.on('uncaughtException', (error) => {
    unhandled = error;
  });
  process.on('unhandledRejection', (error) => {
    unhandled = error;
  });
  for (let run = Math.max(from, -kept.length); run < to; run++) {
    const prepared = run < 0 ? kept[-run - 1] : prepareRun(seeds, `${seed}/${run}`, folder);
    if (prepared === undefined) continue;
    tell({ type: 'begin', run });
    const before = { cpu: process.cpuUsage(), memory: process.resourceUsage().maxRSS };
    let fault: string | undefined;
    try {
      fault = await faultOfRun(prepared);
    } catch (error) {
      fault = stackOf(error);
    }
    if (unhandled !== undefined) fault = `not caught: ${stackOf(unhandled)}`;
    unhandled = undefined;
    const { user, system } = process.cpuUsage(before.cpu);
    const seconds = (user + system) / 1e6;
    const megabytes = (process.resourceUsage().maxRSS - before.memory) / 1024;
    if (seconds > MAX_SECONDS) fault ??= `it took ${seconds.toFixed(1)} s of processor time`;
    if (megabytes > MAX_MEGABYTES) fault ??= `it took ${megabytes.toFixed(0)} MB more than any run before`;
    if (fault !== undefined) tell({ type: 'fault', run, fault, seconds });
    for (const file of [prepared.file, `${prepared.file}.pcapng`]) rmSync(file, { force: true });
  }
  tell({ type: 'end' });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

if (process.send !== undefined) {
  process.once('message', (request: WorkerRequest) => {
    void work(request, (message) => process.send?.(message)).then(() => process.disconnect());
  });
}
