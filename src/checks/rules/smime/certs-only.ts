import type { BodyRule } from '../../rule.js';

export const certsOnly: BodyRule = {
  on: 'body',
  id: 'smime/certs-only',
  severity: 'info',
  reference: 'RFC 8551 §3.8',
  title: 'body carries certificates and no signature',
  explanation:
    'A SignedData without signers carries certificates or revocation lists to the peer. Nobody vouches for what is in ' +
    'it: a certificate that comes this way must lead to a trust anchor, or its holder must be asked.',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'signed_data' || cms.signers.length > 0) return;
    const { certificates, crlCount } = cms;
    if (certificates.length === 0 && crlCount === 0) return;
    const names = certificates.map(({ subject }) => `"${subject}"`).join(', ');
    const lists =
      crlCount === 0 ? '' : `${certificates.length === 0 ? '' : '; '}revocation lists: ${crlCount}`;
    report(`nothing is signed; certificates only${names === '' ? '' : `: ${names}`}${lists}`, path);
  },
};
