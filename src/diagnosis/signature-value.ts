/**
 * Mistakes in a signature value itself: the digest of the digest, another hash, another encoding or padding of the value,
 * another key than the one that the signer names.
 */

import type { KeyObject } from 'node:crypto';
import { constants, publicDecrypt, verify } from 'node:crypto';
import { isUniversal, TAG } from '../asn1/node.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOctets, readOid } from '../asn1/values.js';
import { equalBytes } from '../bytes/text.js';
import type { Hash } from '../cms/algorithms.js';
import { hashNamed, hashOf } from '../cms/algorithms.js';
import { nameCertificate } from '../cms/certificates.js';
import type { SignatureScheme } from '../cms/signing/signature.js';
import { digestOf, keyFits, verifySignature } from '../cms/signing/signature.js';
import type { SignerStructure } from '../cms/signing/signer-structure.js';
import type { Reading } from '../cms/structure.js';
import type { Mistake } from '../model/mistake.js';
import type { Certificate } from '../x509/certificate.js';
import { publicKeyOf } from '../x509/certificate.js';

/** The hash functions tried: those that S/MIME stacks have. */
const TRIED_HASHES = ['sha1', 'sha256', 'md5', 'sha384', 'sha512', 'sha224'];
/** Most certificates tried as the signer's. */
const TRIED_CERTIFICATES_LIMIT = 32;
/** A signer whose signature does not hold, with the key that should have made it. */
export type Suspect = {
  readonly reading: Reading;
  readonly signer: SignerStructure;
  readonly scheme: SignatureScheme;
  readonly hash: Hash;
  readonly key: KeyObject;
  readonly certificate: Certificate;
};

export type Recovered = {
  readonly digest: Uint8Array;
  /** From the DigestInfo; absent for a digest alone. */
  readonly hash: Hash | undefined;
  readonly form: 'digest-info' | 'bare';
};

/** What an RSA PKCS #1 v1.5 signature value signs; undefined where the key does not fit it. */
export function recoverDigest(key: KeyObject, signature: Uint8Array): Recovered | undefined {
  let block: Uint8Array;
  try {
    block = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  } catch {
    return undefined;
  }
  const { root, trailing, error } = parseAsn1(block);
  const [algorithm, value] =
    isUniversal(root, TAG.sequence) && trailing === 0 && error === undefined ? root.children : [];
  const type = algorithm?.children[0];
  const digest = isUniversal(value, TAG.octetString) ? readOctets(block, value) : undefined;
  if (digest === undefined) return { digest: block, hash: undefined, form: 'bare' };
  const oid = type === undefined ? undefined : readOid(block, type);
  return { digest, hash: oid === undefined ? undefined : hashOf(oid), form: 'digest-info' };
}

export function triedHashes(first: Hash | undefined): readonly Hash[] {
  const known = TRIED_HASHES.flatMap((name) => hashNamed(name) ?? []);
  return first === undefined ? known : [first, ...known.filter((hash) => hash !== first)];
}

export function digestedTwice(how: 'twice' | 'text'): Mistake {
  return {
    code: 'digest-of-digest',
    sentence:
      how === 'twice'
        ? 'The signer signed the digest of the digest: the content was digested before it was given to a function that digests.'
        : 'The signer signed the digest of the digest written in hexadecimal.',
  };
}

export function wrongDigest(said: Hash, used: Hash): Mistake {
  return {
    code: 'digest-algorithm-differs',
    sentence: `The signer says that it digested with ${said.name}, but used ${used.name}.`,
  };
}

/** Mistakes in the value itself: another hash, another encoding of the value, another key. */
export function explainValue(suspect: Suspect, data: Uint8Array, others: readonly Certificate[]): Mistake[] {
  const { signer, scheme, hash, key, certificate } = suspect;
  const { signature } = signer;
  if (scheme.family !== 'eddsa') {
    for (const other of triedHashes(hash)) {
      if (other === scheme.hash) continue;
      if (verifySignature({ ...scheme, hash: other }, key, data, signature))
        return [wrongDigest(hash, other)];
    }
    if (verifySignature(scheme, key, digestOf(hash, data), signature)) return [digestedTwice('twice')];
  }
  if (scheme.family === 'rsa') {
    const recovered = recoverDigest(key, signature);
    if (recovered?.form === 'bare' && equalBytes(recovered.digest, digestOf(hash, data))) {
      return [
        {
          code: 'bare-digest-signed',
          sentence: 'The signer padded the digest alone, without the DigestInfo around it (RFC 8017 §9.2).',
        },
      ];
    }
    const other = pssMistake(suspect, data);
    if (other !== undefined) return [other];
  }
  if ((scheme.family === 'ecdsa' || scheme.family === 'dsa') && isRawValue(suspect, data)) {
    return [
      {
        code: 'raw-signature-value',
        sentence:
          'The signature value is the two numbers side by side; CMS wants them as a DER SEQUENCE (RFC 5753 §7.2).',
      },
    ];
  }
  const reversed = Uint8Array.from(signature).reverse();
  if (verifySignature(scheme, key, data, reversed)) {
    return [
      {
        code: 'signature-reversed',
        sentence:
          'The signature value is written with its least significant octet first; it must be the other way round.',
      },
    ];
  }
  for (const other of others.slice(0, TRIED_CERTIFICATES_LIMIT)) {
    if (other === certificate) continue;
    const otherKey = publicKeyOf(other);
    if (otherKey === undefined || !keyFits(scheme, otherKey)) continue;
    if (!verifySignature(scheme, otherKey, data, signature)) continue;
    return [
      {
        code: 'other-key-signed',
        sentence: `The signature was made with the key of ${nameCertificate(other)}, but the signer says that it is ${nameCertificate(certificate)}.`,
      },
    ];
  }
  if (scheme.family === 'rsa' && recoverDigest(key, signature) === undefined) {
    return [
      {
        code: 'other-key-or-damaged',
        sentence: `The signature value was not made with the key of ${nameCertificate(certificate)}, or is damaged: decrypted with it, it has no signature padding.`,
      },
    ];
  }
  return [];
}

/** Whether an RSA signature that says PKCS #1 v1.5 is in fact PSS. */
function pssMistake({ scheme, key, signer }: Suspect, data: Uint8Array): Mistake | undefined {
  try {
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_AUTO;
    if (!verify(scheme.hash?.node, data, { key, padding, saltLength }, signer.signature)) return undefined;
  } catch {
    return undefined;
  }
  return {
    code: 'pss-not-said',
    sentence: `The signature is padded as RSASSA-PSS, but its algorithm is said to be ${scheme.name}.`,
  };
}

function isRawValue({ scheme, key, signer }: Suspect, data: Uint8Array): boolean {
  try {
    return verify(scheme.hash?.node, data, { key, dsaEncoding: 'ieee-p1363' }, signer.signature);
  } catch {
    return false;
  }
}
