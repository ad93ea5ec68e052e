import { setImmediate } from 'node:timers/promises';
import type { AnalysisContext } from '../analyzer/context.js';
import { ClearTextMemory } from '../checks/clear-text.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { securityWords } from '../report/security.js';
import { compileFilter, type FilterError } from '../store/filter.js';
import { allRows, FilteredRows, type RowList } from '../store/row-list.js';
import { answersFromRow, rowRecord } from '../store/row-record.js';
import { SessionStore } from '../store/session-store.js';
import { SessionCache } from '../tls/keys/session-cache.js';
import { RowEvents } from './row-events.js';
import type { RunResult, SessionSource } from './source.js';

/** Longest time that work keeps the event loop before keys are looked at. */
const SLICE_MILLISECONDS = 10;

export type Progress = {
  /** What is being done, as `loading` or `filtering`. */
  readonly what: string;
  readonly done: number;
  readonly total: number | undefined;
  /** Bytes a second, where bytes are counted. */
  readonly rate?: number;
};

/** What is told when the analysis was run anew: rows have other numbers now. */
export type Swap = { readonly before: SessionStore; readonly after: SessionStore };

/**
 * One interactive session: runs the analysis, keeps the store, and does what takes long (loading, filtering,
 * searching) in slices, so that keys are answered meanwhile. `onChange` is called often; who draws waits as it likes.
 */
export class Session {
  readonly source: SessionSource;
  store: SessionStore;
  context: AnalysisContext;
  events: RowEvents;
  filterText = '';
  /** Explanation of the last run, for screens with nothing to show. */
  explanation: readonly string[] = [];
  /** What the last run could not read. */
  unread: readonly string[] = [];
  isWhole = true;
  onChange: () => void = () => {};
  onSwap: (swap: Swap) => void = () => {};
  onFailure: (error: unknown) => void = () => {};
  #run = 0;
  #isLoading = false;
  #loadingInto: SessionStore | undefined;
  #bytes = 0;
  #total: number | undefined;
  #startedAt = 0;
  #stoppedAt = 0;
  #filtered: FilteredRows | undefined;
  #all: RowList;
  #isFiltering = false;
  #holdAt: number | undefined;
  #job: Progress | undefined;
  #jobNumber = 0;
  #hasTime = slice();

  constructor(source: SessionSource, context: AnalysisContext) {
    this.source = source;
    this.context = context;
    this.store = new SessionStore({ securityOf: securityWords });
    this.#all = allRows(() => this.#holdAt ?? this.store.messages.length);
    this.events = new RowEvents(this.store, context, (file) => source.pathOf(file));
  }

  /** The rows that pass the filter. */
  get rows(): RowList {
    return this.#filtered ?? this.#all;
  }

  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Seconds that the last run took or takes. */
  get loadSeconds(): number {
    return ((this.#isLoading ? performance.now() : this.#stoppedAt) - this.#startedAt) / 1000;
  }

  get loadedBytes(): number {
    return this.#bytes;
  }

  /** What is going on, or undefined where nothing is. */
  get progress(): Progress | undefined {
    if (this.#job !== undefined) return this.#job;
    if (this.#isLoading) {
      const what = this.source.isLive
        ? 'capturing'
        : this.#loadingInto === this.store
          ? 'loading'
          : 'reading again';
      return {
        what,
        done: this.#bytes,
        total: this.#total,
        rate: this.#bytes / Math.max(0.001, this.loadSeconds),
      };
    }
    if (this.#isFiltering && this.#filtered !== undefined) {
      return { what: 'filtering', done: this.#filtered.tested, total: this.store.messages.length };
    }
    return undefined;
  }

  /** Starts the analysis; resolves at its end. */
  async start(): Promise<void> {
    await this.#analyze(this.store);
  }

  /**
   * Analyzes all anew, as after a key was added. What is shown stays until the new result is whole, and then takes its
   * place at once.
   */
  async restart(): Promise<void> {
    const before = this.store;
    const after = new SessionStore({ securityOf: securityWords });
    this.context = { ...this.context, sessions: new SessionCache(), clearText: new ClearTextMemory() };
    if (!(await this.#analyze(after))) return;
    this.store = after;
    this.events.close();
    this.events = new RowEvents(after, this.context, (file) => this.source.pathOf(file));
    for (let row = 0; row < before.messages.length; row++) {
      if (!before.messages.isMarked(row)) continue;
      const again = sameMessage(before, after, row);
      if (again >= 0) after.messages.setMarked(again, true);
    }
    const filter = this.filterText;
    this.#filtered = undefined;
    if (filter !== '') this.setFilter(filter);
    this.onSwap({ before, after });
    this.onChange();
  }

  /** Live: holds the list as it is, or lets it go on. */
  get isPaused(): boolean {
    return this.#holdAt !== undefined;
  }

  pause(paused: boolean): void {
    this.#holdAt = paused ? this.store.messages.length : undefined;
    void this.#advanceFilter();
    this.onChange();
  }

  /** Sets the display filter; an empty one lets all through. What is wrong with an expression is answered. */
  setFilter(text: string): FilterError | undefined {
    if (text.trim() === '') {
      this.filterText = '';
      this.#filtered = undefined;
      this.onChange();
      return undefined;
    }
    const filter = compileFilter(text, RECORD_FIELDS);
    if (!filter.ok) return filter;
    this.filterText = text;
    const { store, events } = this;
    this.#filtered = new FilteredRows(
      answersFromRow(filter.names)
        ? (row) => filter.test(rowRecord(store.messages.row(row)))
        : (row) => {
            const record = events.recordOf(row, filter.names);
            return record !== undefined && filter.test(record);
          },
    );
    void this.#advanceFilter();
    return undefined;
  }

  /** Gives `work` the time it needs in slices; it answers whether it is done. Undone when another job begins. */
  async job(
    what: string,
    total: number,
    work: (hasTime: () => boolean) => { done: number; finished: boolean },
  ): Promise<boolean> {
    const number = ++this.#jobNumber;
    try {
      for (;;) {
        const { done, finished } = work(slice());
        if (finished) return true;
        this.#job = { what, done, total };
        this.onChange();
        await setImmediate();
        if (number !== this.#jobNumber) return false;
      }
    } finally {
      if (number === this.#jobNumber) this.#job = undefined;
    }
  }

  /** For long work done in a loop: gives the screen its turn where it is time. Always true. */
  async breathe(what: string, done: number, total: number): Promise<boolean> {
    if (this.#hasTime()) return true;
    this.#job = { what, done, total };
    this.onChange();
    await setImmediate();
    this.#hasTime = slice();
    this.#job = undefined;
    return true;
  }

  /** Gives up a search or another job; whether there was one. */
  cancelJob(): boolean {
    const had = this.#job !== undefined;
    this.#jobNumber++;
    this.#job = undefined;
    return had;
  }

  stop(): void {
    this.#run++;
    this.#jobNumber++;
    this.source.stop?.();
    this.events.close();
  }

  async #analyze(store: SessionStore): Promise<boolean> {
    const run = ++this.#run;
    this.#isLoading = true;
    this.#loadingInto = store;
    this.#bytes = 0;
    this.#total = undefined;
    this.#startedAt = performance.now();
    let hasTime = slice();
    let result: RunResult;
    try {
      result = await this.source.run({
        context: this.context,
        event: (event, current) => store.add(event, current),
        progress: (bytes, total) => {
          this.#bytes = bytes;
          this.#total = total;
        },
        breathe: async () => {
          if (run !== this.#run) return false;
          if (hasTime()) return true;
          void this.#advanceFilter();
          this.onChange();
          await setImmediate();
          hasTime = slice();
          return run === this.#run;
        },
      });
    } catch (error) {
      this.onFailure(error);
      return false;
    }
    if (run !== this.#run) return false;
    this.#isLoading = false;
    this.#stoppedAt = performance.now();
    this.isWhole = result.isWhole;
    this.explanation = result.explanation;
    this.unread = result.unread ?? [];
    void this.#advanceFilter();
    this.onChange();
    return true;
  }

  /** Tests the rows that the filter has not seen. */
  async #advanceFilter(): Promise<void> {
    const filtered = this.#filtered;
    if (filtered === undefined || this.#isFiltering) return;
    this.#isFiltering = true;
    while (
      this.#filtered === filtered &&
      !filtered.advance(this.#holdAt ?? this.store.messages.length, slice())
    ) {
      this.onChange();
      await setImmediate();
    }
    this.#isFiltering = false;
    if (this.#filtered !== filtered) await this.#advanceFilter();
    this.onChange();
  }
}

/** Whether time is left of a slice that begins now. */
function slice(): () => boolean {
  const end = performance.now() + SLICE_MILLISECONDS;
  return () => performance.now() < end;
}

/** The row of `after` that is the same message; -1 where there is none. */
export function sameMessage(before: SessionStore, after: SessionStore, row: number): number {
  const frame = before.messages.frame(row);
  if (frame === undefined) return row < after.messages.length ? row : -1;
  return after.messages.find(before.messages.file(row), frame.number, before.messages.ordinal(row));
}
