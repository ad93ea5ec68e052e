import { reportCertificateFaults } from '../../certificate-faults.js';
import type { ConnectionRule } from '../../rule.js';
import { shownCertificates } from '../../tls/chain-rules.js';

export const tlsCertificateMalformed: ConnectionRule = {
  on: 'connection',
  id: 'tls/certificate-malformed',
  severity: 'warning',
  reference: 'RFC 5280 §4',
  title: 'certificate breaks its format, or its key is unsafe',
  explanation:
    'A certificate that was shown is not made as RFC 5280 §4 has it, so that peers may refuse it or read different ' +
    'things in it; or its key is one under which anybody can sign.',
  check(subject, report) {
    for (const { certificates, where } of shownCertificates(subject)) {
      reportCertificateFaults(certificates, where, report);
    }
  },
};
