import type { AnalyzerLimits } from '../analyzer/capture-analyzer.js';
import type { Statistics } from '../analyzer/statistics.js';
import { analyzeFiles } from '../engine/analyze-files.js';
import type { LiveCapture } from '../io/live.js';
import type { OpenedFile } from '../io/source.js';
import type { CurrentFrame } from '../store/session-store.js';
import type { SessionSource } from '../tui/source.js';
import { statusLine } from './output/status.js';
import { watchFrames } from './watched-frames.js';

/** A live capture as a source of the interactive view. */
export function liveSource(parts: {
  readonly name: string | undefined;
  readonly live: LiveCapture;
  readonly open: () => Promise<OpenedFile>;
  readonly limits: AnalyzerLimits;
}): SessionSource {
  const { live, open, limits } = parts;
  const name = parts.name ?? 'live';
  let dropped: number | undefined;
  let statistics: Statistics | undefined;
  const began = performance.now();
  void live.ended.then((end) => {
    dropped = end.dropped;
  });
  return {
    name,
    isLive: true,
    canRepeat: false,
    run: async (feed) => {
      let current: CurrentFrame | undefined;
      let bytes = 0;
      const stop = new AbortController();
      const outcome = await analyzeFiles([name], feed.context, (event) => feed.event(event, current), {
        open,
        limits,
        signal: stop.signal,
        wrap: (analyzer) => {
          statistics = analyzer.statistics;
          return watchFrames(analyzer, false, (frame) => {
            bytes += frame.capturedLength;
            current = frame;
          });
        },
        afterChunk: async () => {
          feed.progress(bytes, undefined);
          if (!(await feed.breathe())) stop.abort();
        },
      });
      const explanation: string[] = [];
      outcome.explain((line) => explanation.push(line), false);
      const unread: string[] = [];
      outcome.tellUnread((line) => unread.push(line), 'findings');
      const { failure } = await live.ended;
      if (failure !== undefined) feed.event({ type: 'error', file: name, message: failure }, undefined);
      return { isWhole: outcome.isWhole && failure === undefined, explanation, unread };
    },
    pathOf: () => undefined,
    frames: async () => {},
    drops: () => dropped,
    status: () => statusLine(statistics, performance.now() - began),
    stop: () => live.stop(),
  };
}
