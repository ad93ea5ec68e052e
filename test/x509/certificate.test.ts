import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Field } from '../../src/bytes/field.js';
import { equalBytes } from '../../src/bytes/text.js';
import { fingerprint, parseCertificate, publicKeyOf } from '../../src/x509/certificate.js';
import { verifyChain } from '../../src/x509/chain.js';
import { describeCertificate } from '../../src/x509/describe.js';
import { draftUse } from '../../src/x509/draft-certificates.js';
import { distinguishedName } from '../../src/x509/name.js';
import { CertificateStore } from '../../src/x509/store.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import * as encode from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';
import { draft, draftPaths, read, readDer } from './certificates.js';
import { END, extension, make, makeDer, party, subjectAltName } from './make.js';

const openssl = (...options: string[]): string =>
  execFileSync('openssl', options, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function flatten(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => [field, ...flatten(field.children)]);
}

let folder = '';
let madeByOpenssl = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-x509-'));
  if (!hasOpenssl) return;
  const config = join(folder, 'config');
  writeFileSync(
    config,
    `[req]
distinguished_name=name
x509_extensions=ext
prompt=no
[name]
C=SE
O=Über "Quotes", Inc.
CN=sip.example.org
emailAddress=admin@example.org
[ext]
basicConstraints=critical,CA:TRUE,pathlen:3
keyUsage=critical,digitalSignature,nonRepudiation,keyEncipherment,keyCertSign,cRLSign
extendedKeyUsage=serverAuth,clientAuth,emailProtection,1.3.6.1.5.5.7.3.20
subjectAltName=DNS:a.example.org,URI:sip:example.org,email:x@example.org,IP:192.0.2.1,IP:2001:db8::1:0:0:1,RID:1.2.3.4,dirName:dir
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid:always,issuer:always
[dir]
O=Directory
`,
  );
  madeByOpenssl = join(folder, 'made.pem');
  const key = join(folder, 'made.key');
  openssl(
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-nodes', '-utf8', '-sha384'],
    ...[
      '-config',
      config,
      '-keyout',
      key,
      '-out',
      madeByOpenssl,
      '-days',
      '40000',
      '-set_serial',
      '0x00ff12',
    ],
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Certificates that others made: the draft's, RFC 4134's, Thunderbird's, and one of openssl's with every extension. */
function foreign(): string[] {
  const rfc4134 = hasCorpus
    ? readdirSync(corpusPath('cms-smime/rfc4134'))
        .filter((name) => name.endsWith('.cer.pem') || /Self/.test(name))
        .map((name) => corpusPath(`cms-smime/rfc4134/${name}`))
    : [];
  const thunderbird = hasCorpus ? [corpusPath('cms-smime/thunderbird/smime/TestCA.pem')] : [];
  return [...draftPaths, ...rfc4134, ...thunderbird, ...(hasOpenssl ? [madeByOpenssl] : [])];
}

describe('parseCertificate', () => {
  test("reads the draft's certificate of fluffy (§5.3)", () => {
    const certificate = draft('user_cert_fluffy@example.com');
    expect(certificate).toMatchObject({
      version: 3,
      subject: 'C=US, ST=California, L=San Jose, O=sipit, CN=fluffy@example.com',
      issuer: 'C=US, ST=California, L=San Jose, O=sipit, OU=Sipit Test Certificate Authority',
      serialNumber: '0195007102330058',
      notBefore: '2005-02-03T18:49:34Z',
      notAfter: '2008-02-03T18:49:34Z',
      publicKey: { algorithm: 'rsaEncryption', bits: 1024 },
      signatureAlgorithm: 'sha1WithRSAEncryption',
      subjectAltNames: [
        { type: 'uri', value: 'sip:fluffy@example.com' },
        { type: 'uri', value: 'im:fluffy@example.com' },
        { type: 'uri', value: 'pres:fluffy@example.com' },
      ],
      isCa: false,
      faults: [],
    });
    expect(certificate.keyUsage).toBeUndefined();
    expect(Buffer.from(certificate.subjectKeyIdentifier ?? []).toString('hex')).toBe(
      'ecda985ee9f7f7d7ec2b294bda25eec7c77e9570',
    );
  });

  test.skipIf(!hasOpenssl)('agrees with openssl x509', () => {
    const paths = foreign();
    expect(paths.length).toBeGreaterThan(5);
    for (const path of paths) {
      const certificate = read(path);
      const key = publicKeyOf(certificate);
      const told = openssl(
        ...[
          'x509',
          '-in',
          path,
          '-noout',
          '-subject',
          '-issuer',
          '-serial',
          '-fingerprint',
          '-sha256',
          '-dates',
        ],
        ...[
          '-text',
          ...(key === undefined ? [] : ['-pubkey']),
          '-nameopt',
          'oneline,-space_eq,-esc_msb,utf8',
        ],
      );
      const line = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(told)?.[1] ?? '';
      // openssl quotes values with punctuation; RFC 4514 escapes it.
      const unquote = (name: string): string =>
        name.replace(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replace(/[,]/g, '\\$&'));
      expect(certificate.subject).toBe(unquote(line('subject')));
      expect(certificate.issuer).toBe(unquote(line('issuer')));
      expect(certificate.serialNumber).toBe(line('serial').toLowerCase());
      expect(certificate.fingerprintSha256).toBe(
        line('sha256 Fingerprint').replaceAll(':', '').toLowerCase(),
      );
      expect(certificate.notBeforeSeconds).toBe(Date.parse(line('notBefore')) / 1000);
      expect(certificate.notAfterSeconds).toBe(Date.parse(line('notAfter')) / 1000);
      expect(told).toContain(
        `Signature Algorithm: ${certificate.signatureAlgorithm.replace(/^id-dsa-with-sha/, 'dsaWithSHA')}`,
      );
      const bits = /Public-Key: \((\d+) bit\)/.exec(told)?.[1];
      if (bits !== undefined) expect(certificate.publicKey.bits).toBe(Number(bits));
      expect(certificate.isCa).toBe(told.includes('CA:TRUE'));
      if (key !== undefined) expect(told).toContain(key.export({ format: 'pem', type: 'spki' }));
    }
  });

  test.skipIf(!hasOpenssl)('reads every kind of extension that openssl writes', () => {
    const certificate = read(madeByOpenssl);
    expect(certificate.subjectAltNames).toEqual([
      { type: 'dns', value: 'a.example.org' },
      { type: 'uri', value: 'sip:example.org' },
      { type: 'email', value: 'x@example.org' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'ip', value: '2001:db8::1:0:0:1' },
      { type: 'registeredId', value: '1.2.3.4' },
      { type: 'dirName', value: 'O=Directory' },
    ]);
    expect(certificate.extendedKeyUsage).toEqual([
      'id-kp-serverAuth',
      'id-kp-clientAuth',
      'id-kp-emailProtection',
      'id-kp-sipDomain',
    ]);
    expect(certificate.keyUsage).toEqual([
      'digitalSignature',
      'nonRepudiation',
      'keyEncipherment',
      'keyCertSign',
      'cRLSign',
    ]);
    expect(certificate).toMatchObject({
      isCa: true,
      pathLength: 3,
      serialNumber: 'ff12',
      publicKey: { algorithm: 'id-ecPublicKey', bits: 384, curve: 'secp384r1' },
      unknownCritical: [],
    });
    expect(certificate.authorityKeyIdentifier).toEqual(certificate.subjectKeyIdentifier);
    expect(certificate.notAfter.slice(0, 2)).toBe('21');
  });

  test('keeps what is sloppy, and says so', () => {
    const someone = party('someone');
    const codes = (certificate: ReturnType<typeof make>): string[] =>
      certificate.faults.map(({ code }) => code);
    const base = { subject: someone, issuer: someone };
    expect(make({ ...base, serial: -5n })).toMatchObject({ serialNumber: '-05' });
    expect(codes(make({ ...base, serial: -5n }))).toEqual(['serial-number']);
    expect(codes(make({ ...base, serial: 1n << 200n }))).toEqual(['serial-number']);
    expect(codes(make({ ...base, version: 1, ca: true }))).toEqual(['version']);
    const twice = subjectAltName([2, 'a']);
    expect(codes(make({ ...base, extensions: [twice, twice] }))).toEqual(['extension-repeated']);
    expect(codes(make({ ...base, extensions: [encode.sequence(encode.integer(1))] }))).toEqual([
      'extension-malformed',
    ]);
    const bad = make({
      ...base,
      rawValidity: encode.sequence(encode.ia5String('yesterday'), encode.time(END)),
    });
    expect(codes(bad)).toEqual(['time']);
    expect(bad.notBefore).toBe('yesterday');
    expect(bad.notBeforeSeconds).toBeNaN();
    const garbage = make({ ...base, extensions: [extension('2.5.29.17', Buffer.from('garbage'))] });
    expect(garbage.subjectAltNames).toEqual([]);
  });

  test('holds bytes of its own', () => {
    const buffer = Buffer.from(readDer(draftPaths[0] as string));
    const result = parseCertificate(buffer);
    buffer.fill(0);
    expect(result.ok && result.value.subject.startsWith('C=US')).toBe(true);
    expect(result.ok && publicKeyOf(result.value)?.asymmetricKeyType).toBe('rsa');
  });

  test('refuses what is none, and every strict prefix', () => {
    const der = readDer(draftPaths[0] as string);
    for (let length = 0; length < der.length; length++) {
      expect(parseCertificate(der.subarray(0, length)).ok).toBe(false);
    }
    expect(parseCertificate(Buffer.concat([der, Buffer.of(0)]))).toMatchObject({
      ok: false,
      error: { message: '1 byte follows it', offset: der.length },
    });
    expect(parseCertificate(encode.sequence(encode.sequence(), encode.sequence())).ok).toBe(false);
    expect(parseCertificate(encode.integer(1)).ok).toBe(false);
  });

  test('never throws, whatever the bytes, nor does what looks at it', () => {
    const originals = [
      ...draftPaths.map(readDer),
      makeDer({ subject: party('m', 'rsa'), issuer: party('m') }),
    ];
    const anchors = new CertificateStore(draftPaths.map(read));
    const change = fc.record({ at: fc.nat(), value: fc.nat(255), cut: fc.boolean() });
    let parsed = 0;
    fc.assert(
      fc.property(fc.nat(), fc.array(change, { minLength: 1, maxLength: 4 }), (which, changes) => {
        let bytes = Buffer.from(originals[which % originals.length] as Uint8Array);
        for (const { at, value, cut } of changes) {
          if (cut && value < 16) bytes = bytes.subarray(0, at % (bytes.length + 1));
          else bytes[at % bytes.length] = value;
        }
        const result = parseCertificate(bytes);
        describeCertificate({ name: 'mutant', bytes }, 0, bytes);
        if (!result.ok) return;
        parsed++;
        verifyChain(result.value, { anchors, intermediates: anchors, atSeconds: 1.1e9 });
        draftUse(result.value);
      }),
      { numRuns: 2000, seed: 4 },
    );
    // Most changes hit names, keys and signatures, which do not break the structure.
    expect(parsed).toBeGreaterThan(200);
  });
});

describe('names', () => {
  test('escape what could be taken for punctuation (RFC 4514 §2.4)', () => {
    const rdn = (oid: string, value: Uint8Array): Uint8Array =>
      encode.set(encode.sequence(encode.oid(oid), value));
    const der = encode.sequence(
      rdn('2.5.4.10', encode.utf8String(' A+B, "C" <D>; E\\F ')),
      rdn('2.5.4.11', encode.utf8String('#1')),
      rdn('1.2.3.4', encode.integer(5)),
      encode.set(
        encode.sequence(encode.oid('2.5.4.3'), encode.utf8String('x')),
        encode.sequence(encode.oid('1.2.840.113549.1.9.1'), encode.ia5String('x@y')),
      ),
    );
    expect(distinguishedName(der)).toBe(
      'O=\\ A\\+B\\, \\"C\\" \\<D\\>\\; E\\\\F\\ , OU=\\#1, 1.2.3.4=#020105, CN=x + emailAddress=x@y',
    );
    expect(distinguishedName(new Uint8Array(0))).toBe('');
  });
});

describe('describeCertificate', () => {
  test.skipIf(!hasOpenssl)('tells what openssl x509 -text tells', () => {
    for (const path of [...draftPaths, madeByOpenssl]) {
      const text = openssl('x509', '-in', path, '-noout', '-text').replace(/ *\n */g, '\n');
      const der = readDer(path);
      const source = { name: 'certificate', bytes: Buffer.concat([Buffer.alloc(7, 0xff), der]) };
      const fields = flatten(describeCertificate(source, 7, der));
      const value = (name: string): string => fields.find((field) => field.name === name)?.value ?? '';
      for (const name of [
        'X509v3 Subject Key Identifier',
        'X509v3 Key Usage',
        'X509v3 Basic Constraints',
        'X509v3 Extended Key Usage',
      ]) {
        const theirs = new RegExp(`^${name}: ?(critical)?\n(.*)$`, 'm').exec(text);
        const expected = theirs === null ? '' : `${theirs[1] === undefined ? '' : 'critical, '}${theirs[2]}`;
        expect(value(name).replace('id-kp-sipDomain', '1.3.6.1.5.5.7.3.20')).toBe(expected);
      }
      const names = /Subject Alternative Name: ?\n(.*)$/m.exec(text)?.[1] ?? '';
      // openssl 3.0 writes IPv6 addresses without shortening.
      if (!names.includes('IP Address')) expect(value('X509v3 Subject Alternative Name')).toBe(names);
      expect(text).toContain(`Version: ${value('Version')}`);
      const exponent = /Exponent: (.*)$/m.exec(text)?.[1];
      if (exponent !== undefined) expect(value('Exponent')).toBe(exponent);
    }
  });

  test('points at the bytes', () => {
    const der = readDer(draftPaths[0] as string);
    const fields = flatten(describeCertificate({ name: 'x', bytes: der }, 0, der));
    for (const field of fields) expect(field.start + field.length).toBeLessThanOrEqual(der.length);
    const serial = fields.find(({ name }) => name === 'Serial Number');
    expect(Buffer.from(der.subarray(serial?.start, (serial?.start ?? 0) + 10)).toString('hex')).toMatch(
      /^02080195007102330055$/,
    );
  });

  test('shows what there is of a damaged one', () => {
    const der = readDer(draftPaths[0] as string).subarray(0, 300);
    const fields = flatten(describeCertificate({ name: 'x', bytes: der }, 0, der));
    expect(fields.map(({ name }) => name)).toEqual(expect.arrayContaining(['Issuer', 'Subject', 'Damaged']));
  });
});

describe("the draft's own certificates", () => {
  test('are known by their fingerprints, keys and issuer', () => {
    for (const path of draftPaths) expect(draftUse(read(path))?.kind).toBe('certificate');
    const stranger = party('stranger');
    const fluffy = draft('user_cert_fluffy@example.com');
    expect(draftUse(make({ subject: { ...stranger, spki: fluffy.spki }, issuer: stranger }))).toEqual({
      kind: 'key',
      name: 'fluffy@example.com',
    });
    expect(draftUse(make({ subject: stranger, issuer: stranger }))).toBeUndefined();
    expect(fingerprint(fluffy, 'sha1')).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('CertificateStore', () => {
  test('tells certificates with the same serial number apart by their issuers', () => {
    const stranger = party('stranger');
    const [one, other] = [party('one'), party('other')];
    const certificates = [one, other].map((issuer) => make({ subject: stranger, issuer, serial: 7 }));
    const store = new CertificateStore(certificates);
    for (const certificate of certificates) {
      expect(store.findByIssuerAndSerial(certificate.issuerDer, '07')).toBe(certificate);
    }
    expect(store.findByIssuerAndSerial(certificates[0]?.subjectDer as Uint8Array, '07')).toBeUndefined();
    const twin = make({ subject: stranger, issuer: one, serial: 7 });
    store.add(twin);
    expect(store.findByIssuerAndSerial(twin.issuerDer, '07')).toBe(certificates[0]);
  });

  test('finds by every index', () => {
    const store = new CertificateStore(draftPaths.map(read));
    const fluffy = draft('user_cert_fluffy@example.com');
    store.add(fluffy);
    expect(store.size).toBe(5);
    expect(store.has(fluffy)).toBe(true);
    expect(store.findByIssuerAndSerial(fluffy.issuerDer, '0195007102330058')?.subject).toBe(fluffy.subject);
    expect(store.findByIssuerAndSerial(fluffy.subjectDer, '0195007102330058')).toBeUndefined();
    expect(store.findBySubjectKeyIdentifier(fluffy.subjectKeyIdentifier as Uint8Array)?.subject).toBe(
      fluffy.subject,
    );
    expect(store.findBySubject(fluffy.issuerDer).map(({ serialNumber }) => serialNumber)).toEqual(['00']);
    expect(store.findBySpki(fluffy.spki).length).toBe(1);
    expect(store.all().length).toBe(5);
    expect(equalBytes(store.all()[0]?.der as Uint8Array, readDer(draftPaths[0] as string))).toBe(true);
  });
});
