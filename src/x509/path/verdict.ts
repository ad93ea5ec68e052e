import type { Certificate } from '../certificate.js';
import type { RevocationVerdict } from '../revocation/verdict.js';

/** What became of the search for a path and its validation. Each value is a stable name of one kind of fault. */
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
  /** A key under which anybody can sign, or one made to cost time. */
  | 'unsafe_key'
  | 'unknown_critical_extension'
  /** A certificate breaks its own format: unreadable or repeated extensions, dates that are none. */
  | 'malformed'
  /** RFC 5280 §6.1.5 (g): explicit policies are required, and none of the path is acceptable. */
  | 'policy_not_accepted'
  /** RFC 5280 §6.1.3 (b) and (c). */
  | 'name_not_permitted'
  | 'revoked'
  /** Revoked for the time being (certificateHold). */
  | 'on_hold'
  | 'no_anchors';

export type ChainVerdict = {
  readonly status: ChainStatus;
  /** A whole sentence, or several. */
  readonly reason: string;
  /** From the leaf upwards, as far as it could be built; ends with the anchor where there is one. */
  readonly path: readonly Certificate[];
  /** What is known of revocation; undefined where no path leads to an anchor, so that nothing could be asked. */
  readonly revocation?: RevocationVerdict;
};

/** A fault of a path that is complete. */
export type PathFault = { readonly status: ChainStatus; readonly reason: string };

const SEVERITIES: Readonly<Record<ChainStatus, 'error' | 'warning' | undefined>> = {
  valid: undefined,
  no_anchors: undefined,
  expired: 'warning',
  not_yet_valid: 'warning',
  unknown_issuer: 'warning',
  self_signed: 'warning',
  unsupported_algorithm: 'warning',
  weak_key: 'warning',
  bad_signature: 'error',
  not_a_ca: 'error',
  path_too_long: 'error',
  unsafe_key: 'error',
  unknown_critical_extension: 'error',
  malformed: 'error',
  policy_not_accepted: 'error',
  name_not_permitted: 'error',
  revoked: 'error',
  on_hold: 'error',
};

/**
 * How bad a verdict is, wherever the certificate was met: `error` where something contradicts it, `warning` where
 * something is missing, out of date or weak, undefined where nothing is wrong or nothing was given to judge by.
 */
export function chainSeverity(status: ChainStatus): 'error' | 'warning' | undefined {
  return SEVERITIES[status];
}

/** A certificate as a sentence names it. */
export function quoted(certificate: Certificate): string {
  return `"${certificate.subject}"`;
}
