import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

export const tlsOnlySsl3: ConnectionRule = {
  on: 'connection',
  id: 'tls/only-ssl3',
  severity: 'error',
  reference: 'draft-ietf-sipping-sec-flows-00 §8',
  title: 'client does SSL 3.0 only',
  explanation:
    'A common problem is that some SIP clients incorrectly only do SSLv3 and do not support TLS, which RFC 3261 ' +
    'asks for; RFC 7568 forbids SSL 3.0.',
  check({ connection }, report) {
    const { versionsOffered } = connection;
    if (versionsOffered.length === 0 || !versionsOffered.every((version) => version.startsWith('SSL')))
      return;
    report(
      `the client offers ${versionsOffered.join(', ')} and no TLS`,
      frameText(connection.clientHelloFrame),
    );
  },
};
