import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { CmsPrivateKey } from '../../src/cms/model.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { hasLegacyProvider, hasOpenssl } from '../support/peers.js';
import { contextOf, expectType, keysOf, Openssl, privateKey } from './support.js';

const CONTENT = 'Content-Type: text/plain\r\n\r\nencrypted by openssl';
const CIPHERS: Readonly<Record<string, string>> = {
  'aes-128-cbc': 'aes128-CBC',
  'aes-192-cbc': 'aes192-CBC',
  'aes-256-cbc': 'aes256-CBC',
  'aes-128-gcm': 'aes128-GCM',
  'aes-192-gcm': 'aes192-GCM',
  'aes-256-gcm': 'aes256-GCM',
  'des-ede3-cbc': 'des-EDE3-CBC',
  'des-cbc': 'desCBC',
  'rc2-40-cbc': 'rc2CBC',
  'rc2-64-cbc': 'rc2CBC',
  'rc2-cbc': 'rc2CBC',
  'camellia-128-cbc': 'camellia128-CBC',
  'camellia-192-cbc': 'camellia192-CBC',
  'camellia-256-cbc': 'camellia256-CBC',
};
/** Recipient kinds: whose certificate, and the arguments before and after it. */
const RECIPIENTS: Readonly<Record<string, readonly string[]>> = {
  'RSA PKCS #1 v1.5': ['-recip', 'rsa.pem'],
  'RSA OAEP': ['-recip', 'rsa.pem', '-keyopt', 'rsa_padding_mode:oaep'],
  'RSA OAEP SHA-256': [
    ...['-recip', 'rsa.pem', '-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_md:sha256'],
    ...['-keyopt', 'rsa_mgf1_md:sha1'],
  ],
  'RSA OAEP label': [
    ...['-recip', 'rsa.pem', '-keyopt', 'rsa_padding_mode:oaep', '-keyopt', 'rsa_oaep_label:00ff'],
  ],
  'ECDH P-256': ['-recip', 'p256.pem'],
  'ECDH P-384 SHA-384': ['-recip', 'p384.pem', '-keyopt', 'ecdh_kdf_md:sha384'],
  'ECDH cofactor': ['-recip', 'p256.pem', '-keyopt', 'ecdh_cofactor_mode:1'],
};

describe.skipIf(!hasOpenssl)('messages encrypted by openssl', () => {
  const openssl = new Openssl();
  const certificates: Certificate[] = [];
  const keys: CmsPrivateKey[] = [];
  const hasLegacy = hasOpenssl && hasLegacyProvider();

  beforeAll(() => {
    openssl.write('content', CONTENT);
    certificates.push(openssl.identity('rsa', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'));
    certificates.push(openssl.identity('p256', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'));
    certificates.push(openssl.identity('p384', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'));
    for (const name of ['rsa', 'p256', 'p384']) keys.push(privateKey(openssl.read(`${name}.key`), name));
  });
  afterAll(() => openssl.remove());

  function encrypt(cipher: string, ...args: string[]): Uint8Array {
    const legacy = /^(des-cbc|rc2)/.test(cipher) ? ['-provider', 'legacy', '-provider', 'default'] : [];
    openssl.run(
      ...[
        'cms',
        '-encrypt',
        '-binary',
        '-in',
        'content',
        `-${cipher}`,
        '-outform',
        'DER',
        '-out',
        'encrypted',
      ],
      ...legacy,
      ...args,
    );
    return openssl.read('encrypted');
  }

  function open(message: Uint8Array, parts: Parameters<typeof contextOf>[0]) {
    const cms = evaluateCms(message, contextOf(parts));
    if (cms.contentType === 'auth_enveloped_data') return cms;
    return expectType(cms, 'enveloped_data');
  }

  const matrix = Object.keys(RECIPIENTS).flatMap((recipient) =>
    Object.keys(CIPHERS).map((cipher) => [recipient, cipher] as const),
  );

  // Every recipient kind with three ciphers, every cipher with two recipient kinds.
  const chosen = matrix.filter(
    ([recipient, cipher]) =>
      /^(aes-128-cbc|aes-256-gcm|des-ede3)/.test(cipher) ||
      recipient.includes('v1.5') ||
      // AES key wrap takes no keys under 16 octets, so that OpenSSL cannot wrap one for DES or weak RC2.
      (recipient.includes('P-256') && !/^(des-cbc|rc2-\d)/.test(cipher)),
  );

  it.each(chosen)('%s, %s', (recipient, cipher) => {
    if (!hasLegacy && /^(des-cbc|rc2)/.test(cipher)) return;
    const message = encrypt(cipher, ...(RECIPIENTS[recipient] ?? []));
    const known = open(message, { certificates, keys: keysOf(keys) });
    expect(known.decryption.reason).toContain('decrypted');
    expect(known.decryption.status).toBe('decrypted');
    expect(known.contentEncryptionAlgorithm).toBe(CIPHERS[cipher]);
    expect(Buffer.from(known.content ?? []).toString()).toBe(CONTENT);
    expect(known.faults).toEqual([]);
    expect(known.contentType).toBe(cipher.endsWith('gcm') ? 'auth_enveloped_data' : 'enveloped_data');
    const tried = open(message, { keys: keysOf(keys) });
    expect(Buffer.from(tried.content ?? []).toString()).toBe(CONTENT);
    const none = open(message, { certificates });
    expect(none.decryption.status).toBe('no_key');
    expect(none.decryption.reason).toContain(recipient.startsWith('RSA') ? 'CN=rsa' : 'CN=p');
    expect(none.content).toBeUndefined();
  });

  it.each(['rsa', 'p256'])('%s recipients by key identifier, with and without the certificate', (name) => {
    const message = encrypt('aes-128-cbc', '-keyid', '-recip', `${name}.pem`);
    for (const given of [certificates, []]) {
      const cms = open(message, { certificates: given, keys: keysOf(keys) });
      expect(cms.recipients[0]?.subjectKeyIdentifier).toMatch(/^[0-9a-f]{40}$/);
      expect(cms.decryption.status).toBe('decrypted');
    }
  });

  it('several recipients of several kinds', () => {
    const message = encrypt(
      'aes-256-cbc',
      ...['-recip', 'rsa.pem', '-recip', 'p256.pem', '-pwri_password', 'secret'],
      ...['-secretkey', '000102030405060708090a0b0c0d0e0f', '-secretkeyid', 'aabb'],
    );
    const kinds = open(message, {})
      .recipients.map((recipient) => recipient.kind)
      .sort();
    expect(kinds).toEqual(['kek', 'key_agreement', 'key_transport', 'password']);
    const openers = [
      { keys: keysOf(keys.slice(0, 1)) },
      { keys: keysOf(keys.slice(1, 2)) },
      { keys: keysOf([], { passwords: ['wrong', 'secret'] }) },
      { keys: keysOf([], { secretKeys: [Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')] }) },
    ];
    for (const opener of openers) {
      expect(Buffer.from(open(message, opener).content ?? []).toString()).toBe(CONTENT);
    }
    const closed = open(message, {
      keys: keysOf(keys.slice(2), { passwords: ['wrong'], secretKeys: [Buffer.alloc(16)] }),
    });
    expect(closed.decryption.status).toBe('no_key');
    expect(closed.decryption.reason).toContain('the key-encryption key aabb');
    expect(closed.decryption.reason).toContain('a password');
  });

  it.each(['des-ede3-cbc', 'aes-192-cbc', 'camellia-128-cbc'])('password recipients with %s', (cipher) => {
    const message = encrypt(cipher, '-pwri_password', 'pässword');
    const cms = open(message, { keys: keysOf([], { passwords: ['pässword'] }) });
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? []).toString()).toBe(CONTENT);
  });

  it('streamed BER', () => {
    openssl.write('long', Buffer.alloc(70_000, 'stream '));
    openssl.run(
      ...['cms', '-encrypt', '-stream', '-binary', '-in', 'long', '-aes128', '-recip', 'rsa.pem'],
      ...['-outform', 'DER', '-out', 'streamed'],
    );
    const cms = open(openssl.read('streamed'), { keys: keysOf(keys) });
    expect(cms.encodingForm).toBe('ber');
    const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(digest(cms.content ?? Buffer.alloc(0))).toBe(digest(openssl.read('long')));
  });

  it('GCM is not opened where anything was changed', () => {
    const message = Uint8Array.from(encrypt('aes-128-gcm', '-recip', 'rsa.pem'));
    message[message.length - 1] = (message.at(-1) as number) ^ 1;
    const cms = open(message, { certificates, keys: keysOf(keys) });
    expect(cms.decryption.status).toBe('failed');
    expect(cms.decryption.reason).toContain('tag');
    expect(cms.content).toBeUndefined();
  });

  it('EncryptedData and DigestedData', () => {
    const secret = '000102030405060708090a0b0c0d0e0f';
    openssl.run(
      ...['cms', '-EncryptedData_encrypt', '-binary', '-in', 'content', '-aes128', '-secretkey', secret],
      ...['-outform', 'DER', '-out', 'encrypted'],
    );
    const secretKeys = [Buffer.alloc(16, 7), Buffer.from(secret, 'hex')];
    const cms = expectType(
      evaluateCms(openssl.read('encrypted'), contextOf({ keys: keysOf([], { secretKeys }) })),
      'encrypted_data',
    );
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? []).toString()).toBe(CONTENT);
    const closed = evaluateCms(openssl.read('encrypted'), contextOf({}));
    expect(expectType(closed, 'encrypted_data').decryption.status).toBe('no_key');

    openssl.run(
      ...[
        'cms',
        '-digest_create',
        '-binary',
        '-in',
        'content',
        '-md',
        'sha384',
        '-outform',
        'DER',
        '-out',
        'digested',
      ],
    );
    const digested = openssl.read('digested');
    const judged = expectType(evaluateCms(digested, contextOf({})), 'digested_data');
    expect(judged).toMatchObject({ digestAlgorithm: 'sha384', digest: 'valid' });
    const changed = Uint8Array.from(digested);
    changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
    expect(expectType(evaluateCms(changed, contextOf({})), 'digested_data').digest).toBe('invalid');
  });
});
