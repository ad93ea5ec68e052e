import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll } from 'vitest';
import type { TlsKeys, TlsPrivateKey } from '../../../src/tls/context.js';
import { keys, privateKeyFile } from './keys.js';
import { Workshop } from './openssl.js';

/** A server with an RSA key of 1024 bits, which all tests of a suite share. */
export type TestServer = {
  /** Where it was made; more can be made there. */
  readonly shop: Workshop;
  /** DER. */
  readonly certificate: Uint8Array;
  key(): TlsPrivateKey;
  /** The server's key as a user gives it. */
  own(): TlsKeys;
};

/** Called in the body of a suite: makes the server before its tests and clears up after them. */
export function testServer(): TestServer {
  const shop = new Workshop();
  let certificate = new Uint8Array(0);
  let keyPath = '';
  beforeAll(() => {
    const files = shop.certificate('server', 'rsa:1024', '-sha1');
    keyPath = files.key;
    certificate = new Uint8Array(new X509Certificate(readFileSync(files.certificate)).raw);
  });
  afterAll(() => shop.dispose());
  const key = (): TlsPrivateKey => privateKeyFile(keyPath, 'server.key');
  return {
    shop,
    get certificate() {
      return certificate;
    },
    key,
    own: () => keys([key()]),
  };
}
