/**
 * The certificates and keys that draft-ietf-sipping-sec-flows-00 publishes with their private halves (Appendices A
 * and B). Its §3 warns that whoever has read it can make certificates of that CA: seen in use, they prove nothing.
 */

import { createHash } from 'node:crypto';
import { derivedOnce } from '../bytes/derived.js';
import { toHex } from '../bytes/hex.js';
import type { Certificate } from './certificate.js';

type Known = {
  readonly name: string;
  /** SHA-256 of the certificate in DER. */
  readonly fingerprint: string;
  /** SHA-256 of its SubjectPublicKeyInfo in DER. */
  readonly keyFingerprint: string;
};

const KNOWN: readonly Known[] = [
  {
    name: 'Sipit Test Certificate Authority',
    fingerprint: 'efaa1e33b85c95eba1257ac8dc5416375b753e3d5f9ca5c0cde93eb3e5ccd962',
    keyFingerprint: '09bd2400bb716507c3705e3e3a9b843ff607db164e1cd864b18d61f8071a988f',
  },
  {
    name: 'example.com',
    fingerprint: '6f8d0ffaaa1d630f52f2e014a36be0cc62e332ed3683a59fa6db65fea148b3a7',
    keyFingerprint: '1bfd31ec0d7ce9a6954e963f1091c4d88849d0be48af1c93ff55d8487315ebc9',
  },
  {
    name: 'example.net',
    fingerprint: '28c826bf29457810a7d6ede98126825ec6130fc6b3e2fb3967005659efa54aef',
    keyFingerprint: '344e305a02bd9c8789d6a30660a5ce11ef054943eac17a3ac940886106293274',
  },
  {
    name: 'fluffy@example.com',
    fingerprint: '37d9c87e0844486a200e39920852a822d0b6fc9effcc9992eff8f95f42b95e33',
    keyFingerprint: 'a10b3509cdc104bc29b3e4350560d072d7f317e787e0ee568652c10c40974aa9',
  },
  {
    name: 'kumiko@example.net',
    fingerprint: '0b389fec576ff429f3fa2e2940312ef777f8622fbe5d2cf91c45ec40f05b5b75',
    keyFingerprint: 'c199c96060c8e000dd8e97f5ed1d5d23ffdf4f510ed08de78eaf392bdf7f968d',
  },
];

/** Name and key identifier of the draft's CA (§5.1), as the certificates that it signed carry them. */
const CA_NAME = 'C=US, ST=California, L=San Jose, O=sipit, OU=Sipit Test Certificate Authority';
const CA_KEY_IDENTIFIER = '6b461714ea94762580546e1354daa1e35414a1b6';

export type DraftUse = {
  /** `certificate`: one of the draft's; `key`: another with a key of the draft; `issuer`: one of the draft's CA. */
  readonly kind: 'certificate' | 'key' | 'issuer';
  /** Whose certificate or key it is, as `example.net`. */
  readonly name: string;
};

/**
 * What of the draft a certificate uses; undefined where nothing. By fingerprints; the CA by its name and, where the
 * certificate carries one, its key identifier: that alone is no proof of a signature, which the chain tells. Asked for with
 * every message, and a hash takes 2 us.
 */
export const draftUse = derivedOnce(findDraftUse);

function findDraftUse(certificate: Certificate): DraftUse | undefined {
  const same = KNOWN.find(({ fingerprint }) => fingerprint === certificate.fingerprintSha256);
  if (same !== undefined) return { kind: 'certificate', name: same.name };
  const keyFingerprint = createHash('sha256').update(certificate.spki).digest('hex');
  const key = KNOWN.find((known) => known.keyFingerprint === keyFingerprint);
  if (key !== undefined) return { kind: 'key', name: key.name };
  const identifier = certificate.authorityKeyIdentifier;
  const byName = certificate.issuer === CA_NAME;
  const byKey = identifier === undefined || toHex(identifier) === CA_KEY_IDENTIFIER;
  return byName && byKey ? { kind: 'issuer', name: 'Sipit Test Certificate Authority' } : undefined;
}
