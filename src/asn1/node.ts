/**
 * The tree that the BER/DER walker (parse.ts) answers: where every element stands, and nothing decoded yet.
 * X.690 §8.1; values.ts reads contents.
 */

export type TagClass = 'universal' | 'application' | 'context' | 'private';

/** One tag-length-value element of the encoding. Offsets count from the start of the bytes that were parsed. */
export type Asn1Node = {
  readonly tagClass: TagClass;
  readonly tagNumber: number;
  readonly constructed: boolean;
  /** Offset of the identifier octets. */
  readonly start: number;
  /** Identifier and length octets together. */
  readonly headerLength: number;
  /**
   * Contents octets: as the length octets say, which in a damaged encoding may be more than there are; for the
   * indefinite form as counted, without the end-of-contents octets.
   */
  readonly length: number;
  /** Whether the indefinite length form is used (X.690 §8.1.3.6). */
  readonly indefinite: boolean;
  /** Whether all contents are there and, where constructed, could be walked. */
  readonly complete: boolean;
  /** Elements inside, in order; empty for a primitive element. */
  readonly children: readonly Asn1Node[];
};

/** Universal tag numbers (X.680 §8.6) by the names that this project uses. */
export const TAG = {
  endOfContents: 0,
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  objectIdentifier: 6,
  objectDescriptor: 7,
  external: 8,
  real: 9,
  enumerated: 10,
  embeddedPdv: 11,
  utf8String: 12,
  relativeOid: 13,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  t61String: 20,
  videotexString: 21,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  graphicString: 25,
  visibleString: 26,
  generalString: 27,
  universalString: 28,
  bmpString: 30,
} as const;

/** An element known to be of one tag class: narrower than Asn1Node, so that `else` branches keep the element. */
export type NodeOfClass<Class extends TagClass> = Asn1Node & { readonly tagClass: Class };

/** Whether the element is of a universal type. */
export function isUniversal(node: Asn1Node | undefined, tagNumber: number): node is NodeOfClass<'universal'> {
  return node !== undefined && node.tagClass === 'universal' && node.tagNumber === tagNumber;
}

/** Whether the element carries a context-specific tag, as `[0]`. */
export function isContext(node: Asn1Node | undefined, tagNumber: number): node is NodeOfClass<'context'> {
  return node !== undefined && node.tagClass === 'context' && node.tagNumber === tagNumber;
}

/** First child with the context-specific tag `[tagNumber]`. */
export function contextChild(node: Asn1Node, tagNumber: number): Asn1Node | undefined {
  return node.children.find((child) => isContext(child, tagNumber));
}

/** Offset of the first contents octet. */
export function contentStart(node: Asn1Node): number {
  return node.start + node.headerLength;
}

/** Offset after the last octet of the element, end-of-contents octets included. */
export function nodeEnd(node: Asn1Node): number {
  return node.start + node.headerLength + node.length + (node.indefinite && node.complete ? 2 : 0);
}

/** Contents octets as a view (cut where the encoding is). */
export function contents(bytes: Uint8Array, node: Asn1Node): Uint8Array {
  const start = contentStart(node);
  return bytes.subarray(start, start + node.length);
}

/** The whole element as a view (cut where the encoding is). */
export function encoded(bytes: Uint8Array, node: Asn1Node): Uint8Array {
  return bytes.subarray(node.start, nodeEnd(node));
}
