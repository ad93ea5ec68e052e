/** Where a session's messages come from: files, or a live capture. The screens know no more of it than this. */
import type { AnalysisContext } from '../analyzer/context.js';
import type { AnalyzerEvent } from '../analyzer/events.js';
import type { Frame } from '../capture/frame.js';
import type { CurrentFrame } from '../store/session-store.js';

/** What a source feeds while it runs. */
export type Feed = {
  readonly context: AnalysisContext;
  /** An event, with the frame that the analyzer is at where there is one. */
  event(event: AnalyzerEvent, current: CurrentFrame | undefined): void;
  /** Bytes read so far, of how many, where that is known. */
  progress(bytes: number, total: number | undefined): void;
  /** To be called at least every few thousand frames: lets the screen have its turn. False: stop reading. */
  breathe(): Promise<boolean>;
};

export type RunResult = {
  readonly isWhole: boolean;
  /** Why there is nothing to show, a sentence each. */
  readonly explanation: readonly string[];
  /** Frames that were not read, and why, a sentence each; also where there is something to show. */
  readonly unread?: readonly string[];
};

export type SessionSource = {
  /** As the title names it. */
  readonly name: string;
  readonly isLive: boolean;
  /** Whether `run` may be called again, to open with a new key what was closed. */
  readonly canRepeat: boolean;
  /** Analyzes all from the beginning; a live source until it is stopped. */
  run(feed: Feed): Promise<RunResult>;
  /** Path of the file that positions of `file` count in. */
  pathOf(file: string): string | undefined;
  /** Frames in their order, for saving them. */
  frames(wanted: (file: string, frame: Frame) => void, breathe: () => Promise<boolean>): Promise<void>;
  /** Frames that a live capture lost so far. */
  drops?(): number | undefined;
  /** Where the run stands, in one line. */
  status?(): string;
  /** The user leaves: ends a live capture, and a pipe that is waited for. */
  stop?(): void;
};
