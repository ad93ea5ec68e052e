/** Drafts of TLS 1.3 (draft-ietf-tls-tls13, versions 0x7fxx) and where they differ from RFC 8446. */

/** Number of the draft that a version stands for; undefined for TLS 1.3 itself and all others. */
export function draftNumber(version: number): number | undefined {
  return version >> 8 === 0x7f ? version & 0xff : undefined;
}

/** What the key schedule and the record layer of TLS 1.3 depend on. */
export type Variant13 = {
  /** Before each label of HKDF-Expand-Label: changed by draft 20. */
  readonly labelPrefix: 'tls13 ' | 'TLS 1.3, ';
  /** Label of the secret after a KeyUpdate: changed by draft 20. */
  readonly updateLabel: 'traffic upd' | 'application traffic secret';
  /** Whether the record header is authenticated with the record: from draft 25 on. */
  readonly authenticatesHeader: boolean;
  /** Whether the ClientHello before a HelloRetryRequest counts as its hash: from draft 19 on. */
  readonly hashesRetriedHello: boolean;
};

/** RFC 8446. */
export const FINAL: Variant13 = {
  labelPrefix: 'tls13 ',
  updateLabel: 'traffic upd',
  authenticatesHeader: true,
  hashesRetriedHello: true,
};
const DRAFT_20: Variant13 = { ...FINAL, authenticatesHeader: false };
const DRAFT_19: Variant13 = {
  labelPrefix: 'TLS 1.3, ',
  updateLabel: 'application traffic secret',
  authenticatesHeader: false,
  hashesRetriedHello: true,
};
const DRAFT_18: Variant13 = { ...DRAFT_19, hashesRetriedHello: false };

/** The variant of a version. */
export function variantOf(version: number): Variant13 {
  const draft = draftNumber(version);
  if (draft === undefined || draft >= 25) return FINAL;
  if (draft >= 20) return DRAFT_20;
  return draft === 19 ? DRAFT_19 : DRAFT_18;
}

/** Whether ServerHello has the form of TLS 1.2, with session ID and compression method: from draft 22 on. */
export function hasOldHelloForm(version: number): boolean {
  const draft = draftNumber(version);
  return draft === undefined || draft >= 22;
}

/** Whether a NewSessionTicket has a nonce: from draft 21 on. */
export function hasTicketNonce(version: number): boolean {
  const draft = draftNumber(version);
  return draft === undefined || draft >= 21;
}
