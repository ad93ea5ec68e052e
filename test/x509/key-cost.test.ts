import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/x509/chain.js';
import { verifyCost } from '../../src/x509/key-cost.js';
import { CertificateStore } from '../../src/x509/store.js';
import * as der from '../support/der.js';
import { NOW } from './chains/case.js';
import { make, party } from './make.js';

const number = (bits: number): bigint => (1n << BigInt(bits - 1)) | 1n;
const keyOf = (spki: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });

function rsa(bits: number, exponent: bigint): KeyObject {
  const key = der.sequence(der.integer(number(bits)), der.integer(exponent));
  const algorithm = der.sequence(der.oid('1.2.840.113549.1.1.1'), der.nullValue());
  return keyOf(der.sequence(algorithm, der.bitString(key)));
}

function dsa(bits: number, divisor: number): KeyObject {
  const parameters = der.sequence(der.integer(number(bits)), der.integer(number(divisor)), der.integer(3));
  const algorithm = der.sequence(der.oid('1.2.840.10040.4.1'), parameters);
  return keyOf(der.sequence(algorithm, der.bitString(der.integer(5))));
}

const curve = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).publicKey;

describe('the cost of a signature check', () => {
  it('grows with the square of a modulus and with the length of the exponent', () => {
    expect(verifyCost(rsa(2048, 65537n))).toBe(100);
    expect(verifyCost(rsa(8192, 65537n))).toBe(400);
    expect(verifyCost(rsa(16384, 65537n))).toBe(1600);
    expect(verifyCost(rsa(8192, number(64)))).toBe(1506);
    expect(verifyCost(dsa(3072, 256))).toBe(800);
    expect(verifyCost(dsa(6144, 256))).toBe(3200);
    expect(verifyCost(dsa(6144, 512))).toBe(6400);
  });

  it('is that of the curve: the usual one is fast, and one without a known size counts as the slowest', () => {
    expect(verifyCost(curve('prime256v1'))).toBe(100);
    expect(verifyCost(curve('secp384r1'))).toBe(800);
    expect(verifyCost(curve('brainpoolP512r1'))).toBe(1423);
    expect(verifyCost(curve('sect571r1'))).toBe(2500);
  });
});

describe('a chain that its caller pays for', () => {
  const root = party('root', 'rsa', 2048);
  const anchor = make({ subject: root, issuer: root, algorithm: 'rsa-sha256', ca: true });
  const fresh = () => make({ subject: party('leaf'), issuer: root, algorithm: 'rsa-sha256' });
  const judge = (pay: (microseconds: number) => boolean) =>
    verifyChain(fresh(), {
      anchors: new CertificateStore([anchor]),
      intermediates: new CertificateStore([]),
      atSeconds: NOW,
      pay,
    });

  it('costs what its signatures cost', () => {
    const paid: number[] = [];
    expect(judge((cost) => paid.push(cost) > 0).status).toBe('valid');
    expect(paid).toEqual([100]);
  });

  it('is not valid where the signatures cannot be paid for, and says so', () => {
    const { status, reason } = judge(() => false);
    expect(status).toBe('unknown_issuer');
    expect(reason).toContain('too many key operations were asked for: other issuers were not tried');
  });
});
