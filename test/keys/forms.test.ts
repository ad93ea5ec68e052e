/** Keys in the forms that other programs write; each is checked against the key that openssl made it from. */
import { execFileSync } from 'node:child_process';
import {
  createCipheriv,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import forge from 'node-forge';
import { afterAll, describe, expect, it } from 'vitest';
import { type LoadResult, loadKeyMaterial } from '../../src/keys/load.js';
import { context, integer, nullValue, octetString, oid, sequence } from '../support/der.js';
import { hasLegacyProvider, hasOpenssl } from '../support/peers.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-forms-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string): Buffer => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const openssl = (input: string | Uint8Array, ...argv: readonly string[]): Buffer =>
  execFileSync('openssl', argv, { input, stdio: ['pipe', 'pipe', 'ignore'], cwd: folder });

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;
const pkcs8 = rsa.export({ format: 'pem', type: 'pkcs8' }).toString();

const spkiOf = (key: KeyObject): string =>
  createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('hex');
const loaded = (bytes: string | Uint8Array, password?: string): LoadResult =>
  loadKeyMaterial('given', Buffer.from(bytes as string), password);
const problem = (result: LoadResult): string =>
  result.ok ? result.value.problems.join() : result.error.message;
function expectKey(result: LoadResult, key: KeyObject): void {
  expect(problem(result)).toBe('');
  if (!result.ok) return;
  expect(result.value.privateKeys.map(({ spki }) => Buffer.from(spki).toString('hex'))).toEqual([
    spkiOf(key),
  ]);
}

describe('PEM with something around its lines', () => {
  const encrypted = rsa
    .export({ format: 'pem', type: 'pkcs1', cipher: 'aes-128-cbc', passphrase: 'secret' })
    .toString();
  const eachLine = (text: string, change: (line: string) => string): string =>
    text.trimEnd().split('\n').map(change).join('\n');

  it.each<[string, (text: string) => string]>([
    ['indented', (text) => eachLine(text, (line) => `    ${line}`)],
    [
      'indented, with its empty line empty',
      (text) => eachLine(text, (line) => (line === '' ? '' : `  ${line}`)),
    ],
    ['indented by tabs, after a name', (text) => `key: |\n${eachLine(text, (line) => `\t${line}`)}\n`],
    ['quoted by mail', (text) => eachLine(text, (line) => `> ${line}`.trimEnd())],
    ['in a comment', (text) => eachLine(text, (line) => `# ${line}`)],
    ['in string literals', (text) => eachLine(text, (line) => `"${line}\\n" +`)],
    ['with escaped line ends', (text) => `KEY="${text.replaceAll('\n', '\\n')}"`],
    [
      'with escaped CR and LF',
      (text) => `{"key":"${text.replaceAll('\n', '\\r\\n').replaceAll('/', '\\/')}"}`,
    ],
    ['as it is', (text) => text],
  ])('%s', (_, change) => {
    expect(encrypted).toContain('Proc-Type: 4,ENCRYPTED');
    expectKey(loaded(change(encrypted), 'secret'), rsa);
    expectKey(loaded(change(pkcs8)), rsa);
  });

  it('that is damaged inside stays damaged', () => {
    expect(problem(loaded(pkcs8.replace('\n', '\n!')))).toContain('is not base64');
  });
});

describe('other forms', () => {
  it('bare base64', () => {
    const bare = pkcs8.replace(/-----[^-]+-----\n/g, '');
    expectKey(loaded(bare), rsa);
    expectKey(loaded(bare.replaceAll('\n', '')), rsa);
    // Text that happens to be base64 is no key.
    expect(problem(loaded('aGVsbG8gdGhlcmU='))).toContain('no key, certificate or key log');
  });

  it('PKCS #8 of version 2 (RFC 5958), with the public key behind', () => {
    const result = loaded(fixture('f15-v2.der'));
    expect(problem(result)).toBe('');
    const der = ed25519.export({ format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(ed25519).export({ format: 'der', type: 'spki' }).subarray(-32);
    const inner = Buffer.concat([der.subarray(2), Buffer.from([0x81, 0x21, 0]), publicKey]);
    inner[2] = 1;
    expectKey(loaded(Buffer.concat([Buffer.from([0x30, inner.length]), inner])), ed25519);
  });

  it.each([
    ['RSA', rsa],
    ['EC', ec],
    ['Ed25519', ed25519],
  ])('JWK (RFC 7517) of type %s, alone and in a set', (_, key) => {
    const jwk = key.export({ format: 'jwk' });
    expectKey(loaded(JSON.stringify(jwk)), key);
    expectKey(loaded(` ${JSON.stringify({ keys: [jwk] }, undefined, 2)}\n`), key);
    const { d: _d, ...open } = jwk;
    expect(problem(loaded(JSON.stringify(open)))).toContain('opens nothing');
  });

  it('JWK of a shared secret, a damaged one, and JSON of something else', () => {
    expect(problem(loaded('{"kty":"oct","k":"AAAA"}'))).toContain('shared secret');
    expect(problem(loaded('{"kty":"RSA","d":"AAAA"}'))).toContain('damaged');
    expect(problem(loaded('{"name":"value"}'))).toContain('no key, certificate or key log');
  });

  it('OpenSSH: said how to convert', () => {
    const text =
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE=\n-----END OPENSSH PRIVATE KEY-----\n';
    expect(problem(loaded(text))).toContain('ssh-keygen -p -m PEM');
  });
});

describe.skipIf(!hasOpenssl)('PKCS #8 encrypted by openssl', () => {
  it.each(['aria-128-cbc', 'aria-256-cbc', 'sm4-cbc'])('with %s', (cipher) => {
    const pem = openssl(pkcs8, 'pkcs8', '-topk8', '-v2', cipher, '-passout', 'pass:secret');
    expectKey(loaded(pem, 'secret'), rsa);
    expect(loaded(pem, 'other')).toMatchObject({ ok: false, error: { wrongPassword: true } });
  });
});

describe.skipIf(!hasOpenssl)('forms of Microsoft, made by openssl', () => {
  it('MSBLOB', () => {
    const blob = openssl(pkcs8, 'rsa', '-outform', 'MSBLOB');
    expectKey(loaded(blob), rsa);
    expect(problem(loaded(blob.subarray(0, 100)))).toContain('cut off');
    expect(problem(loaded(openssl(pkcs8, 'rsa', '-pubout', '-outform', 'MSBLOB')))).toContain(
      'opens nothing',
    );
  });

  it('PVK', () => {
    expectKey(loaded(openssl(pkcs8, 'rsa', '-outform', 'PVK', '-pvk-none')), rsa);
  });

  it.skipIf(!hasLegacyProvider())('PVK with a password, strong and weak', () => {
    for (const strength of ['-pvk-strong', '-pvk-weak']) {
      const argv = ['rsa', '-outform', 'PVK', strength, '-passout', 'pass:secret', '-provider', 'legacy'];
      const pvk = openssl(pkcs8, ...argv, '-provider', 'default');
      expectKey(loaded(pvk, 'secret'), rsa);
      expect(loaded(pvk)).toMatchObject({ ok: false, error: { needsPassword: true } });
      expect(loaded(pvk, 'other')).toMatchObject({ ok: false, error: { wrongPassword: true } });
    }
  });
});

describe('PKCS #12', () => {
  /** Made by hand, as no program here makes one; keys are derived by node-forge. */
  const withAbsentPassword = (secret: string | null): Uint8Array => {
    const salt = Buffer.from('saltsalt');
    const derived = (id: number, octets: number): Buffer => {
      const forgeSalt = forge.util.createBuffer(salt.toString('latin1'));
      // The types leave out that an absent password is null.
      const made = forge.pkcs12.generateKey(secret as string, forgeSalt, id, 1000, octets);
      return Buffer.from(made.getBytes(), 'latin1');
    };
    const cipher = createCipheriv('des-ede3-cbc', derived(1, 24), derived(2, 8));
    const key = Buffer.concat([cipher.update(rsa.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
    const data = '1.2.840.113549.1.7.1';
    const pbe = sequence(oid('1.2.840.113549.1.12.1.3'), sequence(octetString(salt), integer(1000)));
    const bag = sequence(oid('1.2.840.113549.1.12.10.1.2'), context(0, sequence(pbe, octetString(key))));
    const safe = sequence(sequence(oid(data), context(0, octetString(sequence(bag)))));
    const mac = createHmac('sha1', derived(3, 20)).update(safe).digest();
    return sequence(
      integer(3),
      sequence(oid(data), context(0, octetString(safe))),
      sequence(
        sequence(sequence(oid('1.3.14.3.2.26'), nullValue()), octetString(mac)),
        octetString(salt),
        integer(1000),
      ),
    );
  };

  it('with an absent password, and with an empty one, opens without one', () => {
    expectKey(loaded(withAbsentPassword(null)), rsa);
    expectKey(loaded(withAbsentPassword('')), rsa);
    expectKey(loaded(withAbsentPassword(null), ''), rsa);
    expect(loaded(withAbsentPassword('secret'))).toMatchObject({ ok: false, error: { needsPassword: true } });
  });

  it.skipIf(!hasLegacyProvider())('with each octet of the UTF-8 of its password as a character', () => {
    writeFileSync(join(folder, 'rsa.pem'), pkcs8);
    const subject = ['-subj', '/CN=forms', '-days', '10', '-out', 'cert.pem'];
    openssl('', 'req', '-x509', '-new', '-key', 'rsa.pem', ...subject);
    const made = (password: string): Buffer =>
      openssl(
        '',
        ...['pkcs12', '-export', '-inkey', 'rsa.pem', '-in', 'cert.pem', '-passout', `pass:${password}`],
        ...['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
      );
    expectKey(loaded(made('pässword'), 'pässword'), rsa);
    // What OpenSSL before 1.1.0 made of "pässword": its octets, taken for Latin-1, are the password of RFC 7292.
    const octets = Buffer.from('pässword', 'utf8').toString('latin1');
    expectKey(loaded(made(octets), 'pässword'), rsa);
    expect(loaded(made('pässword'), 'passwörd')).toMatchObject({ ok: false, error: { wrongPassword: true } });
  });
});
