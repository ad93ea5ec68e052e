/** What checking a signature costs, from the key alone. */

import type { KeyObject } from 'node:crypto';

/** Least that is counted for a signature: the call and the hash around the arithmetic. */
const LEAST = 100;
/** An elliptic curve whose size its name does not tell; curves over binary fields are the slowest. */
const UNKNOWN_CURVE = 2500;

/**
 * Microseconds that one check with a public key takes, somewhat more than was measured with OpenSSL 3: arithmetic grows
 * with the square of the modulus and with the length of the exponent.
 */
export function verifyCost(key: KeyObject): number {
  const {
    modulusLength = 0,
    divisorLength = 256,
    publicExponent,
    namedCurve,
  } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss': {
      const exponentBits = publicExponent?.toString(2).length ?? 64;
      return Math.max(LEAST, Math.ceil((100 * (modulusLength / 4096) ** 2 * exponentBits) / 17));
    }
    case 'dsa':
      return Math.max(LEAST, Math.ceil(800 * (modulusLength / 3072) ** 2 * (divisorLength / 256)));
    case 'ec':
      return curveCost(namedCurve ?? '');
    case 'ed448':
      return 250;
    default:
      return LEAST;
  }
}

/**
 * Microseconds that one decryption or agreement with a private key takes: for RSA it grows with the cube of the modulus,
 * for Diffie-Hellman it was not measured apart from RSA of the same size.
 */
export function privateKeyCost(key: KeyObject): number {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined) return Math.ceil(700 * Math.max(1, modulusLength / 2048) ** 3);
  return namedCurve === undefined ? 700 : Math.max(700, curveCost(namedCurve));
}

function curveCost(name: string): number {
  if (name === 'prime256v1') return LEAST;
  const bits = /^(?:secp|brainpoolP|prime)(\d+)/.exec(name)?.[1];
  return bits === undefined ? UNKNOWN_CURVE : Math.ceil(800 * (Number(bits) / 384) ** 2);
}
