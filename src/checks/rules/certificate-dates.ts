import type { BodyRule } from '../rule.js';

export const certificateDates: BodyRule = {
  on: 'body',
  id: 'smime/certificate-dates',
  severity: 'error',
  reference: 'RFC 5280 §4.1.2.5',
  title: 'signer’s certificate is out of its dates',
  explanation:
    'A certificate that the signature rests on had expired, or was not valid yet, when the message was captured (or ' +
    'at the time given with --at). Many SIP clients were found to accept expired certificates with no warning or ' +
    'error (draft-ietf-sipping-sec-flows-00 §8).',
  check({ cms, judgedAt }, path, report) {
    if (cms?.contentType !== 'signed_data' || judgedAt === undefined) return;
    const told = new Set<string>();
    for (const { certificate, chain } of cms.signers) {
      const shown = chain?.path ?? (certificate === undefined ? [] : [certificate]);
      for (const {
        subject,
        notBefore,
        notBeforeSeconds,
        notAfter,
        notAfterSeconds,
        fingerprintSha256,
      } of shown) {
        if (told.has(fingerprintSha256)) continue;
        told.add(fingerprintSha256);
        if (judgedAt > notAfterSeconds)
          report(`the certificate of "${subject}" expired at ${notAfter}`, path);
        else if (judgedAt < notBeforeSeconds) {
          report(`the certificate of "${subject}" is not valid before ${notBefore}`, path);
        }
      }
    }
  },
};
