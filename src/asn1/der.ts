/**
 * Encodes DER (X.690 §10 and §11): values in, one element's bytes out. Also turns a parsed BER tree into DER, as
 * signatures are made over (RFC 5652 §5.4).
 */

import { equalBytes } from '../bytes/text.js';
import type { Asn1Node, TagClass } from './node.js';
import { contents, encoded, TAG } from './node.js';
import { oidContents, readBitString, readOctets } from './values.js';

const CLASS_BITS: Record<TagClass, number> = {
  universal: 0,
  application: 0x40,
  context: 0x80,
  private: 0xc0,
};
const CONSTRUCTED = 0x20;

/** Any element: class, number, and contents in pieces. */
export function element(
  tagClass: TagClass,
  tagNumber: number,
  constructed: boolean,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const lead = CLASS_BITS[tagClass] | (constructed ? CONSTRUCTED : 0);
  return Buffer.concat([Uint8Array.from([...tagOctets(lead, tagNumber), ...lengthOctets(length)]), ...parts]);
}

function tagOctets(lead: number, tagNumber: number): number[] {
  if (tagNumber < 0x1f) return [lead | tagNumber];
  const octets = [tagNumber % 128];
  for (let left = Math.floor(tagNumber / 128); left > 0; left = Math.floor(left / 128)) {
    octets.unshift((left % 128) | 0x80);
  }
  return [lead | 0x1f, ...octets];
}

function lengthOctets(length: number): number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return [0x80 | octets.length, ...octets];
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return element('universal', TAG.sequence, true, ...parts);
}

/** SET or SET OF: elements are put into DER's order (X.690 §10.3, §11.6). */
export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return element('universal', TAG.set, true, ...[...parts].sort(compareOctets));
}

/** Order of encodings in a SET OF: as octet strings, the shorter one first where it is the start of the other. */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** INTEGER from a number, a bigint, or the octets of an unsigned magnitude. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return element('universal', TAG.integer, false, integerContents(value));
}

function integerContents(value: number | bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) {
    let zeros = 0;
    while (zeros < value.length - 1 && value[zeros] === 0) zeros++;
    const magnitude = value.length === 0 ? Uint8Array.of(0) : value.subarray(zeros);
    return (magnitude[0] as number) >= 0x80 ? Buffer.concat([Uint8Array.of(0), magnitude]) : magnitude;
  }
  const octets: number[] = [];
  let left = BigInt(value);
  for (;;) {
    const octet = Number(left & 0xffn);
    octets.unshift(octet);
    left >>= 8n;
    if ((left === 0n && octet < 0x80) || (left === -1n && octet >= 0x80)) return Uint8Array.from(octets);
  }
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  return element('universal', TAG.objectIdentifier, false, oidContents(dotted));
}

export function boolean(value: boolean): Uint8Array {
  return element('universal', TAG.boolean, false, Uint8Array.of(value ? 0xff : 0));
}

export function nullValue(): Uint8Array {
  return element('universal', TAG.null, false);
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return element('universal', TAG.octetString, false, bytes);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element('universal', TAG.bitString, false, Uint8Array.of(unusedBits), bytes);
}

/** BIT STRING with named bits (X.690 §11.2.2: no trailing zero bits), as keyUsage; `set` holds the bit numbers. */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return bitString(new Uint8Array(0));
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] as number) | (0x80 >> (bit & 7));
  return bitString(octets, 7 - (last & 7));
}

export function utf8String(text: string): Uint8Array {
  return element('universal', TAG.utf8String, false, Buffer.from(text, 'utf8'));
}

export function printableString(text: string): Uint8Array {
  return element('universal', TAG.printableString, false, Buffer.from(text, 'latin1'));
}

export function ia5String(text: string): Uint8Array {
  return element('universal', TAG.ia5String, false, Buffer.from(text, 'latin1'));
}

/** Time of a certificate or attribute (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime from 2050 on. */
export function time(seconds: number): Uint8Array {
  const digits = new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  const text = short ? `${digits.slice(2)}Z` : `${digits}Z`;
  return element('universal', short ? TAG.utcTime : TAG.generalizedTime, false, Buffer.from(text, 'latin1'));
}

/** `[n]` EXPLICIT, or `[n]` IMPLICIT of a constructed type: the parts inside a constructed context tag. */
export function context(tagNumber: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return element('context', tagNumber, true, ...parts);
}

/** `[n]` IMPLICIT of a primitive type: the contents octets under a context tag. */
export function contextPrimitive(tagNumber: number, octets: Uint8Array): Uint8Array {
  return element('context', tagNumber, false, octets);
}

/**
 * The element in DER: definite minimal lengths, strings in one piece, SET OF in order. Undefined where the tree is
 * damaged. Values (times, booleans, integers) are kept as they are: what is wrong with them stays visible.
 */
export function toDer(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  if (!node.complete) return undefined;
  if (!node.constructed) return element(node.tagClass, node.tagNumber, false, contents(bytes, node));
  if (node.tagClass === 'universal' && node.tagNumber !== TAG.sequence && node.tagNumber !== TAG.set) {
    const octets = joinString(bytes, node);
    if (octets !== undefined) return element('universal', node.tagNumber, false, octets);
  }
  const parts: Uint8Array[] = [];
  for (const child of node.children) {
    const part = toDer(bytes, child);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  if (node.tagClass === 'universal' && node.tagNumber === TAG.set) parts.sort(compareOctets);
  return element(node.tagClass, node.tagNumber, true, ...parts);
}

function joinString(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  if (node.tagNumber === TAG.bitString) {
    const bits = readBitString(bytes, node);
    return bits === undefined ? undefined : Buffer.concat([Uint8Array.of(bits.unusedBits), bits.bytes]);
  }
  const isString = node.tagNumber === TAG.octetString || node.tagNumber >= TAG.utf8String;
  return isString ? readOctets(bytes, node) : undefined;
}

/** Whether the element's bytes are DER already; `toDer` is then the same bytes. */
export function isDer(bytes: Uint8Array, node: Asn1Node): boolean {
  const der = toDer(bytes, node);
  return der !== undefined && equalBytes(der, encoded(bytes, node));
}
