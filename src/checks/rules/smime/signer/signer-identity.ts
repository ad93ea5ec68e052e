import type { BodyRule } from '../../../rule.js';

export const signerIdentity: BodyRule = {
  on: 'body',
  id: 'smime/signer-identity',
  severity: 'error',
  reference: 'RFC 3261 §23.2',
  title: 'signer is not the sender',
  explanation:
    'None of the names in the signer’s certificate is the address of the sender of the message. One of the items in the ' +
    'Subject Alternative Name must match it (draft-ietf-sipping-sec-flows-00 §8).',
  check(body, path, report) {
    for (const { status, expected, found } of body.identities) {
      if (status !== 'mismatch') continue;
      const names = found.length === 0 ? 'no name that could be compared' : found.join(', ');
      report(`the message is from ${expected}, the signer’s certificate is for ${names}`, path);
    }
  },
};
