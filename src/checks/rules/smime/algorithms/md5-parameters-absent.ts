import type { BodyRule } from '../../../rule.js';

export const md5ParametersAbsent: BodyRule = {
  on: 'body',
  id: 'smime/md5-parameters-absent',
  severity: 'error',
  reference: 'RFC 3370 §2.2',
  title: 'MD5 identifier lacks its NULL parameters',
  explanation:
    'Unlike SHA-1, the MD5 AlgorithmIdentifier must have NULL parameters; the form without them is not allowed ' +
    '(draft-ietf-sipping-sec-flows-00 §8).',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { digestAlgorithm, digestParameters } of body.cms.signers) {
      if (/^md5$/i.test(digestAlgorithm) && digestParameters === 'absent') {
        report('the digest algorithm is MD5 without parameters; they must be NULL', path);
      }
    }
  },
};
