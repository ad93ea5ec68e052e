import type { ConnectionRule } from '../../rule.js';

export const tlsNotDecrypted: ConnectionRule = {
  on: 'connection',
  id: 'tls/not-decrypted',
  severity: 'note',
  reference: 'RFC 5246 §8.1.1',
  title: 'TLS connection was not decrypted',
  explanation:
    'The records could not be decrypted, or not all of them. With RSA key exchange the server’s private key opens ' +
    'them; with (EC)DHE and TLS 1.3 only a key log does.',
  check({ connection }, report) {
    const { status, reason, detail } = connection.decryption;
    if (status === 'decrypted' || status === 'not_encrypted') return;
    report(reason === undefined ? detail : `${reason}: ${detail}`);
  },
};
