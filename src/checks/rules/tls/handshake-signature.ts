import type { TlsConnection } from '../../../tls/connection.js';
import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

export const tlsHandshakeSignature: ConnectionRule = {
  on: 'connection',
  id: 'tls/handshake-signature',
  severity: 'error',
  reference: 'RFC 5246 §7.4.8',
  title: 'certificate’s key was not proven',
  explanation:
    'A CertificateVerify was not made with the key of the certificate over this handshake: who sent it has not ' +
    'shown to own the certificate, or the handshake was changed on the way.',
  check({ connection }, report) {
    const { clientSignature, serverSignature } = connection;
    if (clientSignature === 'invalid')
      report('the client’s CertificateVerify is wrong', frame(connection, 'client'));
    if (serverSignature === 'invalid')
      report('the server’s CertificateVerify is wrong', frame(connection, 'server'));
  },
};

function frame(connection: TlsConnection, side: 'client' | 'server'): string | undefined {
  return frameText(side === 'client' ? connection.clientCertificateFrame : connection.certificateFrame);
}
