import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Keyring } from '../../src/keys/keyring.js';
import { loadKeyMaterial } from '../../src/keys/load.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url));
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

describe('hostile files', () => {
  const seeds = (): Buffer[] => [
    readFileSync(`${SAMPLES}ca/fluffyCA_key.pem`),
    readFileSync(`${SAMPLES}certs/root_cert_fluffyCA.pem`),
    rsa.export({ format: 'der', type: 'pkcs1' }),
    ec.export({ format: 'der', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'x' }),
    ...(hasCorpus ? [readFileSync(corpusPath('cms-smime/thunderbird/smime/Alice.p12'))] : []),
  ];

  test('never throw, and never show their password', () => {
    const originals = seeds();
    const change = fc.record({ at: fc.nat(), value: fc.nat(255) });
    const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const mutated = fc
      .tuple(fc.nat(), fc.array(change, { minLength: 1, maxLength: 5 }))
      .map(([which, changes]) => {
        const bytes = Buffer.from(originals[which % originals.length] as Buffer);
        for (const { at, value } of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(random, mutated), (bytes) => {
        const result = loadKeyMaterial('file', bytes, 'S3CRET-PASSWORD');
        expect(JSON.stringify(result.ok ? result.value.problems : result.error)).not.toContain('S3CRET');
      }),
      { numRuns: 700, seed: 5 },
    );
  });

  test('no strict prefix of a DER file loads', () => {
    for (const der of seeds().slice(2)) {
      for (let length = 0; length < der.length; length += length < 64 ? 1 : 37) {
        expect(loadKeyMaterial('prefix', der.subarray(0, length), 'nss').ok).toBe(false);
      }
    }
  });

  test('a megabyte of BEGIN lines takes no time', () => {
    const started = performance.now();
    for (const line of [
      '-----BEGIN A-----',
      '-----BEGIN A-----\n',
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    ]) {
      loadKeyMaterial('x', Buffer.from(line.repeat(Math.floor(1e6 / line.length))));
    }
    loadKeyMaterial('x', Buffer.alloc(1 << 20, Buffer.of(0x30, 0x80)));
    expect(performance.now() - started).toBeLessThan(8000);
  });
});

describe('Keyring', () => {
  test('finds a key however its certificate writes it', () => {
    const keyring = new Keyring();
    const entry = { label: 'k', key: rsa, spki: spkiOf(rsa) };
    keyring.add({ privateKeys: [entry], certificates: [], problems: [] });
    keyring.add({ privateKeys: [{ ...entry, label: 'again' }], certificates: [], problems: [] });
    expect(keyring.privateKeys.map(({ label }) => label)).toEqual(['k']);
    expect(keyring.findBySpki(entry.spki)).toBe(entry);
    // rsaEncryption without its NULL parameters, as some certificates have it.
    const spki = entry.spki;
    const at = spki.indexOf(Buffer.from('0500', 'hex'));
    const bare = Buffer.concat([Buffer.of(0x30, 0x0b), spki.subarray(5, at), spki.subarray(at + 2)]);
    const without = Buffer.concat([Buffer.of(0x30, 0x81, bare.length), bare]);
    expect(without.equals(spki)).toBe(false);
    expect(keyring.findBySpki(without)).toBe(entry);
    expect(keyring.findBySpki(spkiOf(ec))).toBeUndefined();
    expect(keyring.findBySpki(Buffer.from('garbage'))).toBeUndefined();
  });
});
