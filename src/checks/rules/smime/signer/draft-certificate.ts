import type { Certificate } from '../../../../x509/certificate.js';
import { type DraftUse, draftUse } from '../../../../x509/draft-certificates.js';
import type { BodyRule } from '../../../rule.js';

export const draftCertificate: BodyRule = {
  on: 'body',
  id: 'smime/draft-certificate',
  severity: 'warning',
  reference: 'draft-ietf-sipping-sec-flows-00 §3',
  title: 'certificate or key of the draft is in use',
  explanation:
    'The private keys of the draft’s authority and users are printed in the draft: anybody can sign with them. They ' +
    'must never be used in anything but a test environment.',
  check(body, path, report) {
    if (body.cms?.contentType !== 'signed_data') return;
    const told: DraftUse[] = [];
    const tell = (certificate: Certificate): void => {
      const use = draftUse(certificate);
      if (use === undefined || told.some(({ kind, name }) => kind === use.kind && name === use.name)) return;
      told.push(use);
      report(describeDraftUse(use, certificate.subject), path);
    };
    for (const certificate of body.cms.certificates) tell(certificate);
    for (const { certificate } of body.cms.signers) if (certificate !== undefined) tell(certificate);
  },
};

/** A sentence on what of the draft a certificate uses. */
export function describeDraftUse({ kind, name }: DraftUse, subject: string): string {
  if (kind === 'certificate')
    return `the certificate of "${name}" is the one printed in the draft, with its private key`;
  if (kind === 'key')
    return `the certificate for "${subject}" has the key of "${name}", which is printed in the draft`;
  return `the certificate for "${subject}" is from the draft's test authority, whose key is public`;
}
