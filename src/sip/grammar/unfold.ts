/**
 * Folded header values (RFC 3261 §7.3.1): a line end with the white space around it reads as one SP. And the way
 * back, from a place in the unfolded text to the byte it came from.
 */
import { latin1, utf8 } from '../../bytes/text.js';

const LF = 0x0a;

function isWhite(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === LF;
}

/** Calls `line` with the range of each physical line of bytes[start..end) that has something on it, trimmed. */
function eachLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: (from: number, to: number) => void,
): void {
  let at = start;
  while (at < end) {
    let feed = bytes.indexOf(LF, at);
    if (feed < 0 || feed > end) feed = end;
    let from = at;
    let to = feed;
    while (from < to && isWhite(bytes[from])) from++;
    while (to > from && isWhite(bytes[to - 1])) to--;
    if (to > from) line(from, to);
    at = feed + 1;
  }
}

/** The value in bytes[start..end) on one line, as UTF-8. */
export function unfold(bytes: Uint8Array, start: number, end: number): string {
  let value = '';
  eachLine(bytes, start, end, (from, to) => {
    const text = utf8(bytes, from, to);
    value = value === '' ? text : `${value} ${text}`;
  });
  return value;
}

/** Says for each place in an unfolded value which byte of the message it came from. */
export type PlaceOf = (index: number) => number;

/**
 * The way back for the value in bytes[start..start+length) whose unfolded text has `valueLength` UTF-16 units.
 * The end of the text gives the byte after the value.
 */
export function placesIn(bytes: Uint8Array, start: number, length: number, value: string): PlaceOf {
  // One byte a character: nothing was folded and nothing is beyond ASCII.
  if (value.length === length && latin1(bytes, start, start + length) === value)
    return (index) => start + index;
  const places = new Uint32Array(value.length + 1);
  let index = 0;
  let lineEnd = start;
  eachLine(bytes, start, start + length, (from, to) => {
    // The SP that stands for a fold stands where the line before it ends.
    if (index > 0 && index < places.length) places[index++] = lineEnd;
    lineEnd = to;
    let byte = from;
    for (const character of utf8(bytes, from, to)) {
      for (let unit = 0; unit < character.length; unit++) if (index < places.length) places[index++] = byte;
      byte += character === '\ufffd' ? brokenLength(bytes, byte, to) : Buffer.byteLength(character);
    }
  });
  while (index < places.length) places[index++] = start + length;
  return (at) => places[Math.max(0, Math.min(at, value.length))] as number;
}

/** Bytes that became one U+FFFD: three where it was written so, else the broken sequence's. */
function brokenLength(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) return 3;
  // Decoders replace the longest start of a sequence that could have been valid.
  const lead = bytes[at] as number;
  const wanted = lead >= 0xf0 && lead <= 0xf4 ? 3 : lead >= 0xe0 ? 2 : 1;
  let count = 1;
  if (lead >= 0xe0 && lead <= 0xf4)
    while (count < wanted && at + count < end && isContinuation(bytes, at, count)) count++;
  return count;
}

/** Whether the byte `count` after the lead byte at `at` goes on with a well-formed sequence (Unicode table 3-7). */
function isContinuation(bytes: Uint8Array, at: number, count: number): boolean {
  const byte = bytes[at + count] as number;
  if (count > 1) return byte >= 0x80 && byte <= 0xbf;
  const lead = bytes[at] as number;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}
