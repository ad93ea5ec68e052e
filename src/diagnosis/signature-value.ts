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
import { type Reading, spend } from '../cms/structure.js';
import type { Mistake } from '../model/mistake.js';
import type { Certificate } from '../x509/certificate.js';
import { publicKeyOf } from '../x509/certificate.js';
import { verifyCost } from '../x509/key-cost.js';

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

/** What may differ from what the signer says, in a check of its signature. */
type Change = {
  readonly scheme?: SignatureScheme;
  readonly key?: KeyObject;
  readonly signature?: Uint8Array;
};

/** Whether the signature over `data` holds, paid for from what the message may cost; false where that is used up. */
export function holdsOver(suspect: Suspect, data: Uint8Array, change: Change = {}): boolean {
  const { scheme = suspect.scheme, key = suspect.key, signature = suspect.signer.signature } = change;
  return spend(suspect.reading, verifyCost(key)) && verifySignature(scheme, key, data, signature);
}

/** What an RSA PKCS #1 v1.5 signature value signs; undefined where the key does not fit it, or it may cost no more. */
export function recoverDigest({ reading, key, signer: { signature } }: Suspect): Recovered | undefined {
  if (!spend(reading, verifyCost(key))) return undefined;
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
  const { signer, scheme, hash, certificate } = suspect;
  const { signature } = signer;
  if (scheme.family !== 'eddsa') {
    for (const other of triedHashes(hash)) {
      if (other === scheme.hash) continue;
      if (holdsOver(suspect, data, { scheme: { ...scheme, hash: other } })) return [wrongDigest(hash, other)];
    }
    if (holdsOver(suspect, digestOf(hash, data))) return [digestedTwice('twice')];
  }
  const refusals = suspect.reading.budget?.refusals;
  const recovered = scheme.family === 'rsa' ? recoverDigest(suspect) : undefined;
  const wasPaid = suspect.reading.budget?.refusals === refusals;
  if (scheme.family === 'rsa') {
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
  if (holdsOver(suspect, data, { signature: reversed })) {
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
    if (!holdsOver(suspect, data, { key: otherKey })) continue;
    return [
      {
        code: 'other-key-signed',
        sentence: `The signature was made with the key of ${nameCertificate(other)}, but the signer says that it is ${nameCertificate(certificate)}.`,
      },
    ];
  }
  if (scheme.family === 'rsa' && wasPaid && recovered === undefined) {
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
function pssMistake({ reading, scheme, key, signer }: Suspect, data: Uint8Array): Mistake | undefined {
  if (!spend(reading, verifyCost(key))) return undefined;
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

function isRawValue({ reading, scheme, key, signer }: Suspect, data: Uint8Array): boolean {
  if (!spend(reading, verifyCost(key))) return false;
  try {
    return verify(scheme.hash?.node, data, { key, dsaEncoding: 'ieee-p1363' }, signer.signature);
  } catch {
    return false;
  }
}
