import { reportWeakHashes } from '../../../certificate-hash.js';
import type { BodyRule } from '../../../rule.js';
import { restsOn } from '../../../signer-certificates.js';

export const certificateWeakHash: BodyRule = {
  on: 'body',
  id: 'smime/certificate-weak-hash',
  severity: 'note',
  reference: 'RFC 6151, RFC 6194',
  title: 'signer’s certificate is signed over a weak hash',
  explanation:
    'A certificate signed over MD5 or SHA-1 can have a twin with another name or key: collisions of MD5 have been used ' +
    'for just that, and those of SHA-1 have been made. Ask its authority for one that uses SHA-256 or better.',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'signed_data') return;
    reportWeakHashes(restsOn(cms.signers), path, report);
  },
};
