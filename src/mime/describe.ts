import type { ByteSource, Field } from '../bytes/field.js';
import { latin1, utf8 } from '../bytes/text.js';
import { parseContentType } from './content-type.js';
import { MAX_DEPTH, type OpenedBody, openEntity, parseEntity } from './entity.js';
import { type MimeHeader, parseHeaders } from './headers.js';
import type { ByteRange, Multipart } from './multipart.js';

/**
 * Fields of entities for the tree of `show`: headers down to parameters, and bodies down to their parts. Built only
 * when someone looks; nothing here is needed to analyze.
 */

/**
 * Fields of a body that is no multipart, for who knows more of its content (CMS, SDP). `content` is without transfer
 * encoding; `body` is where it stands in `source`.
 */
export type DescribeLeaf = (opened: OpenedBody, source: ByteSource, body: ByteRange) => readonly Field[];

const nothingMore: DescribeLeaf = () => [];

/** Fields of the entity at `range` of `source` (all of it by default): its headers, then its body. */
export function describeEntity(
  source: ByteSource,
  range: ByteRange = { start: 0, end: source.bytes.length },
  leaf: DescribeLeaf = nothingMore,
  depth = 0,
): Field[] {
  const entity = parseEntity(source.bytes.subarray(range.start, range.end));
  const headers = describeHeaders(source, range.start, entity.bodyStart);
  const body = { start: range.start + entity.bodyStart, end: range.end };
  return [...headers, ...describeBody(source, body, openEntity(entity), leaf, depth)];
}

/** Fields of a body that was opened (openBody) from `body` of `source`; for the outermost one of a SIP message. */
export function describeBody(
  source: ByteSource,
  body: ByteRange,
  opened: OpenedBody,
  leaf: DescribeLeaf = nothingMore,
  depth = 0,
): Field[] {
  const { multipart, content, contentType } = opened;
  if (multipart === undefined || depth >= MAX_DEPTH) {
    const size = `${contentType.mediaType}, ${content.length} bytes`;
    return [field(source, 'Body', size, body.start, body.end, leaf(opened, source, body))];
  }
  // Parts of an encoded multipart (against RFC 2045 §6.4) are places in the decoded bytes.
  const inPlace = content.length === body.end - body.start;
  const inside = inPlace ? source : { name: `Decoded ${contentType.mediaType}`, bytes: content };
  const base = inPlace ? body.start : 0;
  const children = describeParts(inside, base, multipart, leaf, depth);
  const size = `${contentType.mediaType}, ${multipart.parts.length} parts`;
  return [field(source, 'Body', size, body.start, body.end, children)];
}

function describeParts(
  source: ByteSource,
  base: number,
  multipart: Multipart,
  leaf: DescribeLeaf,
  depth: number,
): Field[] {
  const fields: Field[] = [];
  const aside = (name: string, { start, end }: ByteRange): void => {
    if (end > start) fields.push(field(source, name, `${end - start} bytes`, base + start, base + end));
  };
  aside('Preamble', multipart.preamble);
  multipart.parts.forEach((part, index) => {
    const range = { start: base + part.start, end: base + part.end };
    const children = describeEntity(source, range, leaf, depth + 1);
    const size = `${part.end - part.start} bytes`;
    fields.push(field(source, `Part ${index + 1}`, size, range.start, range.end, children));
  });
  aside('Epilogue', multipart.epilogue);
  return fields;
}

function describeHeaders(source: ByteSource, start: number, end: number): Field[] {
  const { headers } = parseHeaders(source.bytes.subarray(start, end));
  return headers.map((header) =>
    field(
      source,
      header.name,
      header.value,
      start + header.start,
      start + header.start + header.length,
      describeParameters(source, start, header),
    ),
  );
}

/** The parameters of Content-Type where they stand: latin1 keeps a character a byte, so offsets are those of bytes. */
function describeParameters(source: ByteSource, start: number, header: MimeHeader): Field[] {
  if (header.canonicalName !== 'content-type') return [];
  const valueStart = start + header.valueStart;
  const parsed = parseContentType(latin1(source.bytes, valueStart, valueStart + header.valueLength));
  if (!parsed.ok) return [];
  return parsed.value.parameters.map((each) => {
    const at = valueStart + each.start;
    const raw = source.bytes.subarray(at, at + each.length);
    const value = raw.some((byte) => byte > 0x7f) ? utf8(Buffer.from(each.value, 'latin1')) : each.value;
    return field(source, each.name, value, at, at + each.length);
  });
}

function field(
  source: ByteSource,
  name: string,
  value: string,
  start: number,
  end: number,
  children: readonly Field[] = [],
): Field {
  return { name, value, start, length: end - start, source, children };
}
