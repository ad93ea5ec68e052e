/**
 * Elements of key containers: the tree of the ASN.1 walker, looked at by tag and contents. A container that is damaged
 * anywhere is not read: answers are undefined then, and nothing is thrown.
 */
import { type Asn1Node, contents, encoded, type TagClass } from '../asn1/node.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOctets, readOid, readSmallInteger } from '../asn1/values.js';

/** Most elements read of one list: a bundle of all public CAs has some hundreds. */
const ELEMENTS_LIMIT = 20_000;

/** Identifier octets (X.690 §8.1.2). */
export const TAGS = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  context1: 0xa1,
} as const;

export type Element = {
  /** The identifier octet; containers of keys use no long tags. */
  readonly tag: number;
  /** Contents octets, without the end-of-contents octets. */
  readonly contents: Uint8Array;
  /** The whole element. */
  readonly encoded: Uint8Array;
  /** What it is in `bytes`. */
  readonly node: Asn1Node;
  readonly bytes: Uint8Array;
};

/** The elements that stand one after another in `bytes`, up to its end. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let start = 0; start < bytes.length; ) {
    const { root, error, trailing } = parseAsn1(bytes, { start });
    if (root === undefined || error !== undefined || elements.length >= ELEMENTS_LIMIT) return undefined;
    elements.push(elementOf(bytes, root));
    start = bytes.length - trailing;
  }
  return elements;
}

/** The elements inside the one SEQUENCE that is all of `bytes`: what every DER key file is. */
export function readSequence(bytes: Uint8Array): readonly Element[] | undefined {
  const elements = readElements(bytes);
  return elements?.length === 1 ? children(elements[0], TAGS.sequence) : undefined;
}

/** The elements inside a constructed element of the expected tag. */
export function children(element: Element | undefined, tag: number): readonly Element[] | undefined {
  if (element?.tag !== tag || element.node.children.length > ELEMENTS_LIMIT) return undefined;
  return element.node.children.map((node) => elementOf(element.bytes, node));
}

/** The octets of an OCTET STRING (or of `[0] IMPLICIT` one, with `tag` 0x80), in one piece or several. */
export function octets(element: Element | undefined, tag: number = TAGS.octetString): Uint8Array | undefined {
  if (element === undefined || (element.tag & ~CONSTRUCTED) !== tag) return undefined;
  return readOctets(element.bytes, element.node);
}

/** OBJECT IDENTIFIER in dotted form. */
export function identifier(element: Element | undefined): string | undefined {
  return element?.tag === TAGS.objectIdentifier ? readOid(element.bytes, element.node) : undefined;
}

/** A non-negative INTEGER that a number holds exactly, as an iteration count. */
export function smallInteger(element: Element | undefined): number | undefined {
  if (element?.tag !== TAGS.integer) return undefined;
  const value = readSmallInteger(element.bytes, element.node);
  return value !== undefined && value >= 0 ? value : undefined;
}

const CONSTRUCTED = 0x20;
const CLASS_BITS: Readonly<Record<TagClass, number>> = {
  universal: 0x00,
  application: 0x40,
  context: 0x80,
  private: 0xc0,
};

function elementOf(bytes: Uint8Array, node: Asn1Node): Element {
  const number = Math.min(node.tagNumber, 0x1f);
  return {
    tag: CLASS_BITS[node.tagClass] | (node.constructed ? CONSTRUCTED : 0) | number,
    contents: contents(bytes, node),
    encoded: encoded(bytes, node),
    node,
    bytes,
  };
}
