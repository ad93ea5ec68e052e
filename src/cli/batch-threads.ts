import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { AnalysisContext } from '../analyzer/context.js';
import { fileLength } from '../io/source.js';
import { runOnWorkers } from '../io/workers.js';
import { recordFrame } from '../report/record-writer.js';
import type { Inputs } from './batch-inputs.js';
import { addTally, emptyTally, type Plan, RecordStream, type Tally, tellProblems } from './batch-plan.js';
import type { WorkerAnswer, WorkerResult, WorkerSetup, WorkerTask } from './batch-worker.js';
import { UsageError } from './exit.js';
import type { WorkerProgress } from './progress.js';
import { packContext } from './worker-context.js';

export type ThreadedJob = {
  readonly files: readonly string[];
  /** What could not be taken as input: told and put out first. */
  readonly problems: Inputs['problems'];
  readonly plan: Plan;
  readonly context: AnalysisContext;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
  /** Paths of the outputs, one a file; where undefined all records go to `write`, in the order of the files. */
  readonly outputs: readonly string[] | undefined;
  /** Folder for what waits for its turn. */
  readonly waitingIn: string | undefined;
  readonly write: (piece: string | Uint8Array) => void;
  readonly flush: () => Promise<void>;
};

export type ThreadedRun = {
  readonly result: Promise<{
    readonly tally: Tally;
    readonly isWhole: boolean;
    readonly stoppedAt: readonly string[];
    readonly explained: readonly string[];
  }>;
  /** What each thread is at. */
  workers(): readonly WorkerProgress[];
  /** Bytes of all files read so far. */
  done(): number;
};

/** Sentences about closed connections and empty captures that are kept for the end. */
const MAX_EXPLAINED = 10;

/**
 * Spreads files over threads. Into one stream they go in the order of the files: what is done before its turn waits
 * in a file beside the output.
 */
export function runThreaded(job: ThreadedJob): ThreadedRun {
  const shared = new SharedArrayBuffer(8 * job.threads);
  const numbers = new Float64Array(shared);
  const current: (string | undefined)[] = [];
  let finishedBytes = 0;
  const sizes = job.files.map((file) => fileLength(file) ?? 0);
  const result = run(job, shared, {
    begun: (index, thread) => {
      current[thread] = job.files[index];
      numbers[thread] = 0;
    },
    done: (index) => {
      finishedBytes += sizes[index] ?? 0;
      const thread = current.indexOf(job.files[index]);
      if (thread >= 0) {
        current[thread] = undefined;
        numbers[thread] = 0;
      }
    },
  });
  return {
    result,
    workers: () =>
      current.flatMap((file, thread) =>
        file === undefined
          ? []
          : [{ file, done: numbers[thread] ?? 0, total: sizes[job.files.indexOf(file)] }],
      ),
    done: () => finishedBytes + numbers.reduce((sum, bytes) => sum + bytes, 0),
  };
}

async function run(
  job: ThreadedJob,
  shared: SharedArrayBuffer,
  notes: {
    readonly begun: (index: number, thread: number) => void;
    readonly done: (index: number) => void;
  },
): Promise<Awaited<ThreadedRun['result']>> {
  const { files, plan, outputs, tell } = job;
  const waitingIn = job.waitingIn ?? tmpdir();
  const frame = recordFrame(plan);
  const part = (index: number): string =>
    outputs?.[index] ?? join(waitingIn, `.siplens-${process.pid}-${index}.part`);
  const tally = emptyTally();
  const explained: string[] = [];
  const stoppedAt: string[] = [];
  let isWhole = true;
  const finished = new Map<number, WorkerResult | string>();
  let turn = 0;
  let putOut = 0;
  let turns = Promise.resolve();
  let unwritable: string | undefined;
  const broken = new AbortController();
  /** An output cannot be written: the rest of the work would be for nothing. */
  const breakOff = (): void => broken.abort();

  /** Puts out what is finished and has its turn. */
  const takeTurns = async (): Promise<void> => {
    for (let outcome = finished.get(turn); outcome !== undefined; outcome = finished.get(turn)) {
      finished.delete(turn);
      const index = turn++;
      if (typeof outcome === 'string') {
        isWhole = false;
        tally.files++;
        tally.errors++;
        tell(`${files[index]}: ${outcome}`);
        continue;
      }
      for (const line of outcome.told) tell(line);
      addTally(tally, outcome.tally);
      if (!outcome.isWhole) isWhole = false;
      if (outcome.stoppedAt !== undefined) stoppedAt.push(outcome.stoppedAt);
      explained.push(...outcome.explained.slice(0, MAX_EXPLAINED - explained.length));
      if (outputs !== undefined) continue;
      if (outcome.tally.records > 0) {
        job.write(putOut === 0 ? frame.before : frame.between);
        putOut += outcome.tally.records;
        for (const bytes of readPart(part(index))) {
          job.write(bytes);
          await job.flush();
        }
      }
      rmSync(part(index), { force: true });
    }
  };

  const first = new RecordStream(plan, (piece) => {
    if (outputs !== undefined) return;
    job.write(putOut++ === 0 ? frame.before : frame.between);
    job.write(piece);
  });
  tellProblems(job.problems, first, tell);
  addTally(tally, first.tally);

  const setup: WorkerSetup = { plan, context: packContext(job.context), shared };
  try {
    await runOnWorkers<WorkerTask, WorkerAnswer>({
      script: new URL('./batch-worker.js', import.meta.url),
      workerData: setup,
      tasks: files.map((file, index) => ({
        file,
        output: part(index),
        outputName: outputs?.[index] ?? `${waitingIn}, where records wait for their turn`,
        isWhole: outputs !== undefined,
      })),
      threads: job.threads,
      signal: AbortSignal.any([job.signal, broken.signal]),
      begun: notes.begun,
      done: (index, outcome) => {
        notes.done(index);
        const answer = outcome.ok ? outcome.result : `its analysis failed: ${outcome.failure}`;
        if (typeof answer === 'object' && 'unwritable' in answer) {
          unwritable ??= answer.unwritable;
          breakOff();
          return;
        }
        finished.set(index, answer);
        turns = turns.then(takeTurns);
        // It is waited for at the end, and must not end the process before.
        turns.catch(breakOff);
      },
    });
    await turns;
    if (unwritable !== undefined) throw new UsageError(unwritable);
    if (job.signal.aborted && stoppedAt.length === 0) stoppedAt.push(`before ${files[turn] ?? 'the end'}`);
    if (outputs === undefined) job.write(putOut === 0 ? frame.empty : frame.after);
  } finally {
    if (outputs === undefined) for (const index of files.keys()) rmSync(part(index), { force: true });
  }
  return { tally, isWhole, stoppedAt, explained };
}

function* readPart(path: string): Generator<Uint8Array> {
  const descriptor = openSync(path, 'r');
  try {
    for (;;) {
      const bytes = new Uint8Array(1024 * 1024);
      const count = readSync(descriptor, bytes);
      if (count === 0) return;
      yield bytes.subarray(0, count);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** Where parts of an output wait: beside it, where there is room for it. */
export function waitingFolder(output: string | undefined): string | undefined {
  return output === undefined || basename(output) === '' ? undefined : dirname(output);
}
