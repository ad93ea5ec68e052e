import type { ConnectionRule } from '../../rule.js';
import { reportDates } from '../../tls/chain-rules.js';

export const tlsCertificateExpired: ConnectionRule = {
  on: 'connection',
  id: 'tls/certificate-expired',
  severity: 'error',
  reference: 'RFC 5280 §4.1.2.5',
  title: 'certificate had expired',
  explanation:
    'A certificate was past its dates when it was shown (or at the time given with --at). Many SIP clients were ' +
    'found to accept expired certificates with no warning or error (draft-ietf-sipping-sec-flows-00 §8).',
  check: (subject, report) => reportDates(subject, 'expired', report),
};
