import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { AnalyzerEvent } from '../analyzer/events.js';
import { describeFileError } from '../io/file-error.js';
import { toJson } from '../report/json.js';
import { toRecord } from '../report/record.js';
import { EXIT, type ExitCode, UsageError } from './exit.js';
import { eventTest } from './filter-option.js';
import { loadContext } from './materials.js';
import type { CommonOptions } from './options.js';
import { Output, tell } from './output.js';
import { analyzeFiles } from './run.js';

type ExportOptions = CommonOptions & {
  readonly format: string;
  readonly output?: string;
  readonly schema?: boolean;
};

/** Where records go: standard output, or a file that appears under its name only when it is whole. */
type Sink = {
  write(text: string): void;
  flush(): Promise<void>;
  finish(): void;
  discard(): void;
};

/** `siplens export`: every message, connection and finding as JSON. */
export async function exportRecords(files: readonly string[], options: ExportOptions): Promise<ExitCode> {
  if (options.schema === true) return printSchema();
  if (files.length === 0) throw new UsageError('export: name a file, or `-` for standard input');
  if (options.format !== 'ndjson' && options.format !== 'json') {
    throw new UsageError(`--format ${options.format}: choose ndjson or json`);
  }
  const passes = eventTest(options.filter);
  const context = await loadContext(options);
  const sink = options.output === undefined ? standardSink() : fileSink(options.output);
  const isArray = options.format === 'json';
  let count = 0;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (!passes(event)) return;
    const text = toJson(toRecord(event));
    if (isArray) sink.write(`${count === 0 ? '[\n' : ',\n'}${text}`);
    else sink.write(`${text}\n`);
    count++;
  };
  try {
    const outcome = await analyzeFiles(files, context, listener, { afterChunk: () => sink.flush() });
    if (isArray) sink.write(count === 0 ? '[]\n' : '\n]\n');
    await sink.flush();
    sink.finish();
    if (options.quiet !== true) outcome.explain(tell, options.verbose === true);
    return outcome.isWhole ? EXIT.done : EXIT.incomplete;
  } catch (error) {
    sink.discard();
    throw error;
  }
}

async function printSchema(): Promise<ExitCode> {
  const { recordSchema } = await import('../report/schema.js');
  const output = new Output();
  output.line(JSON.stringify(recordSchema(), null, 2));
  await output.flush();
  return EXIT.done;
}

function standardSink(): Sink {
  const output = new Output();
  return {
    write: (text) => output.write(text),
    flush: () => output.flush(),
    finish: () => {},
    discard: () => {},
  };
}

function fileSink(path: string): Sink {
  const temporary = `${path}.siplens-${process.pid}.tmp`;
  let descriptor: number;
  try {
    descriptor = openSync(temporary, 'wx', 0o644);
  } catch (error) {
    throw new UsageError(`--output ${describeFileError(path, error)}`);
  }
  let pieces: string[] = [];
  const write = (): void => {
    writeAll(descriptor, Buffer.from(pieces.join('')));
    pieces = [];
  };
  return {
    write: (text) => {
      pieces.push(text);
    },
    flush: async () => write(),
    finish: () => {
      write();
      closeSync(descriptor);
      renameSync(temporary, path);
    },
    discard: () => {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    },
  };
}

/** writeSync may take less than it is given, as on a nearly full disk. */
function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
}
