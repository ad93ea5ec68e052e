import { type AnalyzerLimits, CaptureAnalyzer } from '../analyzer/capture-analyzer.js';
import type { AnalysisContext } from '../analyzer/context.js';
import type { Listener } from '../analyzer/events.js';
import type { Statistics } from '../analyzer/statistics.js';
import type { Frame } from '../capture/frame.js';
import type { CaptureHandler } from '../capture/reader.js';
import { mergeCaptures } from '../io/merge.js';
import { type InputFile, inputName, type OpenedFile } from '../io/source.js';
import { PacketRecords } from '../report/records/packet-record.js';
import { type CaptureRun, type Explanation, RunExplainer } from '../report/summary.js';
import { analyzeFiles, type Outcome } from './analyze-files.js';
import type { FrameSelection } from './frame-selection.js';
import type { Inputs } from './inputs.js';
import type { MessagePackets } from './message-packets.js';
import type { Plan } from './plan.js';
import { RecordStream, tellProblems } from './record-stream.js';
import { inSlices, Slices } from './slices.js';
import { addTally, emptyTally, type Tally } from './tally.js';

export type BatchJob = {
  readonly files: readonly string[];
  /** What could not be taken as input: told and written first. */
  readonly problems?: Inputs['problems'];
  readonly plan: Plan;
  readonly context: AnalysisContext;
  /** Takes the records, without what stands around and between them; copies what are bytes. */
  readonly write: (piece: string | Uint8Array) => void;
  /** Waited for after each chunk of input. */
  readonly flush: () => Promise<void>;
  readonly signal: AbortSignal;
  /** Told as each problem comes. */
  readonly tell: (line: string) => void;
  readonly merge: boolean;
  readonly open?: (path: string) => Promise<OpenedFile>;
  readonly limits?: AnalyzerLimits;
  /** Told of the counts of each capture as its reading begins; they go on being counted. */
  readonly statistics?: (statistics: Statistics) => void;
  readonly selection?: FrameSelection | undefined;
  readonly packets?: MessagePackets | undefined;
  /** Told of each chunk read: the file, and the bytes of it that have been read. */
  readonly progress?: (file: string, position: number) => void;
};

/** Where a run was interrupted. */
export type Stop = {
  /** As a clause for the user. */
  readonly place: string;
  /** Files opened by then, the last of them perhaps not read to its end. */
  readonly opened: number;
  /** Frames read of that last file; of merged files, of all. */
  readonly frames: number;
};

export type BatchResult = {
  readonly tally: Tally;
  readonly isWhole: boolean;
  /** Where the run stopped; undefined where it went to the end. */
  readonly stop: Stop | undefined;
  /** Sentences for the user: why there is nothing, and with `verbose` the counts. */
  readonly explanation: Explanation;
  /** What each capture held. */
  readonly statistics: readonly CaptureRun[];
};

/** Runs over files in turn, or merged, in this thread. */
export async function runBatch(job: BatchJob): Promise<BatchResult> {
  const { plan, selection, packets, context, signal } = job;
  const stream = new RecordStream(plan, job.write);
  const packetRecords = stream.includesPackets ? new PacketRecords() : undefined;
  const listener: Listener = (event, plain) => {
    if (event.type === 'error') job.tell(`${event.file}: ${event.message}`);
    const passes = stream.event(event, plain);
    selection?.event(event, passes);
    if (passes) packets?.event(event);
  };
  /** Puts a frame's packet record out before what the frame brings to light. */
  const packet = (frame: Frame, file: string): void => {
    if (packetRecords === undefined) return;
    if (stream.packet(packetRecords.record(file, frame))) selection?.frame(file, frame.number);
  };
  tellProblems(job.problems ?? [], stream, job.tell);
  if (job.merge) return runMerged(job, listener, stream.tally, packet);

  let current: InputFile | undefined;
  let analyzer: CaptureAnalyzer | undefined;
  let opened = 0;
  let stop: Stop | undefined;
  const outcome: Outcome = await analyzeFiles(job.files, context, listener, {
    signal,
    ...(job.open === undefined ? {} : { open: job.open }),
    ...(job.limits === undefined ? {} : { limits: job.limits }),
    begin: (file) => {
      current = file;
      analyzer = undefined;
      opened++;
    },
    wrap: (inner) => {
      analyzer = inner;
      job.statistics?.(inner.statistics);
      return packetRecords === undefined ? inner : withPackets(inner, packet);
    },
    afterChunk: async (leftAt) => {
      if (current !== undefined) job.progress?.(current.name, current.position());
      if (signal.aborted && current !== undefined) {
        const frames = framesDone(analyzer?.statistics, leftAt);
        stop ??= { place: stopPlace(current.name, frames, current.position()), opened, frames: frames ?? 0 };
      }
      await job.flush();
    },
  });
  const stopped = (): Stop => {
    const { stoppedBefore: path } = outcome;
    if (stop !== undefined && path === undefined) return stop;
    const name = path === undefined ? 'the first file' : inputName(path);
    return { place: `before ${name}`, opened, frames: analyzer?.statistics.frames ?? 0 };
  };
  return {
    tally: withStatistics(stream.tally, outcome.statistics, job.files.length),
    isWhole: outcome.isWhole,
    stop: signal.aborted ? stopped() : undefined,
    explanation: outcome.explanation,
    statistics: outcome.statistics,
  };
}

function withPackets(inner: CaptureAnalyzer, packet: (frame: Frame, file: string) => void): CaptureHandler {
  return {
    frame: (frame) => {
      packet(frame, inner.file);
      inner.frame(frame);
    },
    secrets: (type, bytes) => inner.secrets(type, bytes),
    problem: (problem) => inner.problem(problem),
  };
}

/** The frames before the first of which something was left undone. */
function framesDone(statistics: Statistics | undefined, leftAt: number | undefined): number | undefined {
  if (statistics === undefined || leftAt === undefined) return statistics?.frames;
  return Math.min(statistics.frames, leftAt - 1);
}

function stopPlace(file: string, frames: number | undefined, position: number): string {
  const frame = frames === undefined ? '' : `frame ${frames} of `;
  return `at ${frame}${file}, byte ${position}`;
}

/** Several captures as one, so that streams and TLS sessions go on from file to file. */
async function runMerged(
  job: BatchJob,
  listener: Listener,
  tally: Tally,
  packet: (frame: Frame, file: string) => void,
): Promise<BatchResult> {
  const { signal, context } = job;
  const explainer = new RunExplainer();
  const slices = new Slices(context.work, signal);
  const listen = slices.listener((event, plain) => {
    explainer.event(event);
    listener(event, plain);
  });
  let isWhole = true;
  const analyzer = new CaptureAnalyzer(job.files[0] ?? '', context, listen);
  // One for each file, as a frame that waits has to remember which it is of.
  const handlers = new Map<string, CaptureHandler>();
  const handlerOf = (file: string): CaptureHandler => {
    const known = handlers.get(file);
    if (known !== undefined) return known;
    const handler = slices.handler({
      frame: (frame) => {
        if (analyzer.file !== file) analyzer.file = file;
        packet(frame, file);
        analyzer.frame(frame);
      },
      secrets: (type, bytes) => analyzer.secrets(type, bytes),
      problem: (problem) => analyzer.problem(problem),
    });
    handlers.set(file, handler);
    return handler;
  };
  await mergeCaptures(job.files, {
    frame: (frame, file) => handlerOf(file).frame(frame),
    secrets: (type, bytes) => handlerOf(analyzer.file).secrets(type, bytes),
    problem: ({ message, offset, frame }, file) => {
      isWhole = false;
      listen({ type: 'error', file, message, offset, ...(frame === undefined ? {} : { frame }) });
    },
    afterChunk: async (position) => {
      await slices.settle();
      job.progress?.(analyzer.file, position);
      await job.flush();
      return !signal.aborted;
    },
  });
  const frames = framesDone(analyzer.statistics, slices.leftAt) ?? 0;
  const stop = signal.aborted
    ? { place: `at frame ${frames} (in ${analyzer.file})`, opened: job.files.length, frames }
    : undefined;
  if (stop === undefined) {
    await inSlices(analyzer.ending(), slices);
    await inSlices(analyzer.finishing(), slices);
  }
  await slices.settle();
  await job.flush();
  const statistics = [{ file: 'the merged captures', statistics: analyzer.statistics }];
  return {
    tally: withStatistics(tally, statistics, job.files.length),
    isWhole,
    stop,
    explanation: explainer.explanation(statistics),
    statistics,
  };
}

function withStatistics(tally: Tally, runs: readonly CaptureRun[], files: number): Tally {
  const sum = emptyTally();
  addTally(sum, tally);
  sum.files = files;
  for (const { statistics } of runs) sum.packets += statistics.frames;
  return sum;
}
