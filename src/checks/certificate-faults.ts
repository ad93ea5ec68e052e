import type { Severity } from '../model/finding.js';
import { type Certificate, usableKeyOf } from '../x509/certificate.js';
import { isSelfIssued } from '../x509/chain.js';
import type { Report } from './rule.js';

/**
 * Severities of what breaks the format of a certificate: what RFC 5280 §4.1.2.2 asks users to put up with is a note;
 * what makes the certificate say two things, or nothing that can be read, is an error.
 */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  'serial-number': 'note',
  version: 'warning',
  'time-form': 'warning',
  time: 'error',
  'signature-algorithm': 'error',
  'extension-repeated': 'error',
  'extension-malformed': 'error',
};

/**
 * Reports certificates that break RFC 5280, and keys that must not be used. The format of self-issued ones does
 * not count: a trust anchor is a name and a key (§6.1.1), whatever its certificate looks like.
 */
export function reportCertificateFaults(
  certificates: readonly Certificate[],
  where: string | undefined,
  report: Report,
): void {
  const told: string[] = [];
  for (const certificate of certificates) {
    const { subject, faults, unreadable, fingerprintSha256 } = certificate;
    if (told.includes(fingerprintSha256)) continue;
    told.push(fingerprintSha256);
    for (const { code, message } of isSelfIssued(certificate) ? [] : faults) {
      report(`the certificate of "${subject}": ${message}`, where, SEVERITIES[code] ?? 'warning');
    }
    for (const extension of isSelfIssued(certificate) ? [] : unreadable) {
      report(`the certificate of "${subject}": The extension ${extension} cannot be read.`, where, 'error');
    }
    const { fault } = usableKeyOf(certificate);
    if (fault !== undefined && fault.kind !== 'unreadable') {
      report(`the certificate of "${subject}" ${fault.reason}`, where, 'error');
    }
  }
}
