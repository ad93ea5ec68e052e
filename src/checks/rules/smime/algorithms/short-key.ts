import type { BodyRule } from '../../../rule.js';

/** NIST SP 800-131A, and what RFC 8551 §4 calls acceptable. */
const SHORTEST_RSA = 2048;

export const shortKey: BodyRule = {
  on: 'body',
  id: 'smime/short-key',
  severity: 'note',
  reference: 'RFC 8551 §4.2',
  title: 'signer’s key is short',
  explanation:
    'RSA keys below 2048 bits give no lasting protection; below 1024 bits they can be broken today.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { certificate } of body.cms.signers) {
      if (certificate === undefined) continue;
      const { algorithm, bits } = certificate.publicKey;
      if (!/rsa/i.test(algorithm) || bits >= SHORTEST_RSA) continue;
      report(`the signer’s RSA key has ${bits} bits`, path, bits < 1024 ? 'warning' : 'note');
    }
  },
};
