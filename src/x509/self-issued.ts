import { equalBytes } from '../bytes/text.js';
import type { Certificate } from './certificate.js';
import { sameName } from './name-key.js';

/** Whether subject and issuer are the same name (RFC 5280 §6.1, compared by §7.1). */
export function isSelfIssued({ subjectDer, issuerDer }: Certificate): boolean {
  return equalBytes(subjectDer, issuerDer) || sameName(subjectDer, issuerDer);
}
