import type { Severity } from '../model/finding.js';
import type { Certificate } from '../x509/certificate.js';
import type { Report } from './rule.js';

/**
 * Reports certificates that are signed over a weak hash. A self-signed one is left out: its signature proves nothing
 * under any hash.
 */
export function reportWeakHashes(
  certificates: readonly Certificate[],
  where: string | undefined,
  report: Report,
): void {
  const told: string[] = [];
  for (const { subject, issuer, signatureAlgorithm, fingerprintSha256 } of certificates) {
    const severity = severityOf(signatureAlgorithm);
    if (severity === undefined || subject === issuer || told.includes(fingerprintSha256)) continue;
    told.push(fingerprintSha256);
    report(`the certificate of "${subject}" is signed with ${signatureAlgorithm}`, where, severity);
  }
}

/** MD5 collisions have made certificates in another's name; SHA-1 collisions have been made. */
function severityOf(signatureAlgorithm: string): Severity | undefined {
  if (/md[245]/i.test(signatureAlgorithm)) return 'error';
  return /sha-?1(?!\d)|dsa-with-sha$/i.test(signatureAlgorithm) ? 'note' : undefined;
}
