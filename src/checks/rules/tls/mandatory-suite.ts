import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

/** TLS_RSA_WITH_AES_128_CBC_SHA (RFC 5246 Appendix A.5). */
const MANDATORY = '0x002f';

export const tlsMandatorySuite: ConnectionRule = {
  on: 'connection',
  id: 'tls/mandatory-suite',
  severity: 'note',
  reference: 'RFC 3261 §26.2.1',
  title: 'client does not offer the mandatory cipher suite of SIP',
  explanation:
    'SIP over TLS must support TLS_RSA_WITH_AES_128_CBC_SHA, so that any two implementations have a suite in common. ' +
    'Many clients of today leave it out for a good reason (RFC 9325 §4.1); a server that has nothing else then ends ' +
    'the handshake. Suites of TLS 1.3 are chosen apart: a client that offers only TLS 1.3 is not told.',
  check({ connection }, report) {
    const { cipherSuitesOffered, versionsOffered, clientHelloFrame } = connection;
    if (cipherSuitesOffered.length === 0 || cipherSuitesOffered.some(({ id }) => id === MANDATORY)) return;
    if (versionsOffered.length > 0 && versionsOffered.every((version) => version === 'TLS 1.3')) return;
    report(
      `TLS_RSA_WITH_AES_128_CBC_SHA is not among the ${cipherSuitesOffered.length} cipher suites that the client offers`,
      frameText(clientHelloFrame),
    );
  },
};
