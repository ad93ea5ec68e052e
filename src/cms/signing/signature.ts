/**
 * Checks one signature value with one public key: RSA PKCS #1 v1.5 and PSS (RFC 8017), DSA and ECDSA (FIPS 186-4,
 * values as DER Dss-Sig-Value / ECDSA-Sig-Value), Ed25519 and Ed448 (RFC 8419). All by node:crypto.
 */

import type { KeyObject } from 'node:crypto';
import { constants, createHash, verify } from 'node:crypto';
import { isUniversal, TAG } from '../../asn1/node.js';
import { readSmallInteger } from '../../asn1/values.js';
import { keyWithMaskHash, type PssParameters, readPssParameters } from '../../x509/pss.js';
import type { Hash, SignatureFamily } from '../algorithms.js';
import { algorithmName, hashNamed, hashOf, SHAKE256_LEN, signatureEntry } from '../algorithms.js';
import type { Algorithm, Reading } from '../structure.js';

/** How a signer made its signature, from its two algorithm identifiers. */
export type SignatureScheme = {
  readonly name: string;
  readonly family: SignatureFamily;
  /** The hash inside the signature; Ed25519 and Ed448 bring their own. */
  readonly hash: Hash | undefined;
  /** RSASSA-PSS only, in octets. */
  readonly saltLength?: number;
  /** RSASSA-PSS whose mask is made with another hash than that of the message. */
  readonly otherMask?: PssParameters | undefined;
};

export type SchemeResult =
  | { readonly scheme: SignatureScheme; readonly disagreement?: string }
  | { readonly unsupported: string }
  /** The parameters are read, and no signature is valid with them. */
  | { readonly refused: string };

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
  const digest = digestHash(reading, digestAlgorithm);
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

/** RSASSA-PSS (RFC 4056 §3): its hashes and its salt stand in its parameters. */
function pssScheme(
  reading: Reading,
  name: string,
  algorithm: Algorithm,
  digest: Hash | undefined,
): SchemeResult {
  const read = readPssParameters(reading.bytes, algorithm.parameters);
  if (!read.ok) return read.refused ? { refused: read.why } : { unsupported: read.why };
  const { hashOid, maskHashOid, saltLength } = read.parameters;
  const hash = hashOf(hashOid);
  for (const [oid, known] of [[hashOid, hash] as const, [maskHashOid, hashOf(maskHashOid)] as const]) {
    if (known !== undefined) continue;
    return { unsupported: `the hash ${algorithmName(oid)} of the RSASSA-PSS parameters is not known` };
  }
  const otherMask = maskHashOid === hashOid ? undefined : read.parameters;
  const scheme: SignatureScheme = { name, family: 'rsa-pss', hash, saltLength, otherMask };
  if (digest === undefined || digest === hash) return { scheme };
  return {
    scheme,
    disagreement: `The digest algorithm is ${digest.name}, but the RSASSA-PSS parameters say ${hash?.name}.`,
  };
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
  const type = key.asymmetricKeyType ?? '';
  if (scheme.family === 'eddsa') return scheme.name.toLowerCase() === type;
  return KEY_TYPES[scheme.family].includes(type);
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
      const used = scheme.otherMask === undefined ? key : keyWithMaskHash(key, scheme.otherMask);
      return verify(scheme.hash?.node, data, { key: used, padding, saltLength }, signature);
    }
    return verify(scheme.hash?.node ?? null, data, key, signature);
  } catch {
    // OpenSSL's errors for malformed keys and values, as a modulus too large or an odd curve.
    return false;
  }
}

/** The hash function of a digest algorithm with its parameters; undefined where it is not to be had. */
export function digestHash({ bytes }: Reading, { oid, parameters }: Algorithm): Hash | undefined {
  const hash = hashOf(oid);
  if (oid !== SHAKE256_LEN || hash === undefined) return hash;
  const bits = isUniversal(parameters, TAG.integer) ? readSmallInteger(bytes, parameters) : undefined;
  if (bits === hash.octets * 8) return hash;
  const isLength = bits !== undefined && bits > 0 && bits <= SHAKE_BITS_LIMIT && bits % 8 === 0;
  return isLength ? { ...hash, octets: bits / 8 } : undefined;
}

/** Most bits asked of SHAKE; RFC 8419 §3.1 has 512. */
const SHAKE_BITS_LIMIT = 4096;

/** The hash of `data`. */
export function digestOf(hash: Hash, data: Uint8Array): Uint8Array {
  // SHAKE gives as many octets as it is asked for, and fewer by itself than CMS wants.
  const options = hash.node.startsWith('shake') ? { outputLength: hash.octets } : undefined;
  return createHash(hash.node, options).update(data).digest();
}
