/**
 * SignedData (RFC 5652 §5), written, with the deliberate mistakes that people make in it. pkijs holds the structure,
 * node:crypto signs.
 */

import { createHash, type KeyObject } from 'node:crypto';
import type { AsnType } from 'asn1js';
import type { AlgorithmIdentifier, EncapsulatedContentInfo, SignedAndUnsignedAttributes } from 'pkijs';
import { encodedCertificate } from '../authority/pkcs7.js';
import { DIGEST_OIDS, type Digest, signatureAlgorithm, signData } from '../authority/signing.js';
import {
  algorithm,
  algorithmWithNull,
  encode,
  inSetOrder,
  issuerAndSerial,
  octetString,
  time,
} from '../authority/structures.js';
import { asn1js, pkijs } from '../bytes/libraries.js';
import type { Certificate } from '../x509/certificate.js';

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_TIME = '1.2.840.113549.1.9.5';
/** First octet of a SET OF. */
const SET_OF = 0x31;

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
  const { ContentInfo, SignedData, SignerInfo } = pkijs();
  const { signer, digest } = recipe;
  const identifier = DIGEST_OIDS[digest];
  const digestAlgorithm =
    recipe.digestParameters === 'null' ? algorithmWithNull(identifier) : algorithm(identifier);
  const signedAttrs = signedAttributes(recipe);
  const signerInfo = new SignerInfo({
    version: 1,
    sid: issuerAndSerial(signer.certificate),
    digestAlgorithm,
    ...(signedAttrs === undefined ? {} : { signedAttrs }),
    signatureAlgorithm: signerAlgorithm(recipe),
    signature: octetString(signatureOf(recipe, signedAttrs)),
  });
  const certificates = inSetOrder(recipe.certificates.map(encodedCertificate));
  const signedData = new SignedData({
    digestAlgorithms: [digestAlgorithm],
    encapContentInfo: encapsulated(recipe),
    ...(certificates.length === 0 ? {} : { certificates }),
    signerInfos: [signerInfo],
  });
  return encode(
    new ContentInfo({ contentType: ContentInfo.SIGNED_DATA, content: signedData.toSchema() }).toSchema(),
  );
}

function encapsulated({ content, encapsulate }: SignedDataRecipe): EncapsulatedContentInfo {
  const { ContentInfo, EncapsulatedContentInfo } = pkijs();
  const info = new EncapsulatedContentInfo({ eContentType: ContentInfo.DATA });
  // Not by the constructor, which writes the content in pieces.
  if (encapsulate) info.eContent = octetString(content);
  return info;
}

/** As the draft and most stacks have it: the key's algorithm, the digest being said before. */
function signerAlgorithm({ signer, digest }: SignedDataRecipe): AlgorithmIdentifier {
  return signer.key.asymmetricKeyType === 'rsa'
    ? algorithmWithNull(RSA_ENCRYPTION)
    : signatureAlgorithm(signer.key, digest);
}

/** The signature over the content or, where there are any, over the attributes (RFC 5652 §5.4). */
function signatureOf(
  { content, signer, digest, mistake }: SignedDataRecipe,
  signedAttrs: SignedAndUnsignedAttributes | undefined,
): Uint8Array {
  const signed = signedAttrs === undefined ? content : encode(signedAttrs.toSchema());
  // They are sent with the tag [0], and signed with that of a SET OF.
  if (signedAttrs !== undefined && mistake !== 'signed-attributes-tag') signed[0] = SET_OF;
  // node:crypto digests what it signs: given a digest it makes the digest of the digest.
  const covered = mistake === 'digest-of-digest' ? createHash(digest).update(signed).digest() : signed;
  return signData(signer.key, digest, covered);
}

/** The attributes in the order in which they are signed and sent (RFC 5652 §5.3). */
function signedAttributes(recipe: SignedDataRecipe): SignedAndUnsignedAttributes | undefined {
  if (recipe.signingTime === undefined) return undefined;
  const { Attribute, ContentInfo, SignedAndUnsignedAttributes } = pkijs();
  const attribute = (type: string, value: AsnType) => new Attribute({ type, values: [value] });
  const messageDigest = createHash(recipe.digest).update(recipe.content).digest();
  const list = inSetOrder([
    attribute(CONTENT_TYPE, new (asn1js().ObjectIdentifier)({ value: ContentInfo.DATA })),
    attribute(SIGNING_TIME, time(recipe.signingTime).toSchema()),
    attribute(MESSAGE_DIGEST, octetString(messageDigest)),
  ]);
  if (recipe.mistake === 'signed-attributes-order') list.reverse();
  return new SignedAndUnsignedAttributes({ type: 0, attributes: list });
}
