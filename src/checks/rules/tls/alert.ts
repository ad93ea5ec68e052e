import type { ConnectionRule } from '../../rule.js';

export const tlsAlert: ConnectionRule = {
  on: 'connection',
  id: 'tls/fatal-alert',
  severity: 'error',
  reference: 'RFC 5246 §7.2.2',
  title: 'connection ended with a fatal alert',
  explanation:
    'One side gave the connection up. Who sends the alert says what it did not like about the other.',
  check({ connection }, report) {
    for (const { sender, level, description, words, frame } of connection.alerts) {
      if (level === 'fatal') report(`the ${sender} sent ${description}: ${words}`, `frame ${frame.number}`);
    }
  },
};
