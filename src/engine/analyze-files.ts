import { type AnalyzerLimits, CaptureAnalyzer, type Tap } from '../analyzer/capture-analyzer.js';
import type { AnalysisContext } from '../analyzer/context.js';
import type { Listener } from '../analyzer/events.js';
import { analyzeMessageFile } from '../analyzer/message-file.js';
import { latin1 } from '../bytes/text.js';
import type { CaptureHandler } from '../capture/reader.js';
import { createCaptureReader } from '../capture/reader.js';
import { collect } from '../io/read-whole.js';
import { fileLength, type InputFile, inputName, type OpenedFile, openFile } from '../io/source.js';
import { parsePem } from '../keys/pem.js';
import {
  type CaptureRun,
  type Explanation,
  explanationLines,
  RunExplainer,
  type Told,
  unreadLines,
  verboseLines,
} from '../report/summary.js';
import { RsaAhead } from './rsa-ahead.js';
import { inSlices, piecesOf, Slices } from './slices.js';

/** What a run came to. */
export type Outcome = {
  /** Whether every input was read whole. */
  readonly isWhole: boolean;
  /** Tells on `say` what a user should know: why there is nothing, or with `verbose` the counts. */
  explain(say: (line: string) => void, verbose: boolean, told?: Told): void;
  /** Tells of that only what was not read. */
  tellUnread(say: (line: string) => void, told?: Told): void;
  /** The same as data. */
  readonly explanation: Explanation;
  /** The input that was being waited for when the signal came. */
  readonly stoppedBefore: string | undefined;
  /** What each capture held, in their order. */
  readonly statistics: readonly CaptureRun[];
};

export type RunHooks = {
  /**
   * Called after each chunk of input; waited for, so that output cannot pile up. `leftAt` is the first frame of which
   * something was left undone, as the run was ended.
   */
  readonly afterChunk?: (leftAt?: number) => Promise<void>;
  /** Gets the plaintext of TCP connections. */
  readonly tap?: Tap;
  /** Stands between reader and analyzer, for callers that need the frames too. */
  readonly wrap?: (analyzer: CaptureAnalyzer) => CaptureHandler;
  readonly limits?: AnalyzerLimits;
  /** Opens an input; `openFile` by default. What it opens without an end of its own, `signal` has to end. */
  readonly open?: (path: string) => Promise<OpenedFile>;
  /** Called with each input before its first chunk. */
  readonly begin?: (file: InputFile) => void;
  /** Ends the run after the chunk at hand. What is open then is told only where the input has no end of its own. */
  readonly signal?: AbortSignal;
};

/** Runs over files in turn; each event goes to `listener` as it comes to light. */
export async function analyzeFiles(
  files: readonly string[],
  context: AnalysisContext,
  listener: Listener,
  hooks: RunHooks = {},
): Promise<Outcome> {
  let isWhole = true;
  const explainer = new RunExplainer();
  const waiting: CaptureAnalyzer[] = [];
  const statistics: CaptureRun[] = [];
  let stoppedBefore: string | undefined;
  const slices = new Slices(context.work, hooks.signal);
  const listen = slices.listener((event, plain) => {
    if (event.type === 'error') isWhole = false;
    explainer.event(event);
    listener(event, plain);
  });
  for (const path of files) {
    if (hooks.signal?.aborted === true) break;
    const opened = await (hooks.open ?? ((name) => openFile(name, { signal: hooks.signal })))(path);
    if (!opened.ok) {
      const name = inputName(path);
      listen({ type: 'error', file: name, message: withoutName(opened.message, name) });
      continue;
    }
    const { file } = opened;
    if (isCutOff(file, hooks.signal) && file.kind in NOT_READABLE) {
      // So little of it came that nothing can be said of it.
      await file.close();
      stoppedBefore = path;
      break;
    }
    hooks.begin?.(file);
    const analyzer = await analyzeFile(file, context, listen, hooks, slices);
    if (analyzer !== undefined) {
      // Those that wait for nothing go: a night has thousands of files.
      if (analyzer.isWaiting) waiting.push(analyzer);
      statistics.push({ file: file.name, statistics: analyzer.statistics });
    }
    const problems = isCutOff(file, hooks.signal) ? [] : file.problems;
    for (const { message, offset } of problems) listen({ type: 'error', file: file.name, message, offset });
    await slices.settle();
    await hooks.afterChunk?.(slices.leftAt);
  }
  // A later file may have brought the secret of a connection in an earlier one.
  context.lookForSecrets?.();
  for (const analyzer of waiting) await inSlices(analyzer.finishing(), slices);
  await slices.settle();
  await hooks.afterChunk?.(slices.leftAt);
  const explanation = explainer.explanation(statistics);
  return {
    isWhole,
    stoppedBefore,
    statistics,
    explanation,
    tellUnread: (say, told) => {
      for (const line of unreadLines(explanation, told)) say(line);
    },
    explain: (say, verbose, told) => {
      for (const line of explanationLines(explanation, told)) say(line);
      if (verbose) for (const line of verboseLines(statistics)) say(line);
    },
  };
}

/** Whether the user ended an input that has no end of its own: what is in pieces there is no fault of it. */
function isCutOff(file: InputFile, signal: AbortSignal | undefined): boolean {
  return file.isEndless && signal?.aborted === true;
}

async function analyzeFile(
  file: InputFile,
  context: AnalysisContext,
  listener: Listener,
  hooks: RunHooks,
  slices: Slices,
): Promise<CaptureAnalyzer | undefined> {
  const { kind, name } = file;
  slices.finishes = file.isEndless;
  switch (kind) {
    case 'pcap':
    case 'pcapng': {
      const analyzer = new CaptureAnalyzer(name, context, listener, hooks.tap, hooks.limits);
      const ahead = new RsaAhead(file, fileLength(name), context);
      const reader = createCaptureReader(
        kind,
        slices.handler(ahead.watch(hooks.wrap?.(analyzer) ?? analyzer)),
      );
      const { signal } = hooks;
      let isLeft = false;
      for await (const chunk of file.chunks) {
        for (const piece of piecesOf(chunk)) {
          reader.push(piece);
          if (slices.isDue && !(await slices.settle())) break;
        }
        ahead.chunk();
        await hooks.afterChunk?.(slices.leftAt);
        isLeft = signal?.aborted === true;
        if (isLeft) break;
      }
      ahead.end();
      if (isLeft && !file.isEndless) {
        analyzer.abandon();
        return analyzer;
      }
      if (!isCutOff(file, signal)) reader.end();
      await inSlices(analyzer.ending(), slices);
      return analyzer;
    }
    case 'sip':
    case 'mime':
    case 'cms':
    case 'base64':
    case 'pem': {
      const collected = await collect(name, file.chunks);
      if (!collected.ok) {
        listener({ type: 'error', file: name, message: withoutName(collected.message, name) });
        return undefined;
      }
      if (kind === 'base64') {
        const bytes = Buffer.from(latin1(collected.bytes), 'base64');
        analyzeMessageFile(name, 'cms', bytes, context, listener);
        return undefined;
      }
      if (kind !== 'pem') {
        analyzeMessageFile(name, kind, collected.bytes, context, listener);
        return undefined;
      }
      const { blocks, problems } = parsePem(latin1(collected.bytes));
      for (const message of problems) listener({ type: 'error', file: name, message });
      for (const { bytes } of blocks) {
        analyzeMessageFile(name, 'cms', bytes, context, listener);
        if (slices.isDue && !(await slices.settle())) break;
      }
      return undefined;
    }
    case 'empty':
    case 'gzip':
    case 'unknown':
      await file.close();
      listener({ type: 'error', file: name, message: NOT_READABLE[kind], offset: 0 });
      return undefined;
  }
}

/** A sentence that names its file, without the name: the record carries it beside the sentence. */
function withoutName(sentence: string, name: string): string {
  return sentence.startsWith(`${name}: `) ? sentence.slice(name.length + 2) : sentence;
}

const NOT_READABLE = {
  empty: 'the file is empty',
  gzip: 'a gzip within a gzip is not opened',
  unknown:
    'this is no capture (pcap, pcapng) and no message (SIP, MIME, CMS): its first bytes are none of these',
} as const;
