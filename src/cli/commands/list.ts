import type { AnalyzerEvent } from '../../analyzer/events.js';
import type { Statistics } from '../../analyzer/statistics.js';
import { largest } from '../../bytes/append.js';
import { printable } from '../../bytes/text.js';
import { displayWidth } from '../../bytes/width.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { openFollowed } from '../../io/follow.js';
import { MessageList } from '../../report/list.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { takeInterruptions } from '../interrupt.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { describeUnread, Output, tell } from '../output/output.js';
import { onStatusSignal, statusLine } from '../output/status.js';

/** `siplens list`: one line per message. */
export async function list(
  files: readonly string[],
  options: CommonOptions & { readonly follow?: boolean },
): Promise<ExitCode> {
  if (options.follow === true && files.length !== 1) throw new UsageError('--follow reads one file');
  const passes = eventTest(options.filter);
  const context = await loadContext(options, options.follow === true ? 'live' : 'files');
  const interruption = options.follow === true ? takeInterruptions() : undefined;
  const { signal } = interruption ?? {};
  const output = new Output({ signal, color: options.color });
  const table = new MessageList((line) => output.line(line), {
    width: output.columns,
    labelFiles: files.length > 1,
    fileWidth: largest(
      files.map((file) => displayWidth(printable(file))),
      0,
    ),
  });
  let number = 0;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type === 'entity') number++;
    if (event.type !== 'sip_message') return;
    number++;
    if (passes(event)) table.add(event, number);
  };
  let statistics: Statistics | undefined;
  const began = performance.now();
  const withoutStatus = onStatusSignal(() => statusLine(statistics, performance.now() - began));
  const outcome = await analyzeFiles(files, context, listener, {
    ...(signal === undefined ? {} : { signal, open: (path: string) => openFollowed(path, signal, tell) }),
    wrap: (analyzer) => {
      statistics = analyzer.statistics;
      return analyzer;
    },
    afterChunk: () => {
      table.flush();
      return output.flush();
    },
  });
  if (options.quiet !== true) outcome.explain(tell, options.verbose === true);
  withoutStatus();
  interruption?.dispose();
  if (output.unread !== undefined) {
    tell(`interrupted; ${describeUnread(output.unread)}`);
    return interruption?.code() ?? EXIT.done;
  }
  // Ctrl-C is how following ends.
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}
