import { chainRule } from '../../tls/chain-rules.js';

export const tlsChain = chainRule(
  [
    'unknown_critical_extension',
    'malformed',
    'unsafe_key',
    'policy_not_accepted',
    'name_not_permitted',
    'revoked',
    'on_hold',
  ],
  {
    id: 'tls/chain',
    severity: 'error',
    reference: 'RFC 5280 §6.1',
    title: 'certificate must be refused',
    explanation:
      'A certificate of the chain cannot be read or has a critical extension that is not processed, was revoked, has a key ' +
      'under which anybody can sign, or breaks the name constraints or policies of its issuers.',
  },
);
