import type { Direction } from '../../../model/endpoint.js';
import type { TlsConnection } from '../../../tls/connection.js';
import { proofOf, whyNotProven } from '../../../tls/proof.js';
import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

export const tlsHandshakeSignature: ConnectionRule = {
  on: 'connection',
  id: 'tls/handshake-signature',
  severity: 'error',
  reference: 'RFC 5246 §7.4.3, §7.4.8',
  title: 'certificate’s key was not proven',
  explanation:
    'A ServerKeyExchange or CertificateVerify was not signed with the key of the certificate over this handshake: who ' +
    'sent it has not shown to own the certificate, or the handshake was changed on the way. Where the signature could ' +
    'not be checked, nothing is known of who sent the certificate.',
  check({ connection }, report) {
    for (const side of ['client', 'server'] as const) {
      const proof = proofOf(connection, side);
      const why = whyNotProven(proof, side);
      // A wrong Finished is a finding of its own.
      if (why === undefined || (proof.status === 'failed' && proof.by === 'Finished')) continue;
      report(why, frame(connection, side), proof.status === 'failed' ? 'error' : 'note');
    }
  },
};

function frame(connection: TlsConnection, side: Direction): string | undefined {
  return frameText(side === 'client' ? connection.clientCertificateFrame : connection.certificateFrame);
}
