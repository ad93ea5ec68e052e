/** What is known of the revocation of one certificate, or of all of a path. */
export type RevocationVerdict = {
  /**
   * `good`: a current list or response says so of every certificate. `not_checked`: nothing that was given can tell,
   * which is not good and not bad.
   */
  readonly status: 'good' | 'revoked' | 'on_hold' | 'not_checked';
  /** A whole sentence. */
  readonly reason: string;
  /** When it was revoked, RFC 3339 UTC; the encoded text where it is no time. */
  readonly date?: string;
  /** Why it was revoked, as RFC 5280 §5.3.1 names it: `keyCompromise`; absent where nothing is said. */
  readonly cause?: string;
};

/** CRLReason by number (RFC 5280 §5.3.1). */
const CAUSES: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'keyCompromise',
  2: 'cACompromise',
  3: 'affiliationChanged',
  4: 'superseded',
  5: 'cessationOfOperation',
  6: 'certificateHold',
  8: 'removeFromCRL',
  9: 'privilegeWithdrawn',
  10: 'aACompromise',
};

export const CERTIFICATE_HOLD = 'certificateHold';
export const REMOVE_FROM_CRL = 'removeFromCRL';

/** The name of a CRLReason; its number where it has none. */
export function causeName(code: number): string {
  return CAUSES[code] ?? `reason ${code}`;
}

/** The verdict on a certificate that `source` (as `the CRL of "CN=x"`) lists as revoked. */
export function revokedVerdict(
  owner: string,
  source: string,
  entry: { readonly date: string; readonly cause?: string },
): RevocationVerdict {
  const { date, cause } = entry;
  const isHeld = cause === CERTIFICATE_HOLD;
  const why = cause === undefined || isHeld ? '' : ` (${cause})`;
  const what = isHeld ? `has been on hold since ${date}` : `was revoked at ${date}${why}`;
  return {
    status: isHeld ? 'on_hold' : 'revoked',
    reason: `${owner} ${what}, says ${source}.`,
    date,
    ...(cause === undefined ? {} : { cause }),
  };
}

/** The verdict where nothing tells; `reason` is a whole sentence that begins with what was not checked. */
export function notChecked(reason: string): RevocationVerdict {
  return { status: 'not_checked', reason };
}
