import type { WorkBudget } from '../../model/budget.js';
import type { IdentityHeader } from '../../sip/identity/header.js';
import type { PassportText } from '../../sip/identity/passport.js';
import type { Certificate } from '../../x509/certificate.js';
import type { ChainVerdict, PolicyOptions } from '../../x509/chain.js';
import type { CrlFinder } from '../../x509/revocation/crl-store.js';
import type { CertificateStore } from '../../x509/store.js';

/**
 * What became of one Identity header. `valid` is earned: the signature is right, the claims are those of the request, the
 * certificate may vouch for them, its chain leads to an anchor that was given, and the header is fresh.
 */
export type IdentityHeaderVerdict = {
  readonly header: IdentityHeader;
  readonly status: 'valid' | 'invalid' | 'unverifiable';
  /** `error` where something contradicts the header, `warning` where something is missing, out of date or not vouched for. */
  readonly severity: 'error' | 'warning' | 'note' | 'info';
  /** A whole sentence, or several. */
  readonly reason: string;
  /** Of whose key it is, where that is known. */
  readonly certificate?: Certificate;
  /** Judgement of that certificate. */
  readonly chain?: ChainVerdict;
  /** The reading of the token whose signature is right: a token in compact form has several. */
  readonly text?: PassportText;
  /** Why it is too old or too new to be believed, where it is. */
  readonly stale?: string;
  /** Rules that it breaks besides, a sentence each. */
  readonly breaches: readonly string[];
};

/** What a header is judged by. */
export type IdentityEvidence = {
  /** Certificates that were given, of signers and of authorities between them and the anchors. */
  readonly certificates: CertificateStore;
  /** Trust anchors; without any, no header is `valid`. */
  readonly anchors: CertificateStore;
  readonly crls?: CrlFinder | undefined;
  readonly policies?: PolicyOptions | undefined;
  /** Unix seconds at which the message was seen; undefined where nobody knows, as for a file of one message. */
  readonly seenAt: number | undefined;
  /** Unix seconds at which certificates are judged. */
  readonly atSeconds: number;
  /** What may still be spent on the message; nothing is counted without. */
  readonly budget?: WorkBudget;
};

/** What is told of a header whose signature is right. */
export type Judgement = Pick<IdentityHeaderVerdict, 'status' | 'severity' | 'reason' | 'chain'>;

export function invalid(reason: string): Judgement {
  return { status: 'invalid', severity: 'error', reason };
}

export function unverifiable(reason: string, severity: 'warning' | 'note' = 'note'): Judgement {
  return { status: 'unverifiable', severity, reason };
}

/** A certificate as sentences name it. */
export function ownerOf({ subject }: Certificate): string {
  return `"${subject}"`;
}
