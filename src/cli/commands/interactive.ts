import type { AnalysisContext } from '../../analyzer/context.js';
import type { Frame } from '../../capture/frame.js';
import { createCaptureReader } from '../../capture/reader.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { canReadTwice, fileLength, type InputFile, openFile } from '../../io/source.js';
import { wantsColor } from '../../report/render.js';
import { treeGlyphs, UNICODE_TREE } from '../../report/terminal.js';
import type { CurrentFrame } from '../../store/session-store.js';
import { runInteractive } from '../../tui/run.js';
import type { Feed, RunResult, SessionSource } from '../../tui/source.js';
import { EXIT, type ExitCode } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { watchFrames } from '../watched-frames.js';

/** Bytes analyzed before the screen may have its turn: some 150 messages, also where each is decrypted and verified. */
const PIECE_LENGTH = 64 * 1024;

/**
 * The interactive view over files. The process ends where the user leaves it. `source` is another source than the
 * files, as a live capture.
 */
export async function interactive(
  files: readonly string[],
  options: CommonOptions,
  source: SessionSource = fileSource(files),
): Promise<ExitCode> {
  // A wrong filter is told before the screen is taken.
  eventTest(options.filter);
  const context: AnalysisContext = await loadContext(options, source.isLive ? 'live' : 'files');
  const color = wantsColor({ mode: options.color, noColor: process.env['NO_COLOR'], isTTY: true });
  let isWhole = true;
  await runInteractive({
    source: {
      ...source,
      run: async (feed) => {
        const result = await source.run(feed);
        isWhole = result.isWhole;
        return result;
      },
    },
    context,
    ...(options.filter === undefined ? {} : { filter: options.filter }),
    color,
    unicode: treeGlyphs(process.env) === UNICODE_TREE,
    streams: { stdin: process.stdin, stdout: process.stdout },
  });
  return isWhole ? EXIT.done : EXIT.incomplete;
}

/** Files as a source: read from the beginning as often as it takes. */
export function fileSource(files: readonly string[]): SessionSource {
  const sizes = files.map(fileLength);
  const total = sizes.every((size) => size !== undefined)
    ? sizes.reduce((sum, size) => sum + (size ?? 0), 0)
    : undefined;
  let stop = new AbortController();
  return {
    name: files.length === 1 ? (files[0] ?? '') : `${files.length} files`,
    isLive: false,
    canRepeat: files.every(canReadTwice),
    run: (feed) => {
      stop = new AbortController();
      return analyze(files, total, feed, stop);
    },
    stop: () => stop.abort(),
    pathOf: (file) => (files.includes(file) ? file : undefined),
    frames: (wanted, breathe) => readFrames(files, wanted, breathe),
  };
}

async function analyze(
  files: readonly string[],
  total: number | undefined,
  feed: Feed,
  stop: AbortController,
): Promise<RunResult> {
  let current: CurrentFrame | undefined;
  let isRereadable = false;
  let isCompressed = false;
  let bytes = 0;
  const outcome = await analyzeFiles(files, feed.context, (event) => feed.event(event, current), {
    signal: stop.signal,
    open: async (path) => {
      const opened = await openFile(path, { signal: stop.signal });
      if (!opened.ok) return opened;
      const { file } = opened;
      current = undefined;
      isCompressed = file.compressed;
      isRereadable = !file.compressed && fileLength(path) !== undefined;
      const chunks = inPieces(file, (length) => {
        bytes += length;
      });
      return { ok: true, file: { ...file, chunks } };
    },
    wrap: (analyzer) =>
      watchFrames(analyzer, isRereadable, (frame) => {
        current = frame;
      }),
    afterChunk: async () => {
      // What comes out of a gzip tells nothing about how much of it has been read.
      feed.progress(bytes, isCompressed ? undefined : total);
      if (!(await feed.breathe())) stop.abort();
    },
  });
  const explanation: string[] = [];
  outcome.explain((line) => explanation.push(line), false);
  const unread: string[] = [];
  outcome.tellUnread((line) => unread.push(line), 'findings');
  return { isWhole: outcome.isWhole, explanation, unread };
}

/** The same bytes in smaller pieces, counted. */
async function* inPieces(file: InputFile, count: (length: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.chunks) {
    for (let at = 0; at < chunk.length; at += PIECE_LENGTH) {
      const piece = chunk.subarray(at, at + PIECE_LENGTH);
      count(piece.length);
      yield piece;
    }
  }
}

/** Lets the analyzer work and tells which frame it is working on. */
async function readFrames(
  files: readonly string[],
  wanted: (file: string, frame: Frame) => void,
  breathe: () => Promise<boolean>,
): Promise<void> {
  for (const path of files) {
    const opened = await openFile(path);
    if (!opened.ok) continue;
    const { file } = opened;
    if (file.kind !== 'pcap' && file.kind !== 'pcapng') {
      await file.close();
      continue;
    }
    const reader = createCaptureReader(file.kind, {
      frame: (frame) => wanted(file.name, frame),
      secrets: () => {},
      problem: () => {},
    });
    for await (const chunk of file.chunks) {
      reader.push(chunk);
      if (!(await breathe())) return;
    }
    reader.end();
  }
}
