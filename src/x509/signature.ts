/**
 * Verifies a signature by its AlgorithmIdentifier (RFC 4055, RFC 5758, RFC 8410) with node:crypto. Used for
 * certificates here; CMS has the same algorithms.
 */

import { constants, type KeyObject, verify } from 'node:crypto';
import { isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOid } from '../asn1/values.js';
import { keyWithMaskHash, type PssParameters, readPssParameters } from './pss.js';

export type SignatureScheme = {
  /** Key type that node:crypto names: what the key must be. */
  readonly keyType: 'rsa' | 'rsa-pss' | 'dsa' | 'ec' | 'ed25519' | 'ed448';
  /** node:crypto's name of the digest; absent for EdDSA. */
  readonly hash?: string;
  /** Salt length in bytes of RSASSA-PSS. */
  readonly saltLength?: number;
  /** RSASSA-PSS whose mask is made with another hash than that of the message. */
  readonly otherMask?: PssParameters;
};

export type SignatureVerdict =
  | { readonly status: 'valid' }
  /** `reason` is a clause without a full stop. */
  | { readonly status: 'invalid' | 'unsupported'; readonly reason: string };

const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map<string, SignatureScheme>([
  ['1.2.840.113549.1.1.4', { keyType: 'rsa', hash: 'md5' }],
  ['1.2.840.113549.1.1.5', { keyType: 'rsa', hash: 'sha1' }],
  ['1.3.14.3.2.29', { keyType: 'rsa', hash: 'sha1' }],
  ['1.2.840.113549.1.1.14', { keyType: 'rsa', hash: 'sha224' }],
  ['1.2.840.113549.1.1.11', { keyType: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { keyType: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { keyType: 'rsa', hash: 'sha512' }],
  ['1.2.840.10040.4.3', { keyType: 'dsa', hash: 'sha1' }],
  ['2.16.840.1.101.3.4.3.1', { keyType: 'dsa', hash: 'sha224' }],
  ['2.16.840.1.101.3.4.3.2', { keyType: 'dsa', hash: 'sha256' }],
  ['2.16.840.1.101.3.4.3.3', { keyType: 'dsa', hash: 'sha384' }],
  ['2.16.840.1.101.3.4.3.4', { keyType: 'dsa', hash: 'sha512' }],
  ['1.2.840.10045.4.1', { keyType: 'ec', hash: 'sha1' }],
  ['1.2.840.10045.4.3.1', { keyType: 'ec', hash: 'sha224' }],
  ['1.2.840.10045.4.3.2', { keyType: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { keyType: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { keyType: 'ec', hash: 'sha512' }],
  ['1.3.101.112', { keyType: 'ed25519' }],
  ['1.3.101.113', { keyType: 'ed448' }],
]);

const HASHES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.5', 'md5'],
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.4', 'sha224'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
const RSASSA_PSS = '1.2.840.113549.1.1.10';

/** The scheme of an AlgorithmIdentifier in DER, or why there is none (a clause without a full stop). */
export function signatureScheme(algorithmDer: Uint8Array): SignatureScheme | string {
  const { root } = parseAsn1(algorithmDer);
  const [oidNode, parameters] = root?.children ?? [];
  const oid = isUniversal(oidNode, TAG.objectIdentifier) ? readOid(algorithmDer, oidNode) : undefined;
  if (oid === undefined) return 'the signature algorithm cannot be read';
  const scheme = SCHEMES.get(oid);
  if (scheme !== undefined) return scheme;
  if (oid !== RSASSA_PSS) return `the signature algorithm ${oidLabel(oid)} is not supported`;

  const read = readPssParameters(algorithmDer, parameters);
  if (!read.ok) return read.why;
  const { hashOid, maskHashOid, saltLength } = read.parameters;
  const hash = HASHES.get(hashOid);
  if (hash === undefined)
    return `the hash ${oidLabel(hashOid)} of the RSASSA-PSS parameters is not supported`;
  if (maskHashOid === hashOid) return { keyType: 'rsa-pss', hash, saltLength };
  return { keyType: 'rsa-pss', hash, saltLength, otherMask: read.parameters };
}

/**
 * Whether `signature` over `data` was made with the private half of `key`, by the algorithm whose AlgorithmIdentifier
 * is given in DER.
 */
export function verifySignature(
  algorithmDer: Uint8Array,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): SignatureVerdict {
  const scheme = signatureScheme(algorithmDer);
  if (typeof scheme === 'string') return { status: 'unsupported', reason: scheme };
  const type = key.asymmetricKeyType;
  const fits = type === scheme.keyType || (scheme.keyType === 'rsa-pss' && type === 'rsa');
  if (!fits) {
    return {
      status: 'invalid',
      reason: `the key is of type ${type}, the signature of type ${scheme.keyType}`,
    };
  }
  try {
    const { otherMask } = scheme;
    const used = otherMask === undefined ? key : keyWithMaskHash(key, otherMask);
    const options =
      scheme.saltLength === undefined
        ? key
        : { key: used, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    return verify(scheme.hash ?? null, data, options, signature)
      ? { status: 'valid' }
      : { status: 'invalid', reason: 'the signature does not match the signed bytes' };
  } catch {
    return { status: 'unsupported', reason: 'the signature cannot be checked with this key' };
  }
}
