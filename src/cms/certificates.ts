/**
 * The certificates and revocation lists inside a message (RFC 5652 §10.2.2, §10.2.1), and finding the one that a
 * signer or recipient means: among them first, then among those given.
 */

import type { Asn1Node } from '../asn1/node.js';
import { encoded, isContext, isUniversal, TAG } from '../asn1/node.js';
import { fromHex } from '../bytes/hex.js';
import { readWith } from '../bytes/libraries.js';
import { LimitedCache } from '../bytes/limited-cache.js';
import { equalBytes, latin1 } from '../bytes/text.js';
import type { Certificate } from '../x509/certificate.js';
import { parseCertificate } from '../x509/certificate.js';
import { distinguishedName } from '../x509/name.js';
import { type Crl, parseCrl } from '../x509/revocation/crl.js';
import { withIssuer } from '../x509/store.js';
import type { CertificateFinder, CertificateReference, RevocationList } from './model.js';
import type { Reading } from './structure.js';
import { noteFault } from './structure.js';

/** Certificates remembered by their bytes: senders attach the same one to every message of a dialog. */
const remembered = new LimitedCache<string, Certificate>(256);
/** Longest certificate remembered: real ones stay under 10 KiB, and all that is known of one is kept with it. */
const REMEMBERED_OCTETS = 16 * 1024;
/** Most certificates read from one message; real ones attach a chain of up to ten. */
const CERTIFICATES_LIMIT = 100;
/** Longest revocation list opened; its entries cost pkijs about 100 us each. */
const CRL_OCTETS_LIMIT = 64 * 1024;
/** Most revocation lists opened in one message. */
const CRLS_LIMIT = 8;

function parseRemembered(der: Uint8Array): Certificate | string {
  const key = der.length > REMEMBERED_OCTETS ? undefined : latin1(der);
  const known = key === undefined ? undefined : remembered.get(key);
  if (known !== undefined) return known;
  const parsed = parseCertificate(der);
  if (!parsed.ok) return parsed.error.message;
  return key === undefined ? parsed.value : remembered.keep(key, parsed.value);
}

/** CertificateSet under its `[0]` or other tag; what is not a readable X.509 certificate becomes a fault. */
export function readCertificates(reading: Reading, set: Asn1Node | undefined): Certificate[] {
  const found: Certificate[] = [];
  for (const child of set?.children ?? []) {
    if (found.length >= CERTIFICATES_LIMIT) {
      noteFault(
        reading,
        'too-many-certificates',
        `Only the first ${CERTIFICATES_LIMIT} certificates are read.`,
        child,
      );
      break;
    }
    if (!isUniversal(child, TAG.sequence)) {
      const kind =
        isContext(child, 1) || isContext(child, 2) ? 'an attribute certificate' : 'of an old or other kind';
      noteFault(
        reading,
        'other-certificate',
        `A certificate in the message is ${kind} and is not used.`,
        child,
      );
      continue;
    }
    const certificate = child.complete ? parseRemembered(encoded(reading.bytes, child)) : 'it is cut off';
    if (typeof certificate === 'string') {
      noteFault(
        reading,
        'bad-certificate',
        `A certificate in the message cannot be read: ${certificate}.`,
        child,
      );
    } else {
      found.push(certificate);
    }
  }
  return found;
}

/** RevocationInfoChoices: X.509 lists are opened within limits, other kinds only counted. */
export function readRevocationLists(
  reading: Reading,
  set: Asn1Node | undefined,
): { readonly count: number; readonly lists: readonly RevocationList[]; readonly crls: readonly Crl[] } {
  const lists: RevocationList[] = [];
  const crls: Crl[] = [];
  for (const child of set?.children ?? []) {
    if (lists.length >= CRLS_LIMIT || !isUniversal(child, TAG.sequence) || !child.complete) continue;
    if (child.length > CRL_OCTETS_LIMIT) continue;
    const der = encoded(reading.bytes, child);
    const list = readRevocationList(der);
    const crl = parseCrl(der);
    if (crl.ok) crls.push(crl.value);
    if (list === undefined) {
      noteFault(reading, 'bad-crl', 'A certificate revocation list in the message cannot be read.', child);
    } else {
      lists.push(list);
    }
  }
  return { count: set?.children.length ?? 0, lists, crls };
}

function readRevocationList(der: Uint8Array): RevocationList | undefined {
  return readWith((library, schema) => {
    const list = new library.CertificateRevocationList({ schema });
    const nextUpdate = list.nextUpdate?.value.toISOString().replace('.000Z', 'Z');
    return {
      issuer: distinguishedName(new Uint8Array(list.issuer.toSchema().toBER(false))),
      thisUpdate: list.thisUpdate.value.toISOString().replace('.000Z', 'Z'),
      ...(nextUpdate === undefined ? {} : { nextUpdate }),
      revokedCount: list.revokedCertificates?.length ?? 0,
    };
  }, der);
}

/** Certificates tried for one signer: each costs a public key operation. */
const CANDIDATES_LIMIT = 8;

export type FoundCertificate = {
  readonly certificate: Certificate;
  readonly attached: boolean;
  /** Set where the names are the same only when their string types are not looked at. */
  readonly nameEncodingDiffers?: true;
  /** Whose DSA parameters its key has, where it has none of its own (RFC 3279 §2.3.2). */
  readonly parameters?: Certificate | undefined;
};

/**
 * The certificates that a signer or recipient may mean: those given by the user first, as a sender can attach what it
 * likes. Several can claim one issuer and serial number; their keys tell them apart.
 */
export function findCertificates(
  reference: CertificateReference,
  attached: readonly Certificate[],
  given: CertificateFinder,
): readonly FoundCertificate[] {
  const { issuerDer, serialNumber, subjectKeyIdentifier } = reference;
  const found: FoundCertificate[] = [];
  const add = (certificate: Certificate, isAttached: boolean): void => {
    if (found.length >= CANDIDATES_LIMIT) return;
    if (found.some((one) => one.certificate.fingerprintSha256 === certificate.fingerprintSha256)) return;
    const differs = issuerDer !== undefined && !equalBytes(certificate.issuerDer, issuerDer);
    found.push({ certificate, attached: isAttached, ...(differs ? { nameEncodingDiffers: true } : {}) });
  };
  if (issuerDer !== undefined && serialNumber !== undefined) {
    for (const one of given.findAllByIssuerAndSerial(issuerDer, serialNumber)) add(one, false);
    const sameSerial = attached.filter((one) => one.serialNumber === serialNumber);
    for (const one of withIssuer(sameSerial, issuerDer)) add(one, true);
    return found;
  }
  const identifier = subjectKeyIdentifier === undefined ? undefined : fromHex(subjectKeyIdentifier);
  if (identifier === undefined) return found;
  for (const one of given.findAllBySubjectKeyIdentifier(identifier)) add(one, false);
  for (const one of attached)
    if (one.subjectKeyIdentifier !== undefined && equalBytes(one.subjectKeyIdentifier, identifier))
      add(one, true);
  return found;
}

/** The first of them, or undefined. */
export function findCertificate(
  reference: CertificateReference,
  attached: readonly Certificate[],
  given: CertificateFinder,
): FoundCertificate | undefined {
  return findCertificates(reference, attached, given)[0];
}

/** The certificate's name for a sentence. */
export function nameCertificate(certificate: Certificate): string {
  return `"${certificate.subject}"`;
}
