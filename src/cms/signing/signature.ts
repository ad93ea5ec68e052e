/**
 * Checks one signature value with one public key: RSA PKCS #1 v1.5 and PSS (RFC 8017), DSA and ECDSA (FIPS 186-4,
 * values as DER Dss-Sig-Value / ECDSA-Sig-Value), Ed25519 and Ed448 (RFC 8419). All by node:crypto.
 */

import type { KeyObject } from 'node:crypto';
import { constants, createHash, verify } from 'node:crypto';
import { encoded } from '../../asn1/node.js';
import { readWith } from '../../bytes/libraries.js';
import type { Hash, SignatureFamily } from '../algorithms.js';
import { algorithmName, hashNamed, hashOf, signatureEntry } from '../algorithms.js';
import type { Algorithm, Reading } from '../structure.js';

/** How a signer made its signature, from its two algorithm identifiers. */
export type SignatureScheme = {
  readonly name: string;
  readonly family: SignatureFamily;
  /** The hash inside the signature; Ed25519 and Ed448 bring their own. */
  readonly hash: Hash | undefined;
  /** RSASSA-PSS only, in octets. */
  readonly saltLength?: number;
};

export type SchemeResult =
  | { readonly scheme: SignatureScheme; readonly disagreement?: string }
  | { readonly unsupported: string };

/**
 * Joins digest and signature algorithm. Where both name a hash and differ, the signature algorithm's is used
 * inside the signature and `disagreement` says so.
 */
export function signatureScheme(
  reading: Reading,
  digestAlgorithm: Algorithm,
  signatureAlgorithm: Algorithm,
): SchemeResult {
  const entry = signatureEntry(signatureAlgorithm.oid);
  const name = algorithmName(signatureAlgorithm.oid);
  if (entry === undefined) return { unsupported: `the signature algorithm ${name} is not known` };
  const digest = hashOf(digestAlgorithm.oid);
  if (entry.family === 'eddsa') return { scheme: { name, family: 'eddsa', hash: undefined } };
  if (entry.family === 'rsa-pss') return pssScheme(reading, name, signatureAlgorithm, digest);
  const hash = entry.hash === undefined ? digest : hashNamed(entry.hash);
  if (hash === undefined) {
    return { unsupported: `the digest algorithm ${algorithmName(digestAlgorithm.oid)} is not known` };
  }
  const scheme: SignatureScheme = { name, family: entry.family, hash };
  if (digest === undefined || digest === hash) return { scheme };
  return {
    scheme,
    disagreement: `The digest algorithm is ${digest.name}, but the signature algorithm is ${name}.`,
  };
}

/** RSASSA-PSS-params (RFC 4056 §2.2, RFC 8017 A.2.3): absent ones mean SHA-1 and a salt of 20 octets. */
function pssScheme(
  reading: Reading,
  name: string,
  algorithm: Algorithm,
  digest: Hash | undefined,
): SchemeResult {
  let hash = hashNamed('sha1') as Hash;
  let maskHash: Hash | undefined = hash;
  let saltLength = 20;
  if (algorithm.parametersForm === 'other' && algorithm.parameters !== undefined) {
    const parameters = readWith(
      (library, schema) => {
        const read = new library.RSASSAPSSParams({ schema });
        return {
          hashOid: read.hashAlgorithm.algorithmId,
          maskOid: maskDigestOid(read.maskGenAlgorithm.algorithmParams),
          saltLength: read.saltLength,
        };
      },
      encoded(reading.bytes, algorithm.parameters),
    );
    if (parameters === undefined) return { unsupported: 'the RSASSA-PSS parameters cannot be read' };
    const said = hashOf(parameters.hashOid);
    if (said === undefined) {
      return {
        unsupported: `the hash ${algorithmName(parameters.hashOid)} of the RSASSA-PSS parameters is not known`,
      };
    }
    hash = said;
    maskHash = parameters.maskOid === undefined ? hashNamed('sha1') : hashOf(parameters.maskOid);
    saltLength = parameters.saltLength;
  }
  if (maskHash !== hash) {
    // node:crypto has one hash for both; RFC 4056 §2.2 asks signers to use the same.
    return { unsupported: `its mask generation hash differs from its hash ${hash.name}` };
  }
  const scheme: SignatureScheme = { name, family: 'rsa-pss', hash, saltLength };
  if (digest === undefined || digest === hash) return { scheme };
  return {
    scheme,
    disagreement: `The digest algorithm is ${digest.name}, but the RSASSA-PSS parameters say ${hash.name}.`,
  };
}

/** The OID inside MGF1's parameters, an AlgorithmIdentifier that pkijs leaves as asn1js made it. */
function maskDigestOid(parameters: unknown): string | undefined {
  const block = parameters as
    | { valueBlock?: { value?: { valueBlock?: { toString(): string } }[] } }
    | undefined;
  return block?.valueBlock?.value?.[0]?.valueBlock?.toString();
}

const KEY_TYPES: Readonly<Record<SignatureFamily, readonly string[]>> = {
  rsa: ['rsa'],
  'rsa-pss': ['rsa', 'rsa-pss'],
  dsa: ['dsa'],
  ecdsa: ['ec'],
  eddsa: ['ed25519', 'ed448'],
};

/** Whether a public key is of the kind that the scheme wants. */
export function keyFits(scheme: SignatureScheme, key: KeyObject): boolean {
  return KEY_TYPES[scheme.family].includes(key.asymmetricKeyType ?? '');
}

/** Whether `signature` over `data` verifies; false for anything that is no signature at all. */
export function verifySignature(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!keyFits(scheme, key)) return false;
  try {
    if (scheme.family === 'rsa-pss') {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      const saltLength = scheme.saltLength ?? 20;
      return verify(scheme.hash?.node, data, { key, padding, saltLength }, signature);
    }
    return verify(scheme.hash?.node ?? null, data, key, signature);
  } catch {
    // OpenSSL's errors for malformed keys and values, as a modulus too large or an odd curve.
    return false;
  }
}

/** The hash of `data`. */
export function digestOf(hash: Hash, data: Uint8Array): Uint8Array {
  return createHash(hash.node).update(data).digest();
}
