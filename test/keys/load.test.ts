import { execFileSync } from 'node:child_process';
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type forgeNamespace from 'node-forge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Keyring } from '../../src/keys/keyring.js';
import { type KeyMaterial, type LoadResult, loadKeyMaterial } from '../../src/keys/load.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { hasLegacyProvider, hasOpenssl } from '../support/peers.js';

const SAMPLES = fileURLToPath(new URL('../../samples/', import.meta.url));
const PASSWORD = 'pass wörd:1';
const PEM_TYPES = { format: 'pem', type: 'pkcs8' } as const;

let folder = '';
const inFolder = (name: string): string => join(folder, name);
const openssl = (...options: readonly string[]): Buffer =>
  execFileSync('openssl', [...options], { stdio: ['ignore', 'pipe', 'ignore'] });

const hasLegacy = hasOpenssl && hasLegacyProvider();
const LEGACY = ['-provider', 'legacy', '-provider', 'default'];

function material(result: LoadResult): KeyMaterial {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
function spkiOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}
/** Expects exactly this one key, which must also work. */
function expectKey(result: LoadResult, expected: KeyObject): void {
  const loaded = material(result);
  expect(loaded.privateKeys.length).toBe(1);
  expect(loaded.privateKeys[0]?.key.export(PEM_TYPES)).toBe(expected.export(PEM_TYPES));
  expect(Buffer.from(loaded.privateKeys[0]?.spki ?? [])).toEqual(spkiOf(expected));
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-keys-'));
  if (!hasOpenssl) return;
  execFileSync('openssl', ['rsa', '-traditional', '-out', inFolder('rsa.pem')], {
    input: rsa.export({ format: 'pem', type: 'pkcs1' }),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const subject = ['-subj', '/CN=sip.example.org', '-days', '10'];
  openssl('req', '-x509', '-new', '-key', inFolder('rsa.pem'), '-out', inFolder('cert.pem'), ...subject);
  const other = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    inFolder('ca.key'),
  ];
  openssl('req', '-x509', ...other, '-out', inFolder('ca.pem'), '-subj', '/CN=ca', '-days', '10');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the draft's keys and certificates", () => {
  test('load, each key beside its certificate', () => {
    const keyring = new Keyring();
    for (const part of ['certs', 'keys', 'ca']) {
      for (const name of readdirSync(`${SAMPLES}${part}`)) {
        const bytes = readFileSync(`${SAMPLES}${part}/${name}`);
        keyring.add(material(loadKeyMaterial(name, bytes, 'password')));
      }
    }
    expect(keyring.privateKeys.length).toBe(5);
    expect(keyring.certificates.length).toBe(5);
    for (const { der } of keyring.certificates) {
      const spki = new X509Certificate(der).publicKey.export({ format: 'der', type: 'spki' });
      expect(keyring.findBySpki(spki)?.key.asymmetricKeyDetails?.modulusLength).toBe(1024);
    }
  });

  test('the CA key wants its password', () => {
    const bytes = readFileSync(`${SAMPLES}ca/fluffyCA_key.pem`);
    expect(loadKeyMaterial('ca', bytes)).toMatchObject({ ok: false, error: { needsPassword: true } });
    const wrong = loadKeyMaterial('ca', bytes, 'guess');
    expect(wrong).toMatchObject({
      ok: false,
      error: { wrongPassword: true, message: 'the password is wrong' },
    });
    expect(wrong.ok || wrong.error.needsPassword).toBeUndefined();
    expect(material(loadKeyMaterial('ca', bytes, 'password')).privateKeys.length).toBe(1);
  });
});

describe('plain keys', () => {
  test.each([
    ['rsa', rsa, 'pkcs1'],
    ['rsa', rsa, 'pkcs8'],
    ['ec', ec, 'sec1'],
    ['ec', ec, 'pkcs8'],
  ] as const)('%s %# in DER and PEM', (_, key, type) => {
    const options = { type } as const;
    expectKey(loadKeyMaterial('k', key.export({ ...options, format: 'der' } as never) as Buffer), key);
    const pem = key.export({ ...options, format: 'pem' } as never) as unknown as string;
    expectKey(loadKeyMaterial('k', Buffer.from(pem)), key);
    expectKey(loadKeyMaterial('k', Buffer.from(pem.replace(/\n/g, '\r\n'))), key);
    expectKey(loadKeyMaterial('k', Buffer.from(`\ufeff${pem}`)), key);
    expectKey(loadKeyMaterial('k', Buffer.from(`\ufeff${pem}`, 'utf16le')), key);
    expectKey(loadKeyMaterial('k', Buffer.from(`Key of today:\n\n${pem}and more\n`)), key);
  });

  test.each([512, 768, 4096])('RSA of %i bits', (bits) => {
    // Long keys take seconds to find: that one was made before.
    const key =
      bits === 4096
        ? createPrivateKey(readFileSync(new URL('../tls/fixtures/rsa-4096.key', import.meta.url)))
        : generateKeyPairSync('rsa', { modulusLength: bits }).privateKey;
    expectKey(loadKeyMaterial('k', key.export({ format: 'der', type: 'pkcs1' })), key);
  });

  test('other kinds', () => {
    for (const type of ['ed25519', 'x25519', 'ed448'] as const) {
      const key = generateKeyPairSync(type as 'ed25519').privateKey;
      expectKey(loadKeyMaterial('k', key.export({ format: 'der', type: 'pkcs8' })), key);
    }
  });

  test.skipIf(!hasOpenssl)('EC keys after their parameters, and DSA', () => {
    openssl('ecparam', '-name', 'secp384r1', '-genkey', '-out', inFolder('ec.pem'));
    expect(readFileSync(inFolder('ec.pem'), 'latin1')).toContain('EC PARAMETERS');
    const loaded = material(loadKeyMaterial('k', readFileSync(inFolder('ec.pem'))));
    expect(loaded.privateKeys[0]?.key.asymmetricKeyDetails?.namedCurve).toBe('secp384r1');
    expect(loaded.problems).toEqual([]);
    openssl('dsaparam', '-genkey', '-out', inFolder('dsa8.pem'), '1024');
    openssl('dsa', '-in', inFolder('dsa8.pem'), '-out', inFolder('dsa.der'), '-outform', 'DER');
    expectKey(
      loadKeyMaterial('k', readFileSync(inFolder('dsa.der'))),
      createPrivateKey(readFileSync(inFolder('dsa8.pem'))),
    );
  });

  test('RSA with the smaller prime first, and without primes at all', () => {
    const { n, e, d, p, q, dp, dq } = rsa.export({ format: 'jwk' }) as Record<string, string>;
    const integer = (value: string | undefined): Buffer => {
      let octets = Buffer.from(value ?? 'AA', 'base64url');
      if ((octets[0] ?? 0) >= 0x80) octets = Buffer.concat([Buffer.of(0), octets]);
      return tlv(0x02, octets);
    };
    const pkcs1 = (...values: (string | undefined)[]): Buffer =>
      tlv(0x30, Buffer.concat([integer(undefined), ...values.map(integer)]));
    const big = (value = ''): bigint => BigInt(`0x${Buffer.from(value, 'base64url').toString('hex')}`);
    const larger = big(p) > big(q);
    const inverse = power(big(larger ? p : q), big(larger ? q : p) - 2n, big(larger ? q : p));
    const qi = Buffer.from(inverse.toString(16).padStart(128, '0'), 'hex').toString('base64url');
    const swapped = pkcs1(n, e, d, ...(larger ? [q, p, dq, dp] : [p, q, dp, dq]), qi);
    const withoutPrimes = pkcs1(n, e, d, undefined, undefined, undefined, undefined, undefined);
    for (const der of [swapped, withoutPrimes]) {
      const { key, spki } = material(loadKeyMaterial('k', der)).privateKeys[0] as {
        key: KeyObject;
        spki: Uint8Array;
      };
      expect(Buffer.from(spki)).toEqual(spkiOf(rsa));
      expect((key.export({ format: 'jwk' }) as { d: string }).d).toBe(d);
    }
    const restored = material(loadKeyMaterial('k', withoutPrimes)).privateKeys[0]?.key;
    const primes = restored?.export({ format: 'jwk' }) as { p: string; q: string };
    expect([primes.p, primes.q].sort()).toEqual([p, q].sort());
  });
});

function tlv(tag: number, body: Uint8Array): Buffer {
  const { length } = body;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), body]);
}
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let [square, left] = [base % modulus, exponent]; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

describe.skipIf(!hasOpenssl)('encrypted keys that openssl writes', () => {
  const secret = ['-passout', `pass:${PASSWORD}`];
  function check(bytes: Buffer): void {
    expectKey(loadKeyMaterial('k', bytes, PASSWORD), rsa);
    expect(loadKeyMaterial('k', bytes)).toMatchObject({ ok: false, error: { needsPassword: true } });
    for (const wrong of ['', 'wrong', `${PASSWORD}x`]) {
      expect(loadKeyMaterial('k', bytes, wrong)).toMatchObject({ ok: false, error: { wrongPassword: true } });
    }
  }

  test.each(['des3', 'aes128', 'aes192', 'aes256', 'camellia128', 'camellia256', 'aria192'])(
    'PEM with DEK-Info, %s',
    (cipher) => {
      const pem = openssl('rsa', '-in', inFolder('rsa.pem'), '-traditional', `-${cipher}`, ...secret);
      expect(pem.toString()).toContain('DEK-Info');
      check(pem);
    },
  );

  test.skipIf(!hasLegacy).each(['des', 'rc2'])('PEM with DEK-Info, %s', (cipher) => {
    const name = cipher === 'rc2' ? '-rc2-cbc' : '-des';
    check(openssl('rsa', '-in', inFolder('rsa.pem'), '-traditional', name, ...secret, ...LEGACY));
  });

  test.each([
    ['-v2', 'aes-256-cbc'],
    ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512'],
    ['-v2', 'aes-192-cbc', '-v2prf', 'hmacWithSHA1', '-iter', '10000'],
    ['-v2', 'des3'],
    ['-v2', 'camellia-256-cbc'],
    ['-scrypt'],
    ['-v1', 'PBE-SHA1-3DES'],
    ['-v1', 'PBE-SHA1-2DES'],
  ])('PKCS #8 %s %s %s %s', (...options) => {
    const out = ['-topk8', '-in', inFolder('rsa.pem'), ...options, ...secret];
    check(openssl('pkcs8', ...out));
    expectKey(loadKeyMaterial('k', openssl('pkcs8', ...out, '-outform', 'DER'), PASSWORD), rsa);
  });

  test
    .skipIf(!hasLegacy)
    .each([
      'PBE-MD5-DES',
      'PBE-SHA1-DES',
      'PBE-MD5-RC2-64',
      'PBE-SHA1-RC2-64',
      'PBE-SHA1-RC2-40',
      'PBE-SHA1-RC2-128',
    ])('PKCS #8 -v1 %s', (scheme) => {
    check(openssl('pkcs8', '-topk8', '-in', inFolder('rsa.pem'), '-v1', scheme, ...secret, ...LEGACY));
  });

  test.skipIf(!hasLegacy).each(['rc2-cbc', 'rc2-40-cbc', 'rc2-64-cbc', 'des'])('PKCS #8 -v2 %s', (cipher) => {
    check(openssl('pkcs8', '-topk8', '-in', inFolder('rsa.pem'), '-v2', cipher, ...secret, ...LEGACY));
  });

  test('beside a certificate: what needs no password is kept', () => {
    const key = openssl('pkcs8', '-topk8', '-in', inFolder('rsa.pem'), ...secret);
    const both = Buffer.concat([readFileSync(inFolder('cert.pem')), key]);
    const locked = loadKeyMaterial('both', both);
    expect(locked).toMatchObject({ ok: false, error: { needsPassword: true } });
    expect(locked.ok || locked.error.partial?.certificates.length).toBe(1);
    const open = material(loadKeyMaterial('both', both, PASSWORD));
    expect([open.privateKeys.length, open.certificates.length]).toEqual([1, 1]);
  });
});

describe.skipIf(!hasOpenssl)('PKCS #12 of openssl', () => {
  const make = (...options: readonly string[]): Buffer =>
    openssl('pkcs12', '-export', '-inkey', inFolder('rsa.pem'), '-in', inFolder('cert.pem'), ...options);

  test.each([
    [[]],
    [['-macalg', 'sha512', '-iter', '5000']],
    [['-keypbe', 'aes-128-cbc', '-certpbe', 'aes-256-cbc']],
    [['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
    [['-keypbe', 'NONE', '-certpbe', 'NONE']],
    [['-nomaciter', '-noiter']],
    [['-name', 'a friend', '-CSP', 'provider']],
    ...(hasLegacy ? [[['-legacy']], [['-legacy', '-certpbe', 'PBE-SHA1-RC2-128']]] : []),
  ])('%j', (options) => {
    const p12 = make(...options, '-certfile', inFolder('ca.pem'), '-passout', `pass:${PASSWORD}`);
    const loaded = material(loadKeyMaterial('p12', p12, PASSWORD));
    expectKey({ ok: true, value: loaded }, rsa);
    expect(loaded.problems).toEqual([]);
    const subjects = loaded.certificates.map(({ der }) => new X509Certificate(der).subject).sort();
    expect(subjects).toEqual(['CN=ca', 'CN=sip.example.org']);
    expect(loadKeyMaterial('p12', p12)).toMatchObject({ ok: false, error: { needsPassword: true } });
    expect(loadKeyMaterial('p12', p12, 'wrong')).toMatchObject({ ok: false, error: { wrongPassword: true } });
  });

  test('an empty password, and no MAC', () => {
    expectKey(loadKeyMaterial('p12', make('-passout', 'pass:')), rsa);
    const noMac = make('-nomac', '-passout', `pass:${PASSWORD}`);
    expectKey(loadKeyMaterial('p12', noMac, PASSWORD), rsa);
    const wrong = loadKeyMaterial('p12', noMac, 'wrong');
    expect(wrong).toMatchObject({ ok: false, error: { wrongPassword: true } });
    // Without a MAC openssl leaves the certificates unencrypted.
    expect(wrong.ok || wrong.error.partial?.certificates.length).toBe(1);
    expect(loadKeyMaterial('p12', noMac)).toMatchObject({ ok: false, error: { needsPassword: true } });
  });

  test('certificates alone, and a changed byte', () => {
    const options = ['-export', '-nokeys', '-in', inFolder('cert.pem'), '-passout', 'pass:x'];
    const p12 = openssl('pkcs12', ...options);
    expect(material(loadKeyMaterial('p12', p12, 'x')).certificates.length).toBe(1);
    const changed = Buffer.from(p12);
    changed[100] = (changed[100] as number) ^ 1;
    expect(loadKeyMaterial('p12', changed, 'x').ok).toBe(false);
  });

  test('an iteration count that would take hours is refused at once', () => {
    const p12 = make('-passout', 'pass:x', '-iter', '65536');
    const count = Buffer.from('0203010000', 'hex');
    for (let at = p12.indexOf(count); at >= 0; at = p12.indexOf(count, at + 1))
      p12.fill(0x7f, at + 2, at + 5);
    const started = performance.now();
    expect(loadKeyMaterial('p12', p12, 'x').ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe.skipIf(!hasOpenssl)('a file with many locked parts', () => {
  test('is bounded in all', () => {
    const one = openssl(
      ...['pkcs8', '-topk8', '-in', inFolder('rsa.pem'), '-v2', 'aes-128-cbc', '-iter', '65536'],
      ...['-passout', 'pass:x', '-outform', 'DER'],
    );
    // 0x2fffff is three million.
    one.fill(
      Buffer.from('2fffff', 'hex'),
      one.indexOf(Buffer.from('0203010000', 'hex')) + 2,
      one.indexOf(Buffer.from('0203010000', 'hex')) + 5,
    );
    const pem = `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${one.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`;
    const started = performance.now();
    const result = loadKeyMaterial('many', Buffer.from(pem.repeat(50)), 'x');
    expect(result.ok).toBe(false);
    // Fifty times two derivations of three million iterations would take minutes.
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

describe('PKCS #12 of others', () => {
  const forge = createRequire(import.meta.url)('node-forge') as typeof forgeNamespace;
  test.each(['3des', 'aes128', 'aes256'] as const)('node-forge, %s', (algorithm) => {
    const key = forge.pki.privateKeyFromPem(rsa.export({ format: 'pem', type: 'pkcs1' }) as string);
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
    certificate.sign(key);
    const asn1 = forge.pkcs12.toPkcs12Asn1(key, [certificate], 'secret', { algorithm });
    const p12 = Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'latin1');
    const loaded = loadKeyMaterial('p12', p12, 'secret');
    expectKey(loaded, rsa);
    expect(material(loaded).certificates.length).toBe(1);
    expect(loadKeyMaterial('p12', p12, 'Secret')).toMatchObject({ error: { wrongPassword: true } });
  });

  test.skipIf(!hasCorpus).each(['Alice', 'Bob', 'Dave'])('NSS, %s of Thunderbird', (name) => {
    const at = corpusPath(`cms-smime/thunderbird/smime/${name}.p12`);
    const loaded = material(loadKeyMaterial(name, readFileSync(at), 'nss'));
    const truth = createPrivateKey(readFileSync(`${at}.pem`));
    expect(loaded.privateKeys.map(({ spki }) => Buffer.from(spki))).toEqual([spkiOf(truth)]);
    expect(loaded.certificates.length).toBeGreaterThan(0);
    expect(loaded.problems).toEqual([]);
    expect(loadKeyMaterial(name, readFileSync(at), 'NSS')).toMatchObject({ error: { wrongPassword: true } });
  });
});

describe.skipIf(!hasOpenssl)('certificates', () => {
  test('in DER, PEM, trusted PEM, and PKCS #7', () => {
    const certificate = ['x509', '-in', inFolder('cert.pem')];
    const der = openssl(...certificate, '-outform', 'DER');
    const forms = [
      der,
      openssl(...certificate),
      openssl(...certificate, '-text'),
      openssl(...certificate, '-trustout', '-addtrust', 'serverAuth'),
      openssl('crl2pkcs7', '-nocrl', '-certfile', inFolder('cert.pem')),
      openssl('crl2pkcs7', '-nocrl', '-certfile', inFolder('cert.pem'), '-outform', 'DER'),
    ];
    for (const form of forms) {
      expect(material(loadKeyMaterial('c', form)).certificates.map((one) => Buffer.from(one.der))).toEqual([
        der,
      ]);
    }
    // The bytes must be a copy: the caller's may be reused.
    const view = Buffer.from(der);
    const loaded = material(loadKeyMaterial('c', view));
    view.fill(0);
    expect(Buffer.from(loaded.certificates[0]?.der ?? [])).toEqual(der);
  });

  test('a key with its chain in one file', () => {
    const names = ['rsa.pem', 'cert.pem', 'ca.pem', 'ca.key'];
    const loaded = material(
      loadKeyMaterial('all', Buffer.concat(names.map((name) => readFileSync(inFolder(name))))),
    );
    expect([loaded.privateKeys.length, loaded.certificates.length]).toEqual([2, 2]);
  });

  test('what is none of them is told by name', () => {
    const message = (bytes: Uint8Array): string => {
      const result = loadKeyMaterial('x', bytes);
      return result.ok ? 'loaded' : result.error.message;
    };
    const request = ['req', '-new', '-key', inFolder('rsa.pem'), '-subj', '/CN=x'];
    expect(message(openssl(...request))).toContain('certificate request');
    expect(message(openssl(...request, '-outform', 'DER'))).toContain('certificate request');
    expect(message(openssl('rsa', '-in', inFolder('rsa.pem'), '-pubout'))).toContain('public key');
    expect(
      message(Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----')),
    ).toContain('OpenSSH');
    expect(message(Buffer.from('-----BEGIN PRIVATE KEY-----\nMII'))).toContain('no end line');
    expect(message(Buffer.from('-----BEGIN PRIVATE KEY-----\nM*I\n-----END PRIVATE KEY-----'))).toContain(
      'not base64',
    );
    expect(message(Buffer.from('hello'))).toBe('no key, certificate or key log is found in it');
    expect(message(Buffer.alloc(0))).toBe('the file is empty');
  });
});
