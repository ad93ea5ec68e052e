/** DER and BER: elements are left out, doubled, moved, nested and given other tags; lengths around them stay right, mostly. */
import { mutate } from '../../test/support/mutate.js';
import type { Random } from '../random.js';
import { hostileText } from './hostile-text.js';

type Node = {
  tag: number;
  /** Of a constructed element, or of a string that holds elements. */
  children: Node[] | undefined;
  contents: Uint8Array;
};

/** Deeper elements stay bytes. */
const MAX_DEPTH = 30;
const MAX_NODES = 4000;

/** Contents that mean something to somebody. */
const CONTENTS: readonly Uint8Array[] = [
  new Uint8Array(0),
  Uint8Array.of(0),
  Uint8Array.of(0xff),
  new Uint8Array(64).fill(0xff),
  new Uint8Array(2048).fill(0x41),
  // signedData, envelopedData, id-data; the OID of compressed data; rsaEncryption.
  Buffer.from('2a864886f70d010702', 'hex'),
  Buffer.from('2a864886f70d010703', 'hex'),
  Buffer.from('2a864886f70d010701', 'hex'),
  Buffer.from('2a864886f70d0109100109', 'hex'),
  Buffer.from('2a864886f70d010101', 'hex'),
  Buffer.from('99991231235959Z', 'latin1'),
  Buffer.from('000000000000Z', 'latin1'),
];

export function mutateDer(original: Uint8Array, random: Random): Uint8Array {
  const nodes: Node[] = [];
  const roots = parse(original, 0, nodes);
  if (roots === undefined || nodes.length === 0 || random.chance(0.2)) return mutate(original, random.next);
  for (let times = 1 + random.below(3); times > 0; times--) change(roots, nodes, random);
  const bytes = encodeAll(roots, random.chance(0.15) ? random : undefined);
  return random.chance(0.1) ? mutate(bytes, random.next) : bytes;
}

/** Tags of character strings: UTF8String to BMPString, without those of times. */
const STRINGS = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x19, 0x1a, 0x1b, 0x1c, 0x1e];

/** DER with another text in each of its character strings, as UTF8String or BMPString; lengths around them are right. */
export function withStrings(original: Uint8Array, text: string, tag: 0x0c | 0x1e): Uint8Array {
  const nodes: Node[] = [];
  const roots = parse(original, 0, nodes) ?? [];
  const contents = tag === 0x0c ? Buffer.from(text, 'utf8') : Buffer.from(text, 'utf16le').swap16();
  for (const node of nodes) {
    if (!STRINGS.includes(node.tag)) continue;
    node.tag = tag;
    node.contents = contents;
  }
  return encodeAll(roots, undefined);
}

function change(roots: Node[], nodes: readonly Node[], random: Random): void {
  const node = random.pick(nodes);
  const parent = nodes.find(({ children }) => children?.includes(node))?.children ?? roots;
  const at = parent.indexOf(node);
  switch (random.below(8)) {
    case 0:
      parent.splice(at, 1);
      return;
    case 1: {
      const copies = random.chance(0.1) ? random.below(300) : 1;
      for (let count = 0; count < copies; count++) parent.splice(at, 0, node);
      return;
    }
    case 2: {
      const other = random.pick(nodes);
      // Not an element into itself: that would have no end.
      if (!holds(other, node)) parent.splice(at, 1, other);
      return;
    }
    case 3:
      node.tag = random.pick([
        0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa3, 0x24, 0x1f,
      ]);
      return;
    case 4:
      node.children = undefined;
      node.contents = random.pick(CONTENTS);
      return;
    case 5:
      node.children = undefined;
      node.contents = Buffer.from(hostileText(random), random.chance(0.7) ? 'utf8' : 'utf16le');
      return;
    case 6: {
      let inner: Node = { ...node };
      const depth = random.chance(0.1) ? 500 : 1 + random.below(5);
      for (let level = 0; level < depth; level++)
        inner = { tag: random.pick([0x30, 0xa0, 0x24]), children: [inner], contents: new Uint8Array(0) };
      parent.splice(at, 1, inner);
      return;
    }
    default:
      if (node.children === undefined) node.contents = mutate(node.contents, random.next);
      else node.children.reverse();
  }
}

function holds(node: Node, wanted: Node): boolean {
  return node === wanted || (node.children?.some((child) => holds(child, wanted)) ?? false);
}

/** The elements of `bytes`; undefined where they are none. */
function parse(bytes: Uint8Array, depth: number, nodes: Node[]): Node[] | undefined {
  const found: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    let length = bytes[at + 1];
    if (length === undefined || (tag & 0x1f) === 0x1f || tag === 0) return undefined;
    let start = at + 2;
    if (length > 0x80 && length <= 0x84) {
      const digits = length - 0x80;
      length = 0;
      for (let count = 0; count < digits; count++) length = length * 256 + (bytes[start++] ?? 0);
    } else if (length >= 0x80) return undefined;
    if (start + length > bytes.length) return undefined;
    const contents = bytes.subarray(start, start + length);
    const mayHold = (tag & 0x20) !== 0 || tag === 0x04;
    const node: Node = { tag, contents, children: undefined };
    if (nodes.length < MAX_NODES) nodes.push(node);
    if (mayHold && depth < MAX_DEPTH && length > 0) node.children = parse(contents, depth + 1, nodes);
    found.push(node);
    at = start + length;
  }
  return found;
}

/** With `random`, some lengths are in other forms than DER allows, or wrong. */
function encodeAll(nodes: readonly Node[], random: Random | undefined): Buffer {
  return Buffer.concat(nodes.map((node) => encode(node, random)));
}

function encode({ tag, children, contents }: Node, random: Random | undefined): Buffer {
  const inside = children === undefined ? Buffer.from(contents) : encodeAll(children, random);
  if (random?.chance(0.1)) {
    switch (random.below(4)) {
      case 0:
        return Buffer.concat([Buffer.of(tag | 0x20, 0x80), inside, Buffer.of(0, 0)]);
      case 1:
        return Buffer.concat([Buffer.of(tag, 0x84, 0, 0, inside.length >> 8, inside.length & 0xff), inside]);
      case 2:
        return Buffer.concat([Buffer.of(tag, 0x84, 0xff, 0xff, 0xff, 0xff), inside]);
      default:
        return Buffer.concat([Buffer.of(tag, Math.max(0, (inside.length & 0x7f) - 1)), inside]);
    }
  }
  const length = inside.length;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), inside]);
}
