import type { TlsConnection } from '../../tls/connection.js';
import type { ConnectionRule } from '../rule.js';
import { frameText } from '../tls-chain-rules.js';

export const tlsHandshakeSignature: ConnectionRule = {
  on: 'connection',
  id: 'tls/handshake-signature',
  severity: 'error',
  reference: 'RFC 5246 §7.4.8, §7.4.9',
  title: 'handshake does not authenticate',
  explanation:
    'A CertificateVerify was not made with the key of the certificate, or a Finished does not match the messages ' +
    'before it: the handshake was changed on the way, or one side is broken.',
  check({ connection }, report) {
    const { clientSignature, serverSignature, finished } = connection;
    if (clientSignature === 'invalid')
      report('the client’s CertificateVerify is wrong', frame(connection, 'client'));
    if (serverSignature === 'invalid')
      report('the server’s CertificateVerify is wrong', frame(connection, 'server'));
    if (finished.client === 'invalid') report('the client’s Finished is wrong');
    if (finished.server === 'invalid') report('the server’s Finished is wrong');
  },
};

function frame(connection: TlsConnection, side: 'client' | 'server'): string | undefined {
  return frameText(side === 'client' ? connection.clientCertificateFrame : connection.certificateFrame);
}
