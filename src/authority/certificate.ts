/**
 * Certificates and certificate requests, written: what to say and a key to sign it with in, DER out. Nothing stops a
 * certificate from being wrong: an interop event needs wrong ones too.
 */

import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { bitString, context, integer, oid, sequence, set, time } from '../asn1/der.js';
import { EXTENSION_REQUEST } from './extensions.js';
import { type Digest, signatureAlgorithm, signData } from './signing.js';

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
  /** Extensions in DER, in their order. */
  readonly extensions: readonly Uint8Array[];
  /** The issuer's key. */
  readonly key: KeyObject;
  readonly digest: Digest;
};

/** A version 3 certificate (RFC 5280 §4.1). */
export function makeCertificate(recipe: CertificateRecipe): Uint8Array {
  const algorithm = signatureAlgorithm(recipe.key, recipe.digest);
  const toBeSigned = sequence(
    context(0, integer(2)),
    integer(recipe.serial),
    algorithm,
    recipe.issuer,
    sequence(time(recipe.notBefore), time(recipe.notAfter)),
    recipe.subject,
    recipe.spki,
    context(3, sequence(...recipe.extensions)),
  );
  return sequence(toBeSigned, algorithm, bitString(signData(recipe.key, recipe.digest, toBeSigned)));
}

export type RequestRecipe = {
  readonly subject: Uint8Array;
  readonly extensions: readonly Uint8Array[];
  /** The subject's own key. */
  readonly key: KeyObject;
  readonly digest: Digest;
};

/** A PKCS #10 certificate request (RFC 2986) that asks for the extensions. */
export function makeRequest(recipe: RequestRecipe): Uint8Array {
  const attribute = sequence(oid(EXTENSION_REQUEST), set(sequence(...recipe.extensions)));
  const toBeSigned = sequence(integer(0), recipe.subject, publicHalf(recipe.key), context(0, attribute));
  return sequence(
    toBeSigned,
    signatureAlgorithm(recipe.key, recipe.digest),
    bitString(signData(recipe.key, recipe.digest, toBeSigned)),
  );
}

/** SubjectPublicKeyInfo in DER of a private key. */
export function publicHalf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
