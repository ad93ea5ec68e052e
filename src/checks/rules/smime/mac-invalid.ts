import type { BodyRule } from '../../rule.js';

export const macInvalid: BodyRule = {
  on: 'body',
  id: 'smime/mac-invalid',
  severity: 'error',
  reference: 'RFC 5652 §9',
  title: 'MAC of AuthenticatedData does not fit or could not be checked',
  explanation:
    'An AuthenticatedData carries a MAC under a key that its recipients get as they get the key of an encrypted body. ' +
    'Where the MAC does not fit, the content is not what was authenticated. To check it, the private key of a ' +
    'recipient is needed (-k).',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'authenticated_data' || cms.mac === 'valid') return;
    report(cms.reason, path, cms.mac === 'invalid' ? 'error' : 'note');
  },
};
