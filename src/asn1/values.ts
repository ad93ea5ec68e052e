/**
 * Decodes the contents of elements: numbers, object identifiers, times, strings. All answer undefined where the
 * contents do not follow X.690, and never throw. They look at contents only, so that implicitly tagged elements can
 * be read too; the caller has checked the tag.
 */

import { append } from '../bytes/append.js';
import { toHex } from '../bytes/hex.js';
import { latin1, utf8 } from '../bytes/text.js';
import type { Asn1Node } from './node.js';
import { contentStart, contents, isUniversal, TAG } from './node.js';

/** Longest INTEGER read as a bigint, in octets: RSA moduli end at 2 KiB. */
const INTEGER_OCTETS_LIMIT = 8192;
/** Longest arc of an OBJECT IDENTIFIER, in octets: 2.25.UUID arcs (X.667) take 19. */
const ARC_OCTETS_LIMIT = 20;
/** Most arcs read: the longest registered identifiers have about 20. */
const ARCS_LIMIT = 128;
/** Deepest nesting of constructed strings; more than one level is unheard of. */
const STRING_DEPTH_LIMIT = 16;

/** INTEGER or ENUMERATED (two's complement, most significant octet first). */
export function readInteger(bytes: Uint8Array, node: Asn1Node): bigint | undefined {
  const octets = integerOctets(bytes, node);
  if (octets === undefined || octets.length > INTEGER_OCTETS_LIMIT) return undefined;
  const value = BigInt(`0x${toHex(octets)}`);
  return (octets[0] as number) >= 0x80 ? value - (1n << BigInt(8 * octets.length)) : value;
}

/** INTEGER or ENUMERATED that fits a number exactly, as a version. */
export function readSmallInteger(bytes: Uint8Array, node: Asn1Node): number | undefined {
  if (node.length > 8) return undefined;
  const octets = integerOctets(bytes, node);
  if (octets === undefined) return undefined;
  const first = octets[0] as number;
  let value = first >= 0x80 ? first - 0x100 : first;
  // Beyond 2^53 the sum may be rounded, and is then no safe integer either way.
  for (let index = 1; index < octets.length; index++) value = value * 256 + (octets[index] as number);
  return Number.isSafeInteger(value) ? value : undefined;
}

/**
 * INTEGER as lower-case hexadecimal of its magnitude with an even number of digits and no sign octet, as serial
 * numbers are shown: `0195007102330058`; `-` leads a negative one.
 */
export function readIntegerHex(bytes: Uint8Array, node: Asn1Node): string | undefined {
  const octets = integerOctets(bytes, node);
  if (octets === undefined) return undefined;
  if ((octets[0] as number) < 0x80) return unsignedHex(octets);
  const magnitude = Uint8Array.from(octets, (octet) => ~octet & 0xff);
  for (let index = magnitude.length - 1; index >= 0; index--) {
    const sum = (magnitude[index] as number) + 1;
    magnitude[index] = sum & 0xff;
    if (sum <= 0xff) break;
  }
  return `-${unsignedHex(magnitude)}`;
}

/** INTEGER as its magnitude's octets without leading zeros (one zero octet for 0); undefined where it is negative. */
export function readUnsignedOctets(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  const octets = integerOctets(bytes, node);
  if (octets === undefined || (octets[0] as number) >= 0x80) return undefined;
  return withoutLeadingZeros(octets);
}

function integerOctets(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  return whole(node) && !node.constructed && node.length > 0 ? contents(bytes, node) : undefined;
}

function unsignedHex(octets: Uint8Array): string {
  return toHex(withoutLeadingZeros(octets));
}

function withoutLeadingZeros(octets: Uint8Array): Uint8Array {
  let zeros = 0;
  while (zeros < octets.length - 1 && octets[zeros] === 0) zeros++;
  return octets.subarray(zeros);
}

/** Identifiers met, each in the place that its last octets give it: a message names the same ten again and again. */
const metOids: ({ readonly octets: Uint8Array; readonly dotted: string } | undefined)[] = new Array(256);
/** Longest identifier kept, in octets; that of nearly every algorithm and attribute has under twelve. */
const KEPT_OID_OCTETS = 32;

/** OBJECT IDENTIFIER in dotted form. Decoding one takes 1 us; nearly all are known, which takes 0.05 us. */
export function readOid(bytes: Uint8Array, node: Asn1Node): string | undefined {
  if (!whole(node) || node.constructed) return undefined;
  const start = contentStart(node);
  const { length } = node;
  if (length < 2 || length > KEPT_OID_OCTETS) return decodeOid(contents(bytes, node));
  const place = ((bytes[start + length - 1] as number) + 31 * (bytes[start + length - 2] as number)) & 0xff;
  const met = metOids[place];
  if (met !== undefined && standsAt(bytes, start, length, met.octets)) return met.dotted;
  const octets = contents(bytes, node);
  const dotted = decodeOid(octets);
  // A copy of its own: the caller's bytes may be a view of a large chunk. (A Buffer's slice() would share its memory.)
  if (dotted !== undefined) metOids[place] = { octets: new Uint8Array(octets), dotted };
  return dotted;
}

function standsAt(bytes: Uint8Array, start: number, length: number, octets: Uint8Array): boolean {
  if (octets.length !== length) return false;
  for (let index = 0; index < length; index++) if (bytes[start + index] !== octets[index]) return false;
  return true;
}

function decodeOid(octets: Uint8Array): string | undefined {
  const arcs: string[] = [];
  let start = 0;
  for (let index = 0; index < octets.length; index++) {
    if ((octets[index] as number) >= 0x80) {
      if (index - start >= ARC_OCTETS_LIMIT) return undefined;
      continue;
    }
    const arc = readArc(octets, start, index);
    if (start > 0) arcs.push(String(arc));
    else if (arc < 80n) arcs.push(String(arc / 40n), String(arc % 40n));
    else arcs.push('2', String(arc - 80n));
    if (arcs.length > ARCS_LIMIT) return undefined;
    start = index + 1;
  }
  return octets.length === 0 || start < octets.length ? undefined : arcs.join('.');
}

function readArc(octets: Uint8Array, first: number, last: number): bigint {
  let small = 0;
  // Six octets of seven bits stay exact in a number; nearly every arc does.
  const direct = Math.min(last, first + 5);
  for (let index = first; index <= direct; index++) small = small * 128 + ((octets[index] as number) & 0x7f);
  let value = BigInt(small);
  for (let index = direct + 1; index <= last; index++) {
    value = (value << 7n) | BigInt((octets[index] as number) & 0x7f);
  }
  return value;
}

/** BOOLEAN; any octet but 0 is true (BER). */
export function readBoolean(bytes: Uint8Array, node: Asn1Node): boolean | undefined {
  if (!whole(node) || node.constructed || node.length !== 1) return undefined;
  return contents(bytes, node)[0] !== 0;
}

export type Asn1Time = {
  /** Unix epoch, UTC; fractions of a second are dropped. */
  readonly seconds: number;
  /** RFC 3339 in UTC, as `2005-02-03T18:49:34Z`. */
  readonly rfc3339: string;
};

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:Z|([+-])(\d\d)(\d\d))$/;
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:[.,]\d+)?)?(?:Z|([+-])(\d\d)(\d\d))$/;

/**
 * UTCTime or GeneralizedTime. BER's freedoms are read: no seconds, fractions, offsets from UTC; local time without
 * an offset is not. UTCTime years follow RFC 5280 §4.1.2.5.1: 50..99 are 19xx.
 */
export function readTime(bytes: Uint8Array, node: Asn1Node): Asn1Time | undefined {
  if (!whole(node) || node.constructed || node.length > 40) return undefined;
  const isLong = isUniversal(node, TAG.generalizedTime);
  const match = (isLong ? GENERALIZED_TIME : UTC_TIME).exec(latin1(contents(bytes, node)));
  if (match === null) return undefined;
  const [, writtenYear, month, day, hour, minute] = match.map(Number) as [...number[]];
  const second = Number(match[6] ?? 0);
  const shortYear = writtenYear as number;
  const year = isLong ? shortYear : shortYear + (shortYear < 50 ? 2000 : 1900);
  const date = new Date(0);
  date.setUTCFullYear(year, (month as number) - 1, day as number);
  date.setUTCHours(hour as number, minute as number, second);
  const rollsOver =
    date.getUTCMonth() !== (month as number) - 1 ||
    date.getUTCDate() !== day ||
    (hour as number) > 23 ||
    (minute as number) > 59 ||
    second > 59;
  if (rollsOver) return undefined;
  let seconds = date.getTime() / 1000;
  if (match[7] !== undefined) {
    const offset = Number(match[8]) * 3600 + Number(match[9]) * 60;
    seconds -= match[7] === '+' ? offset : -offset;
  }
  const shown = new Date(seconds * 1000);
  // An offset can carry year 9999 or 0000 out of what RFC 3339 can write.
  if (shown.getUTCFullYear() < 0 || shown.getUTCFullYear() > 9999) return undefined;
  return { seconds, rfc3339: `${shown.toISOString().slice(0, 19)}Z` };
}

/** OCTET STRING, or the octets of any string type: the pieces of the constructed form joined (X.690 §8.7.3). */
export function readOctets(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  if (!whole(node)) return undefined;
  if (!node.constructed) return contents(bytes, node);
  const pieces: Uint8Array[] = [];
  if (!collect(bytes, node, pieces, 0)) return undefined;
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
}

/** The parts that are there of an OCTET STRING that may be cut: for showing damaged messages. */
export function readOctetsSoFar(bytes: Uint8Array, node: Asn1Node): Uint8Array {
  if (!node.constructed) return contents(bytes, node);
  const pieces: Uint8Array[] = [];
  collect(bytes, node, pieces, 0);
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}

function collect(bytes: Uint8Array, node: Asn1Node, pieces: Uint8Array[], depth: number): boolean {
  if (depth > STRING_DEPTH_LIMIT) return false;
  for (const child of node.children) {
    if (child.constructed) {
      if (!collect(bytes, child, pieces, depth + 1)) return false;
    } else {
      pieces.push(contents(bytes, child));
    }
  }
  return true;
}

export type BitString = {
  readonly bytes: Uint8Array;
  /** Bits of the last octet that do not count, 0..7. */
  readonly unusedBits: number;
};

/** BIT STRING, primitive or constructed. */
export function readBitString(bytes: Uint8Array, node: Asn1Node): BitString | undefined {
  if (!whole(node)) return undefined;
  if (!node.constructed) return bitSegment(contents(bytes, node));
  const pieces: Uint8Array[] = [];
  let unusedBits = 0;
  for (const child of node.children) {
    const segment = child.constructed ? undefined : bitSegment(contents(bytes, child));
    // Only the last segment may have unused bits (X.690 §8.6.4).
    if (segment === undefined || unusedBits !== 0) return undefined;
    pieces.push(segment.bytes);
    unusedBits = segment.unusedBits;
  }
  return { bytes: Buffer.concat(pieces), unusedBits };
}

function bitSegment(octets: Uint8Array): BitString | undefined {
  const unusedBits = octets[0];
  if (unusedBits === undefined || unusedBits > 7 || (unusedBits > 0 && octets.length === 1)) return undefined;
  return { bytes: octets.subarray(1), unusedBits };
}

/** Whether bit `index` (0 is the first, the most significant) of a BIT STRING is set. */
export function bitIsSet(bits: BitString, index: number): boolean {
  const octet = bits.bytes[index >> 3] ?? 0;
  return (octet & (0x80 >> (index & 7))) !== 0 && index < bits.bytes.length * 8 - bits.unusedBits;
}

/** Text of any of the string types by its tag; T61String as Latin-1, which is how it is used. */
export function readString(bytes: Uint8Array, node: Asn1Node): string | undefined {
  const octets = readOctets(bytes, node);
  if (octets === undefined) return undefined;
  if (node.tagClass !== 'universal') return utf8(octets);
  switch (node.tagNumber) {
    case TAG.utf8String:
      return utf8(octets);
    case TAG.bmpString:
      return octets.length % 2 === 0 ? utf16BigEndian(octets) : undefined;
    case TAG.universalString:
      return octets.length % 4 === 0 ? utf32BigEndian(octets) : undefined;
    case TAG.numericString:
    case TAG.printableString:
    case TAG.t61String:
    case TAG.videotexString:
    case TAG.ia5String:
    case TAG.graphicString:
    case TAG.visibleString:
    case TAG.generalString:
    case TAG.objectDescriptor:
      return latin1(octets);
    default:
      return undefined;
  }
}

function utf16BigEndian(octets: Uint8Array): string {
  return Buffer.from(octets).swap16().toString('utf16le');
}

function utf32BigEndian(octets: Uint8Array): string {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  let text = '';
  for (let offset = 0; offset < octets.length; offset += 4) {
    const point = view.getUint32(offset);
    text += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}

/** Bytes of an OBJECT IDENTIFIER's contents, for encoding and for comparing without decoding. */
export function oidContents(dotted: string): Uint8Array {
  const arcs = dotted.split('.').map((arc) => BigInt(arc));
  const [first = 0n, second = 0n, ...rest] = arcs;
  const octets: number[] = [];
  for (const arc of [first * 40n + second, ...rest]) {
    const digits: number[] = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) digits.unshift(Number(left & 0x7fn) | 0x80);
    append(octets, digits);
  }
  return Uint8Array.from(octets);
}

function whole(node: Asn1Node): boolean {
  return node.complete;
}
