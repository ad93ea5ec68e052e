import type { BodyRule } from '../../../rule.js';
import { restsOn } from '../../../signer-certificates.js';

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
    const told: string[] = [];
    for (const certificate of restsOn(cms.signers)) {
      const { subject, notBeforeSeconds, notAfterSeconds, fingerprintSha256 } = certificate;
      if (told.includes(fingerprintSha256)) continue;
      told.push(fingerprintSha256);
      if (judgedAt > notAfterSeconds) {
        report(`the certificate of "${subject}" expired at ${certificate.notAfter}`, path);
      } else if (judgedAt < notBeforeSeconds) {
        report(`the certificate of "${subject}" is not valid before ${certificate.notBefore}`, path);
      }
    }
  },
};
