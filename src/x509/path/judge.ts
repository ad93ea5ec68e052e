/**
 * A path whose names chain, whose signatures hold and that ends at an anchor: everything else that RFC 5280 §6.1 asks
 * of it but revocation.
 */

import { type Certificate, usableKeyOf } from '../certificate.js';
import { inheritsParameters, isSignedBy } from '../issued.js';
import { withParametersOf } from '../public-key.js';
import { readDistributionPoints } from '../revocation/distribution-point.js';
import { isSelfIssued } from '../self-issued.js';
import type { JudgedTime } from './clock.js';
import { judgeNames } from './name-constraints.js';
import { judgePolicies, type PolicyOptions } from './policy-graph.js';
import { type PathFault, quoted } from './verdict.js';

/** RSA and DSA keys below this have less than 80 bits of security (NIST SP 800-57 Part 1, table 2). */
export const RSA_BITS_MINIMUM = 1024;
/** EC keys below this have less than 80 bits of security (same table). */
export const EC_BITS_MINIMUM = 160;

/** Faults of a certificate's format that refuse it; others are told and do not change what it says. */
const REFUSED_FAULTS = new Set([
  'extension-repeated',
  'extension-malformed',
  'signature-algorithm',
  'time-form',
]);

/** The first fault of a path, from the leaf to the anchor; undefined where there is none. */
export function judgePath(
  path: readonly Certificate[],
  clock: JudgedTime,
  policies: PolicyOptions | undefined,
): PathFault | undefined {
  for (const [index, certificate] of path.entries()) {
    const fault =
      judgeCertificate(certificate, clock) ?? (index === 0 ? undefined : judgeIssuer(path, index));
    if (fault !== undefined) return fault;
  }
  return judgeNames(path) ?? judgePolicies(path, policies) ?? judgeInherited(path);
}

function judgeCertificate(certificate: Certificate, clock: JudgedTime): PathFault | undefined {
  const { notBeforeSeconds, notAfterSeconds, notBefore, notAfter, publicKey } = certificate;
  const owner = quoted(certificate);
  if (Number.isNaN(notBeforeSeconds) || Number.isNaN(notAfterSeconds)) {
    return { status: 'malformed', reason: `The validity dates of ${owner} cannot be read.` };
  }
  const malformed = whyMalformed(certificate);
  if (malformed !== undefined) return { status: 'malformed', reason: malformed };
  if (!clock.isFrom(notBeforeSeconds)) {
    return { status: 'not_yet_valid', reason: `${owner} is valid from ${notBefore} on.` };
  }
  if (clock.isAfter(notAfterSeconds)) {
    return { status: 'expired', reason: `${owner} expired at ${notAfter}.` };
  }
  const { fault } = usableKeyOf(certificate);
  if (fault !== undefined && fault.kind !== 'unreadable') {
    return { status: 'unsafe_key', reason: `${owner} ${fault.reason}.` };
  }
  const minimum = publicKey.curve === undefined ? RSA_BITS_MINIMUM : EC_BITS_MINIMUM;
  const sized = ['rsaEncryption', 'id-RSASSA-PSS', 'id-dsa'].includes(publicKey.algorithm);
  if ((sized || publicKey.curve !== undefined) && publicKey.bits > 0 && publicKey.bits < minimum) {
    return {
      status: 'weak_key',
      reason: `The key of ${owner} has ${publicKey.bits} bits, less than ${minimum}.`,
    };
  }
  const [critical] = certificate.unknownCritical;
  if (critical !== undefined) {
    return {
      status: 'unknown_critical_extension',
      reason: `${owner} has the critical extension ${critical}, which is not processed.`,
    };
  }
  return undefined;
}

/** Why a certificate cannot be taken at its word; what cannot be read is not absent. */
function whyMalformed(certificate: Certificate): string | undefined {
  const [unreadable] = certificate.unreadable;
  if (unreadable !== undefined)
    return `The extension ${unreadable} of ${quoted(certificate)} cannot be read.`;
  const fault = certificate.faults.find(({ code }) => REFUSED_FAULTS.has(code));
  if (fault !== undefined) return `${quoted(certificate)} is malformed. ${fault.message}`;
  const points = certificate.extensions.find(({ oid }) => oid === '2.5.29.31');
  if (points?.critical === true && readDistributionPoints(points.value) === undefined) {
    return `The extension cRLDistributionPoints of ${quoted(certificate)} cannot be read.`;
  }
  return undefined;
}

/** What an issuer must be: RFC 5280 §6.1.4 (k) to (n). */
function judgeIssuer(path: readonly Certificate[], index: number): PathFault | undefined {
  const issuer = path[index] as Certificate;
  const owner = quoted(issuer);
  // A version 1 root cannot say that it is a CA: as an anchor it is taken at the user's word, as OpenSSL does.
  const versionOneRoot = index === path.length - 1 && issuer.version === 1 && isSelfIssued(issuer);
  if (!versionOneRoot && (!issuer.isCa || issuer.version !== 3)) {
    return { status: 'not_a_ca', reason: `${owner} issued a certificate and is not a CA.` };
  }
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.includes('keyCertSign')) {
    return {
      status: 'not_a_ca',
      reason: `${owner} must not sign certificates: its key usage lacks keyCertSign.`,
    };
  }
  // Self-issued certificates do not count (RFC 5280 §4.2.1.9).
  const between = path.slice(1, index).filter((certificate) => !isSelfIssued(certificate)).length;
  if (issuer.pathLength !== undefined && between > issuer.pathLength) {
    return {
      status: 'path_too_long',
      reason: `${owner} allows ${issuer.pathLength} intermediate certificates, there are ${between}.`,
    };
  }
  return undefined;
}

/** §6.1.4 (f): DSA parameters that a key does not have are those of the next certificate of this path, of no other. */
function judgeInherited(path: readonly Certificate[]): PathFault | undefined {
  for (let index = path.length - 1; index > 0; index--) {
    const issuer = path[index] as Certificate;
    const certificate = path[index - 1] as Certificate;
    if (!inheritsParameters(issuer)) continue;
    const signature = isSignedBy(certificate, issuer, { spki: inheritedKey(path, index + 1) });
    if (signature.status === 'valid') continue;
    return {
      status: 'bad_signature',
      reason: `The signature on ${quoted(certificate)} does not verify with the DSA parameters that ${quoted(issuer)} inherits.`,
    };
  }
  return undefined;
}

/** The key at `index` in DER, with the parameters that it has or inherits. */
function inheritedKey(path: readonly Certificate[], index: number): Uint8Array {
  const certificate = path[index];
  if (certificate === undefined) return new Uint8Array(0);
  if (!inheritsParameters(certificate)) return certificate.spki;
  return withParametersOf(certificate.spki, inheritedKey(path, index + 1)) ?? certificate.spki;
}
