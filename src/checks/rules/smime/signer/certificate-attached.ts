import type { BodyRule } from '../../../rule.js';

export const certificateAttached: BodyRule = {
  on: 'body',
  id: 'smime/certificate-attached',
  severity: 'note',
  reference: 'draft-ietf-sipping-sec-flows-00 §8',
  title: 'sender’s certificate is attached',
  explanation:
    'Attaching certificates makes messages much larger, which matters over UDP, and receivers cannot rely on it. ' +
    'Interoperability was generally better without.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data' || body.cms.signers.length === 0) return;
    const { certificates } = body.cms;
    if (certificates.length === 0) return;
    const size = certificates.reduce((sum, { der }) => sum + der.length, 0);
    const count = certificates.length === 1 ? 'a certificate is' : `${certificates.length} certificates are`;
    report(`${count} attached (${size} bytes)`, path);
  },
};
