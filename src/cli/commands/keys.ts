import type { AnalyzerEvent } from '../../analyzer/events.js';
import { counted } from '../../bytes/text.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import type { Sink } from '../../engine/sink.js';
import { EXIT, type ExitCode } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { takeInterruptions } from '../interrupt.js';
import { loadContext, materialFiles } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';
import { refuseLostFiles } from '../output/output-paths.js';
import { sinkFor } from '../output/sink.js';

export type KeysOptions = CommonOptions & {
  /** Where the secrets go; standard output where it is absent. */
  readonly output?: string;
};

/** Lines remembered so that none is written twice: one or two a connection. */
const MAX_REMEMBERED_LINES = 1_000_000;

/** `siplens keys`: the session secrets found, as an NSS key log with which others open the same capture. */
export async function keys(files: readonly string[], options: KeysOptions): Promise<ExitCode> {
  const { output: path } = options;
  if (path === undefined || path === '-') return writeKeys(files, options, new Output());
  refuseLostFiles([...files, ...materialFiles(options)], [{ option: '--output', path }]);
  const interruption = takeInterruptions();
  const { signal } = interruption;
  const sink = sinkFor(path, signal, { isSecret: true });
  try {
    const code = await writeKeys(files, options, sink, signal);
    await sink.drain();
    if (signal.aborted) sink.discard();
    else sink.finish();
    return interruption.code() ?? code;
  } catch (error) {
    sink.discard();
    throw error;
  } finally {
    interruption.dispose();
  }
}

async function writeKeys(
  files: readonly string[],
  options: CommonOptions,
  output: Pick<Sink, 'write' | 'flush'>,
  signal?: AbortSignal,
): Promise<ExitCode> {
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const written = new Set<string>();
  let connections = 0;
  let without = 0;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type !== 'tls_connection' || !passes(event)) return;
    connections++;
    const lines = event.keyLogLines();
    if (lines.length === 0) without++;
    for (const line of lines) {
      if (written.has(line)) continue;
      if (written.size < MAX_REMEMBERED_LINES) written.add(line);
      output.write(`${line}\n`);
    }
  };
  const outcome = await analyzeFiles(files, context, listener, {
    ...(signal === undefined ? {} : { signal }),
    afterChunk: () => output.flush(),
  });
  await output.flush();
  if (options.quiet !== true) {
    if (connections === 0)
      tell(`no TLS connection${options.filter === undefined ? '' : ' passes the filter'}`);
    if (without > 0) tell(`no secret was found for ${without} of ${counted(connections, 'TLS connection')}`);
    if (without > 0 || connections === 0 || options.verbose === true)
      outcome.explain(tell, options.verbose === true);
    else outcome.tellUnread(tell);
  }
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}
