import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Asn1Node } from '../../src/asn1/node.js';
import { dumpasn1OidName, knownOids, oidName, opensslOidName } from '../../src/asn1/oids.js';
import { parseAsn1 } from '../../src/asn1/parse.js';
import * as values from '../../src/asn1/values.js';
import { fromHex, toHex } from '../../src/bytes/hex.js';
import * as der from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';

function node(bytes: Uint8Array): Asn1Node {
  return parseAsn1(bytes).root as Asn1Node;
}
function read<T>(reader: (bytes: Uint8Array, node: Asn1Node) => T, hex: string): T {
  const bytes = fromHex(hex) as Uint8Array;
  return reader(bytes, node(bytes));
}
const text = (tag: string, value: string): string =>
  tag + Buffer.of(value.length).toString('hex') + Buffer.from(value, 'latin1').toString('hex');

describe('integers', () => {
  test.each([
    ['020100', 0n, '00'],
    ['02017f', 127n, '7f'],
    ['02020080', 128n, '80'],
    ['020180', -128n, '-80'],
    ['0201ff', -1n, '-01'],
    ['0202ff7f', -129n, '-81'],
    ['02080195007102330058', 0x0195007102330058n, '0195007102330058'],
    ['0204000000ff', 255n, 'ff'],
  ])('%s', (hex, value, digits) => {
    expect(read(values.readInteger, hex)).toBe(value);
    expect(read(values.readIntegerHex, hex)).toBe(digits);
  });

  test('says nothing of what is none', () => {
    expect(read(values.readInteger, '0200')).toBeUndefined();
    expect(read(values.readSmallInteger, '0208 7fffffffffffffff')).toBeUndefined();
    expect(read(values.readUnsignedOctets, '0201ff')).toBeUndefined();
    expect(toHex(read(values.readUnsignedOctets, '0203 0000ff') as Uint8Array)).toBe('ff');
  });

  test('are written as they are read', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (value) => {
        const bytes = der.integer(value);
        expect(values.readInteger(bytes, node(bytes))).toBe(value);
        // X.690 §8.3.2: not nine equal bits at the start.
        const [first, second] = bytes.subarray(2);
        if (second !== undefined)
          expect(first === 0 ? second >= 0x80 : first !== 0xff || second < 0x80).toBe(true);
      }),
      { seed: 2 },
    );
    expect(toHex(der.integer(Uint8Array.of(0, 0, 0x80)))).toBe('02020080');
    expect(toHex(der.integer(new Uint8Array(0)))).toBe('020100');
  });

  test('are small ones where a number holds them exactly', () => {
    const edges = [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 56n, 2n ** 63n - 1n, 0n];
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
      fc.tuple(fc.constantFrom(...edges), fc.boolean()).map(([edge, negative]) => (negative ? -edge : edge)),
    );
    fc.assert(
      fc.property(value, (whole) => {
        const bytes = der.integer(whole);
        const isSafe = Number.isSafeInteger(Number(whole)) && BigInt(Number(whole)) === whole;
        expect(values.readSmallInteger(bytes, node(bytes))).toBe(isSafe ? Number(whole) : undefined);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});

describe('object identifiers', () => {
  test.each([
    ['06062a864886f70d', '1.2.840.113549'],
    ['0603 883703', '2.999.3'],
    ['0601 27', '0.39'],
    ['0614 69 83a6a98cedd3b6c8e1c0e2b7d6f1a5b9e0d27f'.replace(/ /g, '').slice(0, 4 + 2 * 20), undefined],
  ])('%s', (hex, dotted) => {
    const result = read(values.readOid, hex);
    if (dotted !== undefined) expect(result).toBe(dotted);
    else expect(result).toMatch(/^2\.25\.\d{30,}$/);
  });

  test('refuses what is cut or too long', () => {
    expect(read(values.readOid, '0600')).toBeUndefined();
    expect(read(values.readOid, '06022a86')).toBeUndefined();
    expect(read(values.readOid, `0620${'ff'.repeat(31)}01`)).toBeUndefined();
  });

  test('are written as they are read', () => {
    const arc = fc.bigInt({ min: 0n, max: 2n ** 64n });
    fc.assert(
      fc.property(fc.nat(2), fc.nat(39), fc.array(arc, { maxLength: 10 }), (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.');
        const bytes = der.oid(dotted);
        expect(values.readOid(bytes, node(bytes))).toBe(dotted);
      }),
      { seed: 3 },
    );
  });

  test('are told apart where they end alike, in whatever order they come and wherever they stand', () => {
    const oids = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.nat(3), fc.nat(1))
      .map(([count, arc, last]) => ['1.3', ...Array.from({ length: count }, () => arc), 7, last].join('.'));
    fc.assert(
      fc.property(fc.array(oids, { maxLength: 40 }), fc.nat(20), (list, before) => {
        const bytes = Buffer.concat([Buffer.alloc(before, 0x30), der.sequence(...list.map(der.oid))]);
        const { root } = parseAsn1(bytes, { start: before });
        expect(root?.children.map((child) => values.readOid(bytes, child))).toEqual(list);
        // What was remembered must not change with the bytes that it came from.
        bytes.fill(0xff);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  test.skipIf(!hasOpenssl)('have the names that OpenSSL prints', () => {
    const oids = knownOids();
    const list = der.sequence(...oids.map((oid) => der.oid(oid)));
    const printed = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], {
      input: list,
      encoding: 'latin1',
    })
      .split('\n')
      .flatMap((line) => line.split(/OBJECT +:/)[1] ?? []);
    // Later versions of OpenSSL know more: only names that we claim are compared.
    const pairs = oids.map((oid, index) => [opensslOidName(oid), printed[index] as string] as const);
    for (const [ours, theirs] of pairs) if (!/^\d+(\.\d+)+$/.test(ours)) expect(theirs).toBe(ours);
    expect(pairs.filter(([ours]) => !/^\d/.test(ours)).length).toBeGreaterThan(200);
  });

  test('have the names of the draft and of RFC 5924', () => {
    expect(dumpasn1OidName('2.16.840.1.101.3.4.1.2')).toBe('aes128-CBC');
    expect(dumpasn1OidName('1.2.840.113549.1.7.2')).toBe('signedData');
    expect(dumpasn1OidName('1.3.14.3.2.26')).toBe('sha1');
    expect(dumpasn1OidName('2.5.4.11')).toBe('organizationalUnitName');
    expect(dumpasn1OidName('2.5.29.14')).toBe('subjectKeyIdentifier');
    expect(opensslOidName('2.5.29.14')).toBe('X509v3 Subject Key Identifier');
    expect(oidName('1.3.6.1.5.5.7.3.20')).toBe('id-kp-sipDomain');
    expect(oidName('1.2.3.4')).toBeUndefined();
    expect(opensslOidName('1.2.3.4')).toBe('1.2.3.4');
    expect(new Set(knownOids()).size).toBe(knownOids().length);
  });
});

describe('times', () => {
  test.each([
    ['17', '050203184908Z', '2005-02-03T18:49:08Z'],
    ['17', '491231235959Z', '2049-12-31T23:59:59Z'],
    ['17', '500101000000Z', '1950-01-01T00:00:00Z'],
    ['17', '0502031849Z', '2005-02-03T18:49:00Z'],
    ['17', '050203184908+0130', '2005-02-03T17:19:08Z'],
    ['17', '050203184908-0130', '2005-02-03T20:19:08Z'],
    ['18', '20500203184908Z', '2050-02-03T18:49:08Z'],
    ['18', '20050203184908.123Z', '2005-02-03T18:49:08Z'],
    ['18', '00010101000000Z', '0001-01-01T00:00:00Z'],
    ['18', '20040229000000Z', '2004-02-29T00:00:00Z'],
  ])('%s %s', (tag, value, expected) => {
    const time = read(values.readTime, text(tag, value));
    expect(time?.rfc3339).toBe(expected);
    expect(time?.seconds).toBe(Date.parse(expected) / 1000);
  });

  test.each([
    ['17', '050230000000Z'],
    ['17', '051301000000Z'],
    ['17', '050203240000Z'],
    ['17', '050203186008Z'],
    ['17', '050203184908'],
    ['18', '050203184908Z'],
    ['18', '20050203184908'],
    ['17', ''],
    ['17', '05020318490\u00b2Z'],
  ])('%s %s is none', (tag, value) => {
    expect(read(values.readTime, text(tag, value))).toBeUndefined();
  });

  test('are UTCTime up to 2049 and GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5)', () => {
    expect(Buffer.from(der.time(Date.UTC(2049, 11, 31, 23, 59, 59) / 1000)).toString('latin1')).toBe(
      '\x17\x0d491231235959Z',
    );
    expect(Buffer.from(der.time(Date.UTC(2050, 0) / 1000)).toString('latin1')).toBe(
      '\x18\x0f20500101000000Z',
    );
    expect(Buffer.from(der.time(Date.UTC(1949, 0) / 1000)).toString('latin1')).toBe(
      '\x18\x0f19490101000000Z',
    );
  });
});

describe('strings', () => {
  test.each([
    ['0c03e282ac', '€'],
    ['1e0420ac0041', '€A'],
    ['1c080001f60000000041', '😀A'],
    ['1403e9412f', 'éA/'],
    ['13025553', 'US'],
    ['3606 1602 6162 1602 6364'.replace('3606', '3608'), 'abcd'],
  ])('%s', (hex, expected) => {
    expect(read(values.readString, hex)).toBe(expected);
  });

  test('join the pieces of constructed ones', () => {
    expect(toHex(read(values.readOctets, '2480 0401aa 2404 0402bbcc 0401dd 0000') as Uint8Array)).toBe(
      'aabbccdd',
    );
    expect(read(values.readBitString, '2309 0302 00aa 0303 04bbc0')).toEqual({
      bytes: Buffer.from('aabbc0', 'hex'),
      unusedBits: 4,
    });
    // Unused bits before the last segment.
    expect(read(values.readBitString, '2308 0302 04a0 0302 00bb')).toBeUndefined();
  });

  test('refuses odd lengths, bad bit counts, and numbers taken for text', () => {
    expect(read(values.readString, '1e0320ac00')).toBeUndefined();
    expect(read(values.readString, '020141')).toBeUndefined();
    expect(read(values.readBitString, '0300')).toBeUndefined();
    expect(read(values.readBitString, '030208ff')).toBeUndefined();
    expect(read(values.readBitString, '030101')).toBeUndefined();
    expect(read(values.readBoolean, '01020000')).toBeUndefined();
  });

  test('number the bits of a BIT STRING from its first', () => {
    const bits = read(values.readBitString, '03020106') as values.BitString;
    expect([0, 5, 6, 7, 8].map((bit) => values.bitIsSet(bits, bit))).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
    expect(toHex(der.namedBits([5, 6]))).toBe('03020106');
    expect(toHex(der.namedBits([]))).toBe('030100');
    expect(toHex(der.namedBits([8]))).toBe('0303070080');
  });
});

describe('the encoder', () => {
  test('writes tags and lengths of every size', () => {
    expect(toHex(der.context(0, der.nullValue()))).toBe('a0020500');
    expect(toHex(der.contextPrimitive(1, Uint8Array.of(1)))).toBe('810101');
    expect(toHex(der.element('context', 200, false))).toBe('9f814800');
    expect(toHex(der.octetString(new Uint8Array(127)).subarray(0, 2))).toBe('047f');
    expect(toHex(der.octetString(new Uint8Array(128)).subarray(0, 3))).toBe('048180');
    expect(toHex(der.octetString(new Uint8Array(65536)).subarray(0, 5))).toBe('0483010000');
    expect(toHex(der.boolean(true))).toBe('0101ff');
  });

  test('orders a SET OF (X.690 §11.6)', () => {
    expect(toHex(der.set(der.integer(300), der.integer(2), der.integer(1)))).toBe('310a0201010201020202012c');
  });

  test('turns BER into DER', () => {
    const ber = fromHex('3080 2480 0401aa 0401bb 0000 3106 020102 020101 0481 01 cc 0000') as Uint8Array;
    const root = node(ber);
    const turned = der.toDer(ber, root) as Uint8Array;
    expect(toHex(turned)).toBe('300f 0402aabb 3106020101020102 0401cc'.replace(/ /g, ''));
    expect(der.toDer(turned, node(turned))).toEqual(turned);
    expect(parseAsn1(turned).nonDer).toBeUndefined();
    expect(der.toDer(ber.subarray(0, 9), node(ber.subarray(0, 9)))).toBeUndefined();
  });
});
