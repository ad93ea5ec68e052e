/**
 * Public keys that must not be used: those whose arithmetic was made to take long, and those under which anybody can
 * sign. Told from the encoding alone, before any cryptography touches them.
 */

import type { Asn1Node } from '../asn1/node.js';
import { isUniversal, TAG } from '../asn1/node.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readBitString, readOid, readUnsignedOctets } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';

export type KeyFault = {
  /** `oversized`: made to cost time. `unsafe`: a signature under it proves nothing. */
  readonly kind: 'oversized' | 'unsafe';
  /** A clause without a full stop that goes on after the key's owner: `has an RSA modulus of 20000 bits ...`. */
  readonly reason: string;
};

/** Largest modulus: OpenSSL's own limit (OPENSSL_RSA_MAX_MODULUS_BITS). */
const RSA_BITS_LIMIT = 16_384;
/** Largest public exponent: OpenSSL's limit for moduli above 3072 bits; others have been seen up to 33 bits. */
const EXPONENT_BITS_LIMIT = 64;
/** Largest prime p: FIPS 186-4 ends at 3072 bits. */
const PRIME_BITS_LIMIT = 8192;
/** Largest prime q: FIPS 186-4 ends at 256 bits. */
const SUBPRIME_BITS_LIMIT = 512;

const RSA_KEYS = new Set(['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.7', '1.2.840.113549.1.1.10']);
const DSA = '1.2.840.10040.4.1';
const DIFFIE_HELLMAN = new Set(['1.2.840.10046.2.1', '1.2.840.113549.1.3.1']);
const ED25519 = '1.3.101.112';
const ED448 = '1.3.101.113';

/** What is wrong with the key of a SubjectPublicKeyInfo in DER; undefined where it may be tried. */
export function keyFault(spki: Uint8Array): KeyFault | undefined {
  const [algorithm, keyNode] = parseAsn1(spki).root?.children ?? [];
  const [oidNode, parameters] = algorithm?.children ?? [];
  const oid = oidNode === undefined ? undefined : readOid(spki, oidNode);
  const key = isUniversal(keyNode, TAG.bitString) ? readBitString(spki, keyNode)?.bytes : undefined;
  if (oid === undefined || key === undefined) return undefined;
  if (RSA_KEYS.has(oid)) return rsaFault(key);
  if (oid === DSA) return dsaFault(spki, parameters, key);
  if (DIFFIE_HELLMAN.has(oid))
    return tooLong('a Diffie-Hellman prime', numberOf(spki, parameters?.children[0]));
  if (oid === ED25519 && SMALL_ORDER_25519.has(ed25519Y(key))) return smallOrder('Ed25519');
  if (oid === ED448 && SMALL_ORDER_448.has(ed448Y(key))) return smallOrder('Ed448');
  return undefined;
}

function rsaFault(key: Uint8Array): KeyFault | undefined {
  const [modulus, exponent] = (parseAsn1(key).root?.children ?? []).map((node) => numberOf(key, node));
  const long = tooLong('an RSA modulus', modulus, RSA_BITS_LIMIT);
  if (long !== undefined || exponent === undefined) return long;
  if (bitsOf(exponent) > EXPONENT_BITS_LIMIT) {
    return tooLong('an RSA exponent', exponent, EXPONENT_BITS_LIMIT);
  }
  const last = exponent[exponent.length - 1] as number;
  if (exponent.length === 1 && last <= 1) {
    return unsafe(`has the RSA exponent ${last}, under which anybody can sign`);
  }
  return last % 2 === 0 ? unsafe('has an even RSA exponent, which no private key goes with') : undefined;
}

function dsaFault(spki: Uint8Array, parameters: Asn1Node | undefined, key: Uint8Array): KeyFault | undefined {
  const [p, q, g] = (parameters?.children ?? []).map((node) => numberOf(spki, node));
  const y = numberOf(key, parseAsn1(key).root);
  const long =
    tooLong('a DSA prime', p) ??
    tooLong('a DSA subprime', q, SUBPRIME_BITS_LIMIT) ??
    tooLong('a DSA generator', g) ??
    tooLong('a DSA public value', y);
  if (long !== undefined) return long;
  for (const [name, value] of [['generator', g] as const, ['public value', y] as const]) {
    if (value === undefined) continue;
    if (value.length === 1 && (value[0] as number) <= 1) {
      return unsafe(`has the DSA ${name} ${value[0]}, under which anybody can sign`);
    }
  }
  return undefined;
}

function numberOf(bytes: Uint8Array, node: Asn1Node | undefined): Uint8Array | undefined {
  return isUniversal(node, TAG.integer) ? readUnsignedOctets(bytes, node) : undefined;
}

function bitsOf(magnitude: Uint8Array): number {
  return magnitude.length * 8 - Math.clz32(magnitude[0] as number) + 24;
}

function tooLong(
  what: string,
  value: Uint8Array | undefined,
  limit = PRIME_BITS_LIMIT,
): KeyFault | undefined {
  const bits = value === undefined ? 0 : bitsOf(value);
  return bits <= limit
    ? undefined
    : {
        kind: 'oversized',
        reason: `has ${what} of ${bits} bits, more than the ${limit} that are worked with`,
      };
}

function unsafe(reason: string): KeyFault {
  return { kind: 'unsafe', reason };
}

function smallOrder(curve: string): KeyFault {
  return unsafe(`is an ${curve} point of small order, under which anybody can sign`);
}

/** y of a point's encoding, without the sign of x (RFC 8032 §5.1.2). */
function ed25519Y(key: Uint8Array): string {
  return key.length === 32 ? toHex(Uint8Array.of(...key.subarray(0, 31), (key[31] as number) & 0x7f)) : '';
}

function ed448Y(key: Uint8Array): string {
  return key.length === 57 ? toHex(Uint8Array.of(...key.subarray(0, 56), (key[56] as number) & 0x7f)) : '';
}

const FF = (count: number): string => 'ff'.repeat(count);
const ZEROS = (count: number): string => '00'.repeat(count);

/** y of the points whose order divides 8: 0, 1, -1, two of order 8, and the encodings p and p + 1 of 0 and 1. */
const SMALL_ORDER_25519 = new Set([
  ZEROS(32),
  `01${ZEROS(31)}`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${FF(30)}7f`,
  `ed${FF(30)}7f`,
  `ee${FF(30)}7f`,
]);

/** y of the points whose order divides 4: 0, 1, -1, and the encodings p and p + 1 of 0 and 1, p = 2^448 - 2^224 - 1. */
const SMALL_ORDER_448 = new Set([
  ZEROS(57),
  `01${ZEROS(56)}`,
  `fe${FF(27)}fe${FF(27)}00`,
  `${FF(28)}fe${FF(27)}00`,
  `${ZEROS(28)}${FF(28)}00`,
]);
