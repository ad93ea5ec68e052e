import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Asn1Node, contents, encoded, nodeEnd } from '../../src/asn1/node.js';
import { ASN1_DEPTH_LIMIT, ASN1_NODE_LIMIT, isWhole, parseAsn1 } from '../../src/asn1/parse.js';
import { fromHex } from '../../src/bytes/hex.js';

const sample = (name: string): Uint8Array => readFileSync(new URL(`../../samples/${name}`, import.meta.url));
const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

function walk(node: Asn1Node, visit: (node: Asn1Node, depth: number) => void, depth = 0): void {
  visit(node, depth);
  for (const child of node.children) walk(child, visit, depth + 1);
}

describe('parseAsn1', () => {
  test("stands at the offsets of the draft's listing of its signature (§7.1)", () => {
    const der = sample('cms/signed.p7s');
    const result = parseAsn1(der);
    expect(isWhole(result)).toBe(true);
    const offsets: number[] = [];
    if (result.root !== undefined) walk(result.root, (node) => offsets.push(node.start));
    expect(offsets).toEqual([
      0, 4, 15, 19, 23, 26, 28, 30, 37, 39, 50, 54, 58, 61, 63, 65, 67, 69, 74, 78, 80, 82, 87, 99, 101, 103,
      108, 118, 120, 122, 127, 134, 136, 138, 143, 177, 187, 189, 196, 198, 209, 211,
    ]);
    expect(result.nonDer).toBeUndefined();
  });

  test('reads every form of tag and length (X.690 §8.1)', () => {
    const { root } = parseAsn1(bytes('bf8148 03 5f1f00'));
    expect(root).toMatchObject({ tagClass: 'context', tagNumber: 200, constructed: true, headerLength: 4 });
    expect(root?.children[0]).toMatchObject({ tagClass: 'application', tagNumber: 31, constructed: false });
    expect(parseAsn1(bytes('04 8100')).root).toMatchObject({ headerLength: 3, length: 0 });
    expect(parseAsn1(bytes('04 820001 ff')).root).toMatchObject({ headerLength: 4, length: 1 });
    expect(parseAsn1(bytes('c0 00')).root?.tagClass).toBe('private');
  });

  test('reads indefinite lengths, nested too', () => {
    const result = parseAsn1(bytes('3080 2480 0401aa 0401bb 0000 020101 0000 ff'));
    expect(result.error).toBeUndefined();
    expect(result.trailing).toBe(1);
    expect(result.root).toMatchObject({ indefinite: true, length: 13, complete: true });
    expect(nodeEnd(result.root as Asn1Node)).toBe(17);
    expect(result.root?.children.map((child) => child.tagNumber)).toEqual([4, 2]);
    expect(result.nonDer).toEqual({ offset: 1, message: 'an indefinite length is used' });
  });

  test.each([
    ['04 81 05 0102030405', 'a short length is in the long form'],
    ['04 820005 0102030405', 'the length has leading zeros'],
    ['24 03 0401aa', 'a string is in constructed form'],
    ['1f 05 00', 'a small tag number is in the long form'],
  ])('tells BER from DER: %s', (hex, message) => {
    const result = parseAsn1(bytes(hex));
    expect(result.error).toBeUndefined();
    expect(result.nonDer?.message).toBe(message);
  });

  test.each([
    ['', 'the identifier octets are cut off', 0, 1, 0],
    ['30', 'the length octets are cut off', 1, 1, 0],
    ['3082 01', 'the length octets are cut off', 2, 2, 1],
    ['3004 0201', 'the contents are cut off', 2, 4, 2],
    ['3006 0204 0102', 'the contents are cut off', 2, 6, 4],
    ['3006 0205 01020304', 'the element is longer than the one around it', 4, 5, 4],
    ['3080 020101', 'the end-of-contents octets are missing', 5, 2, 0],
    ['1f 81', 'the identifier octets are cut off', 2, 1, 0],
  ])('says where %s breaks and how much is missing', (hex, message, offset, needed, had) => {
    expect(parseAsn1(bytes(hex)).error).toEqual({ layer: 'ASN.1', message, offset, needed, had });
  });

  test.each([
    ['0480', 'a primitive element has an indefinite length', 0],
    ['04ff', 'the length octets start with ff, which is reserved', 1],
    ['0487 01000000000000', 'the length is beyond 2^48', 1],
    ['1fffffffffff7f 00', 'the tag number is longer than 5 octets', 1],
  ])('refuses %s', (hex, message, offset) => {
    expect(parseAsn1(bytes(hex)).error).toMatchObject({ message, offset });
  });

  test('keeps what stands before the damage', () => {
    const { root, error } = parseAsn1(bytes('300a 020101 0402aabb 02ff01'));
    expect(error).toMatchObject({ offset: 10 });
    expect(root?.complete).toBe(false);
    expect(root?.children.map((child) => [child.tagNumber, child.complete])).toEqual([
      [2, true],
      [4, true],
    ]);
  });

  test('names the damage inside rather than the cut outside', () => {
    const { error } = parseAsn1(bytes('3020 3003 0205 01 02ff 00'));
    expect(error).toMatchObject({ message: 'the element is longer than the one around it', offset: 6 });
  });

  test('parses a range in place, with offsets of the whole', () => {
    const { root, trailing } = parseAsn1(bytes('ffff 020105 ffff'), { start: 2, end: 5 });
    expect(root).toMatchObject({ start: 2, tagNumber: 2 });
    expect(trailing).toBe(0);
    expect(parseAsn1(bytes('ffff 020105'), { start: 2, end: 4 }).error).toMatchObject({
      offset: 4,
      needed: 1,
      had: 0,
    });
  });

  test('holds its limits', () => {
    const nested = Buffer.concat(Array.from({ length: 3000 }, () => Buffer.of(0x30, 0x80)));
    expect(parseAsn1(nested).error?.message).toBe(`nested deeper than ${ASN1_DEPTH_LIMIT} levels`);
    const wide = Buffer.concat([Buffer.of(0x30, 0x80), Buffer.alloc(2 * ASN1_NODE_LIMIT, Buffer.of(5, 0))]);
    expect(parseAsn1(wide).error?.message).toBe(`more than ${ASN1_NODE_LIMIT} elements`);
  });

  test('costs no more than its bytes', () => {
    // Half a megabyte of elements that each claim to reach to the end.
    const hostile = Buffer.alloc(1 << 19, Buffer.from('3084000fffff', 'hex'));
    const started = performance.now();
    parseAsn1(hostile);
    parseAsn1(Buffer.alloc(1 << 19, 0x30));
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('never throws, and what it finds lies within the bytes and in order', () => {
    const tags = fc.constantFrom(0x30, 0x31, 0x04, 0x24, 0x02, 0xa0, 0x80, 0x1f, 0x03, 0x00, 0x0c, 0x06);
    const input = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .array(fc.oneof(tags, fc.integer({ min: 0, max: 12 })), { maxLength: 200 })
        .map((all) => Uint8Array.from(all)),
    );
    fc.assert(
      fc.property(input, (random) => {
        const { root, error, trailing } = parseAsn1(random);
        expect(error === undefined || error.offset <= random.length).toBe(true);
        if (root === undefined) return;
        walk(root, (node) => {
          let at = node.start + node.headerLength;
          for (const child of node.children) {
            expect(child.start).toBe(at);
            at = nodeEnd(child);
          }
          if (node.complete) expect(nodeEnd(node)).toBeLessThanOrEqual(random.length);
        });
        if (error === undefined) {
          expect(nodeEnd(root) + trailing).toBe(random.length);
          expect(encoded(random, root).length).toBe(random.length - trailing);
          expect(contents(random, root).length).toBe(root.length);
        }
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test('no strict prefix of an encoding is whole', () => {
    for (const name of ['cms/signed.p7s', 'cms/encrypted.p7m']) {
      const der = sample(name);
      for (let length = 0; length < der.length; length++) {
        const result = parseAsn1(der.subarray(0, length));
        expect(isWhole(result)).toBe(false);
        expect(result.error?.had).toBeDefined();
      }
    }
  });
});
