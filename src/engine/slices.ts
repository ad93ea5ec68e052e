/**
 * Cuts the synchronous work of a run into slices, between which the event loop has its turn: signals and keys are heard
 * there, and output goes on. What comes while a slice is used up waits in a queue, frames behind the events of the frames
 * before them, so that everything happens in the order in which it would have happened.
 */
import { setImmediate } from 'node:timers/promises';
import type { AnalyzerEvent, Listener } from '../analyzer/events.js';
import type { Frame } from '../capture/frame.js';
import type { CaptureHandler } from '../capture/reader.js';
import type { RunBudget } from '../model/budget.js';

/** Longest time that a slice takes, but for the one message or frame that goes beyond it. */
const SLICE_MILLISECONDS = 100;
/** The same in microseconds of counted work: it is looked at once a frame, where a look at the clock would cost too much. */
const SLICE_WORK = 100_000;

/** Tasks in their order, without the cost of moving all the others for each. */
class TaskQueue<T> {
  #tasks: T[] = [];
  #next = 0;

  get size(): number {
    return this.#tasks.length - this.#next;
  }

  get first(): T | undefined {
    return this.#tasks[this.#next];
  }

  push(task: T): void {
    this.#tasks.push(task);
  }

  shift(): T | undefined {
    const task = this.#tasks[this.#next];
    if (task !== undefined) this.#next++;
    if (this.#next === this.#tasks.length) this.clear();
    return task;
  }

  clear(): void {
    this.#tasks = [];
    this.#next = 0;
  }
}

type Task = { readonly frame: number | undefined; run(): void };

export class Slices {
  readonly #work: RunBudget;
  readonly #signal: AbortSignal | undefined;
  readonly #events = new TaskQueue<Task>();
  readonly #frames = new TaskQueue<Task>();
  #began = performance.now();
  #spent: number;
  #leftAt: number | undefined;
  /** Whether what waits is done after the signal too: of an input without an end of its own, the signal is the end. */
  finishes = false;

  /** `work` is what the run counts its costs by; after `signal` nothing more that waits is done. */
  constructor(work: RunBudget, signal?: AbortSignal) {
    this.#work = work;
    this.#signal = signal;
    this.#spent = work.spent;
  }

  /** Number of the first frame of which something was left undone, as the run was ended; undefined where there is none. */
  get leftAt(): number | undefined {
    return this.#leftAt;
  }

  /** Whether `settle` has something to do. */
  get isDue(): boolean {
    return this.#events.size > 0 || this.#frames.size > 0 || this.#isOver();
  }

  /** A listener that hands on to `inner`, at once or later. */
  listener(inner: Listener): Listener {
    return (event, plain) => {
      // A message whose index stands for it costs nothing that is worth a look at the clock.
      const waits = this.#events.size > 0 || (plain === undefined ? this.#isOver() : this.#isWorkOver());
      if (!waits) {
        inner(event, plain);
        return;
      }
      if (event.type === 'sip_message') event.keep?.();
      this.#events.push({ frame: frameOf(event), run: () => inner(event) });
    };
  }

  /** A handler that hands on to `inner`, at once or later: then with copies of what it was given. */
  handler(inner: CaptureHandler): CaptureHandler {
    const waits = (): boolean => this.#frames.size > 0 || this.#events.size > 0 || this.#isWorkOver();
    const later = (frame: number | undefined, run: () => void): void => this.#frames.push({ frame, run });
    return {
      frame: (frame) => {
        if (!waits()) {
          inner.frame(frame);
          return;
        }
        const kept: Frame = { ...frame, data: frame.data.slice() };
        later(frame.number, () => inner.frame(kept));
      },
      secrets: (type, bytes) => {
        if (!waits()) {
          inner.secrets(type, bytes);
          return;
        }
        const kept = bytes.slice();
        later(undefined, () => inner.secrets(type, kept));
      },
      problem: (problem) => {
        if (waits()) later(problem.frame, () => inner.problem(problem));
        else inner.problem(problem);
      },
    };
  }

  /** Gives the event loop its turn where a slice is used up, and does what waits; false where the run is to end. */
  async settle(): Promise<boolean> {
    for (;;) {
      if (this.#isOver()) await this.#breathe();
      if (this.#signal?.aborted === true && !this.finishes) {
        this.#leave();
        return false;
      }
      const task = this.#events.shift() ?? this.#frames.shift();
      if (task === undefined) return true;
      task.run();
    }
  }

  async #breathe(): Promise<void> {
    await setImmediate();
    this.#began = performance.now();
    this.#spent = this.#work.spent;
  }

  #leave(): void {
    const first = this.#events.first ?? this.#frames.first;
    this.#leftAt ??= first?.frame;
    this.#events.clear();
    this.#frames.clear();
  }

  #isOver(): boolean {
    return this.#isWorkOver() || performance.now() - this.#began > SLICE_MILLISECONDS;
  }

  #isWorkOver(): boolean {
    return this.#work.spent - this.#spent > SLICE_WORK;
  }
}

function frameOf(event: AnalyzerEvent): number | undefined {
  return event.type === 'sip_message' ? event.frame?.number : undefined;
}

/** Bytes handed on at once: work that is not counted does not fill a slice with so many. */
const PIECE_LENGTH = 32 * 1024;

/** The pieces of a chunk. */
export function* piecesOf(chunk: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < chunk.length; at += PIECE_LENGTH) yield chunk.subarray(at, at + PIECE_LENGTH);
}

/** Does the steps of something, as far as the run goes on. */
export async function inSlices(steps: Generator<void>, slices: Slices): Promise<void> {
  for (const _ of steps) if (slices.isDue && !(await slices.settle())) return;
}
