/**
 * Certification paths (RFC 5280 §6) from a certificate up to a trust anchor, judged at a given time: the one entry for
 * TLS, CMS, Identity and the certificate commands.
 */

import { derivedOnce } from '../bytes/derived.js';
import type { Certificate } from './certificate.js';
import { type ChainOptions, type IssuerFinder, PathSearch } from './path/search.js';
import type { ChainVerdict } from './path/verdict.js';

export { isSignedBy } from './issued.js';
export { EC_BITS_MINIMUM, RSA_BITS_MINIMUM } from './path/judge.js';
export type { PolicyOptions } from './path/policy-graph.js';
export {
  type ChainOptions,
  type IssuerFinder,
  PATH_LENGTH_LIMIT,
  SIGNATURE_CHECKS_LIMIT,
} from './path/search.js';
export { type ChainStatus, type ChainVerdict, chainSeverity } from './path/verdict.js';
export { isSelfIssued } from './self-issued.js';

/** A verdict with what it depends on besides certificate and intermediates; stores only ever grow. */
type Remembered = {
  readonly options: ChainOptions;
  readonly anchorCount: number;
  readonly intermediateCount: number;
  readonly crlCount: number;
  /** The verdict is the same at each second from the first up to the second, which is not one of them. */
  readonly from: number;
  readonly until: number;
  readonly verdict: ChainVerdict;
};

/**
 * The last verdict on each certificate with each collection of intermediates, for as long as both are there: the
 * messages of a dialog ask for the same one, and a search takes 8 us.
 */
const verdicts = derivedOnce((_: IssuerFinder) => new WeakMap<Certificate, Remembered>());

/** Judges a certificate; the first path that is valid wins, else the one that got furthest is told. */
export function verifyChain(leaf: Certificate, options: ChainOptions): ChainVerdict {
  const known = verdicts(options.intermediates).get(leaf);
  if (known !== undefined && holdsFor(known, options)) return known.verdict;
  const search = new PathSearch(leaf, options);
  const { verdict } = search;
  // A search that used up its checks gets further the next time, as their results are remembered.
  if (search.isExhausted) return verdict;
  const { anchors, intermediates, crls } = options;
  verdicts(intermediates).set(leaf, {
    options,
    anchorCount: anchors.size,
    intermediateCount: intermediates.size,
    crlCount: crls?.size ?? 0,
    from: search.clock.from,
    until: search.clock.until,
    verdict,
  });
  return verdict;
}

function holdsFor(
  known: Remembered,
  { anchors, intermediates, crls, policies, ocspResponses, atSeconds }: ChainOptions,
): boolean {
  const { options } = known;
  return (
    options.anchors === anchors &&
    known.anchorCount === anchors.size &&
    known.intermediateCount === intermediates.size &&
    options.policies === policies &&
    options.crls === crls &&
    known.crlCount === (crls?.size ?? 0) &&
    options.ocspResponses === ocspResponses &&
    known.from <= atSeconds &&
    atSeconds < known.until
  );
}
