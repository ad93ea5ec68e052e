import type { CaptureAnalyzer } from '../../analyzer/capture-analyzer.js';
import type { AnalyzerEvent } from '../../analyzer/events.js';
import type { ByteSource, Field } from '../../bytes/field.js';
import { hexRows } from '../../bytes/hex.js';
import { counted } from '../../bytes/text.js';
import type { Frame } from '../../capture/frame.js';
import type { CaptureHandler } from '../../capture/reader.js';
import { analyzeFiles } from '../../engine/analyze-files.js';
import { MAX_MESSAGE_LENGTH, readSmallFile } from '../../io/read-whole.js';
import { bold } from '../../report/styled.js';
import { drawTree, fieldLabel, treeGlyphs } from '../../report/terminal.js';
import { entityTree, messageTree } from '../../report/tree/message-tree.js';
import { EXIT, type ExitCode, UsageError } from '../exit.js';
import { eventTest } from '../filter-option.js';
import { loadContext } from '../materials.js';
import type { CommonOptions } from '../options.js';
import { Output, tell } from '../output/output.js';

type ShowOptions = CommonOptions & { readonly hex?: boolean; readonly content?: string };

/**
 * `siplens show`: one message as a tree, with `--hex` its bytes too; with `--content` a detached signature, judged over
 * the content that stands in another file.
 */
export async function show(
  file: string,
  wanted: string | undefined,
  options: ShowOptions,
): Promise<ExitCode> {
  const { content } = options;
  if (wanted === undefined && content === undefined) {
    throw new UsageError('show: the number of the message is missing; `siplens list` numbers them from 1');
  }
  const number = Number(wanted ?? 1);
  if (!Number.isInteger(number) || number < 1) {
    throw new UsageError(
      `show: ${wanted} is not the number of a message; \`siplens list\` numbers them from 1`,
    );
  }
  const passes = eventTest(options.filter);
  const given = await loadContext(options);
  const context = content === undefined ? given : { ...given, detachedContent: readContent(content) };
  let seen = 0;
  let fields: readonly Field[] | undefined;
  let frame: Frame | undefined;
  const listener = (event: AnalyzerEvent): void => {
    if (event.type === 'error') tell(`${event.file}: ${event.message}`);
    if (event.type !== 'sip_message' && event.type !== 'entity') return;
    seen++;
    if (seen !== number || !passes(event)) return;
    if (content !== undefined && !isDetachedSignature(event)) {
      throw new UsageError(`show: --content goes with a detached signature on its own, and ${file} is none`);
    }
    // Built at once: the bytes belong to a buffer that is used again.
    const complete =
      event.type === 'sip_message' && event.frame?.number === frame?.number ? frame : undefined;
    fields = event.type === 'sip_message' ? messageTree(event, complete) : entityTree(event);
    if (options.hex === true) fields = withOwnBytes(fields);
  };
  const outcome = await analyzeFiles([file], context, listener, {
    wrap: (analyzer) =>
      remembering(analyzer, (current) => {
        frame = current;
      }),
  });
  if (options.quiet !== true) {
    if (seen === 0 || options.verbose === true) outcome.explain(tell, options.verbose === true);
    else outcome.tellUnread(tell);
  }
  if (fields === undefined) {
    const there = seen === 0 ? 'there is no message' : `it has ${counted(seen, 'message')}`;
    const filtered = number <= seen ? ', and this one does not pass the filter' : '';
    throw new UsageError(`show: no message ${number} in ${file}: ${there}${filtered}`);
  }
  const output = new Output({ color: options.color });
  drawTree(fields, fieldLabel, (line) => output.line(line), treeGlyphs(process.env));
  if (options.hex === true) writeSources(fields, output, context.maxBody);
  await output.flush();
  return outcome.isWhole ? EXIT.done : EXIT.incomplete;
}

/** The file that a detached signature covers. */
function readContent(path: string): Uint8Array {
  const read = readSmallFile(path, MAX_MESSAGE_LENGTH);
  if (!read.ok) throw new UsageError(`--content ${read.message}`);
  return read.bytes;
}

function isDetachedSignature(event: AnalyzerEvent): boolean {
  const cms = event.type === 'entity' ? event.body.cms : undefined;
  return cms?.contentType === 'signed_data' && cms.detached;
}

/** Lets the analyzer work and tells which frame it is working on. */
function remembering(analyzer: CaptureAnalyzer, current: (frame: Frame) => void): CaptureHandler {
  return {
    frame: (frame) => {
      current(frame);
      analyzer.frame(frame);
    },
    secrets: (type, bytes) => analyzer.secrets(type, bytes),
    problem: (problem) => analyzer.problem(problem),
  };
}

/** The same fields over copies of their bytes. */
function withOwnBytes(fields: readonly Field[]): readonly Field[] {
  const copies = new Map<ByteSource, ByteSource>();
  const copyOf = (source: ByteSource): ByteSource => {
    const known = copies.get(source);
    if (known !== undefined) return known;
    const copy = { name: source.name, bytes: new Uint8Array(source.bytes) };
    copies.set(source, copy);
    return copy;
  };
  const copied = (field: Field): Field => ({
    ...field,
    source: copyOf(field.source),
    children: field.children.map(copied),
  });
  return fields.map(copied);
}

/** Each source of bytes once, in the order of the tree, with its first `maxBytes`. */
function writeSources(fields: readonly Field[], output: Output, maxBytes: number): void {
  const written = new Set<string>();
  const visit = ({ source, children }: Field): void => {
    // Two readers may wrap the same bytes: a source is what it is called and holds.
    const identity = `${source.name} ${source.bytes.byteOffset} ${source.bytes.length}`;
    if (!written.has(identity)) {
      written.add(identity);
      output.line('');
      output.line(bold(`${source.name} (${source.bytes.length} bytes)`));
      const shown = source.bytes.subarray(0, maxBytes);
      for (const row of hexRows(shown)) output.line(row);
      const left = source.bytes.length - shown.length;
      if (left > 0) output.line(`... ${counted(left, 'more byte')} (--max-body)`);
    }
    for (const child of children) visit(child);
  };
  for (const field of fields) visit(field);
}
