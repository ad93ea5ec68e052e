/** Whether each side of a connection has proven to own the certificate that it showed. */

import type { Direction } from '../model/endpoint.js';
import type { TlsConnection } from './connection.js';
import { cipherSuite } from './registries/cipher-suites.js';

/** The message that carries the signature. */
export type SigningMessage = 'ServerKeyExchange' | 'CertificateVerify';

export type Proof =
  /** A signature with the certificate's key, or for RSA key exchange a Finished that only its key can make. */
  | { readonly status: 'proven'; readonly by: SigningMessage | 'Finished' }
  | { readonly status: 'failed'; readonly by: SigningMessage | 'Finished' }
  /** A signature is due, and was not seen or could not be checked. */
  | { readonly status: 'unchecked'; readonly by: SigningMessage }
  /** The key exchange has no signature, and its Finished was not read: the peer alone could tell. */
  | { readonly status: 'implicit' }
  /** No certificate was shown, or (of a client) an empty one. */
  | { readonly status: 'none' };

const TLS13 = 0x0304;

/** Tells what a side, by TLS role, has proven; of a resumed session, what its first handshake did is not known here. */
export function proofOf(connection: TlsConnection, role: Direction): Proof {
  return role === 'server' ? ofServer(connection) : ofClient(connection);
}

/** The message that the server signs, by the version. */
export function serverSigns({ versionCode = 0 }: TlsConnection): SigningMessage {
  return versionCode >= TLS13 ? 'CertificateVerify' : 'ServerKeyExchange';
}

function ofServer(connection: TlsConnection): Proof {
  const { certificates, serverSignature, finished, cipherSuite: suite, versionCode = 0 } = connection;
  if (certificates.length === 0) return { status: 'none' };
  const by = serverSigns(connection);
  if (serverSignature === 'invalid') return { status: 'failed', by };
  if (finished.server === 'invalid') return { status: 'failed', by: 'Finished' };
  if (serverSignature === 'valid') return { status: 'proven', by };
  const signs =
    versionCode >= TLS13 ||
    (suite !== undefined && cipherSuite(Number.parseInt(suite.id, 16)).signsKeyExchange);
  if (signs || serverSignature !== undefined) return { status: 'unchecked', by };
  return finished.server === 'valid' ? { status: 'proven', by: 'Finished' } : { status: 'implicit' };
}

function ofClient({ clientCertificates, clientSignature, finished }: TlsConnection): Proof {
  const by = 'CertificateVerify';
  if (clientCertificates.length === 0) return { status: 'none' };
  if (clientSignature === 'invalid') return { status: 'failed', by };
  if (finished.client === 'invalid') return { status: 'failed', by: 'Finished' };
  return clientSignature === 'valid' ? { status: 'proven', by } : { status: 'unchecked', by };
}

/** Why a proof does not count, for a sentence; undefined where nothing speaks against it. */
export function whyNotProven(proof: Proof, role: Direction): string | undefined {
  switch (proof.status) {
    case 'failed':
      return proof.by === 'Finished'
        ? `the ${role}’s Finished does not match the handshake`
        : `the signature of the ${role}’s ${proof.by} is wrong`;
    case 'unchecked':
      return `the signature of the ${role}’s ${proof.by} could not be checked`;
    default:
      return undefined;
  }
}
