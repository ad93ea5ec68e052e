/**
 * What signs certificates, requests and CMS: a key, a digest, and the AlgorithmIdentifier that names the pair
 * (RFC 3279 §2.2, RFC 4055 §5, RFC 5758 §3.2).
 */

import { type KeyObject, sign } from 'node:crypto';
import type { AlgorithmIdentifier } from 'pkijs';
import { algorithm, algorithmWithNull } from './structures.js';

export const DIGESTS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
export type Digest = (typeof DIGESTS)[number];

export const DIGEST_OIDS: Readonly<Record<Digest, string>> = {
  md5: '1.2.840.113549.2.5',
  sha1: '1.3.14.3.2.26',
  sha224: '2.16.840.1.101.3.4.2.4',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};

const RSA_OIDS: Readonly<Record<Digest, string>> = {
  md5: '1.2.840.113549.1.1.4',
  sha1: '1.2.840.113549.1.1.5',
  sha224: '1.2.840.113549.1.1.14',
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};

/** There is no identifier for ECDSA with MD5. */
const ECDSA_OIDS: Readonly<Partial<Record<Digest, string>>> = {
  sha1: '1.2.840.10045.4.1',
  sha224: '1.2.840.10045.4.3.1',
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};

/** Whether the two go together; Ed25519 has a digest of its own and takes any. */
export function canSign(key: KeyObject, digest: Digest): boolean {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'ed25519':
      return true;
    case 'ec':
      return ECDSA_OIDS[digest] !== undefined;
    default:
      return false;
  }
}

/**
 * AlgorithmIdentifier of a signature with this key and digest. Throws a RangeError where `canSign` says no.
 */
export function signatureAlgorithm(key: KeyObject, digest: Digest): AlgorithmIdentifier {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return algorithmWithNull(RSA_OIDS[digest]);
    case 'ed25519':
      return algorithm('1.3.101.112');
    case 'ec': {
      const identifier = ECDSA_OIDS[digest];
      if (identifier !== undefined) return algorithm(identifier);
    }
  }
  throw new RangeError(`a key of type ${key.asymmetricKeyType} does not sign with ${digest}`);
}

/** The signature value over `data`; ECDSA's as the DER sequence that certificates and CMS carry. */
export function signData(key: KeyObject, digest: Digest, data: Uint8Array): Uint8Array {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : digest, data, key);
}
