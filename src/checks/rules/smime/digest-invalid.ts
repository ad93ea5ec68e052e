import type { BodyRule } from '../../rule.js';

export const digestInvalid: BodyRule = {
  on: 'body',
  id: 'smime/digest-invalid',
  severity: 'error',
  reference: 'RFC 5652 §7',
  title: 'digest of DigestedData does not fit or could not be checked',
  explanation:
    'A DigestedData carries the digest of its content. Where the digest is another, the content was changed or cut ' +
    'on the way. Where it fits, only that is excluded: anybody can make a digest, so it does not say who sent it.',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'digested_data' || cms.digest === 'valid') return;
    report(cms.reason, path, cms.digest === 'invalid' ? 'error' : 'note');
  },
};
