/**
 * What happened to CMS bytes that do not parse, and undoing it: transfer encodings left on, text conversions of
 * binary bytes, bytes put before or after, the end cut off. Every repair is proved by a whole structure coming out.
 */

import { parseAsn1 } from '../asn1/parse.js';
import { counted, equalBytes, latin1, utf8OrUndefined } from '../bytes/text.js';
import { contentTypeName, readContentInfo } from '../cms/evaluate.js';
import type { Mistake } from '../model/mistake.js';
import { encodingLeftOn, keptLength } from './encodings.js';
import type { CarriedVariants } from './variants.js';

/** Largest body for which damage is undone: each try walks it once. */
const DAMAGE_OCTETS_LIMIT = 4 * 1024 * 1024;
/** Most ways tried of choosing which of the CRLFs were LFs: with more the choice is guesswork. */
const CHOICES_LIMIT = 2_000;
/** Octets in all that the tries of one repair may walk. */
const WALKED_OCTETS_LIMIT = 16 * 1024 * 1024;
/** How far into a body a structure is looked for. */
const LEADING_OCTETS_LIMIT = 4096;

/** Whether the bytes are one whole ContentInfo of a known type and nothing more. */
export function isWholeCms(bytes: Uint8Array): boolean {
  const { reading, contentTypeOid, inner } = readContentInfo(bytes);
  return reading.faults.length === 0 && inner !== undefined && contentTypeName(contentTypeOid) !== 'unknown';
}

/**
 * The mistakes that explain why `bytes` are no whole CMS structure, with the bytes repaired where they can be; empty
 * where they are whole, or nothing known explains it.
 */
export function explainDamage(bytes: Uint8Array, carried: CarriedVariants = {}): Mistake[] {
  if (bytes.length > DAMAGE_OCTETS_LIMIT || isWholeCms(bytes)) return [];
  if (bytes.length === 0)
    return [{ code: 'empty', sentence: 'The body is empty where a CMS structure should be.' }];
  const mistake =
    undoneDamage(bytes, carried) ??
    truncated(bytes, carried) ??
    lostCharacters(bytes) ??
    trailingBytes(bytes);
  return mistake === undefined ? [] : [mistake];
}

/** Largest body for which more is tried than the ways that are common. */
const CARRIED_OCTETS_LIMIT = 256 * 1024;

/**
 * Damage that can be undone so that a whole structure comes out: in the bytes, without a line end behind them, and with
 * the octets behind them, where the Content-Length kept the value that it had before the damage made the body longer.
 */
function undoneDamage(bytes: Uint8Array, { declaredLength, behind }: CarriedVariants): Mistake | undefined {
  const asStated = undone(bytes) ?? undoneWithoutLineEnds(bytes);
  if (asStated !== undefined || behind === undefined || behind.length === 0) return asStated;
  if (bytes.length + behind.length > CARRIED_OCTETS_LIMIT) return undefined;
  const whole = Buffer.concat([bytes, behind]);
  for (const candidate of [whole, ...withoutLineEnds(whole)]) {
    if (!isWholeCms(candidate)) continue;
    return {
      code: 'content-length-too-small',
      sentence: `The Content-Length says ${declaredLength ?? bytes.length}, and the CMS structure goes on behind it: with ${candidate.length} bytes it is whole.`,
      repaired: candidate,
    };
  }
  const found = undone(whole) ?? undoneWithoutLineEnds(whole);
  if (found === undefined) return undefined;
  return { ...found, sentence: `${found.sentence} ${keptLength(bytes, whole, declaredLength)}` };
}

function undoneWithoutLineEnds(bytes: Uint8Array): Mistake | undefined {
  if (bytes.length > CARRIED_OCTETS_LIMIT) return undefined;
  for (const candidate of withoutLineEnds(bytes)) {
    // A line end behind a whole structure is told as what follows it.
    const found = isWholeCms(candidate) ? undefined : undone(candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

function undone(bytes: Uint8Array): Mistake | undefined {
  return (
    encodingLeftOn(bytes, isWholeCms) ?? leadingBytes(bytes) ?? lineEndDamage(bytes) ?? latin1AsUtf8(bytes)
  );
}

/** The bytes without one line end behind them, and without all. */
function withoutLineEnds(bytes: Uint8Array): readonly Uint8Array[] {
  const tail = /(?:\r\n|[\r\n])+$/.exec(latin1(bytes.subarray(-LINE_ENDS_LIMIT)))?.[0];
  if (tail === undefined) return [];
  const last = /(?:\r\n|[\r\n])$/.exec(tail)?.[0].length ?? 0;
  const one = bytes.subarray(0, bytes.length - last);
  return last === tail.length ? [one] : [one, bytes.subarray(0, bytes.length - tail.length)];
}

/** Most octets of line ends taken off. */
const LINE_ENDS_LIMIT = 64;

/** A line end, or other bytes, between the header and the structure. */
function leadingBytes(bytes: Uint8Array): Mistake | undefined {
  const limit = Math.min(bytes.length, LEADING_OCTETS_LIMIT);
  let budget = WALKED_OCTETS_LIMIT;
  for (
    let start = bytes.indexOf(0x30, 1);
    start > 0 && start < limit;
    start = bytes.indexOf(0x30, start + 1)
  ) {
    // Cheap first: a content type's OID must follow the SEQUENCE's header closely.
    if (!bytes.subarray(start, start + 10).includes(0x06)) continue;
    const repaired = bytes.subarray(start);
    budget -= repaired.length;
    if (budget < 0) return undefined;
    if (!isWholeCms(repaired)) continue;
    const lead = latin1(bytes, 0, start);
    const what = /^[\r\n]+$/.test(lead)
      ? `${start} bytes of line ends stand`
      : `${start} bytes that do not belong to it stand`;
    return { code: 'leading-bytes', sentence: `${what} before the CMS structure.`, repaired };
  }
  return undefined;
}

/** The outermost length says more than there is. */
function truncated(bytes: Uint8Array, { declaredLength }: CarriedVariants): Mistake | undefined {
  const { root, error } = parseAsn1(bytes);
  if (root === undefined || error === undefined || bytes[0] !== 0x30) return undefined;
  const wanted = root.indefinite ? undefined : root.headerLength + root.length;
  const carrier =
    declaredLength === undefined || declaredLength === wanted
      ? ''
      : ` The Content-Length says ${declaredLength}${declaredLength === bytes.length ? ', as many as there are' : ''}.`;
  if (wanted !== undefined && wanted > bytes.length) {
    return {
      code: 'truncated',
      sentence: `The body is cut off: the DER length says ${wanted} bytes, and ${bytes.length} are there (${wanted - bytes.length} are missing).${carrier}`,
    };
  }
  if (wanted === undefined && error.offset + (error.had ?? 0) >= bytes.length) {
    return {
      code: 'truncated',
      sentence: `The body is cut off after ${bytes.length} bytes: its indefinite length has no end.${carrier}`,
    };
  }
  return undefined;
}

/** Text conversion of line ends inside the binary structure. */
function lineEndDamage(bytes: Uint8Array): Mistake | undefined {
  const text = latin1(bytes);
  const all = Buffer.from(text.replace(/\r\n/g, '\n'), 'latin1');
  if (all.length !== bytes.length) {
    const repaired = isWholeCms(all) ? all : chosenLineFeeds(bytes);
    if (repaired !== undefined) {
      const count = bytes.length - repaired.length;
      return {
        code: 'lf-to-crlf',
        sentence:
          `${count} LF byte${count === 1 ? '' : 's'} inside the DER ${count === 1 ? 'was' : 'were'} turned into CR LF: the binary body was ` +
          'sent through something that treats it as text. With that undone it is whole.',
        repaired,
      };
    }
  }
  const removed = /(?:^|[^\r])\n/.test(text) ? restoredLineEnds(bytes) : undefined;
  if (removed !== undefined) {
    const count = removed.length - bytes.length;
    return {
      code: 'crlf-to-lf',
      sentence:
        `${count} CR LF pair${count === 1 ? '' : 's'} inside the DER ${count === 1 ? 'was' : 'were'} turned into LF: the binary body was sent ` +
        'through something that treats it as text. With that undone it is whole.',
      repaired: removed,
    };
  }
  return returnsAsLineFeeds(bytes);
}

/** Most CRs looked for that became LF, where there are others that were LF before. */
const CHANGED_RETURNS_LIMIT = 4;

/** CR bytes turned into LF, as text of old systems is: nothing is longer or shorter, and lengths and tags are wrong. */
function returnsAsLineFeeds(bytes: Uint8Array): Mistake | undefined {
  if (bytes.length > CARRIED_OCTETS_LIMIT) return undefined;
  const places: number[] = [];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) places.push(at);
  if (bytes.includes(0x0d) || places.length === 0 || places.length > CHOICES_LIMIT) return undefined;
  const returned = (chosen: readonly number[]): Uint8Array => {
    const changed = new Uint8Array(bytes);
    for (const place of chosen) changed[place] = 0x0d;
    return changed;
  };
  const counts = [1, 2, 3, CHANGED_RETURNS_LIMIT, places.length];
  for (const count of counts) {
    const repaired = choose(bytes, places, count, returned);
    if (repaired === undefined) continue;
    return {
      code: 'cr-to-lf',
      sentence:
        `CR bytes inside the DER were turned into LF (${count} of ${counted(places.length, 'LF')} at least): the binary body was ` +
        'sent through something that treats it as text. With that undone the structure is whole.',
      repaired,
    };
  }
  return undefined;
}

/** Where some CR LF were there before: the outer length tells how many CRs are too many. */
function chosenLineFeeds(bytes: Uint8Array): Uint8Array | undefined {
  const places: number[] = [];
  for (let at = bytes.indexOf(0x0d); at >= 0; at = bytes.indexOf(0x0d, at + 1)) {
    if (bytes[at + 1] === 0x0a) places.push(at);
  }
  const length = outerLength(bytes);
  if (length === undefined) return undefined;
  return choose(bytes, places, bytes.length - length, (chosen) => without(bytes, chosen));
}

/** The other way round: some LF were CR LF. */
function restoredLineEnds(bytes: Uint8Array): Uint8Array | undefined {
  const places: number[] = [];
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] !== 0x0d) places.push(at);
  }
  const length = outerLength(bytes);
  if (length === undefined) return undefined;
  return choose(bytes, places, length - bytes.length, (chosen) => withReturns(bytes, chosen));
}

function outerLength(bytes: Uint8Array): number | undefined {
  const { root } = parseAsn1(bytes);
  return root === undefined || root.indefinite || bytes[0] !== 0x30
    ? undefined
    : root.headerLength + root.length;
}

/** Tries the ways to choose `count` of `places`, as many as the limits let. */
function choose(
  bytes: Uint8Array,
  places: readonly number[],
  count: number,
  make: (chosen: readonly number[]) => Uint8Array,
): Uint8Array | undefined {
  if (count <= 0 || count > places.length) return undefined;
  let left = Math.min(CHOICES_LIMIT, Math.ceil(WALKED_OCTETS_LIMIT / bytes.length));
  const chosen: number[] = [];
  const search = (from: number): Uint8Array | undefined => {
    if (chosen.length === count) {
      left--;
      const made = make(chosen);
      return isWholeCms(made) ? made : undefined;
    }
    for (let index = from; index <= places.length - (count - chosen.length) && left > 0; index++) {
      chosen.push(places[index] as number);
      const found = search(index + 1);
      if (found !== undefined) return found;
      chosen.pop();
    }
    return undefined;
  };
  // The search recurses once a chosen place: more than this many are beyond its limits anyway.
  return count <= 64 || count === places.length
    ? count === places.length
      ? whole(make(places))
      : search(0)
    : undefined;
}

function whole(bytes: Uint8Array): Uint8Array | undefined {
  return isWholeCms(bytes) ? bytes : undefined;
}

function without(bytes: Uint8Array, places: readonly number[]): Uint8Array {
  const left = new Set(places);
  return bytes.filter((_, index) => !left.has(index));
}

function withReturns(bytes: Uint8Array, places: readonly number[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (const place of places) {
    pieces.push(bytes.subarray(start, place), Uint8Array.of(0x0d));
    start = place;
  }
  return Buffer.concat([...pieces, bytes.subarray(start)]);
}

const REPLACEMENT = Buffer.from('\ufffd', 'utf8');

/** Binary bytes taken for text of some character set, so that some are lost. */
function lostCharacters(bytes: Uint8Array): Mistake | undefined {
  const replaced = countOf(bytes, REPLACEMENT);
  if (replaced > 0) {
    return {
      code: 'replacement-characters',
      sentence: `The body was decoded as UTF-8 text and encoded again: ${replaced} bytes or more became U+FFFD and are lost.`,
    };
  }
  const isText = !bytes.some((byte) => byte >= 0x80);
  if (isText && bytes[0] === 0x30 && (bytes[1] === 0x02 || bytes[1] === 0x3f)) {
    return {
      code: 'seven-bit',
      sentence:
        'The body has no byte above 7f: its high bits were cut off or replaced by something that carries 7 bits only.',
    };
  }
  return undefined;
}

/** Binary bytes taken for Latin-1 and encoded as UTF-8. */
function latin1AsUtf8(bytes: Uint8Array): Mistake | undefined {
  const text = utf8OrUndefined(bytes);
  if (text !== undefined && /[\u0080-\u00ff]/.test(text) && !/[^\u0000-\u00ff]/.test(text)) {
    const repaired = Buffer.from(text, 'latin1');
    if (isWholeCms(repaired)) {
      return {
        code: 'latin1-as-utf8',
        sentence:
          'The body was taken for Latin-1 text and encoded as UTF-8: each byte from 80 up became two. With that undone it is whole.',
        repaired,
      };
    }
  }
  return undefined;
}

function countOf(bytes: Uint8Array, needle: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  for (let at = buffer.indexOf(needle); at >= 0; at = buffer.indexOf(needle, at + needle.length)) count++;
  return count;
}

/** A whole structure and something after it. */
function trailingBytes(bytes: Uint8Array): Mistake | undefined {
  const { trailing, error } = parseAsn1(bytes);
  if (error !== undefined || trailing === 0) return undefined;
  const repaired = bytes.subarray(0, bytes.length - trailing);
  if (!isWholeCms(repaired)) return undefined;
  const rest = bytes.subarray(bytes.length - trailing);
  const isLineEnd = equalBytes(rest, Buffer.from('\r\n')) || equalBytes(rest, Buffer.from('\n'));
  return {
    code: 'trailing-bytes',
    sentence: isLineEnd
      ? 'A line end follows the CMS structure: the one before the boundary was taken in, or a text file was sent.'
      : `${counted(trailing, 'byte follows', 'bytes follow')} the CMS structure.`,
    repaired,
  };
}
