import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Authority, issue, makeAuthority, validityOf } from '../../src/authority/authority.js';
import { encodePem } from '../../src/authority/pem.js';
import { encodeCertificateBundle } from '../../src/authority/pkcs7.js';
import { encodePkcs12 } from '../../src/authority/pkcs12.js';
import { makeKey } from '../../src/authority/private-key.js';
import { DIGESTS, type Digest } from '../../src/authority/signing.js';
import { parseCertificate } from '../../src/x509/certificate.js';
import { hasOpenssl } from '../support/peers.js';

/** What is written here, read by openssl: every kind of key with every digest, and the values that are easy to get wrong. */

const START = Date.UTC(2026, 0) / 1000;
const KEYS: Readonly<Record<string, KeyObject>> = {
  'RSA 1024': makeKey({ type: 'rsa', bits: 1024 }),
  'P-256': makeKey({ type: 'ec', curve: 'prime256v1' }),
  'P-521': makeKey({ type: 'ec', curve: 'secp521r1' }),
  Ed25519: generateKeyPairSync('ed25519').privateKey,
};
/** Every digest with the kinds of key that differ in it; the others have one way to sign. */
const PAIRS: readonly (readonly [string, Digest])[] = [
  ...DIGESTS.map((digest) => ['RSA 1024', digest] as const),
  ...DIGESTS.filter((digest) => digest !== 'md5').map((digest) => ['P-256', digest] as const),
  ['P-521', 'sha512'],
  ['Ed25519', 'sha256'],
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-authority-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Standard output; throws where openssl fails. */
function openssl(...argv: readonly string[]): string {
  return execFileSync('openssl', argv, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

const write = (name: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, name), bytes);

function authorityOf(key: KeyObject, digest: Digest, asDraft: boolean): Authority {
  const validity = validityOf(START, 365);
  const serial = Uint8Array.of(0);
  const der = makeAuthority({ unit: 'Test Authority', key, digest, validity, serial, asDraft });
  const parsed = parseCertificate(der);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return { certificate: parsed.value, key };
}

type More = Partial<Parameters<typeof issue>[1]>;

/** Writes `root.pem`, `made.pem` and `made.csr`; the certificate's DER. */
function issued(authority: Authority, more: More): Uint8Array {
  const made = issue(authority, {
    name: 'alice@example.org',
    key: authority.key,
    digest: 'sha256',
    validity: validityOf(START, 30),
    serial: Uint8Array.of(0x80, 1),
    asDraft: false,
    ...more,
  });
  write('root.pem', encodePem('CERTIFICATE', authority.certificate.der));
  write('made.pem', encodePem('CERTIFICATE', made.certificate));
  write('made.csr', encodePem('CERTIFICATE REQUEST', made.request));
  return made.certificate;
}

const text = (kind: 'x509' | 'req', file: string): string => openssl(kind, '-in', file, '-noout', '-text');
const elements = (file: string): string => openssl('asn1parse', '-in', file);

describe.skipIf(!hasOpenssl)('openssl', () => {
  it.each(PAIRS)('verifies certificate, root and request: %s with %s', (name, digest) => {
    const key = KEYS[name] as KeyObject;
    const asDraft = digest === 'md5' || digest === 'sha1';
    issued(authorityOf(key, digest, asDraft), { digest, asDraft });
    const how = ['-auth_level', '0', '-check_ss_sig', '-attime', String(START + 60)];
    expect(openssl('verify', ...how, '-CAfile', 'root.pem', 'made.pem')).toContain('made.pem: OK');
    // Its exit code is 0 where the signature is wrong, too.
    const request = spawnSync('openssl', ['req', '-in', 'made.csr', '-verify', '-noout'], { cwd: folder });
    expect(request.stderr.toString()).toContain('verify OK');
  });

  it('reads every extension as it was asked for, in certificate and request', () => {
    issued(authorityOf(KEYS['P-256'] as KeyObject, 'sha256', false), {
      altNames: [
        { type: 'uri', value: 'sip:alice@example.org' },
        { type: 'dns', value: 'example.org' },
        { type: 'email', value: 'alice@example.org' },
        { type: 'ip', value: '192.0.2.1' },
        { type: 'ip', value: '2001:db8::1' },
      ],
      // An arc of 54 bits, which asn1js cannot write by itself, and one that it can.
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.20', '1.2.9007199254740993', '1.2.999999999999999999'],
    });
    const certificate = text('x509', 'made.pem');
    const names =
      'URI:sip:alice@example.org, DNS:example.org, email:alice@example.org, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1';
    for (const each of [certificate, text('req', 'made.csr')]) {
      expect(each).toContain(names);
      expect(each).toMatch(
        /Extended Key Usage: \n\s+(1\.3\.6\.1\.5\.5\.7\.3\.20|[^,\n]*), 1\.2\.9007199254740993, 1\.2\.999999999999999999/,
      );
      expect(each).toContain('CA:FALSE');
    }
    expect(certificate).toMatch(/Key Usage: critical\n\s+Digital Signature, Key Agreement\n/);
    expect(certificate).toContain('Serial Number: 32769 (0x8001)');
    const root = text('x509', 'root.pem');
    expect(root).toMatch(/Basic Constraints: critical\n\s+CA:TRUE\n/);
    expect(root).toMatch(/Key Usage: critical\n\s+Certificate Sign, CRL Sign\n/);
  });

  it('reads names in their string types, and serial and name of the issuer as the draft has them', () => {
    const key = KEYS['RSA 1024'] as KeyObject;
    issued(authorityOf(key, 'sha1', true), { asDraft: true });
    expect(text('x509', 'made.pem')).toContain(
      'Subject: C = US, ST = California, L = San Jose, O = sipit, CN = alice@example.org',
    );
    expect(elements('made.pem')).toMatch(/T61STRING\s+:alice@example\.org/);
    const root = text('x509', 'root.pem');
    expect(root).toMatch(
      /DirName:\/C=US\/ST=California\/L=San Jose\/O=sipit\/OU=Test Authority\n\s+serial:00/,
    );
    issued(authorityOf(key, 'sha256', false), {});
    expect(elements('made.pem')).toMatch(/UTF8STRING\s+:alice@example\.org/);
  });

  it('reads times before and after 2050 in the types of RFC 5280 §4.1.2.5', () => {
    const end = Date.UTC(2050, 0) / 1000;
    issued(authorityOf(KEYS['P-256'] as KeyObject, 'sha256', false), {
      validity: { notBefore: end - 1, notAfter: end },
    });
    const times = elements('made.pem');
    expect(times).toMatch(/UTCTIME\s+:491231235959Z/);
    expect(times).toMatch(/GENERALIZEDTIME\s+:20500101000000Z/);
  });

  it.each(['modern', 'legacy'] as const)('opens PKCS #12 (%s)', (strength) => {
    const key = KEYS['P-521'] as KeyObject;
    const authority = authorityOf(key, 'sha256', false);
    const der = issued(authority, {});
    const bytes = encodePkcs12({
      key,
      certificates: [der, authority.certificate.der],
      friendlyName: 'alice',
      password: 'pass word',
      strength,
      random: (length) => new Uint8Array(length).fill(0x91),
    });
    write('made.p12', bytes);
    const opened = openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:pass word', '-nodes');
    expect(opened.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    // The attributes in the order of a SET OF: the shorter one first.
    expect(opened).toMatch(/friendlyName: alice\n\s+localKeyID: /);
    const outer = openssl('asn1parse', '-inform', 'DER', '-in', 'made.p12');
    const [safe = ''] = outer.split('\n').filter((line) => / OCTET STRING/.test(line));
    const at = safe.split(':')[0]?.trim() ?? '';
    const inner = openssl('asn1parse', '-inform', 'DER', '-in', 'made.p12', '-strparse', at);
    // DER: nothing in pieces, no indefinite lengths.
    expect(inner).toContain('pkcs7-encryptedData');
    expect(outer + inner).not.toMatch(/l=inf/);
    write('opened.pem', opened);
    write('key.pem', key.export({ format: 'pem', type: 'pkcs8' }));
    expect(openssl('pkey', '-in', 'opened.pem')).toBe(openssl('pkey', '-in', 'key.pem'));
    expect(() => openssl('pkcs12', '-in', 'made.p12', '-passin', 'pass:other', '-nodes')).toThrow(
      /mac verify/i,
    );
  });

  it('lists the certificates of a PKCS #7 bundle in their order, byte for byte', () => {
    const authority = authorityOf(KEYS['P-256'] as KeyObject, 'sha256', false);
    const der = issued(authority, {});
    for (const list of [[], [der, authority.certificate.der], [authority.certificate.der, der]]) {
      write('bundle.p7c', encodeCertificateBundle(list));
      const printed = openssl('pkcs7', '-inform', 'DER', '-in', 'bundle.p7c', '-print_certs');
      const blocks = [...printed.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)/g)];
      expect(blocks.map(([, text]) => Buffer.from(text as string, 'base64').toString('hex'))).toEqual(
        list.map((each) => Buffer.from(each).toString('hex')),
      );
    }
  });
});
