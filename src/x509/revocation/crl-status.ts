/**
 * Whether a certificate is revoked by the lists that were given: RFC 5280 §6.3.3, at the time judged. Nothing is
 * fetched. A list that is not current proves no one good; what it lists as revoked stays revoked.
 */

import { equalBytes } from '../../bytes/text.js';
import type { Certificate } from '../certificate.js';
import type { JudgedTime } from '../path/clock.js';
import { quoted } from '../path/verdict.js';
import type { SignatureVerdict } from '../signature.js';
import type { Crl, CrlEntry } from './crl.js';
import type { CrlFinder } from './crl-store.js';
import {
  ALL_REASONS,
  type DistributionPoint,
  namesUnder,
  readDistributionPoints,
} from './distribution-point.js';
import { notChecked, REMOVE_FROM_CRL, type RevocationVerdict, revokedVerdict } from './verdict.js';

/** What a judgement by lists needs of the search for paths that it is a part of. */
export type CrlSurroundings = {
  readonly clock: JudgedTime;
  readonly crls: CrlFinder;
  /** Certificates with this subject, which may have signed a list, the likeliest first. */
  readonly signersNamed: (issuerDer: Uint8Array) => readonly Certificate[];
  /** Whether a certificate may be used: it leads to the same anchor, and is not the one whose status is asked. */
  readonly trusts: (certificate: Certificate) => boolean;
  /** The signature on a list; undefined where there have been too many to check. */
  readonly signedBy: (list: Crl, signer: Certificate) => SignatureVerdict | undefined;
};

/** Most lists looked at for one certificate: partitions by reason and scope make some ten. */
const LISTS_LIMIT = 64;

/** What the lists say of one certificate. */
export function statusByCrls(certificate: Certificate, surroundings: CrlSurroundings): RevocationVerdict {
  const owner = quoted(certificate);
  const points = pointsOf(certificate);
  if (points === undefined) {
    return notChecked(`Revocation of ${owner} was not checked: its cRLDistributionPoints cannot be read.`);
  }
  const { issuerKey } = certificate;
  let covered = 0;
  let looked = 0;
  const problems: string[] = [];
  for (const point of points) {
    for (const list of (point.issuers ?? [issuerKey]).flatMap((key) => surroundings.crls.findByIssuer(key))) {
      const reasons = list.baseNumber === undefined ? reasonsCovered(list, point, certificate, issuerKey) : 0;
      if (reasons === 0) continue;
      if (++looked > LISTS_LIMIT) break;
      const answer = askList(certificate, issuerKey, list, surroundings);
      if (answer.verdict !== undefined) return answer.verdict;
      if (answer.problem === undefined) covered |= reasons;
      else if (!problems.includes(answer.problem)) problems.push(answer.problem);
    }
  }
  if (covered === ALL_REASONS) return { status: 'good', reason: `No current CRL lists ${owner}.` };
  const [problem] = problems;
  const why =
    problem ??
    (covered > 0
      ? 'the CRLs given are for some reasons of revocation alone'
      : `no CRL for certificates of ${certificate.issuer} was given`);
  return notChecked(`Revocation of ${owner} was not checked: ${why}.`);
}

/** Where the lists of a certificate are; last, where its issuer would put them without a word (§6.3.3, end). */
function pointsOf(certificate: Certificate): readonly DistributionPoint[] | undefined {
  const implied: DistributionPoint = { reasons: ALL_REASONS };
  const extension = certificate.extensions.find(({ oid }) => oid === '2.5.29.31');
  if (extension === undefined) return [implied];
  const points = readDistributionPoints(extension.value);
  return points === undefined ? undefined : [...points, implied];
}

/** §6.3.3 (b) and (d): the reasons for which the list is in charge of the certificate at this point; 0 where for none. */
function reasonsCovered(
  list: Crl,
  point: DistributionPoint,
  certificate: Certificate,
  issuerKey: string,
): number {
  const { scope } = list;
  if (point.issuers !== undefined && list.issuerKey !== issuerKey && scope?.isIndirect !== true) return 0;
  if (scope === undefined) return point.reasons;
  if (scope.onlyAttributeCertificates) return 0;
  if (scope.onlyUserCertificates && certificate.isCa) return 0;
  if (scope.onlyCaCertificates && !certificate.isCa) return 0;
  if (scope.names !== undefined) {
    const own = namesUnder(scope.names, [list.issuerKey]);
    const wanted = namesWanted(point, issuerKey);
    if (!own.some((name) => wanted.includes(name))) return 0;
  }
  return scope.reasons & point.reasons;
}

/** (b)(2)(i): the names of the point; where it has none, those of its cRLIssuer, or of the certificate's issuer. */
function namesWanted(point: DistributionPoint, issuerKey: string): readonly string[] {
  const issuers = point.issuers ?? [issuerKey];
  if (point.names !== undefined) return namesUnder(point.names, issuers);
  return issuers.map((key) => `dirName:${key}`);
}

type Answer = {
  /** Set where the certificate is revoked. */
  readonly verdict?: RevocationVerdict;
  /** Why the list proves nothing, as a clause. */
  readonly problem?: string;
};

function askList(
  certificate: Certificate,
  issuerKey: string,
  list: Crl,
  surroundings: CrlSurroundings,
): Answer {
  const trouble = whyNotTrusted(list, surroundings);
  if (trouble !== undefined) return { problem: trouble };
  const deltas = deltasOf(list, surroundings);
  const newest = deltas[0];
  const { serialNumber } = certificate;
  const fromDelta = newest?.find(issuerKey, serialNumber);
  const entry = fromDelta ?? list.find(issuerKey, serialNumber);
  const teller = fromDelta === undefined || newest === undefined ? list : newest;
  const current = [list, ...deltas].some((one) => currency(one, surroundings.clock) === 'current');
  if (entry !== undefined && entry.cause !== REMOVE_FROM_CRL) {
    return askEntry(certificate, entry, teller, surroundings.clock);
  }
  if (!current) return { problem: notCurrent(list, surroundings.clock) };
  if ([list, ...deltas].some((one) => one.hasUnknownEntries())) {
    return { problem: `${named(list)} has entries that cannot be read or processed` };
  }
  return {};
}

/** A list of later than the time judged counts where it tells of an earlier revocation; any other entry counts as it is. */
function askEntry(certificate: Certificate, entry: CrlEntry, list: Crl, clock: JudgedTime): Answer {
  const since = Math.min(entry.dateSeconds, entry.invalidSeconds ?? Number.POSITIVE_INFINITY);
  if (currency(list, clock) === 'future' && !clock.isFrom(since)) {
    return {
      problem: `${named(list)} is of ${list.thisUpdate}, and by it the certificate was revoked later, at ${entry.date}`,
    };
  }
  return { verdict: revokedVerdict(quoted(certificate), named(list), entry) };
}

/** The delta lists that build on a complete one (§5.2.4), the newest first, where they are current and well signed. */
function deltasOf(list: Crl, surroundings: CrlSurroundings): readonly Crl[] {
  const { number } = list;
  if (number === undefined) return [];
  const fits = (delta: Crl): boolean =>
    delta.baseNumber !== undefined &&
    delta.number !== undefined &&
    delta.baseNumber <= number &&
    delta.number >= number &&
    sameOctets(delta.scopeDer, list.scopeDer) &&
    sameOctets(delta.authorityKeyIdentifier, list.authorityKeyIdentifier) &&
    currency(delta, surroundings.clock) === 'current' &&
    whyNotTrusted(delta, surroundings) === undefined;
  return surroundings.crls
    .findByIssuer(list.issuerKey)
    .slice(0, LISTS_LIMIT)
    .filter(fits)
    .sort((a, b) => Number((b.number ?? 0n) - (a.number ?? 0n)));
}

function sameOctets(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}

/** §6.3.3 (f) and (g): why the list is not taken from its issuer (a clause); undefined where it is. */
function whyNotTrusted(list: Crl, { signersNamed, signedBy, trusts }: CrlSurroundings): string | undefined {
  if (list.unusable !== undefined) return `${named(list)} ${list.unusable}`;
  let problem = `the certificate of the key that signed ${named(list)} was not given`;
  for (const signer of signersNamed(list.issuerDer)) {
    const signature = signedBy(list, signer);
    if (signature === undefined) return 'there are too many signatures to check';
    if (signature.status !== 'valid') {
      problem = `the signature on ${named(list)} does not verify: ${signature.reason}`;
      continue;
    }
    if (signer.keyUsage !== undefined && !signer.keyUsage.includes('cRLSign')) {
      problem = `${named(list)} is signed by a key whose key usage lacks cRLSign`;
      continue;
    }
    if (trusts(signer)) return undefined;
    problem = `${named(list)} is signed by a certificate that does not lead to the same trust anchor`;
  }
  return problem;
}

function currency(
  { thisUpdateSeconds, nextUpdateSeconds }: Crl,
  clock: JudgedTime,
): 'current' | 'future' | 'stale' {
  if (!clock.isFrom(thisUpdateSeconds)) return 'future';
  return nextUpdateSeconds !== undefined && clock.isAfter(nextUpdateSeconds) ? 'stale' : 'current';
}

function notCurrent(list: Crl, clock: JudgedTime): string {
  return currency(list, clock) === 'future'
    ? `${named(list)} is of ${list.thisUpdate}, later than the time judged`
    : `${named(list)} was current until ${list.nextUpdate}`;
}

function named(list: Crl): string {
  return `the CRL of "${list.issuer}"`;
}
