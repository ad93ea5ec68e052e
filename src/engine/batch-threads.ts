import type { AnalysisContext } from '../analyzer/context.js';
import { removeUnfinished } from '../io/atomic-file.js';
import { fileLength } from '../io/source.js';
import { runOnWorkers } from '../io/workers.js';
import { recordFrame } from '../report/record-writer.js';
import { addedUp, type CaptureRun, type Explanation } from '../report/summary.js';
import type { WorkerAnswer, WorkerResult, WorkerSetup, WorkerTask } from './batch-worker.js';
import type { Inputs } from './inputs.js';
import { OutputError } from './output-error.js';
import type { Plan } from './plan.js';
import type { WorkerProgress } from './progress.js';
import { RecordStream, tellProblems } from './record-stream.js';
import { addTally, emptyTally, type Tally } from './tally.js';
import { WaitingParts } from './waiting-parts.js';
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
  /** Where they go in the end, so that what waits for its turn waits beside it; standard output where undefined. */
  readonly output: string | undefined;
  readonly write: (piece: string | Uint8Array) => void;
  readonly flush: () => Promise<void>;
  /** Whether what `write` gets is taken by no one any more. */
  readonly isUnread: () => boolean;
};

export type ThreadedRun = {
  readonly result: Promise<{
    readonly tally: Tally;
    readonly isWhole: boolean;
    readonly stoppedAt: readonly string[];
    readonly explanation: Explanation;
    readonly statistics: readonly CaptureRun[];
  }>;
  /** What each thread is at. */
  workers(): readonly WorkerProgress[];
  /** Bytes of all files read so far. */
  done(): number;
};

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
  const parts = outputs === undefined ? new WaitingParts(job.output) : undefined;
  const frame = recordFrame(plan);
  const tally = emptyTally();
  let explanation = addedUp([]);
  const statistics: CaptureRun[] = [];
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
      explanation = addedUp([explanation, outcome.explanation]);
      statistics.push(...outcome.statistics);
      if (parts === undefined) continue;
      if (outcome.tally.records > 0) {
        job.write(putOut === 0 ? frame.before : frame.between);
        putOut += outcome.tally.records;
        for (const bytes of parts.read(index)) {
          if (job.isUnread()) break;
          job.write(bytes);
          await job.flush();
        }
      }
      parts.drop(index);
    }
  };

  const first = new RecordStream(plan, (piece) => {
    if (outputs !== undefined) return;
    job.write(putOut++ === 0 ? frame.before : frame.between);
    job.write(piece);
  });
  tellProblems(job.problems, first, tell);
  addTally(tally, first.tally);

  /** Outputs that threads are at: what ends the process ends the threads before they can clean up. */
  const unfinished = new Set<string>();
  const cleanUp = (): void => unfinished.forEach(removeUnfinished);
  process.on('exit', cleanUp);
  const setup: WorkerSetup = { plan, context: packContext(job.context), shared };
  try {
    await runOnWorkers<WorkerTask, WorkerAnswer>({
      script: new URL('./batch-worker.js', import.meta.url),
      workerData: setup,
      tasks: files.map((file, index) => ({
        file,
        output: outputs?.[index] ?? parts?.path(index) ?? '',
        outputName: outputs?.[index] ?? parts?.name ?? '',
        isWhole: outputs !== undefined,
      })),
      threads: job.threads,
      signal: AbortSignal.any([job.signal, broken.signal]),
      begun: (index, thread) => {
        const output = outputs?.[index];
        if (output !== undefined) unfinished.add(output);
        notes.begun(index, thread);
      },
      done: (index, outcome) => {
        unfinished.delete(outputs?.[index] ?? '');
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
    if (unwritable !== undefined) throw new OutputError(unwritable);
    if (job.signal.aborted && stoppedAt.length === 0) stoppedAt.push(`before ${files[turn] ?? 'the end'}`);
    if (outputs === undefined) job.write(putOut === 0 ? frame.empty : frame.after);
  } finally {
    process.off('exit', cleanUp);
    parts?.remove();
  }
  return { tally, isWhole, stoppedAt, explanation, statistics };
}
