/**
 * The little of BER that key containers need. The asn1 folder has the full walker; protocol folders do not import
 * one another, and a key file needs neither offsets nor diagnostics. Never throws: undefined where bytes are damaged.
 */

/** Deepest nesting of indefinite lengths followed; PKCS #12 of NSS has about eight. */
const INDEFINITE_DEPTH_LIMIT = 32;
/** Most elements read of one list: a bundle of all public CAs has some hundreds. */
const ELEMENTS_LIMIT = 20_000;

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
};

type Extent = { tag: number; bodyStart: number; bodyEnd: number; end: number };

function measure(bytes: Uint8Array, start: number, depth: number): Extent | undefined {
  const tag = bytes[start];
  const first = bytes[start + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let bodyStart = start + 2;
  if (first === 0x80) {
    if (depth >= INDEFINITE_DEPTH_LIMIT || (tag & 0x20) === 0) return undefined;
    let at = bodyStart;
    while (!(bytes[at] === 0 && bytes[at + 1] === 0)) {
      const child = measure(bytes, at, depth + 1);
      if (child === undefined) return undefined;
      at = child.end;
    }
    return { tag, bodyStart, bodyEnd: at, end: at + 2 };
  }
  let length = first;
  if (first > 0x80) {
    const count = first & 0x7f;
    if (count > 4) return undefined;
    length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + (bytes[bodyStart + index] ?? 0);
    bodyStart += count;
  }
  const end = bodyStart + length;
  return end > bytes.length ? undefined : { tag, bodyStart, bodyEnd: end, end };
}

/** The elements that stand one after another in `bytes`, up to its end. */
export function readElements(bytes: Uint8Array): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const extent = measure(bytes, at, 0);
    if (extent === undefined || elements.length >= ELEMENTS_LIMIT) return undefined;
    elements.push({
      tag: extent.tag,
      contents: bytes.subarray(extent.bodyStart, extent.bodyEnd),
      encoded: bytes.subarray(at, extent.end),
    });
    at = extent.end;
  }
  return elements;
}

/** The one SEQUENCE that is all of `bytes`: what every DER key file is. */
export function readSequence(bytes: Uint8Array): readonly Element[] | undefined {
  const elements = readElements(bytes);
  return elements?.length === 1 ? children(elements[0], TAGS.sequence) : undefined;
}

/** The elements inside a constructed element of the expected tag. */
export function children(element: Element | undefined, tag: number): readonly Element[] | undefined {
  return element?.tag === tag ? readElements(element.contents) : undefined;
}

/** The octets of an OCTET STRING (or of `[0] IMPLICIT` one, with `tag` 0x80), in one piece or several. */
export function octets(element: Element | undefined, tag: number = TAGS.octetString): Uint8Array | undefined {
  if (element === undefined) return undefined;
  if (element.tag === tag) return element.contents;
  if (element.tag !== (tag | 0x20)) return undefined;
  const pieces = readElements(element.contents);
  if (pieces === undefined || pieces.some((piece) => piece.tag !== TAGS.octetString)) return undefined;
  return Buffer.concat(pieces.map((piece) => piece.contents));
}

/** OBJECT IDENTIFIER in dotted form, for arcs below 2^31. */
export function identifier(element: Element | undefined): string | undefined {
  if (element?.tag !== TAGS.objectIdentifier || element.contents.length > 32) return undefined;
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of element.contents) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** A non-negative INTEGER below 2^48, as an iteration count. */
export function smallInteger(element: Element | undefined): number | undefined {
  if (element?.tag !== TAGS.integer || element.contents.length === 0 || element.contents.length > 6)
    return undefined;
  if ((element.contents[0] as number) >= 0x80) return undefined;
  return element.contents.reduce((sum, octet) => sum * 256 + octet, 0);
}
