/**
 * Certification paths (RFC 5280 §6) from a certificate up to a trust anchor, judged at a given time.
 *
 * Issuers are looked for by name among anchors and intermediates, cross-signed ones included; a search is bounded in
 * depth and in signatures checked. Policies and name constraints are not processed: a certificate that makes name
 * constraints critical is refused by name. Revocation is not looked up: captures are judged offline.
 */

import { equalBytes } from '../bytes/text.js';
import type { Certificate } from './certificate.js';
import { publicKeyOf } from './certificate.js';
import { type SignatureVerdict, verifySignature } from './signature.js';
import type { CertificateStore } from './store.js';

/** Longest path followed; public hierarchies have at most five. */
export const PATH_LENGTH_LIMIT = 12;
/** Most signatures checked in one search: cross-signed hierarchies need a few, hostile ones could ask for 10^12. */
export const SIGNATURE_CHECKS_LIMIT = 64;
/** RSA and DSA keys below this have less than 80 bits of security (NIST SP 800-57 Part 1, table 2). */
export const RSA_BITS_MINIMUM = 1024;
/** EC keys below this have less than 80 bits of security (same table). */
export const EC_BITS_MINIMUM = 160;

export type ChainStatus =
  | 'valid'
  | 'expired'
  | 'not_yet_valid'
  | 'unknown_issuer'
  | 'self_signed'
  | 'bad_signature'
  | 'unsupported_algorithm'
  | 'not_a_ca'
  | 'path_too_long'
  | 'weak_key'
  | 'unknown_critical_extension'
  | 'malformed'
  | 'no_anchors';

export type ChainVerdict = {
  readonly status: ChainStatus;
  /** A whole sentence. */
  readonly reason: string;
  /** From the leaf upwards, as far as it could be built; ends with the anchor where there is one. */
  readonly path: readonly Certificate[];
};

/** Where possible issuers are looked up; `size` says whether any were added since. */
export type IssuerFinder = Pick<CertificateStore, 'findBySubject' | 'size'>;

export type ChainOptions = {
  readonly anchors: CertificateStore;
  readonly intermediates: IssuerFinder;
  /** Unix epoch at which validity is judged. */
  readonly atSeconds: number;
};

type Search = ChainOptions & {
  checksLeft: number;
  best: ChainVerdict;
  /** The verdict is the same at each second from the first up to the second, which is not one of them. */
  from: number;
  until: number;
};

/** A verdict with what it depends on besides certificate and intermediates; stores only ever grow. */
type Remembered = {
  readonly anchors: CertificateStore;
  readonly anchorCount: number;
  readonly intermediateCount: number;
  readonly from: number;
  readonly until: number;
  readonly verdict: ChainVerdict;
};

/**
 * The last verdict on each certificate with each collection of intermediates, for as long as both are there: the
 * messages of a dialog ask for the same one, and a search takes 8 us.
 */
const verdicts = new WeakMap<IssuerFinder, WeakMap<Certificate, Remembered>>();

/** Judges a certificate; the first path that is valid wins, else the one that got furthest is told. */
export function verifyChain(leaf: Certificate, options: ChainOptions): ChainVerdict {
  const { anchors, intermediates, atSeconds } = options;
  const known = verdicts.get(intermediates)?.get(leaf);
  const isSame =
    known !== undefined &&
    known.anchors === anchors &&
    known.anchorCount === anchors.size &&
    known.intermediateCount === intermediates.size &&
    known.from <= atSeconds &&
    atSeconds < known.until;
  if (isSame) return known.verdict;
  const search: Search = {
    anchors,
    intermediates,
    atSeconds,
    checksLeft: SIGNATURE_CHECKS_LIMIT,
    from: Number.NEGATIVE_INFINITY,
    until: Number.POSITIVE_INFINITY,
    best:
      anchors.size === 0
        ? verdict('no_anchors', 'No trust anchor was given.', [leaf])
        : verdict('unknown_issuer', `Its issuer is not known: ${leaf.issuer}.`, [leaf]),
  };
  follow(search, [leaf]);
  // A search that used up its checks gets further the next time, as their results are remembered.
  if (search.checksLeft > 0) rememberVerdict(leaf, search);
  return search.best;
}

function rememberVerdict(leaf: Certificate, search: Search): void {
  const { anchors, intermediates, from, until, best } = search;
  const ofCollection = verdicts.get(intermediates) ?? new WeakMap<Certificate, Remembered>();
  verdicts.set(intermediates, ofCollection);
  ofCollection.set(leaf, {
    anchors,
    anchorCount: anchors.size,
    intermediateCount: intermediates.size,
    from,
    until,
    verdict: best,
  });
}

/** Extends `path`; answers whether a valid one was found. */
function follow(search: Search, path: readonly Certificate[]): boolean {
  const last = path[path.length - 1] as Certificate;
  if (search.anchors.has(last)) {
    const complete = judgePath(search, path);
    remember(search, complete);
    return complete.status === 'valid';
  }
  if (isSelfIssued(last) && signedBy(search, last, last)?.status === 'valid') {
    remember(
      search,
      path.length === 1
        ? verdict('self_signed', 'It is self-signed and not among the trust anchors.', path)
        : verdict('unknown_issuer', `The path ends at ${last.subject}, which is not a trust anchor.`, path),
    );
  }
  if (path.length >= PATH_LENGTH_LIMIT) return false;
  for (const issuer of candidates(search, last)) {
    if (path.some((earlier) => sameKeyAndName(earlier, issuer))) continue;
    const signature = signedBy(search, last, issuer);
    if (signature === undefined) return false;
    if (signature.status !== 'valid') {
      const status = signature.status === 'invalid' ? 'bad_signature' : 'unsupported_algorithm';
      const reason = `The signature on ${name(last)} does not verify with ${name(issuer)}: ${signature.reason}.`;
      remember(search, verdict(status, reason, path));
      continue;
    }
    if (follow(search, [...path, issuer])) return true;
  }
  if (search.anchors.size > 0) {
    remember(
      search,
      verdict('unknown_issuer', `The issuer of ${name(last)} is not known: ${last.issuer}.`, path),
    );
  } else {
    remember(search, verdict('no_anchors', 'No trust anchor was given.', path));
  }
  return false;
}

/** Possible issuers by name, those whose key identifier fits first, anchors before others. */
function candidates(search: Search, certificate: Certificate): Certificate[] {
  const wanted = certificate.authorityKeyIdentifier;
  const anchors = search.anchors.findBySubject(certificate.issuerDer);
  const others = search.intermediates
    .findBySubject(certificate.issuerDer)
    .filter((candidate) => !search.anchors.has(candidate));
  const fits = (issuer: Certificate): number =>
    wanted !== undefined &&
    issuer.subjectKeyIdentifier !== undefined &&
    equalBytes(wanted, issuer.subjectKeyIdentifier)
      ? 0
      : 1;
  return [...anchors, ...others].sort((a, b) => fits(a) - fits(b));
}

const checked = new WeakMap<Certificate, Map<string, SignatureVerdict>>();

/** The signature on `certificate` by `issuer`'s key, remembered; undefined where the search has used up its checks. */
function signedBy(
  search: Search,
  certificate: Certificate,
  issuer: Certificate,
): SignatureVerdict | undefined {
  const known = checked.get(certificate)?.get(issuer.fingerprintSha256);
  if (known !== undefined) return known;
  if (search.checksLeft <= 0) return undefined;
  search.checksLeft--;
  const result = isSignedBy(certificate, issuer);
  const results = checked.get(certificate) ?? new Map<string, SignatureVerdict>();
  checked.set(certificate, results.set(issuer.fingerprintSha256, result));
  return result;
}

/** Whether `issuer`'s key made the signature on `certificate`; names and dates are not looked at. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): SignatureVerdict {
  const key = publicKeyOf(issuer);
  if (key === undefined) {
    return { status: 'unsupported', reason: `the ${issuer.publicKey.algorithm} key cannot be used` };
  }
  return verifySignature(certificate.signatureAlgorithmDer, key, certificate.tbs, certificate.signature);
}

/** A path whose signatures hold and that ends at an anchor: everything else that RFC 5280 §6.1 asks of it. */
function judgePath(search: Search, path: readonly Certificate[]): ChainVerdict {
  for (const [index, certificate] of path.entries()) {
    const fault =
      judgeCertificate(search, certificate) ?? (index === 0 ? undefined : judgeIssuer(path, index));
    if (fault !== undefined) return { ...fault, path };
  }
  const anchor = path[path.length - 1] as Certificate;
  const reason =
    path.length === 1
      ? 'It is itself a trust anchor.'
      : `The path leads to the trust anchor ${anchor.subject}.`;
  return verdict('valid', reason, path);
}

function judgeCertificate(search: Search, certificate: Certificate): Omit<ChainVerdict, 'path'> | undefined {
  const { atSeconds } = search;
  const { notBeforeSeconds, notAfterSeconds, publicKey } = certificate;
  if (Number.isNaN(notBeforeSeconds) || Number.isNaN(notAfterSeconds)) {
    return { status: 'malformed', reason: `The validity dates of ${name(certificate)} cannot be read.` };
  }
  if (atSeconds < notBeforeSeconds) {
    search.until = Math.min(search.until, notBeforeSeconds);
    return {
      status: 'not_yet_valid',
      reason: `${name(certificate)} is valid from ${certificate.notBefore} on.`,
    };
  }
  search.from = Math.max(search.from, notBeforeSeconds);
  // notAfter is included (RFC 5280 §4.1.2.5), up to the end of its second.
  if (Math.floor(atSeconds) > notAfterSeconds) {
    search.from = Math.max(search.from, notAfterSeconds + 1);
    return { status: 'expired', reason: `${name(certificate)} expired at ${certificate.notAfter}.` };
  }
  search.until = Math.min(search.until, notAfterSeconds + 1);
  const minimum = publicKey.curve === undefined ? RSA_BITS_MINIMUM : EC_BITS_MINIMUM;
  const sized = ['rsaEncryption', 'id-RSASSA-PSS', 'id-dsa'].includes(publicKey.algorithm);
  if ((sized || publicKey.curve !== undefined) && publicKey.bits > 0 && publicKey.bits < minimum) {
    return {
      status: 'weak_key',
      reason: `The key of ${name(certificate)} has ${publicKey.bits} bits, less than ${minimum}.`,
    };
  }
  const [critical] = certificate.unknownCritical;
  if (critical !== undefined) {
    return {
      status: 'unknown_critical_extension',
      reason: `${name(certificate)} has the critical extension ${critical}, which is not processed.`,
    };
  }
  return undefined;
}

/** What an issuer must be: RFC 5280 §6.1.4 (k) to (n). */
function judgeIssuer(path: readonly Certificate[], index: number): Omit<ChainVerdict, 'path'> | undefined {
  const issuer = path[index] as Certificate;
  // A version 1 root cannot say that it is a CA: as an anchor it is taken at the user's word, as OpenSSL does.
  const versionOneRoot = index === path.length - 1 && issuer.version === 1 && isSelfIssued(issuer);
  if (!issuer.isCa && !versionOneRoot) {
    return { status: 'not_a_ca', reason: `${name(issuer)} issued a certificate and is not a CA.` };
  }
  if (issuer.keyUsage !== undefined && !issuer.keyUsage.includes('keyCertSign')) {
    return {
      status: 'not_a_ca',
      reason: `${name(issuer)} must not sign certificates: its key usage lacks keyCertSign.`,
    };
  }
  // Self-issued certificates do not count (RFC 5280 §4.2.1.9).
  const between = path.slice(1, index).filter((certificate) => !isSelfIssued(certificate)).length;
  if (issuer.pathLength !== undefined && between > issuer.pathLength) {
    return {
      status: 'path_too_long',
      reason: `${name(issuer)} allows ${issuer.pathLength} intermediate certificates, there are ${between}.`,
    };
  }
  return undefined;
}

/** How much a failure tells: a complete path first, then a broken signature, then one whose issuer is missing. */
const RANKS: Partial<Record<ChainStatus, number>> = {
  valid: 5,
  no_anchors: 0,
  unknown_issuer: 1,
  self_signed: 2,
  unsupported_algorithm: 2,
  bad_signature: 3,
};
const COMPLETE_PATH_RANK = 4;

function remember(search: Search, found: ChainVerdict): void {
  const rank = (candidate: ChainVerdict): number => RANKS[candidate.status] ?? COMPLETE_PATH_RANK;
  const better = rank(found) - rank(search.best);
  if (better > 0 || (better === 0 && found.path.length > search.best.path.length)) search.best = found;
}

/** Whether subject and issuer are the same name. */
export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.subjectDer, certificate.issuerDer);
}

function sameKeyAndName(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.spki, b.spki) && equalBytes(a.subjectDer, b.subjectDer);
}

function name(certificate: Certificate): string {
  return `"${certificate.subject}"`;
}

function verdict(status: ChainStatus, reason: string, path: readonly Certificate[]): ChainVerdict {
  return { status, reason, path };
}
