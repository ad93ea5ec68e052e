import type { ConnectionRule } from '../../rule.js';

export const tlsTooMuchWork: ConnectionRule = {
  on: 'connection',
  id: 'tls/too-much-work',
  severity: 'warning',
  reference: 'RFC 5246 Appendix F',
  title: 'connection asks for more key operations than are done for one',
  explanation:
    'Each check of a signature costs time, and keys can be made to cost much. What is done for one connection, and for ' +
    'all of a capture in proportion to its length, is limited: signatures beyond that are not checked, and are told as ' +
    'unchecked. --effort raises the limit.',
  check({ verdict }, report) {
    if (verdict?.workLeftOut !== true) return;
    report('some signatures of handshake and certificates were not checked, as they ask for too much work');
  },
};
