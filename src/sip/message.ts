/**
 * SIP messages (RFC 3261 §7) on bytes.
 *
 * In: the bytes of one datagram, or of one message that SipFramer cut out of a stream. Out: start line, headers in
 * their order with the bytes they stand in, body untouched, and faults of structure (validate.ts has the deep
 * checks). An error only where the bytes do not begin with a start line. Cost: linear, about 2 µs for a message of
 * 400 bytes.
 */
import { type Fault, failure, type Result, success } from '../bytes/fault.js';
import { latin1, utf8, utf8OrUndefined } from '../bytes/text.js';
import { excerpt, isToken, octets } from './grammar/characters.js';
import { parseContentLength } from './grammar/content-length.js';
import { headerName, NamePredictor } from './grammar/names.js';
import { parseStartLine } from './grammar/start-line.js';
import { unfold } from './grammar/unfold.js';

export { looksLikeSip } from './grammar/start-line.js';

/** One header field, in its place. */
export type SipHeader = {
  /** As written, without the blanks before the colon. */
  readonly name: string;
  /** Lower-case long form: `via` for `v` and `VIA`. */
  readonly canonicalName: string;
  /** Unfolded and trimmed, as UTF-8 (U+FFFD for bytes that are not). */
  readonly value: string;
  /** Offset in `message.bytes` of the name, and the whole field's bytes with its folds and last line end. */
  readonly start: number;
  readonly length: number;
  /** The value's bytes, still folded, without the blanks around it. */
  readonly valueStart: number;
  readonly valueLength: number;
};

/** What requests and responses have in common. */
export type SipMessageParts = {
  /** All the bytes that were given, with what precedes the start line or follows the body. */
  readonly bytes: Uint8Array;
  readonly headers: readonly SipHeader[];
  /** Offset of the first byte after the empty line. */
  readonly bodyStart: number;
  /** View of the body, cut by Content-Length where that is possible. */
  readonly body: Uint8Array;
  /** As written: `SIP/2.0`; empty where a request line has none. */
  readonly version: string;
  /** Faults of structure; those of header values come from validateSipMessage. */
  readonly faults: readonly Fault[];
};
export type SipRequest = SipMessageParts & {
  readonly kind: 'request';
  readonly method: string;
  readonly requestUri: string;
};
export type SipResponse = SipMessageParts & {
  readonly kind: 'response';
  /** 100..699; any other number has a fault `status-code-range`. */
  readonly statusCode: number;
  readonly reasonPhrase: string;
};
export type SipMessage = SipRequest | SipResponse;

const EMPTY = new Uint8Array(0);
const CR = 0x0d;
const LF = 0x0a;
const HTAB = 0x09;

/**
 * Header sections up to this size are decoded once and their values are slices of that one text. A slice keeps the
 * whole text in memory, so values of larger sections are decoded one by one.
 */
const SHARED_TEXT_LIMIT = 4096;

/**
 * Parses one message. CRLFs before the start line are passed over (§7.5). Content-Length bounds the body as §18.3
 * says for datagrams: bytes beyond it are told (`extra-octets`) and left out of `body`; where it says more than
 * there is, is not a number or contradicts itself, the body is all the rest.
 */
export function parseSipMessage(bytes: Uint8Array): Result<SipMessage> {
  const end = bytes.length;
  let start = 0;
  while (start < end && (bytes[start] === CR || bytes[start] === LF)) start++;
  const faults: Fault[] = [];

  const scan = scanHeaderSection(bytes, start);
  const { headersEnd, bodyStart, hasHighBytes, bareLineFeed } = scan;
  const textEnd = headersEnd < 0 ? end : headersEnd;
  const text = latin1(bytes, start, textEnd);
  const firstLineEnd = scan.firstLineEnd < 0 ? end : scan.firstLineEnd;
  const lineEnd = firstLineEnd > start && bytes[firstLineEnd - 1] === CR ? firstLineEnd - 1 : firstLineEnd;
  const line = text.slice(0, lineEnd - start);
  const startLine = parseStartLine(line, faults, (from, to) =>
    hasHighBytes ? utf8(bytes, start + from, start + to) : line.slice(from, to),
  );
  if (startLine === undefined)
    return failure({
      layer: 'SIP',
      message: 'this is neither a request line nor a status line',
      offset: start,
    });
  if (start > 0) {
    for (const [index, fault] of faults.entries()) faults[index] = { ...fault, start: fault.start + start };
    faults.push({
      code: 'leading-crlf',
      message: 'There are empty lines before the start line.',
      start: 0,
      length: start,
      where: 'message',
    });
  }
  if (bareLineFeed >= 0)
    faults.push({
      code: 'line-end',
      message: 'Lines end with LF alone where CRLF is required.',
      start: bareLineFeed,
      length: 1,
      where: 'message',
    });
  if (headersEnd < 0)
    faults.push({
      code: 'headers-unterminated',
      message: 'The header section does not end with an empty line.',
      start: end,
      length: 0,
      where: 'message',
    });

  const headers = readHeaders(bytes, text, start, firstLineEnd + 1, hasHighBytes, faults);
  if (scan.hasControls) findControls(bytes, start, textEnd, faults);
  if (hasHighBytes) findBrokenUtf8(bytes, headers, faults);
  const body = boundBody(bytes, bodyStart, headers, faults);
  // Spelt out: spreading `startLine` costs as much as reading three headers.
  const { version } = startLine;
  return success(
    startLine.kind === 'request'
      ? {
          kind: 'request',
          method: startLine.method,
          requestUri: startLine.requestUri,
          version,
          bytes,
          headers,
          bodyStart,
          body,
          faults,
        }
      : {
          kind: 'response',
          statusCode: startLine.statusCode,
          reasonPhrase: startLine.reasonPhrase,
          version,
          bytes,
          headers,
          bodyStart,
          body,
          faults,
        },
  );
}

type HeaderScan = {
  /** Offset of the LF of the start line; -1 where there is none. */
  readonly firstLineEnd: number;
  /** Offset of the empty line; -1 where there is none. */
  readonly headersEnd: number;
  readonly bodyStart: number;
  /** Offset of the first LF without a CR before it; -1 where all have one. */
  readonly bareLineFeed: number;
  readonly hasControls: boolean;
  readonly hasHighBytes: boolean;
};

/** One pass over the header section: where it ends, and whether slow cases occur in it at all. */
function scanHeaderSection(bytes: Uint8Array, start: number): HeaderScan {
  const end = bytes.length;
  let lineStart = start;
  let bareLineFeed = -1;
  let hasControls = false;
  let hasHighBytes = false;
  let firstLineEnd = -1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x20 && byte < 0x7f) continue;
    if (byte === LF) {
      const length = at - lineStart;
      if (length === 0 || bytes[at - 1] !== CR) {
        if (bareLineFeed < 0) bareLineFeed = at;
      }
      if (firstLineEnd < 0) firstLineEnd = at;
      else if (length === 0 || (length === 1 && bytes[lineStart] === CR))
        return {
          firstLineEnd,
          headersEnd: lineStart,
          bodyStart: at + 1,
          bareLineFeed,
          hasControls,
          hasHighBytes,
        };
      lineStart = at + 1;
    } else if (byte === CR) {
      // A CR that is not part of a line end is a control character.
      if (at + 1 < end && bytes[at + 1] !== LF) hasControls = true;
    } else if (byte >= 0x80) hasHighBytes = true;
    else if (byte !== HTAB) hasControls = true;
  }
  return { firstLineEnd, headersEnd: -1, bodyStart: end, bareLineFeed, hasControls, hasHighBytes };
}

/** First header of that canonical name. */
export function firstHeader(message: SipMessage, canonicalName: string): SipHeader | undefined {
  for (const header of message.headers) if (header.canonicalName === canonicalName) return header;
  return undefined;
}

/** All headers of that canonical name, in order. */
export function headersNamed(message: SipMessage, canonicalName: string): SipHeader[] {
  return message.headers.filter((header) => header.canonicalName === canonicalName);
}

const predictor = new NamePredictor();

/** Header fields of `text`, which is bytes[base..] as one character a byte; the first begins at byte `from`. */
function readHeaders(
  bytes: Uint8Array,
  text: string,
  base: number,
  from: number,
  hasHighBytes: boolean,
  faults: Fault[],
): SipHeader[] {
  const headers: SipHeader[] = [];
  predictor.restart();
  const slices = text.length <= SHARED_TEXT_LIMIT;
  const end = text.length;
  let at = from - base;
  // The next colon is looked for once: a section of lines without any must not cost its square.
  let colon = -1;
  while (at < end) {
    let feed = text.indexOf('\n', at);
    if (feed < 0) feed = end;
    let folded = false;
    while (feed + 1 < end) {
      const next = text.charCodeAt(feed + 1);
      if (next !== 0x20 && next !== 0x09) break;
      folded = true;
      feed = text.indexOf('\n', feed + 1);
      if (feed < 0) feed = end;
    }
    const next = Math.min(feed + 1, end);
    if (colon < at) {
      colon = text.indexOf(':', at);
      if (colon < 0) colon = Number.MAX_SAFE_INTEGER;
    }
    let stop = feed;
    if (colon >= stop) {
      while (stop > at && text.charCodeAt(stop - 1) <= 0x20) stop--;
      faults.push({
        code: 'header-line-syntax',
        message: `The line "${excerpt(text.slice(at, stop))}" has no colon: it is not a header field.`,
        start: base + at,
        length: next - at,
        where: 'header',
      });
      at = next;
      continue;
    }
    let nameEnd = colon;
    while (nameEnd > at && isLinearWhite(text.charCodeAt(nameEnd - 1))) nameEnd--;
    let valueStart = colon + 1;
    while (valueStart < stop && isLinearWhite(text.charCodeAt(valueStart))) valueStart++;
    while (stop > valueStart && isLinearWhite(text.charCodeAt(stop - 1))) stop--;
    let known = predictor.guess(text, at, nameEnd);
    if (known === undefined) {
      // The name outlives the text where it is learnt: a copy, as a slice would keep all of it.
      known = headerName(latin1(bytes, base + at, base + nameEnd));
      predictor.learn(known);
    }
    const { name, canonicalName } = known;
    let value: string;
    if (folded || hasHighBytes) value = unfold(bytes, base + valueStart, base + stop);
    else if (slices) value = text.slice(valueStart, stop);
    else value = latin1(bytes, base + valueStart, base + stop);
    headers.push({
      name,
      canonicalName,
      value,
      start: base + at,
      length: next - at,
      valueStart: base + valueStart,
      valueLength: stop - valueStart,
    });
    at = next;
  }
  return headers;
}

/** SP, HTAB, CR or LF: in the place of LWS, the last two are those of a fold. */
function isLinearWhite(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
}

/** §25.1: no control character but HTAB and folds, save as a quoted-pair. One fault, at the first. */
function findControls(bytes: Uint8Array, start: number, end: number, faults: Fault[]): void {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    const isControl = byte < 0x20 ? byte !== HTAB && byte !== LF : byte === 0x7f;
    if (!isControl || (byte === CR && (at + 1 >= end || bytes[at + 1] === LF))) continue;
    if (byte !== CR && bytes[at - 1] === 0x5c) continue;
    faults.push({
      code: 'control-character',
      message: `The header section has a control character (0x${byte.toString(16).padStart(2, '0')}) in it.`,
      start: at,
      length: 1,
      where: 'header',
    });
    return;
  }
}

function findBrokenUtf8(bytes: Uint8Array, headers: readonly SipHeader[], faults: Fault[]): void {
  for (const header of headers) {
    const value = bytes.subarray(header.valueStart, header.valueStart + header.valueLength);
    if (utf8OrUndefined(value) !== undefined) continue;
    faults.push({
      code: 'utf8-invalid',
      message: `The value of ${excerpt(header.name)} is not UTF-8.`,
      start: header.valueStart,
      length: header.valueLength,
      where: header.name,
    });
  }
}

/** §18.3: what part of the bytes after the empty line is the body. */
function boundBody(
  bytes: Uint8Array,
  bodyStart: number,
  headers: readonly SipHeader[],
  faults: Fault[],
): Uint8Array {
  const there = bytes.length - bodyStart;
  let length: number | undefined;
  let seen: SipHeader | undefined;
  let usable = true;
  for (const header of headers) {
    if (header.canonicalName !== 'content-length') continue;
    const place = { start: header.valueStart, length: header.valueLength, where: 'Content-Length' };
    const given = parseContentLength(header.value);
    if (given === undefined) {
      usable = false;
      faults.push({
        code: /^-\s*\d+$/.test(header.value) ? 'content-length-negative' : 'content-length-syntax',
        message: `Content-Length is "${excerpt(header.value)}", not a number of octets.`,
        ...place,
      });
    } else if (seen === undefined) length = given;
    else if (given !== length) {
      usable = false;
      faults.push({
        code: 'content-length-conflict',
        message: `Content-Length is given as ${excerpt(seen.value)} and as ${excerpt(header.value)}.`,
        ...place,
      });
    }
    seen ??= header;
  }
  if (there === 0 && length === 0) return EMPTY;
  if (!usable || length === undefined || seen === undefined) return bytes.subarray(bodyStart);
  if (length > there)
    faults.push({
      code: 'content-length-exceeds',
      message: `Content-Length is ${length}, but ${octets(there)} follow the header section.`,
      start: seen.valueStart,
      length: seen.valueLength,
      where: 'Content-Length',
    });
  else if (length < there)
    faults.push({
      code: 'extra-octets',
      message: `Content-Length is ${length}, which leaves ${octets(there - length)} at the end unused.`,
      start: bodyStart + length,
      length: there - length,
      where: 'body',
    });
  return bytes.subarray(bodyStart, Math.min(bodyStart + length, bytes.length));
}

/** Faults of header names, which are tokens (§25.1). Kept apart as most messages need no look. */
export function checkHeaderName(header: SipHeader): Fault | undefined {
  if (isToken(header.name)) return undefined;
  return {
    code: 'header-name-syntax',
    message: `The header name "${excerpt(header.name)}" is not a token.`,
    start: header.start,
    length: header.name.length,
    where: header.name,
  };
}
