import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { DES, decryptCbc } from '../../src/keys/cipher.js';
import { loadKeyMaterial } from '../../src/keys/load.js';

const { cache } = createRequire(import.meta.url);
const forgeIsLoaded = (): boolean => Object.keys(cache).some((path) => path.includes('node-forge'));

test('node-forge is loaded for DES and RC2, and for nothing else', () => {
  const folder = new URL('../../samples/', import.meta.url);
  for (const name of [
    'keys/domain_key_example.net.pem',
    'ca/fluffyCA_key.pem',
    'certs/root_cert_fluffyCA.pem',
  ]) {
    expect(loadKeyMaterial(name, readFileSync(new URL(name, folder)), 'password').ok).toBe(true);
  }
  expect(forgeIsLoaded()).toBe(false);
  decryptCbc(DES, new Uint8Array(8), new Uint8Array(8), new Uint8Array(8));
  expect(forgeIsLoaded()).toBe(true);
});
