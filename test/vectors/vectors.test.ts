import { cpSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLAIN_RECIPES } from '../../src/vectors/build.js';
import { BAD_TLS, opensslCipher } from '../../src/vectors/tls.js';
import { differences } from './compare.js';
import { judge } from './judge.js';
import { VectorFolder } from './workshop.js';

let folder: VectorFolder;
beforeAll(async () => {
  folder = await VectorFolder.make();
});
afterAll(() => folder.remove());

async function judgeAll(made: VectorFolder, name: string): Promise<string[]> {
  const expected = made.expected(name);
  const files = Object.keys(expected.files);
  expect(files).toContain('capture.pcap');
  const told: string[] = [];
  for (const file of files) told.push(...(await judge(made.file(name), expected, file)));
  return told;
}

const TLS_NAMES = ['1.0', '1.1', '1.2', '1.3'].map((version) => `message-over-tls-${version}`);
const NAMES = [
  ...TLS_NAMES,
  'tls-only-ssl3',
  ...BAD_TLS.map(({ name }) => name),
  ...PLAIN_RECIPES.map(({ name }) => name),
];

describe('export and check give what expected.json says', () => {
  it.each(NAMES)('%s', async (name) => {
    expect(await judgeAll(folder, name)).toEqual([]);
  });

  it('and a vector with one byte changed does not', async () => {
    const other = await VectorFolder.make({ certs: folder.file('certs') }, ['signed', 'encrypted']);
    for (const name of ['signed', 'encrypted']) {
      const bytes = other.read(name, 'message.sip');
      const at = bytes.length - 60;
      bytes[at] = (bytes[at] as number) ^ 1;
      writeFileSync(other.file(name, 'message.sip'), bytes);
      expect(await judgeAll(other, name), name).not.toEqual([]);
    }
    other.remove();
  });

  it('for the draft’s authority and strength too', async () => {
    const names = ['message-over-tls-1.0', 'signed-sha1', 'encrypted-signed', 'signed-unknown-issuer'];
    const draft = await VectorFolder.make({ asDraft: true }, names);
    for (const name of names) expect(await judgeAll(draft, name), name).toEqual([]);
    expect(draft.expected('signed-sha1').files['message.sip']?.findings).toContain('smime/draft-certificate');
    draft.remove();
  });

  it('with the certificates and keys that the draft prints, at the time of its captures', async () => {
    const certs = mkdtempSync(join(tmpdir(), 'siplens-draft-'));
    const sample = (name: string): string => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));
    for (const kind of ['certs', 'keys']) cpSync(sample(kind), certs, { recursive: true });
    cpSync(sample('ca/fluffyCA_key.pem'), join(certs, 'root_key_fluffyCA.pem'));
    const names = [
      'message-over-tls-1.0',
      'encrypted-signed',
      'signed-expired-certificate',
      'invite-encrypted-sdp',
    ];
    // Then, now that all has expired, and before any of it was valid.
    for (const at of ['2005-11-19T23:34:50Z', '2026-01-01T00:00:00Z', '2001-01-01T00:00:00Z']) {
      const draft = await VectorFolder.make({ certs, at }, names);
      for (const name of names) expect(await judgeAll(draft, name), `${name} at ${at}`).toEqual([]);
      draft.remove();
    }
    rmSync(certs, { recursive: true });
  });

  it.each([
    ['1.2', 'TLS_RSA_WITH_AES_256_CBC_SHA256'],
    ['1.2', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
    ['1.1', 'AES256-SHA'],
    ['1.3', 'TLS_CHACHA20_POLY1305_SHA256'],
  ])('for TLS %s with %s', async (version, cipher) => {
    const own = await VectorFolder.make({ tls: [version], cipher, certs: folder.file('certs') }, [
      `message-over-tls-${version}`,
    ]);
    expect(await judgeAll(own, `message-over-tls-${version}`)).toEqual([]);
    own.remove();
  });
});

describe('what is written', () => {
  it('has one index of all that is there', () => {
    const index = JSON.parse(folder.read('index.json').toString('utf8'));
    expect(index.vectors.map(({ name }: { name: string }) => name).sort()).toEqual(folder.names.sort());
    for (const { files } of index.vectors) for (const file of files) statSync(folder.file(file));
  });

  it('names every mistake of the issue once', () => {
    const titles = folder.names.filter((name) => folder.expected(name).kind === 'bad');
    expect(titles.length).toBeGreaterThanOrEqual(30);
  });

  it('keeps keys and key logs for their owner', () => {
    for (const path of [
      folder.certificate('user_key_fluffy@example.com.pem'),
      folder.certificate('root_key_fluffyCA.pem'),
      folder.file('message-over-tls-1.3', 'keys.log'),
    ]) {
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
  });

  it('is the same for the same seed and keys, handshakes aside', async () => {
    const again = await VectorFolder.make({ certs: folder.file('certs') });
    for (const name of folder.names) {
      const isTls = name.startsWith('message-over-tls') || BAD_TLS.some((recipe) => recipe.name === name);
      const files = isTls ? ['message.sip'] : [...Object.keys(folder.expected(name).files), 'expected.json'];
      for (const file of files) {
        expect(again.read(name, file).equals(folder.read(name, file)), `${name}/${file}`).toBe(true);
      }
    }
    again.remove();
  });

  it('differs for another seed', async () => {
    const other = await VectorFolder.make({ certs: folder.file('certs'), seed: 'other' }, ['encrypted']);
    expect(other.read('encrypted', 'cms.der').equals(folder.read('encrypted', 'cms.der'))).toBe(false);
    other.remove();
  });
});

describe('the comparison itself', () => {
  it('sees wrong values, missing ones and arrays of other lengths', () => {
    expect(differences({ a: 1 }, { a: 1, b: 2 })).toEqual([]);
    expect(differences({ a: 1 }, { a: 2 })).toHaveLength(1);
    expect(differences({ a: { b: 1 } }, {})).toHaveLength(1);
    expect(differences([1], [1, 2])).toHaveLength(1);
    expect(differences([], undefined)).toHaveLength(1);
  });

  it('knows OpenSSL’s names of suites', () => {
    expect(opensslCipher('TLS_RSA_WITH_AES_128_CBC_SHA')).toBe('AES128-SHA');
    expect(opensslCipher('TLS_RSA_WITH_AES_256_GCM_SHA384')).toBe('AES256-GCM-SHA384');
    expect(opensslCipher('TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256')).toBe('ECDHE-RSA-CHACHA20-POLY1305');
    expect(opensslCipher('TLS_AES_128_GCM_SHA256')).toBe('TLS_AES_128_GCM_SHA256');
    expect(opensslCipher('AES256-SHA')).toBe('AES256-SHA');
  });
});
