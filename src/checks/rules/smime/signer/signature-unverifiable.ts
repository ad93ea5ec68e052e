import type { BodyRule } from '../../../rule.js';

export const signatureUnverifiable: BodyRule = {
  on: 'body',
  id: 'smime/signature-unverifiable',
  severity: 'note',
  reference: 'RFC 5652 §5.6',
  title: 'signature could not be checked',
  explanation:
    'Something needed to check the signature is missing, most often the signer’s certificate: it need not be ' +
    'attached, and interoperability is generally better where it is not (draft-ietf-sipping-sec-flows-00 §8). Give ' +
    'it with --cert.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const signer of body.cms.signers) {
      if (signer.signature === 'unverifiable') report(signer.reason, path);
    }
  },
};
