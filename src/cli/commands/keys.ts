import type { AnalyzerEvent } from '../../analyzer/events.js';
import { counted } from '../../bytes/text.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { EXIT, type ExitCode } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

/** Lines remembered so that none is written twice: one or two a connection. */
const MAX_REMEMBERED_LINES = 1_000_000;

/** `siplens keys`: the session secrets found, as an NSS key log with which others open the same capture. */
export async function keys(files: readonly string[], options: CommonOptions): Promise<ExitCode> {
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const output = new Output();
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
      output.line(line);
    }
  };
  const outcome = await analyzeFiles(files, context, listener, { afterChunk: () => output.flush() });
  await output.flush();
  if (options.quiet !== true) {
    if (connections === 0)
      tell(`no TLS connection${options.filter === undefined ? '' : ' passes the filter'}`);
    if (without > 0) tell(`no secret was found for ${without} of ${counted(connections, 'TLS connection')}`);
    if (without > 0 || connections === 0 || options.verbose === true)
      outcome.explain(tell, options.verbose === true);
  }
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}
