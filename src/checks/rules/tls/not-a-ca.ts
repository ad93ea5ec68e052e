import { chainRule } from '../../tls/chain-rules.js';

export const tlsNotACa = chainRule(['not_a_ca', 'path_too_long'], {
  id: 'tls/not-a-ca',
  severity: 'error',
  reference: 'RFC 5280 §6.1.4',
  title: 'issuer may not issue certificates',
  explanation:
    'A certificate of the chain was issued by one that is no certificate authority, or that may not have as many ' +
    'authorities below it.',
});
