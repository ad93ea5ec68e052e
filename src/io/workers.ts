/**
 * Work spread over threads: each takes the next task when it is done with one. A thread that dies takes only its task
 * with it; another takes its place.
 */
import { Worker } from 'node:worker_threads';
import { internalError } from '../bytes/internal-error.js';

/** What a thread says: that it is done with the task it was given. */
export type WorkerAnswer<Result> = { readonly result: Result };

export type PoolOptions<Task, Result> = {
  /** The module that a thread runs; it gets tasks as messages and answers each with a `WorkerAnswer`. */
  readonly script: URL;
  readonly workerData: unknown;
  readonly tasks: readonly Task[];
  readonly threads: number;
  /** Called as tasks are done, in any order. */
  readonly done: (index: number, outcome: Outcome<Result>) => void;
  /** Called when a thread begins a task. */
  readonly begun?: (index: number, thread: number) => void;
  /** Aborted: no more tasks are begun, and threads at work get `STOP` as a message. */
  readonly signal?: AbortSignal;
};

/** What became of a task; `failure` is a clause, and `thrown` what nobody caught in the thread. */
export type Outcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly failure: string; readonly thrown?: unknown };

/** Asks a thread to end its task early and answer it with what there is. */
export const STOP = 'stop';

/** Runs all tasks; resolves when the last one is done, or those begun where the signal was aborted. */
export async function runOnWorkers<Task, Result>(options: PoolOptions<Task, Result>): Promise<void> {
  const { tasks, threads, signal, done } = options;
  let next = 0;
  const working = new Set<Worker>();
  const stop = (): void => {
    for (const worker of working) worker.postMessage(STOP);
  };
  signal?.addEventListener('abort', stop);
  const thread = async (number: number): Promise<void> => {
    let worker: Worker | undefined;
    while (next < tasks.length && signal?.aborted !== true) {
      const index = next++;
      worker ??= new Worker(options.script, { workerData: options.workerData });
      options.begun?.(index, number);
      working.add(worker);
      const outcome = await runTask<Result>(worker, { task: tasks[index], thread: number });
      working.delete(worker);
      if (!outcome.ok) {
        await worker.terminate();
        worker = undefined;
      }
      done(index, outcome);
    }
    await worker?.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(threads, tasks.length) }, (_, number) => thread(number)));
  signal?.removeEventListener('abort', stop);
}

function runTask<Result>(worker: Worker, message: unknown): Promise<Outcome<Result>> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome<Result>): void => {
      worker.removeAllListeners();
      // A thread that fails while nobody asks is found out by the next task.
      worker.on('error', () => {});
      resolve(outcome);
    };
    worker.removeAllListeners();
    worker.on('message', (answer: WorkerAnswer<Result>) => settle({ ok: true, result: answer.result }));
    worker.on('error', (error: Error) => settle({ ok: false, failure: internalError(error), thrown: error }));
    worker.on('exit', (code) => settle({ ok: false, failure: `its thread ended with code ${code}` }));
    worker.postMessage(message);
  });
}
