import type { BodyRule } from '../rule.js';

export const contentEncryptionNotAes: BodyRule = {
  on: 'body',
  id: 'smime/content-encryption-not-aes',
  severity: 'warning',
  reference: 'RFC 3853',
  title: 'content is not encrypted with AES',
  explanation:
    'RFC 3853 makes AES the encryption algorithm of S/MIME in SIP. A receiver that follows it need not know another.',
  check(body, path, report) {
    const { cms } = body;
    if (cms?.contentType !== 'enveloped_data' && cms?.contentType !== 'auth_enveloped_data') return;
    const algorithm = cms.contentEncryptionAlgorithm;
    if (!/^(id-)?aes/i.test(algorithm))
      report(`the content is encrypted with ${algorithm}, not with AES`, path);
  },
};
