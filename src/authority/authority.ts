/** A certificate authority: what it is made of, and certificates by it in the shape of the draft's makeCert script. */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Certificate } from '../x509/certificate.js';
import { makeCertificate, makeRequest, publicHalf } from './certificate.js';
import {
  type AltName,
  altNamesOf,
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyIdentifier,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.js';
import { authorityName, encodeName, subjectName } from './name.js';
import type { Digest } from './signing.js';

/** Seconds in a day. */
const DAY = 86_400;

/** The dates of makeCert's expired certificate, DAYS 0: the year 1999. */
export const EXPIRED_VALIDITY: Validity = {
  notBefore: Date.UTC(1999, 0, 1) / 1000,
  notAfter: Date.UTC(2000, 0, 1) / 1000,
};

/** Unix seconds, UTC. */
export type Validity = { readonly notBefore: number; readonly notAfter: number };

/** Validity from a time on; 0 days give the expired certificate. */
export function validityOf(notBefore: number, days: number): Validity {
  return days === 0 ? EXPIRED_VALIDITY : { notBefore, notAfter: notBefore + days * DAY };
}

/** Octets of the serial number that names an authority's own certificate. */
export const ZERO_SERIAL = Uint8Array.of(0);

/**
 * First serial number as makeCA draws it: four random octets, each as four decimal digits, read as hexadecimal. The
 * draft's certificates have them: 0195 0071 0233 0055.
 */
export function firstSerial(random: (length: number) => Uint8Array): Uint8Array {
  const digits = [...random(4)].map((octet) => String(octet).padStart(4, '0')).join('');
  return Buffer.from(digits, 'hex');
}

/** The serial number after this one; as long or one octet longer. */
export function nextSerial(serial: Uint8Array): Uint8Array {
  const next = new Uint8Array(serial);
  for (let at = next.length - 1; at >= 0; at--) {
    next[at] = ((next[at] as number) + 1) & 0xff;
    if (next[at] !== 0) return next;
  }
  return Uint8Array.of(1, ...next);
}

export type Authority = { readonly certificate: Certificate; readonly key: KeyObject };

export type AuthorityRecipe = {
  /** Organisational unit that tells it from others. */
  readonly unit: string;
  readonly key: KeyObject;
  readonly digest: Digest;
  readonly validity: Validity;
  readonly serial: Uint8Array;
  /** The draft's shape: authority key identifier with name and serial, nothing critical, no key usage. */
  readonly asDraft: boolean;
};

/** DER of a self-signed authority certificate. */
export function makeAuthority({ unit, key, digest, validity, serial, asDraft }: AuthorityRecipe): Uint8Array {
  const spki = publicHalf(key);
  const name = encodeName(authorityName(unit));
  const identifier = keyIdentifier(spki);
  const extensions = asDraft
    ? [
        subjectKeyIdentifier(spki),
        authorityKeyIdentifier(identifier, { nameDer: name, serial }),
        basicConstraints(true, false),
      ]
    : [
        subjectKeyIdentifier(spki),
        authorityKeyIdentifier(identifier),
        basicConstraints(true, true),
        keyUsage(['keyCertSign', 'cRLSign']),
      ];
  return makeCertificate({ serial, issuer: name, subject: name, ...validity, spki, extensions, key, digest });
}

export type SubjectRecipe = {
  /** As makeCert's argument: `host.example.net`, `alice@example.org`, `sip:example.net`. */
  readonly name: string;
  readonly key: KeyObject;
  readonly digest: Digest;
  readonly validity: Validity;
  readonly serial: Uint8Array;
  readonly asDraft: boolean;
  /** Instead of the names that follow from `name`. */
  readonly altNames?: readonly AltName[];
  /** Object identifiers. */
  readonly extendedKeyUsage?: readonly string[];
};

export type Issued = {
  /** DER. */
  readonly certificate: Uint8Array;
  /** PKCS #10, DER. */
  readonly request: Uint8Array;
};

/** A certificate by the authority, and the request that another authority could sign. */
export function issue(authority: Authority, recipe: SubjectRecipe): Issued {
  const { key, digest, asDraft } = recipe;
  const spki = publicHalf(key);
  const subject = encodeName(subjectName(recipe.name), asDraft ? 't61' : 'utf8');
  const asked = [
    subjectAltName(recipe.altNames ?? altNamesOf(recipe.name)),
    basicConstraints(false, false),
    subjectKeyIdentifier(spki),
    ...(recipe.extendedKeyUsage === undefined ? [] : [extendedKeyUsage(recipe.extendedKeyUsage)]),
  ];
  const identifier = authority.certificate.subjectKeyIdentifier;
  const extensions = asDraft
    ? asked
    : [
        ...asked,
        ...(identifier === undefined ? [] : [authorityKeyIdentifier(identifier)]),
        keyUsage(
          key.asymmetricKeyType === 'rsa'
            ? ['digitalSignature', 'keyEncipherment']
            : ['digitalSignature', 'keyAgreement'],
        ),
      ];
  return {
    certificate: makeCertificate({
      serial: recipe.serial,
      issuer: authority.certificate.subjectDer,
      subject,
      ...recipe.validity,
      spki,
      extensions,
      key: authority.key,
      digest,
    }),
    request: makeRequest({ subject, extensions: asked, key, digest }),
  };
}

/** The private key in a PEM text that may be encrypted with `password`; undefined where it does not open. */
export function openKey(pem: string, password: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: pem, passphrase: password });
  } catch {
    return undefined;
  }
}
