/** The records of captures and messages, one after the other, for programs. */
import type { CaptureAnalyzer } from '../analyzer/capture-analyzer.js';
import type { Frame } from '../capture/frame.js';
import type { CaptureHandler } from '../capture/reader.js';
import type { SiplensRecord } from '../report/records/declared/record-types.js';
import { RECORD_FIELDS } from '../report/records/field-names.js';
import { PacketRecords } from '../report/records/packet-record.js';
import { compileFilter, renderFilterError } from '../store/filter.js';
import { analyzeFiles } from './analyze-files.js';
import { expandInputs } from './inputs.js';
import { loadMaterials, type Materials } from './materials.js';
import type { Included } from './plan.js';
import { RecordSelection } from './record-selection.js';

export type ReadOptions = Materials & {
  /** Kinds of records; messages, connections and findings by default. */
  readonly include?: readonly Included[];
  /** A display filter, as `--filter` takes it: only records that it passes. */
  readonly filter?: string;
  /** Whether folders are read with the folders below them. */
  readonly recursive?: boolean;
  /** Ends the reading after the chunk at hand; the iterator then ends without an error. */
  readonly signal?: AbortSignal;
  /** Takes sentences about keys and certificates that were left out; by default they are dropped. */
  readonly tell?: (line: string) => void;
};

/**
 * The records of files, folders and globs (`-` is standard input), in the order in which they come to light: what
 * `siplens export` writes. What cannot be read is a record of type `error`, and reading goes on.
 *
 * A file is read only as far as records are asked for, and ending the loop closes it. Throws MaterialError where a key,
 * certificate or log cannot be used, and SyntaxError where the filter is wrong.
 */
export async function* readRecords(
  paths: string | readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<SiplensRecord, void, undefined> {
  const { include = DEFAULT_KINDS, filter, recursive = false, signal, tell = () => {} } = options;
  const test = recordTest(filter);
  const context = await loadMaterials(options, { tell });
  const { files, problems } = await expandInputs(typeof paths === 'string' ? [paths] : paths, { recursive });
  const handover = new Handover();
  const selection = new RecordSelection(include, test, (record) => handover.put(record));
  for (const { path, message } of problems) selection.event({ type: 'error', file: path, message });
  const stop = new AbortController();
  const packets = selection.includesPackets ? new PacketRecords() : undefined;
  const run = analyzeFiles(files, context, (event) => selection.event(event), {
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
    afterChunk: () => handover.taken(),
    ...(packets === undefined
      ? {}
      : {
          wrap: (analyzer) =>
            withPackets(analyzer, (file, frame) => selection.packet(packets.record(file, frame))),
        }),
  });
  const ended = run.then(
    () => handover.end(),
    (error: unknown) => handover.fail(error),
  );
  try {
    yield* handover.records();
  } finally {
    stop.abort();
    handover.drop();
    await ended;
  }
}

const DEFAULT_KINDS: readonly Included[] = ['messages', 'connections', 'findings'];

function recordTest(expression: string | undefined): ((record: object) => boolean) | undefined {
  if (expression === undefined) return undefined;
  const filter = compileFilter(expression, RECORD_FIELDS);
  if (!filter.ok) throw new SyntaxError(`the filter is wrong\n${renderFilterError(expression, filter)}`);
  return (record) => filter.test(record);
}

/** The analyzer, with the record of each frame before what the frame brings to light. */
function withPackets(
  analyzer: CaptureAnalyzer,
  packet: (file: string, frame: Frame) => void,
): CaptureHandler {
  return {
    frame: (frame) => {
      packet(analyzer.file, frame);
      analyzer.frame(frame);
    },
    secrets: (type, bytes) => analyzer.secrets(type, bytes),
    problem: (problem) => analyzer.problem(problem),
  };
}

/** Records between the analysis, which waits after each chunk until they are taken, and the one who takes them. */
class Handover {
  #waiting: SiplensRecord[] = [];
  #isOver = false;
  #isDropped = false;
  #failure: { readonly error: unknown } | undefined;
  #wakeTaker: () => void = () => {};
  #wakeRun: () => void = () => {};

  put(record: SiplensRecord): void {
    if (!this.#isDropped) this.#waiting.push(record);
  }

  /** Resolves once all records were taken. */
  async taken(): Promise<void> {
    if (this.#waiting.length === 0) return;
    this.#wakeTaker();
    await new Promise<void>((resolve) => {
      this.#wakeRun = resolve;
    });
  }

  end(): void {
    this.#isOver = true;
    this.#wakeTaker();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.end();
  }

  /** No one takes records any more. */
  drop(): void {
    this.#isDropped = true;
    this.#waiting = [];
    this.#wakeRun();
  }

  async *records(): AsyncGenerator<SiplensRecord, void, undefined> {
    for (;;) {
      const taken = this.#waiting;
      this.#waiting = [];
      yield* taken;
      if (this.#waiting.length > 0) continue;
      if (this.#isOver) break;
      const woken = new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
      this.#wakeRun();
      await woken;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
