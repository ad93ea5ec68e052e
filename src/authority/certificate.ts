/**
 * Certificates and certificate requests, written: what to say and a key to sign it with in, DER out. Nothing stops a
 * certificate from being wrong: an interop event needs wrong ones too.
 *
 * pkijs holds the structure and encodes it, node:crypto signs: pkijs's own signing is asynchronous and refuses MD5.
 */

import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import type { Certificate, CertificationRequest, Extension } from 'pkijs';
import { pkijs } from '../bytes/libraries.js';
import { type Digest, signatureAlgorithm, signData } from './signing.js';
import { bitString, encode, encodedName, time, unsigned } from './structures.js';

export type CertificateRecipe = {
  /** Magnitude of the serial number, big-endian. */
  readonly serial: Uint8Array;
  /** Name in DER. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Unix seconds, UTC. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** In their order. */
  readonly extensions: readonly Extension[];
  /** The issuer's key. */
  readonly key: KeyObject;
  readonly digest: Digest;
};

/** A version 3 certificate (RFC 5280 §4.1). */
export function makeCertificate(recipe: CertificateRecipe): Uint8Array {
  const { Certificate, PublicKeyInfo } = pkijs();
  const signature = signatureAlgorithm(recipe.key, recipe.digest);
  const certificate = new Certificate({
    version: 2,
    serialNumber: unsigned(recipe.serial),
    signature,
    issuer: encodedName(recipe.issuer),
    notBefore: time(recipe.notBefore),
    notAfter: time(recipe.notAfter),
    subject: encodedName(recipe.subject),
    subjectPublicKeyInfo: PublicKeyInfo.fromBER(recipe.spki),
    extensions: [...recipe.extensions],
    signatureAlgorithm: signature,
  });
  return signed(certificate, recipe);
}

export type RequestRecipe = {
  readonly subject: Uint8Array;
  readonly extensions: readonly Extension[];
  /** The subject's own key. */
  readonly key: KeyObject;
  readonly digest: Digest;
};

/** The attribute that asks for extensions in a certificate request (RFC 2985 §5.4.2). */
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';

/** A PKCS #10 certificate request (RFC 2986) that asks for the extensions. */
export function makeRequest(recipe: RequestRecipe): Uint8Array {
  const { Attribute, CertificationRequest, Extensions, PublicKeyInfo } = pkijs();
  const extensions = new Extensions({ extensions: [...recipe.extensions] });
  const request = new CertificationRequest({
    version: 0,
    subject: encodedName(recipe.subject),
    subjectPublicKeyInfo: PublicKeyInfo.fromBER(publicHalf(recipe.key)),
    attributes: [new Attribute({ type: EXTENSION_REQUEST, values: [extensions.toSchema()] })],
    signatureAlgorithm: signatureAlgorithm(recipe.key, recipe.digest),
  });
  return signed(request, recipe);
}

/** DER of the structure with its signature by the key. */
function signed(
  structure: Certificate | CertificationRequest,
  { key, digest }: Pick<CertificateRecipe, 'key' | 'digest'>,
): Uint8Array {
  const [toBeSigned] = structure.toSchema(true).valueBlock.value;
  if (toBeSigned === undefined) throw new TypeError('there is nothing to sign');
  structure.signatureValue = bitString(signData(key, digest, encode(toBeSigned)));
  return encode(structure.toSchema(true));
}

/** SubjectPublicKeyInfo in DER of a private key. */
export function publicHalf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
