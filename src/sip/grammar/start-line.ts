/**
 * Start lines (RFC 3261 §7.1, §7.2) and the cheap question whether bytes are SIP at all.
 *
 * In: bytes, or the first line as one character a byte. Out: method, Request-URI, status code ... and faults.
 * Lines that break the grammar as the messages of RFC 4475 §3.1.2 do are still read, with a fault each.
 */
import type { Fault } from '../../bytes/fault.js';
import {
  CHARACTER_CLASSES,
  excerpt,
  isBlank,
  isDigit,
  isDigits,
  isToken,
  skipBlanks,
  TOKEN,
  trimBlanks,
} from './characters.js';
import type { Range } from './parameters.js';

/** Longest method that is looked for in foreign bytes: RFC 4475 has one of 44, IANA's longest has 9. */
const LONGEST_METHOD = 64;
/** Longest line that is taken for a start line when looking: a Request-URI with a whole S/MIME blob in it is not SIP. */
export const LONGEST_START_LINE = 8192;

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const HTAB = 0x09;

/**
 * Whether bytes[start..end) begin as a SIP message does, after any CRLFs: a status line, or a request line with a
 * sip, sips or tel URI, or any request line that ends with a SIP version. Cheap on everything else: RTP, RTCP,
 * STUN, DTLS and DNS fall at the first bytes.
 */
export function looksLikeSip(bytes: Uint8Array, start = 0, end = bytes.length): boolean {
  let at = start;
  while (at < end && (bytes[at] === CR || bytes[at] === LF)) at++;
  if (at >= end || ((CHARACTER_CLASSES[bytes[at] as number] as number) & TOKEN) === 0) return false;
  if (isStatusLineStart(bytes, at, end)) return true;
  const uri = requestUriStart(bytes, at, end);
  if (uri < 0) return false;
  if (hasSipScheme(bytes, uri, end)) return true;
  const stop = Math.min(end, at + LONGEST_START_LINE);
  let lineEnd = uri;
  while (lineEnd < stop && bytes[lineEnd] !== LF) lineEnd++;
  return lineEnd < stop && versionStart(bytes, uri, lineEnd) > uri;
}

/** Methods of the IANA registry, longer ones first: PRACK before the ACK that it ends with. */
const KNOWN_METHODS = [
  ...['SUBSCRIBE', 'REGISTER', 'OPTIONS', 'MESSAGE', 'PUBLISH', 'INVITE', 'CANCEL', 'NOTIFY', 'UPDATE'],
  ...['PRACK', 'REFER', 'INFO', 'ACK', 'BYE'],
].map((method) => Buffer.from(method, 'latin1'));

/**
 * Where in bytes[start..end), one whole line, a start line begins that goes up to its end; -1 where none does. It
 * need not be where the line begins: a body may end without a line end, and the next message follows at once. Looks
 * at the last LONGEST_START_LINE bytes. For finding one's place again in the middle of a stream.
 */
export function findStartLine(bytes: Uint8Array, start: number, end: number): number {
  const from = Math.max(start, end - LONGEST_START_LINE);
  for (let at = from; at + 7 <= end; at++) {
    if (bytes[at + 3] !== 0x2f || ((bytes[at] as number) | 0x20) !== 0x73) continue;
    const after = versionEnd(bytes, at, end);
    if (after < 0) continue;
    if (isStatusLineStart(bytes, at, end)) return at;
    let rest = after;
    while (rest < end && (bytes[rest] as number) <= SP) rest++;
    if (rest === end && at > from) return requestLineBefore(bytes, from, at);
  }
  return -1;
}

/** Where the request line begins whose version stands at `version`, looking back to `from`; -1 where none does. */
function requestLineBefore(bytes: Uint8Array, from: number, version: number): number {
  const uriEnd = skipBack(bytes, from, version, isSpace);
  const uri = skipBack(bytes, from, uriEnd, isNoSpace);
  const methodEnd = skipBack(bytes, from, uri, isSpace);
  const method = skipBack(bytes, from, methodEnd, isTokenByte);
  if (uriEnd === version || methodEnd === uri || !bytes.subarray(uri, uriEnd).includes(0x3a)) {
    // A Request-URI with white space in it is known by the method that begins the line.
    return hasMethod(bytes, from, firstSpace(bytes, from, version)) === from ? from : -1;
  }
  const known = hasMethod(bytes, method, methodEnd);
  if (known >= 0) return known;
  return methodEnd > method && methodEnd - method <= LONGEST_METHOD ? method : -1;
}

/** Where the known method begins that ends at `end`; -1 where none does. */
function hasMethod(bytes: Uint8Array, start: number, end: number): number {
  for (const method of KNOWN_METHODS) {
    const at = end - method.length;
    if (at >= start && method.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** First place of the run of bytes that hold and that ends before `end`. */
function skipBack(bytes: Uint8Array, from: number, end: number, holds: (byte: number) => boolean): number {
  let at = end;
  while (at > from && holds(bytes[at - 1] as number)) at--;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === SP;
}

function isNoSpace(byte: number): boolean {
  return byte > SP;
}

/** Whether a method could begin so. */
export function isTokenByte(byte: number): boolean {
  return ((CHARACTER_CLASSES[byte] as number) & TOKEN) !== 0;
}

function firstSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SP) at++;
  return at;
}

/** `SIP/1*DIGIT.1*DIGIT SP DIGIT`, in upper or lower case. */
function isStatusLineStart(bytes: Uint8Array, start: number, end: number): boolean {
  let at = versionEnd(bytes, start, end);
  if (at < 0 || bytes[at] !== SP) return false;
  while (at < end && bytes[at] === SP) at++;
  return at < end && isDigit(bytes[at] as number);
}

/** Where the Request-URI begins, after `Method 1*SP`; -1 where that is not what stands there. */
function requestUriStart(bytes: Uint8Array, start: number, end: number): number {
  const stop = Math.min(end, start + LONGEST_METHOD + 1);
  let at = start;
  while (at < stop && ((CHARACTER_CLASSES[bytes[at] as number] as number) & TOKEN) !== 0) at++;
  if (at === start || at >= stop || bytes[at] !== SP) return -1;
  while (at < end && bytes[at] === SP) at++;
  return at < end && (bytes[at] as number) > SP ? at : -1;
}

function hasSipScheme(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 4 >= end) return false;
  const scheme =
    (((bytes[at] as number) << 16) |
      ((bytes[at + 1] as number) << 8) |
      (bytes[at + 2] as number) |
      0x202020) >>>
    0;
  if (scheme === 0x736970)
    return bytes[at + 3] === 0x3a || (((bytes[at + 3] as number) | 0x20) === 0x73 && bytes[at + 4] === 0x3a);
  return scheme === 0x74656c && bytes[at + 3] === 0x3a;
}

/** End of `SIP/1*DIGIT "." 1*DIGIT` at `start`; -1 where it is not there or goes up to `end`. */
function versionEnd(bytes: Uint8Array, start: number, end: number): number {
  if (
    start + 7 > end ||
    ((bytes[start] as number) | 0x20) !== 0x73 ||
    ((bytes[start + 1] as number) | 0x20) !== 0x69 ||
    ((bytes[start + 2] as number) | 0x20) !== 0x70 ||
    bytes[start + 3] !== 0x2f
  )
    return -1;
  let at = start + 4;
  const major = at;
  while (at < end && isDigit(bytes[at] as number)) at++;
  if (at === major || bytes[at] !== 0x2e) return -1;
  const minor = ++at;
  while (at < end && isDigit(bytes[at] as number)) at++;
  return at === minor ? -1 : at;
}

/** Where the version that ends a request line begins, after a blank; -1 where none does. Trailing blanks are let pass. */
function versionStart(bytes: Uint8Array, start: number, end: number): number {
  let stop = end;
  while (stop > start && (bytes[stop - 1] as number) <= SP) stop--;
  let at = stop;
  while (at > start && (bytes[at - 1] as number) > SP) at--;
  return at > start && versionEnd(bytes, at, stop) === stop ? at : -1;
}

/** What a start line says. */
export type StartLine =
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly requestUri: string;
      readonly version: string;
    }
  | {
      readonly kind: 'response';
      readonly statusCode: number;
      readonly reasonPhrase: string;
      readonly version: string;
    };

/** Where the parts of a start line stand, from the line's start. */
export type StartLineParts = { readonly first: Range; readonly second: Range; readonly third: Range };

/**
 * Parts of a start line `text` (one character a byte, no line end): method, Request-URI, version of a request;
 * version, status code, reason phrase of a response. Undefined where the line is neither.
 */
export function splitStartLine(
  text: string,
): ({ readonly kind: 'request' | 'response' } & StartLineParts) | undefined {
  const gap = text.indexOf(' ');
  const firstEnd = gap < 0 ? text.length : gap;
  const first = { start: 0, end: firstEnd };
  const rest = skipBlanks(text, firstEnd);
  const end = trimBlanks(text, rest, text.length);
  if (isVersion(text, 0, firstEnd)) {
    const codeEnd = firstBlank(text, rest, end);
    if (codeEnd === rest || !isDigits(text.slice(rest, codeEnd))) return undefined;
    const reason = codeEnd < text.length ? codeEnd + 1 : codeEnd;
    return {
      kind: 'response',
      first,
      second: { start: rest, end: codeEnd },
      third: { start: reason, end: text.length },
    };
  }
  if (rest >= end || !isToken(text.slice(0, firstEnd))) return undefined;
  let last = end;
  while (last > rest && !isBlank(text.charCodeAt(last - 1))) last--;
  if (last > rest && /^SIP\//i.test(text.slice(last, last + 4))) {
    return {
      kind: 'request',
      first,
      second: { start: rest, end: trimBlanks(text, rest, last) },
      third: { start: last, end },
    };
  }
  if (!/^<?(?:sips?|tel):/i.test(text.slice(rest, rest + 6))) return undefined;
  return { kind: 'request', first, second: { start: rest, end }, third: { start: end, end } };
}

/**
 * Reads a start line. `text` has one character a byte and no line end; `decode` gives the text of a range of it as
 * UTF-8. Faults count from the line's start. Undefined where the line is no start line.
 */
export function parseStartLine(
  text: string,
  faults: Fault[],
  decode: (start: number, end: number) => string,
): StartLine | undefined {
  const parts = splitStartLine(text);
  if (parts === undefined) return undefined;
  const { first, second, third } = parts;
  if (parts.kind === 'response') {
    const version = text.slice(first.start, first.end);
    const digits = text.slice(second.start, second.end);
    const statusCode = Number(digits);
    checkVersion(version, first, faults);
    if (digits.length !== 3 || statusCode < 100 || statusCode > 699)
      faults.push({
        code: 'status-code-range',
        message: `The status code ${excerpt(digits)} is not one of 100 to 699.`,
        start: second.start,
        length: digits.length,
        where: 'Status-Line',
      });
    if (second.start !== first.end + 1 || second.end === text.length)
      faults.push({
        code: 'status-line-space',
        message: 'The version and the status code must each be followed by one space.',
        start: first.end,
        length: second.start - first.end,
        where: 'Status-Line',
      });
    return { kind: 'response', statusCode, reasonPhrase: decode(third.start, third.end), version };
  }
  const version = text.slice(third.start, third.end);
  const requestUri = decode(second.start, second.end);
  if (version === '')
    faults.push({
      code: 'version-missing',
      message: 'The request line does not end with a SIP version.',
      start: text.length,
      length: 0,
      where: 'Request-Line',
    });
  else checkVersion(version, third, faults);
  if (second.start !== first.end + 1 || (version !== '' && third.start !== second.end + 1))
    faults.push({
      code: 'request-line-space',
      message: 'The parts of the request line are separated by more than one space.',
      start: first.end,
      length: second.start - first.end,
      where: 'Request-Line',
    });
  const lineEnd = version === '' ? second.end : third.end;
  if (lineEnd < text.length)
    faults.push({
      code: 'request-line-trailing-space',
      message: 'The request line has white space after its last part.',
      start: lineEnd,
      length: text.length - lineEnd,
      where: 'Request-Line',
    });
  const blank = firstBlank(text, second.start, second.end);
  if (blank < second.end)
    faults.push({
      code: 'request-uri-space',
      message: `The Request-URI ${excerpt(requestUri)} has white space in it.`,
      start: blank,
      length: skipBlanks(text, blank) - blank,
      where: 'Request-URI',
    });
  return { kind: 'request', method: text.slice(first.start, first.end), requestUri, version };
}

/** §7.1: the string is matched in any case, but must be sent in upper case; 2.0 is the one version there is. */
function checkVersion(version: string, range: Range, faults: Fault[]): void {
  if (version === 'SIP/2.0') return;
  const place = { start: range.start, length: range.end - range.start, where: 'SIP-Version' };
  if (version.toUpperCase() === 'SIP/2.0')
    faults.push({ code: 'version-case', message: `The version ${version} is not in upper case.`, ...place });
  else
    faults.push({
      code: 'version-unknown',
      message: `The version ${excerpt(version)} is not SIP/2.0.`,
      ...place,
    });
}

function firstBlank(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) !== SP && text.charCodeAt(at) !== HTAB) at++;
  return at;
}

function isVersion(text: string, start: number, end: number): boolean {
  if (end - start === 7 && text.startsWith('SIP/2.0', start)) return true;
  return end - start < 64 && /^SIP\/\d+\.\d+$/i.test(text.slice(start, end));
}
