import { chainRule } from '../../tls/chain-rules.js';

export const tlsCertificateSignature = chainRule(['bad_signature', 'unsupported_algorithm'], {
  id: 'tls/certificate-signature',
  severity: 'error',
  reference: 'RFC 5280 §6.1.3',
  title: 'signature on a certificate does not verify',
  explanation:
    'A certificate of the chain was not signed by the key of the issuer that it names, or was changed after signing.',
});
