/**
 * Builds certification paths from a certificate up to a trust anchor. Issuers are looked for by name among anchors and
 * intermediates, cross-signed ones included; a search is bounded in depth, steps and signatures checked.
 */

import { derivedOnce } from '../../bytes/derived.js';
import { LimitedCache } from '../../bytes/limited-cache.js';
import { counted, equalBytes } from '../../bytes/text.js';
import { type Certificate, usableKeyOf } from '../certificate.js';
import { inheritsParameters, isSignedBy, signatureCost } from '../issued.js';
import { verifyCost } from '../key-cost.js';
import { nameKey } from '../name-key.js';
import { withParametersOf } from '../public-key.js';
import type { CrlFinder } from '../revocation/crl-store.js';
import { pathRevocation } from '../revocation/path-status.js';
import { isSelfIssued } from '../self-issued.js';
import type { SignatureVerdict } from '../signature.js';
import type { CertificateStore } from '../store.js';
import { JudgedTime } from './clock.js';
import { judgePath } from './judge.js';
import type { PolicyOptions } from './policy-graph.js';
import { type ChainStatus, type ChainVerdict, quoted } from './verdict.js';

/** Longest path followed; public hierarchies have at most five. */
export const PATH_LENGTH_LIMIT = 12;
/**
 * Most signatures checked in one judgement, those on revocation lists among them; a key above 4096 bits counts for
 * several. Cross-signed hierarchies need a few, hostile ones could ask for 10^12.
 */
export const SIGNATURE_CHECKS_LIMIT = 64;
/** Most certificates put on a path in one judgement, whether their signatures are known already or not. */
const STEPS_LIMIT = 2048;
/** Deepest chain of revocation lists whose signers have lists of their own. */
const REVOCATION_DEPTH_LIMIT = 2;
/** Most results of signatures kept on one certificate. */
const KEPT_SIGNATURES_LIMIT = 256;

/** Where possible issuers are looked up; `size` says whether any were added since. */
export type IssuerFinder = Pick<CertificateStore, 'findBySubject' | 'size'>;

export type ChainOptions = {
  readonly anchors: CertificateStore;
  readonly intermediates: IssuerFinder;
  /** Unix epoch at which validity is judged. */
  readonly atSeconds: number;
  /** What is asked of certificate policies; any or none will do where it is absent. */
  readonly policies?: PolicyOptions | undefined;
  /** Revocation lists that were given; nothing is fetched. */
  readonly crls?: CrlFinder | undefined;
  /** OCSP responses in DER, as a server stapled them. */
  readonly ocspResponses?: readonly Uint8Array[] | undefined;
  /** Takes the microseconds of a signature check from what the caller may spend; false where they are not left. */
  readonly pay?: ((microseconds: number) => boolean) | undefined;
};

/** What one judgement may still cost; the searches for signers of revocation lists spend of the same. */
type Budget = { checks: number; steps: number; unpaid: boolean };

/** One search; `best` is the verdict after `run`. */
export class PathSearch {
  readonly clock: JudgedTime;
  readonly #options: ChainOptions;
  readonly #budget: Budget;
  readonly #depth: number;
  #best: ChainVerdict;

  constructor(leaf: Certificate, options: ChainOptions, outer?: PathSearch) {
    this.#options = options;
    this.clock = outer?.clock ?? new JudgedTime(options.atSeconds);
    this.#budget =
      outer === undefined
        ? { checks: SIGNATURE_CHECKS_LIMIT, steps: STEPS_LIMIT, unpaid: false }
        : outer.#budget;
    this.#depth = outer === undefined ? 0 : outer.#depth + 1;
    this.#best =
      options.anchors.size === 0
        ? verdict('no_anchors', 'No trust anchor was given.', [leaf])
        : verdict('unknown_issuer', `Its issuer is not known: ${leaf.issuer}.`, [leaf]);
    this.#follow([leaf]);
  }

  /** Whether some paths were left out because the judgement would have cost too much. */
  get isExhausted(): boolean {
    const { checks, steps, unpaid } = this.#budget;
    return unpaid || checks <= 0 || steps <= 0;
  }

  /** The first path that is valid, else the one that got furthest; what was left out is said. */
  get verdict(): ChainVerdict {
    const best = this.#best;
    if (!this.isExhausted || best.status === 'valid') return best;
    if (this.#budget.unpaid) {
      const reason = `${best.reason} The search ended as too many key operations were asked for: other issuers were not tried.`;
      return { ...best, reason };
    }
    const limit =
      this.#budget.checks <= 0
        ? counted(SIGNATURE_CHECKS_LIMIT, 'signature check')
        : counted(STEPS_LIMIT, 'step');
    return {
      ...best,
      reason: `${best.reason} The search ended at its limit of ${limit}: other issuers of these names were not tried.`,
    };
  }

  /** Extends `path`; answers whether a valid one was found. */
  #follow(path: readonly Certificate[]): boolean {
    const last = path[path.length - 1] as Certificate;
    const { anchors } = this.#options;
    if (anchors.has(last)) {
      const complete = this.#judge(path);
      this.#remember(complete);
      return complete.status === 'valid';
    }
    if (isSelfIssued(last) && this.#signedBy(last, last)?.status === 'valid') {
      const reason =
        path.length === 1
          ? verdict('self_signed', 'It is self-signed and not among the trust anchors.', path)
          : verdict('unknown_issuer', `The path ends at ${last.subject}, which is not a trust anchor.`, path);
      this.#remember(reason);
    }
    if (path.length >= PATH_LENGTH_LIMIT) return false;
    for (const issuer of this.#candidates(last)) {
      if (path.some((earlier) => sameKeyAndName(earlier, issuer))) continue;
      if (this.#budget.steps-- <= 0) return false;
      const signature = this.#signedBy(last, issuer);
      if (signature === undefined) return false;
      if (signature.status !== 'valid') this.#remember(badSignature(path, issuer, signature));
      else if (this.#follow([...path, issuer])) return true;
    }
    this.#remember(
      anchors.size > 0
        ? verdict('unknown_issuer', `The issuer of ${quoted(last)} is not known: ${last.issuer}.`, path)
        : verdict('no_anchors', 'No trust anchor was given.', path),
    );
    return false;
  }

  #judge(path: readonly Certificate[]): ChainVerdict {
    const fault = judgePath(path, this.clock, this.#options.policies);
    if (fault !== undefined) return { ...fault, path };
    const anchor = path[path.length - 1] as Certificate;
    if (path.length === 1) return verdict('valid', 'It is itself a trust anchor.', path);
    const { crls, ocspResponses } = this.#options;
    const revocation = pathRevocation(path, {
      clock: this.clock,
      crls: this.#depth < REVOCATION_DEPTH_LIMIT ? crls : undefined,
      ocspResponses: ocspResponses ?? [],
      signersNamed: (issuerDer) => this.#signersNamed(path, issuerDer),
      trusts: (signer) => this.#trusts(path, signer),
      spend: (signer) => this.#spend(signer),
    });
    if (revocation.status === 'revoked' || revocation.status === 'on_hold') {
      return { status: revocation.status, reason: revocation.reason, path, revocation };
    }
    return { ...verdict('valid', `The path leads to the trust anchor ${anchor.subject}.`, path), revocation };
  }

  /** Possible issuers by name, those whose key identifier fits first, anchors before others. */
  #candidates(certificate: Certificate): Certificate[] {
    const wanted = certificate.authorityKeyIdentifier;
    const fits = ({ subjectKeyIdentifier: identifier }: Certificate): number => {
      if (wanted === undefined || identifier === undefined) return 1;
      return equalBytes(wanted, identifier) ? 0 : 2;
    };
    return this.#named(certificate.issuerDer).sort((a, b) => fits(a) - fits(b));
  }

  /** All with this subject, anchors first. */
  #named(subjectDer: Uint8Array): Certificate[] {
    const { anchors, intermediates } = this.#options;
    const others = intermediates.findBySubject(subjectDer).filter((candidate) => !anchors.has(candidate));
    return [...anchors.findBySubject(subjectDer), ...others];
  }

  #signersNamed(path: readonly Certificate[], issuerDer: Uint8Array): readonly Certificate[] {
    const key = nameKey(issuerDer);
    const onPath = path.slice(1).filter(({ subjectKey }) => subjectKey === key);
    return [...onPath, ...this.#named(issuerDer).filter((one) => !path.includes(one))];
  }

  /** Whether another certificate leads to the anchor of this path (RFC 5280 §6.3.3 (f)). */
  #trusts(path: readonly Certificate[], signer: Certificate): boolean {
    if (path.indexOf(signer) > 0) return true;
    if (this.#depth >= REVOCATION_DEPTH_LIMIT) return false;
    const { policies: _, ocspResponses: __, ...options } = this.#options;
    const inner = new PathSearch(signer, options, this).verdict;
    const anchor = path[path.length - 1] as Certificate;
    return (
      inner.status === 'valid' &&
      inner.path[inner.path.length - 1]?.fingerprintSha256 === anchor.fingerprintSha256
    );
  }

  /** Pays for one check with the signer's key, which may have inherited its parameters. */
  #spend(signer: Certificate, parameters?: Pick<Certificate, 'spki'>): boolean {
    if (this.#budget.checks <= 0 || this.#budget.unpaid) return false;
    const { key } = usableKeyOf(signer, parameters);
    const { pay } = this.#options;
    if (key !== undefined && pay !== undefined && !pay(verifyCost(key))) {
      this.#budget.unpaid = true;
      return false;
    }
    this.#budget.checks -= signatureCost(signer);
    return true;
  }

  /** The signature on `certificate` by `issuer`'s key, remembered; undefined where the judgement has used up its checks. */
  #signedBy(certificate: Certificate, issuer: Certificate): SignatureVerdict | undefined {
    if (inheritsParameters(issuer)) return this.#signedByInherited(certificate, issuer, 0);
    const known = checked(certificate).get(issuer.fingerprintSha256);
    if (known !== undefined) return known;
    // What costs nothing to refuse is not counted: others of the name may have the right key.
    if (couldSign(certificate, issuer) && !this.#spend(issuer)) return undefined;
    return checked(certificate).keep(issuer.fingerprintSha256, isSignedBy(certificate, issuer));
  }

  /** By a DSA key without parameters: those of any of its issuers are tried; the path is held to its own in the end. */
  #signedByInherited(
    certificate: Certificate,
    issuer: Certificate,
    depth: number,
  ): SignatureVerdict | undefined {
    let last: SignatureVerdict = {
      status: 'unsupported',
      reason: 'the id-dsa key has no parameters and inherits none',
    };
    for (const spki of this.#inheritable(issuer, depth)) {
      if (!this.#spend(issuer, { spki })) return undefined;
      last = isSignedBy(certificate, issuer, { spki });
      if (last.status === 'valid') return last;
    }
    return last;
  }

  /** DSA keys with parameters that `certificate` may inherit from. */
  #inheritable(certificate: Certificate, depth: number): readonly Uint8Array[] {
    if (depth >= PATH_LENGTH_LIMIT) return [];
    return this.#candidates(certificate)
      .slice(0, 8)
      .flatMap((above) => {
        if (sameKeyAndName(above, certificate)) return [];
        if (!inheritsParameters(above)) return [above.spki];
        if (this.#budget.steps-- <= 0) return [];
        return this.#inheritable(above, depth + 1).flatMap(
          (spki) => withParametersOf(above.spki, spki) ?? [],
        );
      });
  }

  #remember(found: ChainVerdict): void {
    const rank = (candidate: ChainVerdict): number => RANKS[candidate.status] ?? COMPLETE_PATH_RANK;
    const better = rank(found) - rank(this.#best);
    if (better > 0 || (better === 0 && found.path.length > this.#best.path.length)) this.#best = found;
  }
}

/** Results of signatures, for as long as the certificate lives: messages of a dialog ask for the same (RSA 2048: 40 us). */
const checked = derivedOnce(
  (_: Certificate) => new LimitedCache<string, SignatureVerdict>(KEPT_SIGNATURES_LIMIT),
);

/** Whether the kinds of key and signature, and their lengths where they are the same, allow it. */
function couldSign(certificate: Certificate, issuer: Certificate): boolean {
  const { algorithm, bits } = issuer.publicKey;
  const isRsa = algorithm === 'rsaEncryption' || algorithm === 'id-RSASSA-PSS';
  if (isRsa !== /RSA/.test(certificate.signatureAlgorithm)) return false;
  return !isRsa || certificate.signature.length === Math.ceil(bits / 8);
}

function badSignature(
  path: readonly Certificate[],
  issuer: Certificate,
  signature: SignatureVerdict,
): ChainVerdict {
  const { fault } = usableKeyOf(issuer);
  if (fault !== undefined && fault.kind !== 'unreadable') {
    return verdict('unsafe_key', `${quoted(issuer)} ${fault.reason}.`, path);
  }
  const last = quoted(path[path.length - 1] as Certificate);
  const status = signature.status === 'invalid' ? 'bad_signature' : 'unsupported_algorithm';
  const why = signature.status === 'valid' ? '' : `: ${signature.reason}`;
  return verdict(status, `The signature on ${last} does not verify with ${quoted(issuer)}${why}.`, path);
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

function sameKeyAndName(a: Certificate, b: Certificate): boolean {
  return a.subjectKey === b.subjectKey && equalBytes(a.spki, b.spki);
}

function verdict(status: ChainStatus, reason: string, path: readonly Certificate[]): ChainVerdict {
  return { status, reason, path };
}
