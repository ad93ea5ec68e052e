/** What the dump styles share: the elements of a byte string one after another, and what is nested in strings. */

import type { ParseError } from '../bytes/fault.js';
import type { Asn1Node } from './node.js';
import { contentStart, isUniversal, nodeEnd, TAG } from './node.js';
import { isWhole, parseAsn1 } from './parse.js';

/** Most elements shown one after another; more are no structure but noise that happens to parse. */
const ELEMENTS_LIMIT = 1_000;
/** Deepest nesting of strings inside strings that is opened; extensions need one, PKCS #12 four. */
export const ENCAPSULATION_DEPTH_LIMIT = 12;
/** Widest indentation, in columns: deeper levels are shown at the same place, as dumpasn1 does. */
export const INDENTATION_LIMIT = 80;

/** The elements of a byte string, and where the encoding breaks. */
export type Elements = { readonly nodes: readonly Asn1Node[]; readonly error?: ParseError };

/** Walks all elements from the start of the bytes on: files may hold several, and line ends may follow. */
export function readElements(bytes: Uint8Array): Elements {
  const nodes: Asn1Node[] = [];
  let start = 0;
  while (start < bytes.length && nodes.length < ELEMENTS_LIMIT) {
    const { root, error } = parseAsn1(bytes, { start });
    if (root !== undefined) nodes.push(root);
    if (error !== undefined || root === undefined)
      return { nodes, ...(error === undefined ? {} : { error }) };
    start = nodeEnd(root);
  }
  return { nodes };
}

/** The element inside an OCTET STRING or BIT STRING, where its contents are one whole structure. */
export function encapsulatedElement(bytes: Uint8Array, node: Asn1Node): Asn1Node | undefined {
  if (node.constructed || !node.complete || node.length < 2) return undefined;
  const isBits = isUniversal(node, TAG.bitString);
  if (!isBits && node.tagNumber !== TAG.octetString) return undefined;
  const start = contentStart(node) + (isBits ? 1 : 0);
  if (isBits && (bytes[start - 1] !== 0 || node.length < 3)) return undefined;
  const end = contentStart(node) + node.length;
  const first = bytes[start] as number;
  // Keys, extensions and most else that is nested are a SEQUENCE; of the other types only those whose header
  // alone is unlikely to come about by chance are believed.
  const believable = first === 0x30 || first === 0x31 || isShortValue(bytes, start, end);
  if (!believable) return undefined;
  const result = parseAsn1(bytes, { start, end });
  return isWhole(result) && result.nonDer === undefined ? result.root : undefined;
}

/** INTEGER, OCTET STRING, BIT STRING, IA5String and the like whose length is just that of the contents. */
function isShortValue(bytes: Uint8Array, start: number, end: number): boolean {
  const tag = bytes[start] as number;
  const length = bytes[start + 1] as number;
  const likely =
    tag === TAG.octetString || tag === TAG.bitString || tag === TAG.ia5String || tag === TAG.utf8String;
  return likely && length >= 1 && length < 0x80 && start + 2 + length === end;
}
