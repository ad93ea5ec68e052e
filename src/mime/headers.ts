import type { Fault } from '../bytes/fault.js';
import { LimitedCache } from '../bytes/limited-cache.js';
import { bytesOf, indexOfBytes, latin1, utf8 } from '../bytes/text.js';
import { mimeFault } from './faults.js';

/**
 * The header section of an entity (RFC 5322 §2.2, RFC 2046 §5.1), leniently: LF alone ends a line too, and a line
 * that cannot be a header begins the body. Byte ranges are kept, as signatures cover headers as they were sent.
 */

export type MimeHeader = {
  /** As written. */
  readonly name: string;
  /** Lower-case. */
  readonly canonicalName: string;
  /** Unfolded and trimmed; UTF-8. */
  readonly value: string;
  /** First byte of the header, in the entity's bytes. */
  readonly start: number;
  /** Bytes with folded lines and the line end. */
  readonly length: number;
  /** First byte after the colon and white space. */
  readonly valueStart: number;
  /** Raw bytes of the value, folding inside included, without the last line end. */
  readonly valueLength: number;
};

export type HeaderSection = {
  readonly headers: readonly MimeHeader[];
  /** First byte after the empty line. */
  readonly bodyStart: number;
  readonly faults: readonly Fault[];
};

/** Headers kept of one entity; real ones have under fifty, and each costs about 200 bytes of objects. */
export const MAX_HEADERS = 1000;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/** Sections read before: the parts of a dialog's messages begin with the same few, of 2 us each. */
const readBefore = new LimitedCache<string, HeaderSection>(64);
/** Longest section remembered, in octets; it holds up to 170 headers, so that all take 2 MiB at the worst. */
const REMEMBERED_OCTETS = 512;
const EMPTY_LINE = bytesOf('\r\n\r\n');

/** The header section at `start`, of an entity that ends before `end`; its offsets count from `start`. */
export function headersAt(bytes: Uint8Array, start: number, end: number): HeaderSection {
  const emptyLine = indexOfBytes(bytes.subarray(start, Math.min(end, start + REMEMBERED_OCTETS)), EMPTY_LINE);
  if (emptyLine === -1) return parseHeaders(bytes.subarray(start, end));
  // Up to here and no further is read, whatever follows.
  const section = bytes.subarray(start, start + emptyLine + EMPTY_LINE.length);
  const key = latin1(section);
  return readBefore.get(key) ?? readBefore.keep(key, parseHeaders(section));
}

/** Reads headers from the start of `bytes` up to the empty line, or to where they stop being headers. */
export function parseHeaders(bytes: Uint8Array): HeaderSection {
  const headers: MimeHeader[] = [];
  const faults: Fault[] = [];
  let at = 0;
  let bareLineFeed = -1;
  let count = 0;
  while (at < bytes.length) {
    const start = at;
    let lineEnd = endOfLine(bytes, start);
    if (bareLineFeed === -1 && isBareLineFeed(bytes, start, lineEnd)) bareLineFeed = lineEnd - 1;
    if (contentEnd(bytes, start, lineEnd) === start) {
      at = lineEnd;
      break;
    }
    const nameEnd = endOfName(bytes, start, lineEnd);
    if (nameEnd === -1) {
      faults.push(
        count === 0
          ? mimeFault('headers-missing', 'the first line is neither a header nor empty', 0, 0)
          : mimeFault('blank-line-missing', 'the body begins without an empty line before it', start, 0),
      );
      break;
    }
    while (lineEnd < bytes.length && isSpace(bytes[lineEnd])) {
      const next = endOfLine(bytes, lineEnd);
      if (bareLineFeed === -1 && isBareLineFeed(bytes, lineEnd, next)) bareLineFeed = next - 1;
      lineEnd = next;
    }
    at = lineEnd;
    if (++count <= MAX_HEADERS) headers.push(readHeader(bytes, start, nameEnd, lineEnd));
  }
  if (bareLineFeed !== -1) {
    faults.push(mimeFault('header-line-feed', 'a header line ends with LF alone', bareLineFeed, 1));
  }
  if (count > MAX_HEADERS) {
    faults.push(mimeFault('headers-too-many', `${count} headers, of which ${MAX_HEADERS} were kept`, 0, at));
  }
  noteContentType(bytes, headers, faults);
  return { headers, bodyStart: at, faults };
}

/** The first header with this lower-case name. */
export function headerNamed<T extends { readonly canonicalName: string }>(
  headers: readonly T[],
  canonicalName: string,
): T | undefined {
  for (const header of headers) {
    if (header.canonicalName === canonicalName) return header;
  }
  return undefined;
}

function readHeader(bytes: Uint8Array, start: number, nameEnd: number, end: number): MimeHeader {
  const name = latin1(bytes, start, nameEnd);
  let valueStart = bytes.indexOf(COLON, nameEnd) + 1;
  let valueEnd = end;
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd--;
  while (valueStart < valueEnd && isBlank(bytes[valueStart])) valueStart++;
  return {
    name,
    canonicalName: name.toLowerCase(),
    value: unfold(utf8(bytes, valueStart, valueEnd)),
    start,
    length: end - start,
    valueStart,
    valueLength: valueEnd - valueStart,
  };
}

/** A folded line end and its white space become one space, as RFC 3261 §7.3.1 reads them. */
function unfold(text: string): string {
  return text.includes('\n') ? text.replace(/\r?\n[ \t]*/g, ' ') : text;
}

/**
 * End of the field name of a line (RFC 5322 §3.6.8: `!` to `~` without the colon), or -1 where it has none. White space
 * before the colon is obsolete but read.
 */
function endOfName(bytes: Uint8Array, start: number, lineEnd: number): number {
  let at = start;
  while (at < lineEnd && isNameByte(bytes[at] as number)) at++;
  const nameEnd = at;
  while (at < lineEnd && isTrimmed(bytes[at] as number)) at++;
  return nameEnd > start && at < lineEnd && bytes[at] === COLON ? nameEnd : -1;
}

function isNameByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== COLON;
}

/** White space of Latin-1: tab to carriage return, space, no-break space. */
function isTrimmed(byte: number): boolean {
  return (byte >= 0x09 && byte <= CR) || byte === 0x20 || byte === 0xa0;
}

function noteContentType(bytes: Uint8Array, headers: readonly MimeHeader[], faults: Fault[]): void {
  let count = 0;
  let folded: MimeHeader | undefined;
  for (const header of headers) {
    if (header.canonicalName !== 'content-type') continue;
    if (++count === 2) {
      const { start, length, name } = header;
      faults.push(mimeFault('content-type-repeated', 'Content-Type occurs again', start, length, name));
    }
    const lineEnd = endOfLine(bytes, header.valueStart);
    if (folded === undefined && lineEnd < header.valueStart + header.valueLength) folded = header;
  }
  if (folded !== undefined) {
    const message = 'Content-Type runs over several lines';
    faults.push(mimeFault('content-type-folded', message, folded.start, folded.length, folded.name));
  }
}

/** Index after the LF of the line that begins at `start`, or the end of the bytes. */
function endOfLine(bytes: Uint8Array, start: number): number {
  const found = bytes.indexOf(LF, start);
  return found === -1 ? bytes.length : found + 1;
}

/** End of the line's text, without CR and LF. */
function contentEnd(bytes: Uint8Array, start: number, lineEnd: number): number {
  let end = lineEnd;
  if (end > start && bytes[end - 1] === LF) end--;
  if (end > start && bytes[end - 1] === CR) end--;
  return end;
}

function isBareLineFeed(bytes: Uint8Array, start: number, lineEnd: number): boolean {
  return bytes[lineEnd - 1] === LF && (lineEnd - 2 < start || bytes[lineEnd - 2] !== CR);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function isBlank(byte: number | undefined): boolean {
  return isSpace(byte) || byte === LF || byte === CR;
}
