import { reportWeakHashes } from '../../certificate-hash.js';
import type { ConnectionRule } from '../../rule.js';
import { shownCertificates } from '../../tls/chain-rules.js';

export const tlsCertificateWeakHash: ConnectionRule = {
  on: 'connection',
  id: 'tls/certificate-weak-hash',
  severity: 'note',
  reference: 'RFC 6151, RFC 6194',
  title: 'certificate is signed over a weak hash',
  explanation:
    'A certificate signed over MD5 or SHA-1 can have a twin with another name or key: collisions of MD5 have been used ' +
    'for just that, and those of SHA-1 have been made. Ask its authority for one that uses SHA-256 or better.',
  check(subject, report) {
    for (const { certificates, where } of shownCertificates(subject))
      reportWeakHashes(certificates, where, report);
  },
};
