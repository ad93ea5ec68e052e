import { closeSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalysisContext } from '../../analyzer/context.js';
import type { Statistics } from '../../analyzer/statistics.js';
import { type BatchResult, runBatch, type Stop } from '../../engine/batch-run.js';
import { runThreaded } from '../../engine/batch-threads.js';
import { FrameSelection } from '../../engine/frame-selection.js';
import { expandInputs, type Inputs, outputNames } from '../../engine/inputs.js';
import { MessagePackets } from '../../engine/message-packets.js';
import type { Plan } from '../../engine/plan.js';
import type { RunProgress } from '../../engine/progress.js';
import type { Sink, Unread } from '../../engine/sink.js';
import { addTally, emptyTally, summaryOf, type Tally } from '../../engine/tally.js';
import { describeWriteError } from '../../io/file-error.js';
import { openFollowed } from '../../io/follow.js';
import { canReadTwice, fileLength, inputName } from '../../io/source.js';
import { recordFrame } from '../../report/records/record-writer.js';
import { type CaptureRun, type Explanation, explanationLines, verboseLines } from '../../report/summary.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { type Interruption, takeInterruptions } from '../interrupt.js';
import { loadContext, materialFiles } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { describeUnread, Output, tell } from '../output/output.js';
import {
  type NamedPath,
  NO_PACKETS_THERE,
  type Readers,
  refuseLostFiles,
  refuseUnwritable,
  waitForReaders,
} from '../output/output-paths.js';
import { Progress } from '../output/progress.js';
import { saveFrames } from '../output/save-frames.js';
import { packetSink, sinkFor } from '../output/sink.js';
import { onStatusSignal, statusLine } from '../output/status.js';
import { jobsOf, planOf } from '../plan-options.js';

export type ExportOptions = CommonOptions & {
  readonly format?: string;
  readonly output?: string;
  readonly outDir?: string;
  readonly recursive?: boolean;
  readonly jobs?: string;
  readonly merge?: boolean;
  readonly fields?: string;
  readonly include?: string;
  readonly pretty?: boolean;
  readonly write?: string;
  readonly writeDecrypted?: string;
  readonly mode?: number;
  readonly follow?: boolean;
  readonly schema?: boolean;
};

/** What all ways to run come to. */
type Ended = {
  readonly tally: Tally;
  readonly isWhole: boolean;
  readonly stoppedAt: readonly string[];
  /** What the reader of the output took, where it was given up. */
  readonly unread: Unread | undefined;
  readonly explanation: Explanation;
  readonly statistics: readonly CaptureRun[];
};

/** `siplens export`: every message, connection and finding as JSON, CSV or text. */
export async function exportRecords(paths: readonly string[], options: ExportOptions): Promise<ExitCode> {
  if (options.schema === true) return printSchema();
  if (paths.length === 0) throw new UsageError('export: name a file, a folder, or `-` for standard input');
  const plan = planOf(options);
  const threads = jobsOf(options.jobs);
  refuseContradictions(paths, options, threads);
  const { files, problems, leftOut } = await expandInputs(paths, { recursive: options.recursive === true });
  refuseUnrepeatable(files, options);
  const outputs = outputsOf(options, plan, files);
  refuseLostFiles([...files, ...materialFiles(options)], outputs);
  // Only written at the end, it would be missed after all the work.
  if (options.write !== undefined) refuseUnwritable({ option: '--write', path: options.write });
  const context = await loadContext(options, options.follow === true ? 'live' : 'files');
  const interruption = takeInterruptions();
  // Ctrl-C is how following ends; else it breaks something off, also where the reader of the output ends with it.
  const interrupted = (unread?: Unread): ExitCode | undefined =>
    options.follow === true && unread === undefined ? undefined : interruption.code();
  interruption.signal.addEventListener('abort', () => {
    process.exitCode = interrupted();
  });
  const batch = new Batch({ files, problems, plan, options, context, interruption });
  let readers: Readers | undefined;
  try {
    readers = await waitForReaders(outputs, interruption.signal);
    if (readers.missing !== undefined) {
      tell(
        `interrupted before ${inputName(files[0] ?? '')}: nothing reads ${readers.missing}, a pipe for the output`,
      );
      return interrupted() ?? EXIT.done;
    }
    if (options.verbose === true)
      for (const path of leftOut) batch.tell(`${path}: neither capture nor message; left out`);
    const isSpread =
      options.outDir !== undefined || (threads > 1 && files.length > 1 && options.merge !== true);
    const ended = isSpread ? await batch.threaded(threads) : await batch.oneStream();
    const sum = emptyTally();
    addTally(sum, ended.tally);
    batch.end();
    const { unread, stoppedAt } = ended;
    const kept =
      unread === undefined ? 'the records before it are whole' : describeUnread(unread, options.output);
    if (interrupted(unread) !== undefined)
      for (const place of stoppedAt) tell(`interrupted ${place}; ${kept}`);
    if (options.quiet !== true) {
      for (const line of explanationLines(ended.explanation)) tell(line);
      if (options.verbose === true) for (const line of verboseLines(ended.statistics)) tell(line);
      tell(summaryOf(sum, leftOut.length));
    }
    const isWhole = ended.isWhole && problems.length === 0;
    return interrupted(unread) ?? (isWhole ? EXIT.done : EXIT.incomplete);
  } finally {
    batch.end();
    interruption.dispose();
    for (const descriptor of readers?.descriptors ?? []) closeSync(descriptor);
  }
}

/** Every file that a run is to make. */
function outputsOf(options: ExportOptions, plan: Plan, files: readonly string[]): readonly NamedPath[] {
  const { output, outDir, write, writeDecrypted } = options;
  const single: readonly (readonly [string, string | undefined])[] = [
    ['--output', output === '-' ? undefined : output],
    ['--write', write],
    ['--write-decrypted', writeDecrypted],
  ];
  const many = outDir === undefined ? [] : outputNames(files, EXTENSIONS[plan.format]);
  return [
    ...single.flatMap(([option, path]) => (path === undefined ? [] : [{ option, path }])),
    ...many.map((name) => ({ option: '--out-dir', path: join(outDir ?? '', name) })),
  ];
}

function refuseContradictions(paths: readonly string[], options: ExportOptions, threads: number): void {
  const { output, outDir, merge, follow, write, writeDecrypted } = options;
  const isSpread = outDir !== undefined || (threads > 1 && merge !== true);
  const savesPackets = write !== undefined || writeDecrypted !== undefined;
  const contradictions: readonly (readonly [boolean, string])[] = [
    [output !== undefined && outDir !== undefined, '--output and --out-dir exclude each other'],
    [merge === true && outDir !== undefined, '--merge puts captures in one stream: no --out-dir with it'],
    [follow === true && isSpread, '--follow reads one file: no --jobs or --out-dir with it'],
    [follow === true && merge === true, '--follow reads one file: no --merge with it'],
    [write === '-', `--write ${NO_PACKETS_THERE}`],
    [writeDecrypted === '-', `--write-decrypted ${NO_PACKETS_THERE}`],
    [follow === true && paths.length !== 1, '--follow reads one file'],
    [savesPackets && isSpread, '--write and --write-decrypted go with one thread: no --jobs or --out-dir'],
    [isSpread && paths.includes('-'), 'standard input goes with one thread: no --jobs or --out-dir'],
    [write !== undefined && follow === true, '--write reads its input twice: not with --follow'],
  ];
  const wrong = contradictions.find(([applies]) => applies);
  if (wrong !== undefined) throw new UsageError(wrong[1]);
}

/** Refuses what comes once, as a pipe, where it would have to be read twice. */
function refuseUnrepeatable(files: readonly string[], { write, merge }: ExportOptions): void {
  const option = write !== undefined ? '--write' : merge === true ? '--merge' : undefined;
  const once = option === undefined ? undefined : files.find((file) => !canReadTwice(file));
  if (once === undefined) return;
  const name = once === '-' ? inputName(once) : `${once}, which is a pipe or a device,`;
  throw new UsageError(`${option} reads its inputs twice: save ${name} to a file first`);
}

type BatchParts = {
  readonly files: readonly string[];
  readonly problems: Inputs['problems'];
  readonly plan: Plan;
  readonly options: ExportOptions;
  readonly context: AnalysisContext;
  readonly interruption: Interruption;
};

/** One run of `export` with its output and progress. */
class Batch {
  readonly #parts: BatchParts;
  readonly #total: number | undefined;
  #progress: Progress | undefined;
  #state: RunProgress;
  /** File being read, the bytes of it read so far, and the bytes of the files before it. */
  #current: string | undefined;
  #position = 0;
  #before = 0;

  constructor(parts: BatchParts) {
    this.#parts = parts;
    const sizes = parts.files.map(fileLength);
    this.#total = sizes.reduce(
      (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
    this.#state = { done: 0, total: this.#total, workers: [] };
  }

  /** A line on standard error, with the progress out of its way. */
  tell(line: string): void {
    this.#progress?.clear();
    tell(line);
  }

  end(): void {
    this.#progress?.end();
    this.#progress = undefined;
  }

  /** Draws progress where standard error is a terminal that the records do not go to as well. */
  #showProgress(read: () => RunProgress): void {
    const { quiet, output, outDir } = this.#parts.options;
    const isFree = output !== undefined || outDir !== undefined || process.stdout.isTTY !== true;
    if (quiet === true || process.stderr.isTTY !== true || !isFree) return;
    this.#progress = new Progress(process.stderr, read);
  }

  async oneStream(): Promise<Ended> {
    const { plan, options, interruption } = this.#parts;
    const { signal } = interruption;
    const sink = sinkFor(options.output, signal, { mode: options.mode });
    const packets = openPackets(options.writeDecrypted, sink, signal, options.mode, (line) =>
      this.tell(line),
    );
    const selection = options.write === undefined ? undefined : new FrameSelection(plan.filter === undefined);
    this.#showProgress(() => this.#state);
    let statistics: Statistics | undefined;
    const began = performance.now();
    const withoutStatus = onStatusSignal(() => statusLine(statistics, performance.now() - began));
    try {
      const result = await this.#runInto(sink, packets, selection, (counts) => {
        statistics = counts;
      });
      await sink.drain();
      sink.finish();
      this.end();
      const say = options.quiet === true ? () => {} : tell;
      await packets?.finish(say);
      await this.#saveFrames(selection, result.stop, say);
      return {
        tally: result.tally,
        isWhole: result.isWhole,
        stoppedAt: result.stop === undefined ? [] : [result.stop.place],
        unread: sink.unread?.(),
        explanation: result.explanation,
        statistics: result.statistics,
      };
    } catch (error) {
      sink.discard();
      packets?.discard();
      throw error;
    } finally {
      withoutStatus();
    }
  }

  /** Runs over all files in this thread and writes their records into `sink`. */
  async #runInto(
    sink: Sink,
    packets: MessagePackets | undefined,
    selection: FrameSelection | undefined,
    statistics: (counts: Statistics) => void,
  ): Promise<BatchResult> {
    const { files, problems, plan, options, context, interruption } = this.#parts;
    const { signal } = interruption;
    const frame = recordFrame(plan);
    let records = 0;
    const result = await runBatch({
      files,
      problems,
      plan,
      context,
      signal,
      merge: options.merge === true,
      ...(options.follow === true
        ? { open: (path: string) => openFollowed(path, signal, (line) => this.tell(line)) }
        : {}),
      selection,
      packets,
      tell: (line) => this.tell(line),
      write: (text) => {
        sink.write(records++ === 0 ? frame.before : frame.between);
        sink.write(text);
      },
      flush: async () => {
        await sink.flush();
        await packets?.flush();
      },
      statistics,
      progress: (file, at) => this.#progressed(file, at),
    });
    sink.write(records === 0 ? frame.empty : frame.after);
    return result;
  }

  /** Notes that `file` was read up to a byte. Merged captures count together, others one after the other. */
  #progressed(file: string, position: number): void {
    const isMerged = this.#parts.options.merge === true;
    if (!isMerged && file !== this.#current) {
      this.#before += this.#position;
      this.#current = file;
    }
    this.#position = position;
    this.#state = {
      done: this.#before + position,
      total: this.#total,
      // Of merged captures only the sum is known.
      workers: isMerged ? [] : [{ file, done: position, total: fileLength(file) }],
    };
  }

  async #saveFrames(
    selection: FrameSelection | undefined,
    stop: Stop | undefined,
    say: (line: string) => void,
  ): Promise<void> {
    const { files, options, interruption } = this.#parts;
    const { write, merge = false } = options;
    if (write === undefined || selection === undefined) return;
    const { mode } = options;
    await saveFrames(write, files, selection, { merge, mode, signal: interruption.signal, stop, say });
  }

  async threaded(threads: number): Promise<Ended> {
    const { files, problems, plan, options, context, interruption } = this.#parts;
    const { outDir, output } = options;
    const { mode } = options;
    const names = outDir === undefined ? undefined : outputNames(files, EXTENSIONS[plan.format]);
    if (outDir !== undefined) {
      try {
        mkdirSync(outDir, { recursive: true });
      } catch (error) {
        throw new UsageError(`--out-dir ${describeWriteError(outDir, error)}`);
      }
    }
    const sink = outDir === undefined ? sinkFor(output, interruption.signal, { mode }) : undefined;
    try {
      const run = runThreaded({
        files,
        problems,
        plan,
        context,
        threads,
        signal: interruption.signal,
        tell: (line) => this.tell(line),
        outputs: outDir === undefined ? undefined : names?.map((name) => join(outDir, name)),
        output,
        mode,
        write: (piece) => sink?.write(piece),
        flush: async () => sink?.flush(),
        isUnread: () => sink?.unread?.() !== undefined,
      });
      this.#showProgress(() => ({ done: run.done(), total: this.#total, workers: run.workers() }));
      const result = await run.result;
      await sink?.drain();
      sink?.finish();
      return { ...result, unread: sink?.unread?.() };
    } catch (error) {
      sink?.discard();
      throw error;
    }
  }
}

const EXTENSIONS = { ndjson: 'ndjson', json: 'json', csv: 'csv', text: 'txt' } as const;

async function printSchema(): Promise<ExitCode> {
  const { recordSchema } = await import('../../report/records/schema.js');
  const output = new Output();
  output.write(`${JSON.stringify(recordSchema(), null, 2)}\n`);
  await output.flush();
  return EXIT.done;
}

const WRITE_DECRYPTED = '--write-decrypted';

function openPackets(
  path: string | undefined,
  records: Sink,
  signal: AbortSignal,
  mode: number | undefined,
  say: (line: string) => void,
): MessagePackets | undefined {
  if (path === undefined) return undefined;
  try {
    return new MessagePackets({ path, option: WRITE_DECRYPTED }, packetSink(path, signal, { mode }), say);
  } catch (error) {
    records.discard();
    throw new UsageError(`${WRITE_DECRYPTED} ${describeWriteError(path, error)}`);
  }
}
