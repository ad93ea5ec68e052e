import type { Fault } from '../bytes/fault.js';
import { bytesOf, indexOfBytes, latin1 } from '../bytes/text.js';
import { type ContentType, parameter } from './content-type.js';
import { mimeFault } from './faults.js';

/**
 * Splits multipart bodies (RFC 2046 §5.1.1).
 *
 *     delimiter := CRLF "--" boundary     belongs to neither part: a part need not end with a line end
 *     a delimiter's line ends, after "--" on the last one, with white space and CRLF, or with the body
 *
 * A line that begins with the boundary and goes on is no delimiter, as the boundary of a nested multipart may begin
 * with that of the outer one; the prose of §5.1.1 lets readers stop at the prefix, so it is told. LF without CR is
 * read as a line end and told. Cost is linear in the body: candidates are the lines that begin with "--", and each is
 * compared up to its own end.
 */

/** Bytes `start` up to `end` (not included) of the body. */
export type ByteRange = { readonly start: number; readonly end: number };

export type Multipart = {
  /** Each an entity: headers, empty line, body. The CRLF before the next delimiter is not in it. */
  readonly parts: readonly ByteRange[];
  /** What stands before the first delimiter and its CRLF. */
  readonly preamble: ByteRange;
  /** What stands after the close delimiter's line. */
  readonly epilogue: ByteRange;
  /** Whether the close delimiter was there. */
  readonly closed: boolean;
  readonly faults: readonly Fault[];
};

/** RFC 2046 §5.1.1. */
const LONGEST_BOUNDARY = 70;
/** Longer ones are not looked for: no sender makes them, and each candidate line is compared with it. */
export const MAX_BOUNDARY = 1000;
/** Parts kept of one body; real ones have under ten, and each part becomes a tree of objects. */
export const MAX_PARTS = 1000;

const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]+$/;
const LF = 0x0a;
const DASH = 0x2d;

/** A delimiter line: where it begins, where the bytes before it end, and where the next bytes begin. */
type Delimiter = {
  readonly start: number;
  readonly before: number;
  readonly after: number;
  readonly close: boolean;
  readonly bareLineFeed: boolean;
};

/** Splits the body of a multipart; where the boundary parameter is missing, it is guessed from the first "--" line. */
export function splitMultipartOf(contentType: ContentType, body: Uint8Array): Multipart {
  const named = parameter(contentType, 'boundary');
  if (named !== undefined && named.trim() !== '') return splitMultipart(body, named);
  const guessed = guessBoundary(body);
  const message =
    guessed === undefined
      ? 'no boundary parameter, and no line of the body looks like a delimiter'
      : `no boundary parameter; the body looks like one with the boundary "${guessed}"`;
  const fault = mimeFault('boundary-missing', message, 0, 0, 'boundary');
  if (guessed === undefined) return unsplit(body, [fault]);
  const split = splitMultipart(body, guessed);
  return { ...split, faults: [fault, ...split.faults] };
}

/** Splits a multipart body at `boundary` (without the leading dashes). */
export function splitMultipart(body: Uint8Array, boundary: string): Multipart {
  const faults: Fault[] = [];
  // White space after a boundary is padding that gateways add or take away (§5.1.1), so it cannot be part of it.
  const trimmed = boundary.trimEnd();
  const isProper = checkBoundary(boundary, faults);
  const dashBoundary = `--${isProper ? trimmed : latin1(bytesOf(trimmed))}`;
  const length = dashBoundary.length - 2;
  if (length === 0 || length > MAX_BOUNDARY || /[\r\n]/.test(trimmed)) {
    faults.push(notFound(boundary));
    return unsplit(body, faults);
  }
  // A character a byte: places in the text are those in the body, and strings are searched three times as fast.
  const text = latin1(body);
  const seen = { prefix: -1 };
  const first = nextDelimiter(text, dashBoundary, 0, seen);
  if (first === undefined) {
    faults.push(notFound(boundary));
    if (seen.prefix !== -1) faults.push(prefixFault(seen.prefix, length));
    return unsplit(body, faults);
  }
  const parts: ByteRange[] = [];
  let bareLineFeed = first.bareLineFeed ? first.start : -1;
  let current = first;
  let tooMany = false;
  while (!current.close) {
    if (parts.length === MAX_PARTS) {
      tooMany = true;
      break;
    }
    const next = nextDelimiter(text, dashBoundary, current.after, seen);
    if (next === undefined) {
      parts.push({ start: current.after, end: body.length });
      break;
    }
    if (next.bareLineFeed && bareLineFeed === -1) bareLineFeed = next.start;
    parts.push({ start: current.after, end: Math.max(current.after, next.before) });
    current = next;
  }
  if (tooMany) {
    const message = `more than ${MAX_PARTS} parts; the rest was left`;
    faults.push(mimeFault('parts-too-many', message, current.start, body.length - current.start));
  } else if (!current.close) {
    faults.push(
      mimeFault('close-delimiter-missing', `"--${boundary}--" does not occur`, body.length, 0, 'boundary'),
    );
  } else {
    const hidden = nextDelimiter(text, dashBoundary, current.after, seen);
    if (hidden !== undefined) {
      const message = 'the boundary occurs again after the close delimiter';
      faults.push(mimeFault('delimiter-after-close', message, hidden.start, hidden.after - hidden.start));
    }
  }
  if (bareLineFeed !== -1) {
    const message = 'a boundary is set off by LF instead of CRLF';
    faults.push(mimeFault('boundary-line-feed', message, bareLineFeed, length + 2, 'boundary'));
  }
  if (seen.prefix !== -1) faults.push(prefixFault(seen.prefix, length));
  return {
    parts,
    preamble: { start: 0, end: first.before },
    epilogue: { start: current.close ? current.after : body.length, end: body.length },
    closed: current.close,
    faults,
  };
}

/** The next delimiter line from `from` on, which is the start of a line; notes the first mere prefix in `seen`. */
function nextDelimiter(
  text: string,
  dashBoundary: string,
  from: number,
  seen: { prefix: number },
): Delimiter | undefined {
  let start = from;
  while (start < text.length) {
    if (text.startsWith(dashBoundary, start)) {
      const delimiter = readDelimiter(text, start, start + dashBoundary.length);
      if (delimiter !== undefined) return delimiter;
      if (seen.prefix === -1) seen.prefix = start;
    }
    const line = text.indexOf('\n--', start);
    if (line === -1) return undefined;
    start = line + 1;
  }
  return undefined;
}

/** The delimiter line at `start` whose boundary ends at `end`, or undefined where the line goes on otherwise. */
function readDelimiter(text: string, start: number, end: number): Delimiter | undefined {
  const close = text.startsWith('--', end);
  let at = close ? end + 2 : end;
  while (text[at] === ' ' || text[at] === '\t') at++;
  let after: number;
  let bareLineFeed = false;
  if (at >= text.length) after = text.length;
  else if (text.startsWith('\r\n', at)) after = at + 2;
  else if (text[at] === '\n') {
    after = at + 1;
    bareLineFeed = true;
  } else return undefined;
  let before = start;
  if (start > 0 && text[start - 1] === '\n') {
    before--;
    if (start > 1 && text[start - 2] === '\r') before--;
    else bareLineFeed = true;
  }
  return { start, before, after, close, bareLineFeed };
}

/** Tells what is wrong with a boundary; answers whether it has the characters of one and no others. */
function checkBoundary(boundary: string, faults: Fault[]): boolean {
  if (boundary.length > LONGEST_BOUNDARY) {
    const message = `the boundary has ${boundary.length} characters`;
    faults.push(mimeFault('boundary-too-long', message, 0, 0, 'boundary'));
  }
  if (/\s$/.test(boundary)) {
    faults.push(
      mimeFault('boundary-trailing-space', `"${boundary}" ends with white space`, 0, 0, 'boundary'),
    );
  }
  const isProper = BOUNDARY.test(boundary);
  if (!isProper) {
    faults.push(mimeFault('boundary-character', `"${boundary}" is no proper boundary`, 0, 0, 'boundary'));
  }
  return isProper;
}

/** The boundary of the body's first line that begins with "--", if it could be one. */
function guessBoundary(body: Uint8Array): string | undefined {
  const start = body[0] === DASH && body[1] === DASH ? 0 : indexOfBytes(body, '\n--') + 1;
  if (start === 0 && body[0] !== DASH) return undefined;
  const lineEnd = body.subarray(start + 2, start + 2 + MAX_BOUNDARY).indexOf(LF);
  if (lineEnd === -1) return undefined;
  const boundary = latin1(body, start + 2, start + 2 + lineEnd).trimEnd();
  return boundary.length <= LONGEST_BOUNDARY && BOUNDARY.test(boundary) ? boundary : undefined;
}

function unsplit(body: Uint8Array, faults: readonly Fault[]): Multipart {
  const none = { start: body.length, end: body.length };
  return { parts: [], preamble: { start: 0, end: body.length }, epilogue: none, closed: false, faults };
}

function notFound(boundary: string): Fault {
  const shown = boundary.slice(0, LONGEST_BOUNDARY);
  return mimeFault('boundary-not-found', `"--${shown}" does not occur in the body`, 0, 0, 'boundary');
}

function prefixFault(start: number, length: number): Fault {
  const message = 'a line begins with the boundary but goes on';
  return mimeFault('boundary-prefix', message, start, length + 2, 'boundary');
}
