import { draftUse } from '../../../x509/draft-certificates.js';
import type { ConnectionRule } from '../../rule.js';
import { shownCertificates } from '../../tls/chain-rules.js';
import { describeDraftUse } from '../smime/signer/draft-certificate.js';

export const tlsDraftCertificate: ConnectionRule = {
  on: 'connection',
  id: 'tls/draft-certificate',
  severity: 'warning',
  reference: 'draft-ietf-sipping-sec-flows-00 §3',
  title: 'certificate or key of the draft is in use',
  explanation:
    'The private keys of the draft’s authority and hosts are printed in the draft: anybody can pose as who shows such ' +
    'a certificate, and read what was encrypted to it. They must never be used in anything but a test environment.',
  check(subject, report) {
    for (const { side, certificates, where } of shownCertificates(subject)) {
      for (const certificate of certificates) {
        const use = draftUse(certificate);
        if (use !== undefined)
          report(`the ${side} showed: ${describeDraftUse(use, certificate.subject)}`, where);
      }
    }
  },
};
