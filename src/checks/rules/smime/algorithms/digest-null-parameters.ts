import type { BodyRule } from '../../../rule.js';

export const digestNullParameters: BodyRule = {
  on: 'body',
  id: 'smime/digest-null-parameters',
  severity: 'note',
  reference: 'RFC 3370 §2.1',
  title: 'SHA-1 identifier has NULL parameters',
  explanation:
    'The preferred form of the SHA-1 AlgorithmIdentifier leaves the parameters out. Receivers must take both forms, ' +
    'and most implementations send NULL (draft-ietf-sipping-sec-flows-00 §8); a receiver that takes only one fails here.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const { digestAlgorithm, digestParameters } of body.cms.signers) {
      if (/^sha-?1$/i.test(digestAlgorithm) && digestParameters === 'null') {
        report(
          'the digest algorithm is SHA-1 with NULL parameters; the preferred form leaves them out',
          path,
        );
      }
    }
  },
};
