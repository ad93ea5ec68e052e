/**
 * DER (X.690 §10 and §11) for what reading needs encoded: a parsed BER tree turned into DER, as signatures are made over
 * (RFC 5652 §5.4), and the few elements that stand in no message but go into a key derivation (RFC 5753 §7.2) or hand a
 * key to node:crypto (SubjectPublicKeyInfo). It runs while messages are read, most of which need no pkijs and do not wait
 * for it to load. What siplens makes itself is written with pkijs (src/authority/structures.ts).
 */

import type { Asn1Node, TagClass } from './node.js';
import { contents, TAG } from './node.js';
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
  return elementOf(tagClass, tagNumber, constructed, parts);
}

/** The same for contents in as many pieces as an input has. */
export function elementOf(
  tagClass: TagClass,
  tagNumber: number,
  constructed: boolean,
  parts: readonly Uint8Array[],
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
  return elementOf('universal', TAG.sequence, true, parts);
}

/** SET or SET OF: elements are put into DER's order (X.690 §10.3, §11.6). */
export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return setOf(parts);
}

/** The same for as many elements as an input has. */
export function setOf(parts: readonly Uint8Array[]): Uint8Array {
  return elementOf('universal', TAG.set, true, [...parts].sort(compareOctets));
}

/** Order of encodings in a SET OF: as octet strings, the shorter one first where it is the start of the other. */
export function compareOctets(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Uint8Array {
  return element('universal', TAG.objectIdentifier, false, oidContents(dotted));
}

export function octetString(bytes: Uint8Array): Uint8Array {
  return element('universal', TAG.octetString, false, bytes);
}

export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element('universal', TAG.bitString, false, Uint8Array.of(unusedBits), bytes);
}

/** `[n]` EXPLICIT, or `[n]` IMPLICIT of a constructed type: the parts inside a constructed context tag. */
export function context(tagNumber: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return elementOf('context', tagNumber, true, parts);
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
  return elementOf(node.tagClass, node.tagNumber, true, parts);
}

function joinString(bytes: Uint8Array, node: Asn1Node): Uint8Array | undefined {
  if (node.tagNumber === TAG.bitString) {
    const bits = readBitString(bytes, node);
    return bits === undefined ? undefined : Buffer.concat([Uint8Array.of(bits.unusedBits), bits.bytes]);
  }
  const isString = node.tagNumber === TAG.octetString || node.tagNumber >= TAG.utf8String;
  return isString ? readOctets(bytes, node) : undefined;
}
