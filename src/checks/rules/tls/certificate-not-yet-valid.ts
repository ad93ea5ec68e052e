import type { ConnectionRule } from '../../rule.js';
import { reportDates } from '../../tls/chain-rules.js';

export const tlsCertificateNotYetValid: ConnectionRule = {
  on: 'connection',
  id: 'tls/certificate-not-yet-valid',
  severity: 'error',
  reference: 'RFC 5280 §4.1.2.5',
  title: 'certificate is not valid yet',
  explanation:
    'A certificate was shown before its dates (or before the time given with --at); most often a clock is wrong.',
  check: (subject, report) => reportDates(subject, 'not_yet_valid', report),
};
