import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';

const { cache } = createRequire(import.meta.url);
const forge = (): string[] => Object.keys(cache).filter((path) => path.includes('node-forge'));

test('node-forge is loaded for DES and RC2, and for nothing else', async () => {
  // Other tests of the same process may have loaded it.
  for (const path of forge()) delete cache[path];
  vi.resetModules();
  const { loadKeyMaterial } = await import('../../src/keys/load.js');
  const { DES, decryptCbc } = await import('../../src/keys/cipher.js');
  const folder = new URL('../../samples/', import.meta.url);
  for (const name of [
    'keys/domain_key_example.net.pem',
    'ca/fluffyCA_key.pem',
    'certs/root_cert_fluffyCA.pem',
  ]) {
    expect(loadKeyMaterial(name, readFileSync(new URL(name, folder)), 'password').ok).toBe(true);
  }
  expect(forge()).toEqual([]);
  decryptCbc(DES, new Uint8Array(8), new Uint8Array(8), new Uint8Array(8));
  expect(forge()).not.toEqual([]);
});
