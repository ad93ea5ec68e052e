/**
 * RSA private keys whose primes are missing: some tools write zeros for them, which OpenSSL loads and then cannot
 * use. The primes follow from n, e and d (NIST SP 800-56B §C.2).
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';

/** Largest modulus worked on: recovery costs about a second at 8192 bits. */
const MODULUS_BITS_LIMIT = 8192;
/** Bases tried; each fails with a probability of at most one half. */
const BASES: readonly bigint[] = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n, 41n, 43n, 47n, 53n];

/** A usable key from modulus, public and private exponent (big-endian octets); undefined where they do not fit. */
export function rsaFromExponents(
  modulus: Uint8Array,
  publicExponent: Uint8Array,
  privateExponent: Uint8Array,
): KeyObject | undefined {
  const n = toBigInt(modulus);
  const e = toBigInt(publicExponent);
  const d = toBigInt(privateExponent);
  if (modulus.length * 8 > MODULUS_BITS_LIMIT + 8 || d >= n || e >= n) return undefined;
  const p = findPrime(n, e, d);
  if (p === undefined) return undefined;
  const q = n / p;
  const [larger, smaller] = p > q ? [p, q] : [q, p];
  const field = (value: bigint): string => toOctets(value).toString('base64url');
  try {
    return createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'RSA',
        n: field(n),
        e: field(e),
        d: field(d),
        p: field(larger),
        q: field(smaller),
        dp: field(d % (larger - 1n)),
        dq: field(d % (smaller - 1n)),
        qi: field(power(smaller, larger - 2n, larger)),
      },
    });
  } catch {
    return undefined;
  }
}

function findPrime(n: bigint, e: bigint, d: bigint): bigint | undefined {
  let odd = d * e - 1n;
  if (odd <= 0n || odd % 2n !== 0n) return undefined;
  let twos = 0;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  for (const base of BASES) {
    let root = power(base, odd, n);
    for (let count = 0; count < twos && root !== 1n && root !== n - 1n; count++) {
      const square = (root * root) % n;
      if (square === 1n) {
        const divisor = greatestCommonDivisor(root - 1n, n);
        return divisor > 1n && divisor < n ? divisor : undefined;
      }
      root = square;
    }
  }
  return undefined;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

function toBigInt(octets: Uint8Array): bigint {
  return octets.length === 0 ? 0n : BigInt(`0x${Buffer.from(octets).toString('hex')}`);
}

function toOctets(value: bigint): Buffer {
  const digits = value.toString(16);
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
}
