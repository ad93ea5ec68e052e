import type { Certificate } from './certificate.js';

/** Whether subject and issuer are the same name (RFC 5280 §6.1, compared by §7.1). */
export function isSelfIssued({ subjectKey, issuerKey }: Certificate): boolean {
  return subjectKey === issuerKey;
}
