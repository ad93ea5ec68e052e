import { describe, expect, test } from 'vitest';
import { usableKeyOf } from '../../src/x509/certificate.js';
import { verifyChain } from '../../src/x509/chain.js';
import { keyFault } from '../../src/x509/key-fault.js';
import { CertificateStore } from '../../src/x509/store.js';
import * as der from '../support/der.js';
import { NOW } from './chains/case.js';
import { make, party } from './make.js';

const bits = (count: number): bigint => (1n << BigInt(count - 1)) | 1n;

function rsa(modulus: bigint, exponent: bigint): Uint8Array {
  const key = der.sequence(der.integer(modulus), der.integer(exponent));
  return der.sequence(der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue()), der.bitString(key));
}

function dsa(p: bigint, q: bigint, g: bigint, y: bigint): Uint8Array {
  const parameters = der.sequence(der.integer(p), der.integer(q), der.integer(g));
  return der.sequence(der.sequence(der.oid('1.2.840.10040.4.1'), parameters), der.bitString(der.integer(y)));
}

function dh(p: bigint): Uint8Array {
  const parameters = der.sequence(der.integer(p), der.integer(2));
  return der.sequence(
    der.sequence(der.oid('1.2.840.113549.1.3.1'), parameters),
    der.bitString(der.integer(5)),
  );
}

function edwards(oid: string, point: Uint8Array): Uint8Array {
  return der.sequence(der.sequence(der.oid(oid)), der.bitString(point));
}

function ec(point: Uint8Array): Uint8Array {
  const algorithm = der.sequence(der.oid('1.2.840.10045.2.1'), der.oid('1.2.840.10045.3.1.7'));
  return der.sequence(algorithm, der.bitString(point));
}

const ed25519 = (hex: string): Uint8Array => edwards('1.3.101.112', Buffer.from(hex, 'hex'));
const ed448 = (hex: string): Uint8Array => edwards('1.3.101.113', Buffer.from(hex, 'hex'));
const zeros = (count: number): string => '00'.repeat(count);
const ff = (count: number): string => 'ff'.repeat(count);

describe('keyFault', () => {
  test.each<[string, Uint8Array, 'oversized' | 'unsafe' | undefined]>([
    ['RSA 2048', rsa(bits(2048), 65_537n), undefined],
    ['RSA 16384', rsa(bits(16_384), 3n), undefined],
    ['RSA 16385', rsa(bits(16_385), 3n), 'oversized'],
    ['an exponent of 64 bits', rsa(bits(2048), bits(64)), undefined],
    ['an exponent of 65 bits', rsa(bits(2048), bits(65)), 'oversized'],
    ['exponent 0', rsa(bits(2048), 0n), 'unsafe'],
    ['exponent 1', rsa(bits(2048), 1n), 'unsafe'],
    ['exponent 2', rsa(bits(2048), 2n), 'unsafe'],
    ['exponent 3', rsa(bits(2048), 3n), undefined],
    ['exponent 257, whose last octet is 1', rsa(bits(2048), 257n), undefined],
    ['DSA 2048', dsa(bits(2048), bits(256), 4n, 5n), undefined],
    ['DSA 8192', dsa(bits(8192), bits(256), 4n, 5n), undefined],
    ['DSA 8193', dsa(bits(8193), bits(256), 4n, 5n), 'oversized'],
    ['a long DSA subprime', dsa(bits(2048), bits(513), 4n, 5n), 'oversized'],
    ['a long DSA generator', dsa(bits(2048), bits(256), bits(8193), 5n), 'oversized'],
    ['a long DSA public value', dsa(bits(2048), bits(256), 4n, bits(8193)), 'oversized'],
    ['DSA generator 1', dsa(bits(2048), bits(256), 1n, 5n), 'unsafe'],
    ['DSA public value 1', dsa(bits(2048), bits(256), 4n, 1n), 'unsafe'],
    ['DSA public value 0', dsa(bits(2048), bits(256), 4n, 0n), 'unsafe'],
    ['DH 8192', dh(bits(8192)), undefined],
    ['DH 8193', dh(bits(8193)), 'oversized'],
    // The points of order 1, 2, 4 and 8 of Ed25519 and their encodings (RFC 8032 §5.1, RFC 7748 §6.1).
    ['Ed25519 0', ed25519(zeros(32)), 'unsafe'],
    ['Ed25519 1', ed25519(`01${zeros(31)}`), 'unsafe'],
    ['Ed25519 1 with a sign', ed25519(`01${zeros(30)}80`), 'unsafe'],
    ['Ed25519 -1', ed25519(`ec${ff(30)}7f`), 'unsafe'],
    ['Ed25519 p', ed25519(`ed${ff(30)}7f`), 'unsafe'],
    ['Ed25519 p + 1', ed25519(`ee${ff(30)}ff`), 'unsafe'],
    [
      'Ed25519 of order 8',
      ed25519('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
      'unsafe',
    ],
    [
      'Ed25519 of order 8, the other',
      ed25519('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa'),
      'unsafe',
    ],
    // RFC 8032 §7.1, test 1.
    [
      'Ed25519 of RFC 8032',
      ed25519('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
      undefined,
    ],
    ['Ed448 1', ed448(`01${zeros(56)}`), 'unsafe'],
    ['Ed448 0', ed448(zeros(57)), 'unsafe'],
    ['Ed448 -1', ed448(`fe${ff(27)}fe${ff(27)}00`), 'unsafe'],
    ['Ed448 of another y', ed448(`02${zeros(56)}`), undefined],
    ['no key at all', der.integer(1), undefined],
  ])('%s: %s', (_, spki, kind) => {
    expect(keyFault(spki)?.kind).toBe(kind);
  });

  test('is told of a chain, by name and before the key is used', () => {
    const root = party('root');
    const anchors = new CertificateStore([make({ subject: root, issuer: root, ca: true })]);
    const judge = (spki: Uint8Array) =>
      verifyChain(make({ subject: party('weak'), issuer: root, spki }), {
        anchors,
        intermediates: new CertificateStore(),
        atSeconds: NOW,
      });
    expect(judge(rsa(bits(2048), 1n))).toMatchObject({
      status: 'unsafe_key',
      reason: '"CN=weak" has the RSA exponent 1, under which anybody can sign.',
    });
    expect(judge(dsa(bits(10_000), bits(160), 4n, 5n))).toMatchObject({
      status: 'unsafe_key',
      reason: '"CN=weak" has a DSA prime of 10000 bits, more than the 8192 that are worked with.',
    });
    const off = Buffer.alloc(65, 1);
    off[0] = 4;
    expect(judge(ec(off))).toMatchObject({
      status: 'unsafe_key',
      reason: '"CN=weak" has a key that is no point on the curve secp256r1.',
    });
  });

  test('of an issuer is told where its signature is asked for', () => {
    const root = party('root');
    const unsafe = { ...party('unsafe', 'rsa', 1024), spki: rsa(bits(1024), 1n) };
    const issuer = make({ subject: unsafe, issuer: root, ca: true });
    const leaf = make({ subject: party('leaf'), issuer: unsafe, algorithm: 'rsa-sha256' });
    expect(usableKeyOf(issuer).key).toBeUndefined();
    const verdict = verifyChain(leaf, {
      anchors: new CertificateStore([make({ subject: root, issuer: root, ca: true })]),
      intermediates: new CertificateStore([issuer]),
      atSeconds: NOW,
    });
    expect(verdict).toMatchObject({
      status: 'unsafe_key',
      reason: expect.stringMatching(/^"CN=unsafe" has the RSA/),
    });
  });
});
