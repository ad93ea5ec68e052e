import { chainRule } from '../../tls/chain-rules.js';

export const tlsChain = chainRule(['unknown_critical_extension', 'malformed'], {
  id: 'tls/chain',
  severity: 'error',
  reference: 'RFC 5280 §6.1',
  title: 'certificate must be refused',
  explanation:
    'A certificate of the chain cannot be read, or has a critical extension that must be processed and is not.',
});
