/**
 * Walks BER and DER (X.690): bytes in, a tree of elements with offsets out. Never throws, never decodes contents.
 *
 * The tree is built whole, at a cost linear in the bytes read; nothing is copied. A damaged encoding gives the tree
 * up to the damage and a ParseError that says where it is. Limits keep hostile encodings cheap: an element is at
 * least two bytes, so a megabyte could hold half a million of them.
 */

import type { ParseError } from '../bytes/fault.js';
import type { Asn1Node, TagClass } from './node.js';
import { TAG } from './node.js';

/** Deepest nesting followed. Certificates and CMS stay under 20; each level costs a stack frame. */
export const ASN1_DEPTH_LIMIT = 64;
/** Most elements in one tree: a CRL of 50,000 entries has about 200,000, and 250,000 take some 40 MB. */
export const ASN1_NODE_LIMIT = 250_000;
/** Longest length field read: 2^48 bytes is beyond any file, and still exact in a double. */
const LENGTH_OCTETS_LIMIT = 6;
/** Longest tag number read: five octets of seven bits, 2^35. No registry has one above 2^14. */
const TAG_OCTETS_LIMIT = 5;

const CLASSES: readonly TagClass[] = ['universal', 'application', 'context', 'private'];
const NO_CHILDREN: readonly Asn1Node[] = [];

export type Asn1Options = {
  /** First byte of the element; 0 by default. */
  readonly start?: number;
  /** First byte that is not to be read; the end of the bytes by default. */
  readonly end?: number;
  readonly depthLimit?: number;
  readonly nodeLimit?: number;
};

export type Asn1Result = {
  /** The outermost element; undefined where not even its header could be read. */
  readonly root: Asn1Node | undefined;
  /** Bytes after the root element, up to the end. */
  readonly trailing: number;
  /** Where the encoding breaks; offsets count from the start of the bytes. */
  readonly error: ParseError | undefined;
  /** The first thing that is allowed in BER and not in DER; undefined where lengths, tags and forms are those of DER. */
  readonly nonDer: { readonly offset: number; readonly message: string } | undefined;
};

type MutableNode = { -readonly [K in keyof Asn1Node]: Asn1Node[K] };

type Walk = {
  readonly bytes: Uint8Array;
  /** Next byte to read. */
  offset: number;
  readonly depthLimit: number;
  nodesLeft: number;
  readonly nodeLimit: number;
  /**
   * The elements read of each open element, the outermost one's first: when one closes, its children are cut off as an
   * array of their number. (An array that grows takes room for 17 at the first: half of what a tree took.)
   */
  readonly siblings: Asn1Node[];
  /** How many of `siblings` count; those behind are of elements that have closed. */
  count: number;
  error: ParseError | undefined;
  /** Whether `error` is that the input ends early, and nothing else. */
  ranOut: boolean;
  nonDer: { offset: number; message: string } | undefined;
};

/** Walks the one element that starts at `start`; what follows it is counted in `trailing`. */
export function parseAsn1(bytes: Uint8Array, options: Asn1Options = {}): Asn1Result {
  const end = Math.max(0, Math.min(options.end ?? bytes.length, bytes.length));
  const nodeLimit = options.nodeLimit ?? ASN1_NODE_LIMIT;
  const walk: Walk = {
    bytes,
    offset: Math.max(0, Math.min(options.start ?? 0, end)),
    depthLimit: options.depthLimit ?? ASN1_DEPTH_LIMIT,
    nodesLeft: nodeLimit,
    nodeLimit,
    siblings: [],
    count: 0,
    error: undefined,
    ranOut: false,
    nonDer: undefined,
  };
  readElement(walk, end, true, 0);
  const { error } = walk;
  return {
    root: walk.siblings[0],
    trailing: error === undefined ? end - walk.offset : 0,
    error,
    nonDer: walk.nonDer,
  };
}

/** Whether the elements of the same tree were all read, with nothing after them: what a strict reader wants. */
export function isWhole(result: Asn1Result): result is Asn1Result & { root: Asn1Node } {
  return result.root !== undefined && result.error === undefined && result.trailing === 0;
}

/**
 * Reads one element that must end by `limit` and adds it to the siblings before its contents are walked. `atEnd` says
 * that the limit is where the input ends, rather than the element around this one.
 */
function readElement(walk: Walk, limit: number, atEnd: boolean, depth: number): boolean {
  const start = walk.offset;
  if (depth > walk.depthLimit) return fail(walk, start, `nested deeper than ${walk.depthLimit} levels`);
  if (walk.nodesLeft-- <= 0) return fail(walk, start, `more than ${walk.nodeLimit} elements`);
  if (start >= limit) return short(walk, atEnd, start, 1, 0, 'the identifier octets are cut off');

  const first = walk.bytes[walk.offset++] as number;
  let tagNumber = first & 0x1f;
  if (tagNumber === 0x1f) {
    tagNumber = readLongTag(walk, limit, atEnd);
    if (tagNumber < 0) return false;
  }
  const constructed = (first & 0x20) !== 0;
  const tagClass = CLASSES[first >> 6] as TagClass;

  const declared = readLength(walk, limit, atEnd);
  if (declared === undefined) return false;
  const indefinite = declared < 0;
  const body = walk.offset;
  const node: MutableNode = {
    tagClass,
    tagNumber,
    constructed,
    start,
    headerLength: body - start,
    length: indefinite ? 0 : declared,
    indefinite,
    complete: false,
    children: NO_CHILDREN,
  };
  const mine = walk.count + 1;
  walk.siblings[walk.count++] = node;
  if (!constructed) {
    if (indefinite) return fail(walk, start, 'a primitive element has an indefinite length');
    const end = body + declared;
    if (end > limit) return cutOff(walk, node, body, limit, atEnd);
    walk.offset = end;
    node.complete = true;
    return true;
  }
  if (tagClass === 'universal' && isStringTag(tagNumber)) {
    notDer(walk, start, 'a string is in constructed form');
  }
  node.complete = readContents(walk, node, body, limit, atEnd, depth);
  if (walk.count > mine) {
    node.children = walk.siblings.slice(mine, walk.count);
    walk.count = mine;
  }
  return node.complete;
}

/** Walks what a constructed element holds; answers whether all of it is there. */
function readContents(
  walk: Walk,
  node: MutableNode,
  body: number,
  limit: number,
  atEnd: boolean,
  depth: number,
): boolean {
  const { bytes } = walk;
  const { indefinite } = node;
  const end = indefinite ? limit : body + node.length;
  const cut = end > limit;
  const stop = cut ? limit : end;
  while (indefinite || walk.offset < stop) {
    const at = walk.offset;
    if (indefinite) {
      node.length = at - body;
      if (at + 2 <= limit && bytes[at] === 0 && bytes[at + 1] === 0) {
        walk.offset = at + 2;
        return true;
      }
      if (at >= limit) return short(walk, atEnd, at, 2, 0, 'the end-of-contents octets are missing');
    }
    if (!readElement(walk, stop, indefinite || cut ? atEnd : false, depth + 1)) {
      if (indefinite) node.length = limit - body;
      // Where the input ends early, every open element is cut: the outermost one tells how much is missing.
      if (!cut || !walk.ranOut) return false;
      walk.error = undefined;
      return cutOff(walk, node, body, limit, atEnd);
    }
  }
  return cut ? cutOff(walk, node, body, limit, atEnd) : true;
}

/** High tag number form (X.690 §8.1.2.4): seven bits an octet; -1 after an error. */
function readLongTag(walk: Walk, limit: number, atEnd: boolean): number {
  const start = walk.offset;
  let value = 0;
  for (let count = 0; count < TAG_OCTETS_LIMIT; count++) {
    if (walk.offset >= limit) {
      short(walk, atEnd, walk.offset, 1, 0, 'the identifier octets are cut off');
      return -1;
    }
    const octet = walk.bytes[walk.offset++] as number;
    if (count === 0 && octet === 0x80) notDer(walk, start, 'the tag number has leading zeros');
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      if (value < 0x1f) notDer(walk, start, 'a small tag number is in the long form');
      return value;
    }
  }
  fail(walk, start, `the tag number is longer than ${TAG_OCTETS_LIMIT} octets`);
  return -1;
}

/** Length octets (X.690 §8.1.3): the length, -1 for the indefinite form, undefined after an error. */
function readLength(walk: Walk, limit: number, atEnd: boolean): number | undefined {
  const start = walk.offset;
  if (start >= limit) {
    short(walk, atEnd, start, 1, 0, 'the length octets are cut off');
    return undefined;
  }
  const first = walk.bytes[walk.offset++] as number;
  if (first < 0x80) return first;
  if (first === 0x80) {
    notDer(walk, start, 'an indefinite length is used');
    return -1;
  }
  const count = first & 0x7f;
  if (count === 0x7f) {
    fail(walk, start, 'the length octets start with ff, which is reserved');
    return undefined;
  }
  if (walk.offset + count > limit) {
    short(walk, atEnd, walk.offset, count, limit - walk.offset, 'the length octets are cut off');
    return undefined;
  }
  let length = 0;
  for (let index = 0; index < count; index++) {
    const octet = walk.bytes[walk.offset++] as number;
    if (index === 0 && octet === 0) notDer(walk, start, 'the length has leading zeros');
    length = length * 256 + octet;
    if (length >= 2 ** (8 * LENGTH_OCTETS_LIMIT)) {
      fail(walk, start, 'the length is beyond 2^48');
      return undefined;
    }
  }
  if (length < 0x80) notDer(walk, start, 'a short length is in the long form');
  return length;
}

function isStringTag(tagNumber: number): boolean {
  return (
    tagNumber === TAG.bitString ||
    tagNumber === TAG.octetString ||
    tagNumber === TAG.utf8String ||
    (tagNumber >= TAG.numericString && tagNumber <= TAG.bmpString)
  );
}

function cutOff(walk: Walk, node: Asn1Node, body: number, limit: number, atEnd: boolean): false {
  const message = atEnd ? 'the contents are cut off' : 'the element is longer than the one around it';
  return short(walk, atEnd, body, node.length, Math.max(0, limit - body), message);
}

function short(
  walk: Walk,
  atEnd: boolean,
  offset: number,
  needed: number,
  had: number,
  message: string,
): false {
  if (walk.error === undefined) walk.ranOut = atEnd;
  walk.error ??= { layer: 'ASN.1', message, offset, needed, had };
  return false;
}

function fail(walk: Walk, offset: number, message: string): false {
  walk.error ??= { layer: 'ASN.1', message, offset };
  return false;
}

function notDer(walk: Walk, offset: number, message: string): void {
  walk.nonDer ??= { offset, message };
}
