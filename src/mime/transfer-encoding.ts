import type { Fault } from '../bytes/fault.js';
import { mimeFault } from './faults.js';
import { skipComments, wordEnd } from './parameters.js';

/**
 * Content-Transfer-Encoding (RFC 2045 §6). In: a body and the header's value. Out: the decoded bytes (a view of the
 * same memory for 7bit, 8bit and binary) and faults whose offsets count bytes of the encoded body. Decoding never
 * fails: what cannot be decoded is left out or left as it is, and told once for each kind.
 */
export type Decoded = { readonly bytes: Uint8Array; readonly faults: readonly Fault[] };

/** Line length without CRLF of 7bit and 8bit (RFC 2045 §2.7 and §2.8). */
const LONGEST_LINE = 998;
/** Line length without CRLF of quoted-printable and base64 (RFC 2045 §6.7 and §6.8). */
const LONGEST_ENCODED_LINE = 76;

/** The encoding's name, lower-case and without comments: `Base64 (RFC 2045)` is `base64`. */
export function transferEncodingName(value: string): string {
  const start = skipComments(value, 0);
  return value.slice(start, wordEnd(value, start)).toLowerCase();
}

export function decodeTransferEncoding(body: Uint8Array, encoding: string): Decoded {
  const name = transferEncodingName(encoding);
  switch (name) {
    case 'binary':
      return { bytes: body, faults: [] };
    case '7bit':
      return { bytes: body, faults: [...sevenBit(body), ...longLine(body, LONGEST_LINE)] };
    case '8bit':
      return { bytes: body, faults: longLine(body, LONGEST_LINE) };
    case 'base64':
      return decodeBase64(body);
    case 'quoted-printable':
      return decodeQuotedPrintable(body);
    default: {
      const message = `"${encoding}" is no transfer encoding known here; the body was left as it is`;
      return {
        bytes: body,
        faults: [mimeFault('transfer-encoding-unknown', message, 0, 0, 'Content-Transfer-Encoding')],
      };
    }
  }
}

function sevenBit(body: Uint8Array): Fault[] {
  let at = 0;
  while (at < body.length && (body[at] as number) <= 0x7f) at++;
  if (at === body.length) return [];
  const shown = (body[at] as number).toString(16);
  return [mimeFault('seven-bit-violated', `byte 0x${shown} in a body called 7bit`, at, 1)];
}

function longLine(body: Uint8Array, longest: number): Fault[] {
  let start = 0;
  while (start < body.length) {
    const found = body.indexOf(0x0a, start);
    let end = found === -1 ? body.length : found;
    if (end > start && body[end - 1] === 0x0d) end--;
    if (end - start > longest) {
      return [mimeFault('line-too-long', `a line of ${end - start} bytes`, start, end - start)];
    }
    start = found === -1 ? body.length : found + 1;
  }
  return [];
}

const SKIP = 64;
const PAD = 65;
const BAD = 66;
const BASE64 = base64Table();

function base64Table(): Uint8Array {
  const table = new Uint8Array(256).fill(BAD);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  for (let index = 0; index < 64; index++) table[alphabet.charCodeAt(index)] = index;
  for (const byte of [0x20, 0x09, 0x0d, 0x0a]) table[byte] = SKIP;
  table[0x3d] = PAD;
  return table;
}

/** RFC 2045 §6.8: characters outside the alphabet are passed over, `=` ends the data. */
function decodeBase64(body: Uint8Array): Decoded {
  const faults: Fault[] = longLine(body, LONGEST_ENCODED_LINE);
  const out = new Uint8Array(Math.ceil((body.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let held = 0;
  let badAt = -1;
  let badCount = 0;
  let padAt = -1;
  let pads = 0;
  let afterPad = -1;
  for (let at = 0; at < body.length; at++) {
    const value = BASE64[body[at] as number] as number;
    if (value < 64) {
      if (padAt !== -1) {
        afterPad = at;
        break;
      }
      bits = (bits << 6) | value;
      held += 6;
      if (held >= 8) {
        held -= 8;
        out[length++] = (bits >> held) & 0xff;
        bits &= (1 << held) - 1;
      }
    } else if (value === PAD) {
      if (padAt === -1) padAt = at;
      pads++;
    } else if (value === BAD) {
      if (badAt === -1) badAt = at;
      badCount++;
    }
  }
  if (badCount > 0) {
    const message = `${badCount} characters outside the alphabet were passed over`;
    faults.push(mimeFault('base64-character', message, badAt, 1));
  }
  if (afterPad !== -1) {
    const message = 'base64 goes on after "="; the rest was left';
    faults.push(mimeFault('base64-after-padding', message, afterPad, body.length - afterPad));
  }
  // Bits held at the end tell how far the last group of four characters got: 0, 6 (one), 4 (two) or 2 (three).
  if (held === 6) {
    faults.push(mimeFault('base64-truncated', 'a single character is left over', body.length, 0));
  } else if (pads !== held / 2) {
    const message = `${pads} padding characters where ${held / 2} belong`;
    faults.push(mimeFault('base64-padding', message, padAt === -1 ? body.length : padAt, pads));
  }
  return { bytes: out.subarray(0, length), faults };
}

/** RFC 2045 §6.7, with its advice on robust decoding: malformed escapes stay as they are. */
function decodeQuotedPrintable(body: Uint8Array): Decoded {
  const faults: Fault[] = longLine(body, LONGEST_ENCODED_LINE);
  const out = new Uint8Array(body.length);
  let length = 0;
  /** Length of `out` without the white space that a line end would take away (rule 3). */
  let solid = 0;
  let badEscape = -1;
  let rawByte = -1;
  let at = 0;
  while (at < body.length) {
    const byte = body[at] as number;
    if (byte === 0x3d) {
      const escaped = hexPair(body, at + 1);
      if (escaped !== -1) {
        out[length++] = escaped;
        solid = length;
        at += 3;
        continue;
      }
      const next = softBreakEnd(body, at + 1);
      if (next !== -1) {
        solid = length;
        at = next;
        continue;
      }
      if (badEscape === -1) badEscape = at;
    } else if (byte === 0x0a || (byte === 0x0d && body[at + 1] === 0x0a)) {
      length = solid;
      if (byte === 0x0d) out[length++] = body[at++] as number;
      out[length++] = 0x0a;
      solid = length;
      at++;
      continue;
    } else if (rawByte === -1 && (byte > 0x7e || (byte < 0x20 && byte !== 0x09))) rawByte = at;
    out[length++] = byte;
    if (byte !== 0x20 && byte !== 0x09) solid = length;
    at++;
  }
  if (badEscape !== -1) {
    const message = '"=" is not followed by two hexadecimal digits; it was left as it is';
    faults.push(mimeFault('quoted-printable-escape', message, badEscape, 1));
  }
  if (rawByte !== -1) {
    const shown = (body[rawByte] as number).toString(16).padStart(2, '0');
    faults.push(mimeFault('quoted-printable-byte', `byte 0x${shown} is not encoded`, rawByte, 1));
  }
  return { bytes: out.subarray(0, solid), faults };
}

/** Where a soft line break after "=" ends (white space before the line end is padding), or -1 where there is none. */
function softBreakEnd(body: Uint8Array, from: number): number {
  let at = from;
  while (body[at] === 0x20 || body[at] === 0x09) at++;
  if (at >= body.length) return body.length;
  if (body[at] === 0x0a) return at + 1;
  return body[at] === 0x0d && body[at + 1] === 0x0a ? at + 2 : -1;
}

function hexPair(body: Uint8Array, at: number): number {
  const high = hexDigit(body[at]);
  const low = hexDigit(body[at + 1]);
  return high === -1 || low === -1 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
