/** Runs in a thread of its own: exports one file a task, each to a file. */
import { parentPort, workerData } from 'node:worker_threads';
import { AtomicFile } from '../io/atomic-file.js';
import { describeWriteError, isSystemError } from '../io/file-error.js';
import { STOP } from '../io/workers.js';
import { recordFrame } from '../report/records/record-writer.js';
import type { CaptureRun, Explanation } from '../report/summary.js';
import { runBatch } from './batch-run.js';
import type { Plan } from './plan.js';
import type { Tally } from './tally.js';
import { type PackedContext, unpackContext } from './worker-context.js';

/** What every thread of a run gets. `shared` has of each thread how many bytes of its file it has read. */
export type WorkerSetup = {
  readonly plan: Plan;
  readonly context: PackedContext;
  readonly shared: SharedArrayBuffer;
};

export type WorkerTask = {
  readonly file: string;
  /** Where the records go. */
  readonly output: string;
  /** Permission bits that the user asked for. */
  readonly mode: number | undefined;
  /** What that is called before the user. */
  readonly outputName: string;
  /** Whether the output is whole by itself, or a part that others are put behind. */
  readonly isWhole: boolean;
};

/** `unwritable`: why the output could not be written, as a sentence. */
export type WorkerAnswer = WorkerResult | { readonly unwritable: string };

export type WorkerResult = {
  readonly tally: Tally;
  readonly isWhole: boolean;
  readonly stoppedAt: string | undefined;
  /** Sentences for the user, in their order. */
  readonly told: readonly string[];
  readonly explanation: Explanation;
  readonly statistics: readonly CaptureRun[];
};

/** Sentences kept of one file: a broken one has many. */
const MAX_TOLD = 100;

type Message = { readonly task: WorkerTask; readonly thread: number };

if (parentPort !== null) {
  const port = parentPort;
  const { plan, context: packed, shared } = workerData as WorkerSetup;
  const numbers = new Float64Array(shared);
  let stop = new AbortController();
  port.on('message', (message: Message | typeof STOP) => {
    if (message === STOP) {
      stop.abort();
      return;
    }
    const { task, thread } = message;
    stop = new AbortController();
    runTask(task, plan, packed, stop.signal, (position) => {
      numbers[thread] = position;
    }).then(
      (result) => port.postMessage({ result }),
      // An error that is thrown ends the thread, and its task with it.
      (error: unknown) => {
        setImmediate(() => {
          throw error;
        });
      },
    );
  });
}

async function runTask(
  task: WorkerTask,
  plan: Plan,
  packed: PackedContext,
  signal: AbortSignal,
  progress: (position: number) => void,
): Promise<WorkerAnswer> {
  let output: AtomicFile | undefined;
  const frame = recordFrame(plan);
  let records = 0;
  const told: string[] = [];
  try {
    const file = new AtomicFile(task.output, { mode: task.mode, replacesLinks: true });
    output = file;
    const result = await runBatch({
      files: [task.file],
      plan,
      context: unpackContext(packed),
      signal,
      merge: false,
      write: (text) => {
        if (records++ > 0) file.write(frame.between);
        else if (task.isWhole) file.write(frame.before);
        file.write(text);
      },
      flush: () => file.flush(),
      tell: (line) => {
        if (told.length < MAX_TOLD) told.push(line);
      },
      progress: (_, position) => progress(position),
    });
    if (task.isWhole) file.write(records === 0 ? frame.empty : frame.after);
    await file.drain();
    file.finish();
    const { tally, isWhole, stop: stopped, explanation, statistics } = result;
    return { tally, isWhole, stoppedAt: stopped?.place, told, explanation, statistics };
  } catch (error) {
    output?.discard();
    if (isSystemError(error) && error.path?.startsWith(task.output) === true)
      return { unwritable: describeWriteError(task.outputName, error) };
    throw error;
  }
}
