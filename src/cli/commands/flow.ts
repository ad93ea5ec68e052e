import type { AnalyzerEvent } from '../../analyzer/events.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { FlowLadder } from '../../report/flow/flow-ladder.js';
import { ASCII_LADDER, UNICODE_LADDER } from '../../report/flow/ladder.js';
import { bold } from '../../report/styled.js';
import { treeGlyphs, UNICODE_TREE } from '../../report/terminal.js';
import { ssldumpLines } from '../../report/tls/ssldump.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

export type FlowOptions = CommonOptions & { readonly style: string };

/** Draws what events of a run say; `event` may write at once, `end` writes what is left. */
type FlowWriter = {
  event(event: AnalyzerEvent): void;
  end(): void;
  /** Whether there was anything to draw. */
  readonly drewSomething: boolean;
};

/** `siplens flow`: who said what to whom, as a ladder or as ssldump prints handshakes. */
export async function flow(files: readonly string[], options: FlowOptions): Promise<ExitCode> {
  const passes = eventTest(options.filter);
  const output = new Output({ color: options.color });
  const writer = createWriter(options, output);
  const context = await loadContext(options);
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    else if (passes(event)) writer.event(event);
  };
  const outcome = await analyzeFiles(files, context, listener, { afterChunk: () => output.flush() });
  writer.end();
  await output.flush();
  const wantsWords = !writer.drewSomething || options.verbose === true;
  if (options.quiet !== true) {
    if (wantsWords) outcome.explain(tell, options.verbose === true);
    else outcome.tellUnread(tell);
  }
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}

function createWriter(options: FlowOptions, output: Output): FlowWriter {
  switch (options.style) {
    case 'ladder':
      return ladderWriter(output);
    case 'ssldump':
      return ssldumpWriter(output);
    default:
      throw new UsageError(`--style ${options.style}: choose ladder or ssldump`);
  }
}

/** A ladder a file: frames of several files have no common order. */
function ladderWriter(output: Output): FlowWriter {
  const ladders = new Map<string, FlowLadder>();
  const ladderOf = (file: string): FlowLadder => {
    const known = ladders.get(file);
    if (known !== undefined) return known;
    const made = new FlowLadder();
    ladders.set(file, made);
    return made;
  };
  return {
    event: (event) => {
      if (event.type === 'sip_message') ladderOf(event.file).message(event);
      else if (event.type === 'tls_connection') ladderOf(event.file).connection(event);
    },
    end: () => {
      const glyphs = treeGlyphs(process.env) === UNICODE_TREE ? UNICODE_LADDER : ASCII_LADDER;
      for (const [file, ladder] of ladders) {
        if (ladder.isEmpty) continue;
        if (ladders.size > 1) output.line(bold(file));
        for (const line of ladder.lines({ width: output.columns, glyphs })) output.line(line);
      }
    },
    get drewSomething() {
      return [...ladders.values()].some(({ isEmpty }) => !isEmpty);
    },
  };
}

function ssldumpWriter(output: Output): FlowWriter {
  let connections = 0;
  return {
    event: (event) => {
      if (event.type !== 'tls_connection') return;
      connections++;
      for (const line of ssldumpLines(event, connections)) output.line(line);
    },
    end: () => {},
    get drewSomething() {
      return connections > 0;
    },
  };
}
