/** SignedData (RFC 5652 §5), written, with the deliberate mistakes that people make in it. */

import { createHash, type KeyObject } from 'node:crypto';
import {
  compareOctets,
  context,
  element,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  time,
} from '../asn1/der.js';
import { TAG } from '../asn1/node.js';
import { DIGEST_OIDS, type Digest, signatureAlgorithm, signData } from '../authority/signing.js';
import { fromHex } from '../bytes/hex.js';
import type { Certificate } from '../x509/certificate.js';

const DATA = '1.2.840.113549.1.7.1';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';

/** What can go wrong while the signature value is made. */
export type SigningMistake = 'digest-of-digest' | 'signed-attributes-order' | 'signed-attributes-tag';

export type SignedDataRecipe = {
  /** The bytes that the signature covers. */
  readonly content: Uint8Array;
  /** Whether the content stands inside. */
  readonly encapsulate: boolean;
  readonly signer: { readonly certificate: Certificate; readonly key: KeyObject };
  readonly digest: Digest;
  /** RFC 3370 §2: absent is preferred for SHA-1, NULL must be there for MD5. */
  readonly digestParameters: 'absent' | 'null';
  /** Certificates that go with it, DER. */
  readonly certificates: readonly Uint8Array[];
  /** With signed attributes, and the signing time (Unix seconds) among them. */
  readonly signingTime?: number;
  readonly mistake?: SigningMistake;
};

/** ContentInfo in DER. */
export function encodeSignedData(recipe: SignedDataRecipe): Uint8Array {
  const { content, signer, digest } = recipe;
  const digestAlgorithm = sequence(
    oid(DIGEST_OIDS[digest]),
    ...(recipe.digestParameters === 'null' ? [nullValue()] : []),
  );
  const attributes = signedAttributes(recipe);
  const signed = attributes?.signed ?? content;
  // node:crypto digests what it signs: given a digest it makes the digest of the digest.
  const covered = recipe.mistake === 'digest-of-digest' ? createHash(digest).update(signed).digest() : signed;
  const signature = signData(signer.key, digest, covered);
  const serial = fromHex(signer.certificate.serialNumber.replace(/^-/, '')) ?? new Uint8Array(0);
  const signerInfo = sequence(
    integer(1),
    sequence(signer.certificate.issuerDer, integer(serial)),
    digestAlgorithm,
    ...(attributes === undefined ? [] : [attributes.sent]),
    // As the draft and most stacks have it: the key's algorithm, the digest being said before.
    signer.key.asymmetricKeyType === 'rsa'
      ? sequence(oid(RSA_ENCRYPTION), nullValue())
      : signatureAlgorithm(signer.key, digest),
    octetString(signature),
  );
  const encapsulated = recipe.encapsulate ? [context(0, octetString(content))] : [];
  return contentInfo(
    SIGNED_DATA,
    sequence(
      integer(1),
      set(digestAlgorithm),
      sequence(oid(DATA), ...encapsulated),
      ...(recipe.certificates.length === 0
        ? []
        : [context(0, ...[...recipe.certificates].sort(compareOctets))]),
      set(signerInfo),
    ),
  );
}

export function contentInfo(type: string, content: Uint8Array): Uint8Array {
  return sequence(oid(type), context(0, content));
}

/** The attributes as they are signed and as they are sent (RFC 5652 §5.3, §5.4). */
function signedAttributes(
  recipe: SignedDataRecipe,
): { readonly signed: Uint8Array; readonly sent: Uint8Array } | undefined {
  if (recipe.signingTime === undefined) return undefined;
  const attribute = (type: string, value: Uint8Array): Uint8Array => sequence(oid(type), set(value));
  const messageDigest = createHash(recipe.digest).update(recipe.content).digest();
  const list = [
    attribute('1.2.840.113549.1.9.3', oid(DATA)),
    attribute('1.2.840.113549.1.9.5', time(recipe.signingTime)),
    attribute('1.2.840.113549.1.9.4', octetString(messageDigest)),
  ].sort(compareOctets);
  const ordered = recipe.mistake === 'signed-attributes-order' ? [...list].reverse() : list;
  const sent = context(0, ...ordered);
  return {
    sent,
    signed:
      recipe.mistake === 'signed-attributes-tag' ? sent : element('universal', TAG.set, true, ...ordered),
  };
}
