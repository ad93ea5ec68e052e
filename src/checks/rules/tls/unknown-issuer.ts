import { chainRule } from '../../tls/chain-rules.js';

export const tlsUnknownIssuer = chainRule(['unknown_issuer', 'self_signed'], {
  id: 'tls/unknown-issuer',
  severity: 'warning',
  reference: 'RFC 5280 §6',
  title: 'certificate leads to no trust anchor',
  explanation:
    'The chain does not reach one of the trust anchors given with --ca: an intermediate certificate is missing from ' +
    'what was sent, or another authority issued it, or it is self-signed.',
});
