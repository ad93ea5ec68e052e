import type { AnalysisContext } from '../analyzer/context.js';
import { removeUnfinished } from '../io/atomic-file.js';
import { fileLength } from '../io/source.js';
import { runOnWorkers } from '../io/workers.js';
import { recordFrame } from '../report/records/record-writer.js';
import { addedUp, type CaptureRun, type Explanation } from '../report/summary.js';
import type { WorkerAnswer, WorkerResult, WorkerSetup, WorkerTask } from './batch-worker.js';
import { crashSentence, stackLines } from './crash.js';
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
  /** What could not be taken as input: told and written first. */
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
  /** Permission bits of the outputs, where the user asked for some. */
  readonly mode: number | undefined;
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

type Notes = {
  readonly begun: (index: number, thread: number) => void;
  readonly done: (index: number) => void;
};

async function run(
  job: ThreadedJob,
  shared: SharedArrayBuffer,
  notes: Notes,
): Promise<Awaited<ThreadedRun['result']>> {
  const { outputs } = job;
  const parts = outputs === undefined ? new WaitingParts(job.output) : undefined;
  const outcomes = new OrderedOutcomes(job, parts);
  /** Outputs that threads are at: what ends the process ends the threads before they can clean up. */
  const unfinished = new Set<string>();
  const cleanUp = (): void => unfinished.forEach(removeUnfinished);
  process.on('exit', cleanUp);
  const setup: WorkerSetup = { plan: job.plan, context: packContext(job.context), shared };
  try {
    await runOnWorkers<WorkerTask, WorkerAnswer>({
      script: new URL('./batch-worker.js', import.meta.url),
      workerData: setup,
      tasks: job.files.map((file, index) => ({
        file,
        output: outputs?.[index] ?? parts?.path(index) ?? '',
        outputName: outputs?.[index] ?? parts?.name ?? '',
        isWhole: outputs !== undefined,
        mode: job.mode,
      })),
      threads: job.threads,
      signal: AbortSignal.any([job.signal, outcomes.broken]),
      begun: (index, thread) => {
        const output = outputs?.[index];
        if (output !== undefined) unfinished.add(output);
        notes.begun(index, thread);
      },
      done: (index, outcome) => {
        unfinished.delete(outputs?.[index] ?? '');
        notes.done(index);
        outcomes.add(index, outcome.ok ? outcome.result : `its analysis failed: ${whyFailed(outcome)}`);
      },
    });
    return await outcomes.end();
  } finally {
    process.off('exit', cleanUp);
    parts?.remove();
  }
}

function whyFailed({ failure, thrown }: { readonly failure: string; readonly thrown?: unknown }): string {
  return thrown === undefined ? failure : [crashSentence(thrown), ...stackLines(thrown)].join('\n');
}

/** Takes what threads answer as they finish, and adds it up and writes it in the order of the files. */
class OrderedOutcomes {
  readonly #job: ThreadedJob;
  readonly #parts: WaitingParts | undefined;
  readonly #frame: ReturnType<typeof recordFrame>;
  readonly #tally = emptyTally();
  readonly #statistics: CaptureRun[] = [];
  readonly #stoppedAt: string[] = [];
  /** Answers by the index of their file; a text says why there is none. */
  readonly #finished = new Map<number, WorkerResult | string>();
  readonly #broken = new AbortController();
  #explanation = addedUp([]);
  #isWhole = true;
  /** Index of the file whose turn it is. */
  #turn = 0;
  #turns = Promise.resolve();
  /** Records written. */
  #written = 0;
  #unwritable: string | undefined;

  constructor(job: ThreadedJob, parts: WaitingParts | undefined) {
    this.#job = job;
    this.#parts = parts;
    this.#frame = recordFrame(job.plan);
    const first = new RecordStream(job.plan, (piece) => {
      if (job.outputs !== undefined) return;
      job.write(this.#written++ === 0 ? this.#frame.before : this.#frame.between);
      job.write(piece);
    });
    tellProblems(job.problems, first, job.tell);
    addTally(this.#tally, first.tally);
  }

  /** Aborted where an output cannot be written: the rest of the work would be for nothing. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  add(index: number, answer: WorkerAnswer | string): void {
    if (typeof answer === 'object' && 'unwritable' in answer) {
      this.#unwritable ??= answer.unwritable;
      this.#broken.abort();
      return;
    }
    this.#finished.set(index, answer);
    this.#turns = this.#turns.then(() => this.#takeTurns());
    // It is waited for at the end, and must not end the process before.
    this.#turns.catch(() => this.#broken.abort());
  }

  /** Waits until all is written. Throws OutputError where it cannot be. */
  async end(): Promise<Awaited<ThreadedRun['result']>> {
    const { files, signal, outputs } = this.#job;
    await this.#turns;
    if (this.#unwritable !== undefined) throw new OutputError(this.#unwritable);
    if (signal.aborted && this.#stoppedAt.length === 0)
      this.#stoppedAt.push(`before ${files[this.#turn] ?? 'the end'}`);
    if (outputs === undefined) this.#job.write(this.#written === 0 ? this.#frame.empty : this.#frame.after);
    return {
      tally: this.#tally,
      isWhole: this.#isWhole,
      stoppedAt: this.#stoppedAt,
      explanation: this.#explanation,
      statistics: this.#statistics,
    };
  }

  /** Takes what is finished and has its turn. */
  async #takeTurns(): Promise<void> {
    const finished = this.#finished;
    for (let answer = finished.get(this.#turn); answer !== undefined; answer = finished.get(this.#turn)) {
      finished.delete(this.#turn);
      const index = this.#turn++;
      if (typeof answer === 'string') this.#addFailure(index, answer);
      else await this.#addResult(index, answer);
    }
  }

  #addFailure(index: number, reason: string): void {
    this.#isWhole = false;
    this.#tally.files++;
    this.#tally.errors++;
    this.#job.tell(`${this.#job.files[index]}: ${reason}`);
  }

  async #addResult(index: number, result: WorkerResult): Promise<void> {
    for (const line of result.told) this.#job.tell(line);
    addTally(this.#tally, result.tally);
    if (!result.isWhole) this.#isWhole = false;
    if (result.stoppedAt !== undefined) this.#stoppedAt.push(result.stoppedAt);
    this.#explanation = addedUp([this.#explanation, result.explanation]);
    for (const run of result.statistics) this.#statistics.push(run);
    const parts = this.#parts;
    if (parts === undefined) return;
    if (result.tally.records > 0) await this.#writePart(parts, index, result.tally.records);
    parts.drop(index);
  }

  async #writePart(parts: WaitingParts, index: number, records: number): Promise<void> {
    const { write, flush, isUnread } = this.#job;
    write(this.#written === 0 ? this.#frame.before : this.#frame.between);
    this.#written += records;
    for (const bytes of parts.read(index)) {
      if (isUnread()) break;
      write(bytes);
      await flush();
    }
  }
}
