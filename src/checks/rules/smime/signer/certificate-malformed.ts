import { reportCertificateFaults } from '../../../certificate-faults.js';
import type { BodyRule } from '../../../rule.js';
import { restsOn } from '../../../signer-certificates.js';

export const certificateMalformed: BodyRule = {
  on: 'body',
  id: 'smime/certificate-malformed',
  severity: 'warning',
  reference: 'RFC 5280 §4',
  title: 'signer’s certificate breaks its format, or its key is unsafe',
  explanation:
    'A certificate that the signature rests on is not made as RFC 5280 §4 has it, so that receivers may refuse it or ' +
    'read different things in it; or its key is one under which anybody can sign.',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'signed_data') return;
    reportCertificateFaults(restsOn(cms.signers), path, report);
  },
};
