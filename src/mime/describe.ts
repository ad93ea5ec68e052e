import type { ByteSource, Field } from '../bytes/field.js';
import { latin1, utf8 } from '../bytes/text.js';
import { parseContentType } from './content-type.js';
import { type MimeHeader, parseHeaders } from './headers.js';

/** The header section at `[start, end)` of a source as fields, down to the parameters of Content-Type. */
export function describeHeaders(source: ByteSource, start: number, end: number): Field[] {
  const { headers } = parseHeaders(source.bytes.subarray(start, end));
  return headers.map((header) => ({
    name: header.name,
    value: header.value,
    start: start + header.start,
    length: header.length,
    source,
    children: describeParameters(source, start, header),
  }));
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
    return { name: each.name, value, start: at, length: each.length, source, children: [] };
  });
}
