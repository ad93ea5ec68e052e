/** What one worker is at. */
export type WorkerProgress = {
  readonly file: string;
  readonly done: number;
  readonly total: number | undefined;
};

/** Where a run stands. */
export type RunProgress = {
  /** Bytes of the inputs as they are stored. */
  readonly done: number;
  /** Undefined where it is not known, as of a pipe. */
  readonly total: number | undefined;
  readonly workers: readonly WorkerProgress[];
};
