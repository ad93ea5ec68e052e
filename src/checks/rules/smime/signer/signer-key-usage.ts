import type { BodyRule } from '../../../rule.js';

/** RFC 8550 §4.4.4: one of these, where the extension is there at all. */
const MAIL_USAGES = ['id-kp-emailProtection', 'anyExtendedKeyUsage'];

export const signerKeyUsage: BodyRule = {
  on: 'body',
  id: 'smime/signer-key-usage',
  severity: 'warning',
  reference: 'RFC 8550 §4.4.2, §4.4.4',
  title: 'signer’s certificate is not meant for signing messages',
  explanation:
    'The key usage of the signer’s certificate has neither digitalSignature nor nonRepudiation, or its extended key ' +
    'usage names neither e-mail protection nor anything: strict receivers refuse the signature.',
  check({ cms }, path, report) {
    if (cms?.contentType !== 'signed_data') return;
    for (const { certificate } of cms.signers) {
      if (certificate === undefined) continue;
      const { subject, keyUsage, extendedKeyUsage } = certificate;
      const signs = keyUsage?.some((usage) => usage === 'digitalSignature' || usage === 'nonRepudiation');
      if (signs === false) {
        report(
          `the certificate of "${subject}" is for ${keyUsage?.join(', ') || 'nothing'}, not for signing`,
          path,
        );
      }
      if (extendedKeyUsage.length > 0 && !extendedKeyUsage.some((usage) => MAIL_USAGES.includes(usage))) {
        report(
          `the certificate of "${subject}" is for ${extendedKeyUsage.join(', ')}, not for messages`,
          path,
        );
      }
    }
  },
};
