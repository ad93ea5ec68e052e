import type { Direction } from '../../../model/endpoint.js';
import type { TlsConnection } from '../../../tls/connection.js';
import { cipherSuite } from '../../../tls/registries/cipher-suites.js';
import type { Certificate } from '../../../x509/certificate.js';
import type { KeyUsage } from '../../../x509/extensions.js';
import type { ConnectionRule } from '../../rule.js';
import { frameText } from '../../tls/chain-rules.js';

const TLS13 = 0x0304;

export const tlsKeyUsage: ConnectionRule = {
  on: 'connection',
  id: 'tls/key-usage',
  severity: 'warning',
  reference: 'RFC 5246 §7.4.2',
  title: 'certificate’s key is not meant for what it did',
  explanation:
    'Where a certificate has a key usage, RSA key exchange needs keyEncipherment in it, static Diffie-Hellman ' +
    'keyAgreement, and each signature of a handshake digitalSignature (RFC 5246 §7.4.2, RFC 8446 §4.4.2.2). A peer ' +
    'that holds to this refuses the connection.',
  check({ connection }, report) {
    for (const side of ['server', 'client'] as const) {
      const [leaf] = side === 'server' ? connection.certificates : connection.clientCertificates;
      const needed = neededBy(connection, side);
      if (leaf === undefined || needed === undefined || allows(leaf, needed.usage)) continue;
      const where = frameText(
        side === 'server' ? connection.certificateFrame : connection.clientCertificateFrame,
      );
      report(`${needed.what}, and the key usage of the ${side}’s certificate has no ${needed.usage}`, where);
    }
  },
};

function allows({ keyUsage }: Certificate, usage: KeyUsage): boolean {
  return keyUsage === undefined || keyUsage.includes(usage);
}

type Needed = { readonly usage: KeyUsage; readonly what: string };

/** What the key of a side had to do; undefined where that is not known. */
function neededBy(connection: TlsConnection, side: Direction): Needed | undefined {
  const { versionCode, cipherSuite: chosen } = connection;
  if (side === 'client') {
    // A certificate for fixed Diffie-Hellman signs nothing (RFC 5246 §7.4.8).
    return connection.clientSignature === undefined ? undefined : SIGNS;
  }
  if (versionCode === undefined || chosen === undefined) return undefined;
  if (versionCode >= TLS13) return SIGNS;
  const suite = cipherSuite(Number.parseInt(chosen.id, 16));
  if (suite.signsKeyExchange) return SIGNS;
  switch (suite.keyExchange) {
    case 'rsa':
    case 'rsa_psk':
      // A temporary key of an export suite is signed (RFC 2246 §7.4.3).
      if (connection.serverSignature !== undefined) return SIGNS;
      return {
        usage: 'keyEncipherment',
        what: `${suite.name} encrypts the premaster secret to the server’s key`,
      };
    case 'dh':
    case 'ecdh':
      return { usage: 'keyAgreement', what: `${suite.name} agrees on a secret with the server’s key` };
    default:
      return undefined;
  }
}

const SIGNS: Needed = { usage: 'digitalSignature', what: 'the handshake is signed' };
