import type { BodyRule } from '../../rule.js';

export const base64Encoding: BodyRule = {
  on: 'body',
  id: 'smime/base64-encoding',
  severity: 'warning',
  reference: 'RFC 3853 §3',
  title: 'CMS is carried in base64',
  explanation:
    'SIP carries any bytes, so base64 only makes the message a third longer. RFC 3853 asks for binary and leaves it ' +
    'open whether a receiver reads base64 at all; binary is the preferred form (draft-ietf-sipping-sec-flows-00 §8).',
  check(body, path, report) {
    if (body.cms === undefined || body.transferEncoding !== 'base64') return;
    const saved = body.end - body.bodyStart - body.bytes.length;
    report(
      `the ${body.contentType?.mediaType ?? 'CMS'} body is in base64: ${saved} bytes longer than binary`,
      path,
    );
  },
};
