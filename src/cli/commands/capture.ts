import type { AnalyzerLimits } from '../../analyzer/capture-analyzer.js';
import type { AnalyzerEvent } from '../../analyzer/events.js';
import type { Statistics } from '../../analyzer/statistics.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { runBatch } from '../../engine/batch-run.js';
import type { Plan } from '../../engine/plan.js';
import { summaryOf } from '../../engine/tally.js';
import { fragmentsDropped } from '../../io/capture-filter.js';
import type { ByteChunks } from '../../io/chunks.js';
import { type LiveCapture, listInterfaces, NO_PROGRAM, startLive } from '../../io/live.js';
import { identifyInput, type OpenedFile } from '../../io/source.js';
import { MessageList } from '../../report/list.js';
import { recordFrame } from '../../report/records/record-writer.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { type EventTest, eventTest } from '../filter-option.js';
import { takeInterruptions } from '../interrupt.js';
import { loadContext, materialFiles } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { describeUnread, Output, tell } from '../output/output.js';
import { NO_PACKETS_THERE, refuseLostFiles } from '../output/output-paths.js';
import { CaptureFile } from '../output/saved-capture.js';
import { onStatusSignal, statusLine } from '../output/status.js';
import { planOf } from '../plan-options.js';

export type CaptureOptions = CommonOptions & {
  readonly interface?: string;
  readonly captureFilter?: string;
  readonly write?: string;
  readonly listInterfaces?: boolean;
  readonly format?: string;
  readonly fields?: string;
  readonly include?: string;
  readonly keep: string;
  readonly duration?: string;
  readonly mode?: number;
};

const FORMATS: readonly string[] = ['list', 'ndjson', 'csv', 'text'];

/** Closed TLS connections that may wait for a secret; tighter than for files, as a capture has no end. */
const MAX_WAITING = 1000;
/** Closed TCP connections remembered for their stragglers, which come within seconds. */
const MAX_CLOSED = 1024;
/** Delivered bytes to compare retransmissions with, which come within a second or two. */
const HISTORY_BYTES = 4 * 1024 * 1024;

/** `siplens capture`: live, until Ctrl-C. */
export async function capture(options: CaptureOptions, words: readonly string[]): Promise<ExitCode> {
  if (options.listInterfaces === true) return list();
  const wanted = wantedCapture(options, words);
  const warning = fragmentsDropped(options.captureFilter ?? '');
  if (warning !== undefined && options.quiet !== true) tell(warning);
  const saved = options.write === undefined ? undefined : savedTo(options.write, options);
  const started = startLive({ interfaceName: wanted.interfaceName, captureFilter: options.captureFilter });
  if (started === undefined) {
    saved?.close();
    throw new UsageError(NO_PROGRAM);
  }
  const live = saved?.saving(started) ?? started;
  const { duration } = wanted;
  const timer = duration === undefined ? undefined : setTimeout(() => live.stop(), duration * 1000);
  try {
    return wanted.isInteractive
      ? await captureInteractively(wanted, live, options)
      : await captureRecords(wanted, live, started, options);
  } finally {
    clearTimeout(timer);
    live.stop();
    saved?.close();
  }
}

/** What the options ask for. */
type WantedCapture = {
  readonly interfaceName: string;
  readonly isInteractive: boolean;
  /** Whether the output is the list of messages, and not records. */
  readonly isList: boolean;
  readonly plan: Plan;
  readonly passes: EventTest;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly limits: AnalyzerLimits;
};

function wantedCapture(options: CaptureOptions, [word]: readonly string[]): WantedCapture {
  if (word !== undefined)
    throw new UsageError(`capture: ${word} is no option; an interface is named as \`-i ${word}\``);
  const keep = positive('--keep', options.keep);
  const duration = options.duration === undefined ? undefined : positive('--duration', options.duration);
  const { interface: interfaceName, format, ...rest } = options;
  if (interfaceName === undefined || interfaceName === '')
    throw new UsageError('capture: name an interface with -i; `siplens capture -D` lists them');
  const isTerminal = process.stdout.isTTY === true;
  const isList = format === 'list' || (format === undefined && isTerminal);
  if (format === 'json')
    throw new UsageError('--format json: an array ends, a capture may not; choose ndjson');
  if (format !== undefined && !FORMATS.includes(format))
    throw new UsageError(`--format ${format}: choose ${FORMATS.join(', ')}`);
  return {
    interfaceName,
    isInteractive: format === undefined && isTerminal && process.stdin.isTTY === true,
    isList,
    plan: planOf(isList || format === undefined ? rest : { ...rest, format }),
    passes: eventTest(options.filter),
    duration,
    limits: {
      tcp: { openConnections: keep, closedConnections: MAX_CLOSED, historyBytes: HISTORY_BYTES },
      waitingConnections: MAX_WAITING,
    },
  };
}

async function captureInteractively(
  { interfaceName, limits }: WantedCapture,
  live: LiveCapture,
  options: CaptureOptions,
): Promise<ExitCode> {
  const { interactive } = await import('./interactive.js');
  const { liveSource } = await import('../live-source.js');
  const open = (): Promise<OpenedFile> => openLive(interfaceName, live.chunks);
  const code = await interactive([], options, liveSource({ name: interfaceName, live, open, limits }));
  return (await toldEnd(live)) ? code : EXIT.incomplete;
}

async function captureRecords(
  wanted: WantedCapture,
  live: LiveCapture,
  started: LiveCapture,
  options: CaptureOptions,
): Promise<ExitCode> {
  const interruption = takeInterruptions();
  interruption.signal.addEventListener('abort', () => live.stop());
  const output = new Output({ signal: interruption.signal, color: options.color });
  let statistics: Statistics | undefined;
  const began = performance.now();
  const quietly = onStatusSignal(() => statusLine(statistics, performance.now() - began));
  const parts: CaptureParts = {
    wanted,
    output,
    options,
    open: () => openLive(wanted.interfaceName, live.chunks),
    count: (counts) => {
      statistics = counts;
    },
  };
  const isWhole = wanted.isList ? await writeList(parts) : await writeRecords(parts);
  quietly();
  if (output.unread !== undefined) tell(describeUnread(output.unread));
  const isComplete = (await toldEnd(live, options.quiet !== true)) && isWhole && output.unread === undefined;
  const { failure } = await started.ended;
  interruption.dispose();
  // A capture that failed before its first packet was a usage error: an interface, a filter, a permission.
  if (failure !== undefined && (statistics?.frames ?? 0) === 0) return EXIT.usage;
  return isComplete ? EXIT.done : EXIT.incomplete;
}

type CaptureParts = {
  readonly wanted: WantedCapture;
  readonly output: Output;
  readonly options: CaptureOptions;
  readonly open: () => Promise<OpenedFile>;
  /** Told of the counts of the capture, which go on being counted. */
  readonly count: (statistics: Statistics) => void;
};

/** Writes one line per message; answers whether everything was read completely. */
async function writeList({ wanted, output, options, open, count }: CaptureParts): Promise<boolean> {
  const table = new MessageList((line) => output.line(line), {
    width: output.columns,
    labelFiles: false,
  });
  let number = 0;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type !== 'sip_message') return;
    number++;
    if (wanted.passes(event)) table.add(event, number);
  };
  const context = await loadContext(options, 'live');
  const outcome = await analyzeFiles([wanted.interfaceName], context, listener, {
    open,
    limits: wanted.limits,
    wrap: (analyzer) => {
      count(analyzer.statistics);
      return analyzer;
    },
    afterChunk: () => {
      table.flush();
      return output.flush();
    },
  });
  return outcome.isWhole;
}

/** Writes records; answers whether everything was read completely. */
async function writeRecords({ wanted, output, options, open, count }: CaptureParts): Promise<boolean> {
  const { plan, limits } = wanted;
  output.write(recordFrame(plan).before);
  const result = await runBatch({
    files: [wanted.interfaceName],
    plan,
    context: await loadContext(options, 'live'),
    open,
    limits,
    merge: false,
    signal: new AbortController().signal,
    tell,
    write: (text) => output.write(text),
    flush: () => output.flush(),
    statistics: count,
  });
  if (options.quiet !== true && result.tally.packets > 0) tell(summaryOf(result.tally, 0));
  return result.isWhole;
}

function savedTo(path: string, options: CaptureOptions): CaptureFile {
  if (path === '-') throw new UsageError(`--write ${NO_PACKETS_THERE}`);
  refuseLostFiles(materialFiles(options), [{ option: '--write', path }]);
  return new CaptureFile(path, options.mode);
}

/** Tells how the capture ended; answers whether nothing was lost. */
async function toldEnd(live: LiveCapture, tellsAll = false): Promise<boolean> {
  live.stop();
  const { failure, dropped } = await live.ended;
  if (failure !== undefined) tell(failure);
  if (dropped !== undefined && dropped > 0) {
    tell(
      `${dropped} packets were dropped: this machine was too slow for the traffic; a capture filter (-f) helps`,
    );
  } else if (tellsAll && dropped === 0) tell('no packet was dropped');
  return failure === undefined && (dropped ?? 0) === 0;
}

/** The capture as an input. What ends it before its first packet is told at the end, not as a broken file. */
async function openLive(name: string, chunks: ByteChunks): Promise<OpenedFile> {
  const opened = await identifyInput(name, chunks, { close: async () => {}, isEndless: true });
  // A child that says nothing has failed, which is told with its own words.
  if (opened.ok && opened.file.kind === 'empty') {
    return { ok: true, file: { ...opened.file, kind: 'pcap', chunks: nothing() } };
  }
  return opened;
}

async function* nothing(): ByteChunks {
  yield NO_PACKETS;
}

/** The header of a classic pcap without packets. */
const NO_PACKETS = new Uint8Array([
  0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
]);

async function list(): Promise<ExitCode> {
  const interfaces = listInterfaces();
  if (!interfaces.ok) throw new UsageError(interfaces.message);
  const output = new Output();
  for (const line of interfaces.text.trimEnd().split('\n')) output.line(line);
  await output.flush();
  return EXIT.done;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`${option} ${text}: a number above 0`);
}
