import type { BodyRule } from '../../../rule.js';

export const weakDigest: BodyRule = {
  on: 'body',
  id: 'smime/weak-digest',
  severity: 'note',
  reference: 'RFC 8551 §2.1',
  title: 'signature uses a weak digest',
  explanation:
    'MD5 collisions are made in seconds and SHA-1 collisions have been made: two bodies can have the same signature. ' +
    'RFC 8551 wants SHA-256 or better and keeps the others for old messages.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { digestAlgorithm } of body.cms.signers) {
      if (/^md[245]$/i.test(digestAlgorithm)) report(`the digest is ${digestAlgorithm}`, path, 'warning');
      else if (/^sha-?1$/i.test(digestAlgorithm)) report(`the digest is ${digestAlgorithm}`, path);
    }
  },
};
