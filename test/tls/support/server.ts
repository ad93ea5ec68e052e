import type { TlsKeys, TlsPrivateKey } from '../../../src/tls/context.js';
import { make, type Party, party } from '../../x509/make.js';
import { keys } from './keys.js';

/** A server with an RSA key of 1024 bits, which all tests of a suite share. */
export type TestServer = {
  /** DER. */
  readonly certificate: Uint8Array;
  key(): TlsPrivateKey;
  /** The server's key as a user gives it. */
  own(): TlsKeys;
};

/** A server with a self-signed certificate, made without any other program. */
export function testServer(): TestServer {
  const subject = party('server', 'rsa');
  const certificate = make({ subject, issuer: subject, algorithm: 'rsa-sha1' });
  const key = (): TlsPrivateKey => privateKeyOf(subject, 'server.key');
  return { certificate: certificate.der, key, own: () => keys([key()]) };
}

/** The private key of a party, as the keyring would hand it over. */
export function privateKeyOf({ privateKey, spki }: Party, label = 'test key'): TlsPrivateKey {
  return { label, key: privateKey, spki };
}
