import type { BodyRule } from '../../../rule.js';

export const signatureInvalid: BodyRule = {
  on: 'body',
  id: 'smime/signature-invalid',
  severity: 'error',
  reference: 'RFC 5652 §5.6',
  title: 'signature does not verify',
  explanation:
    'The signature does not match the bytes that it should cover. Either they were changed after signing, or the ' +
    'signer and the receiver disagree on which bytes are signed: the whole first part of the multipart/signed, its ' +
    'headers included, without the CRLF before the boundary.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    for (const signer of body.cms.signers) {
      if (signer.signature === 'invalid') report(signer.reason, path);
    }
  },
};
