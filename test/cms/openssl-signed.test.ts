import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { hasOpenssl } from '../support/peers.js';
import { certificate, contextOf, expectType, Openssl } from './support.js';

const CONTENT = 'Content-Type: text/plain\r\n\r\nsigned by openssl';

/** Signature kinds: how the key is made, and which arguments the signing takes. */
const KINDS: Readonly<
  Record<string, { readonly key: readonly string[]; readonly sign?: readonly string[] }>
> = {
  rsa: { key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] },
  pss: {
    key: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
    sign: ['-keyopt', 'rsa_padding_mode:pss'],
  },
  'pss-key': {
    key: ['-algorithm', 'RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048'],
    sign: ['-keyopt', 'rsa_padding_mode:pss'],
  },
  p256: { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] },
  p521: { key: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-521'] },
  dsa: { key: ['-paramfile', 'dsa.params'] },
};
const DIGESTS = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

describe.skipIf(!hasOpenssl)('signatures made by openssl', () => {
  const openssl = new Openssl();
  const certificates = new Map<string, Certificate>();
  let authority: Certificate;

  beforeAll(() => {
    openssl.write('content', CONTENT);
    openssl.run(
      'genpkey',
      '-genparam',
      '-algorithm',
      'DSA',
      '-pkeyopt',
      'dsa_paramgen_bits:1024',
      '-out',
      'dsa.params',
    );
    for (const [name, kind] of Object.entries(KINDS))
      certificates.set(name, openssl.identity(name, ...kind.key));
    authority = certificate(openssl.read('ca.pem'));
  });
  afterAll(() => openssl.remove());

  function sign(name: string, ...args: string[]): Uint8Array {
    openssl.run(
      ...['cms', '-sign', '-binary', '-in', 'content', '-signer', `${name}.pem`, '-inkey', `${name}.key`],
      ...['-outform', 'DER', '-out', 'signed'],
      ...args,
    );
    return openssl.read('signed');
  }

  // What OpenSSL refuses to sign for want of an algorithm identifier is not in the matrix.
  const refused = (kind: string, digest: string): boolean =>
    (digest === 'md5' && kind !== 'rsa') || (kind === 'dsa' && /384|512/.test(digest));
  const matrix = Object.keys(KINDS).flatMap((kind) =>
    DIGESTS.filter((digest) => !refused(kind, digest)).map((digest) => [kind, digest] as const),
  );

  it.each(matrix)('%s with %s: valid over the content, invalid over another', (kind, digest) => {
    const signed = sign(kind, '-md', digest, ...(KINDS[kind]?.sign ?? []));
    const detached = Buffer.from(CONTENT);
    const cms = expectType(evaluateCms(signed, contextOf({ detached, anchors: [authority] })), 'signed_data');
    const [signer] = cms.signers;
    expect(signer?.reason).toContain('verifies with the attached certificate');
    expect(signer?.signature).toBe('valid');
    expect(signer?.digestAlgorithm).toBe(digest);
    expect(signer?.certificate?.subject).toContain(`CN=${kind}`);
    expect(signer?.signingTime).toMatch(/^20\d\d-/);
    expect(cms.detached).toBe(true);
    expect(cms.faults).toEqual([]);
    const changed = Buffer.from(`${CONTENT}!`);
    const [other] = expectType(evaluateCms(signed, contextOf({ detached: changed })), 'signed_data').signers;
    expect(other?.signature).toBe('invalid');
    expect(other?.reason).toContain('not the bytes that were signed');
    // The signature value itself, at the end of the structure here.
    const broken = Uint8Array.from(signed);
    broken[broken.length - 5] = (broken.at(-5) as number) ^ 1;
    const [damaged] = expectType(evaluateCms(broken, contextOf({ detached })), 'signed_data').signers;
    expect(damaged?.signature).toBe('invalid');
  });

  it.each(['rsa', 'pss', 'p256', 'dsa'])('%s without signed attributes', (kind) => {
    const signed = sign(kind, '-noattr', '-nodetach', ...(KINDS[kind]?.sign ?? []));
    const cms = expectType(evaluateCms(signed, contextOf({})), 'signed_data');
    expect(cms.detached).toBe(false);
    expect(Buffer.from(cms.content ?? []).toString()).toBe(CONTENT);
    expect(cms.signers[0]?.signedAttributes).toEqual([]);
    expect(cms.signers[0]?.signature).toBe('valid');
    const changed = Buffer.from(signed);
    changed[changed.indexOf('signed by')] = 0x53;
    expect(expectType(evaluateCms(changed, contextOf({})), 'signed_data').signers[0]?.signature).toBe(
      'invalid',
    );
  });

  it('PSS with salts of every length that OpenSSL makes', () => {
    for (const salt of ['0', '11', 'digest', 'max']) {
      const options = ['-keyopt', 'rsa_padding_mode:pss', '-keyopt', `rsa_pss_saltlen:${salt}`];
      const [signer] = expectType(
        evaluateCms(sign('pss', '-nodetach', '-md', 'sha256', ...options), contextOf({})),
        'signed_data',
      ).signers;
      expect(signer?.signatureAlgorithm).toBe('RSASSA-PSS');
      expect(signer?.signature).toBe('valid');
    }
  });

  it('version 3 signers are found by key identifier, attached or given', () => {
    const signed = sign('rsa', '-keyid', '-nodetach');
    const [attached] = expectType(evaluateCms(signed, contextOf({})), 'signed_data').signers;
    expect(attached).toMatchObject({ version: 3, signature: 'valid', certificateAttached: true });
    expect(attached?.subjectKeyIdentifier).toMatch(/^[0-9a-f]{40}$/);
    const bare = sign('rsa', '-keyid', '-nodetach', '-nocerts');
    const [lost] = expectType(evaluateCms(bare, contextOf({})), 'signed_data').signers;
    expect(lost?.signature).toBe('unverifiable');
    expect(lost?.reason).toContain(attached?.subjectKeyIdentifier);
    const given = contextOf({ certificates: [certificates.get('rsa') as Certificate] });
    const [found] = expectType(evaluateCms(bare, given), 'signed_data').signers;
    expect(found).toMatchObject({ signature: 'valid', certificateAttached: false });
  });

  it('several signers are judged each', () => {
    sign('rsa', '-nodetach');
    openssl.run(
      ...['cms', '-resign', '-inform', 'DER', '-in', 'signed', '-signer', 'p256.pem', '-inkey', 'p256.key'],
      ...['-outform', 'DER', '-out', 'twice', '-nodetach', '-binary'],
    );
    const cms = expectType(evaluateCms(openssl.read('twice'), contextOf({})), 'signed_data');
    expect(cms.signers.map((signer) => signer.signature)).toEqual(['valid', 'valid']);
    expect(cms.signers.map((signer) => signer.certificate?.subject).sort()).toEqual([
      'O=siplens test, CN=p256',
      'O=siplens test, CN=rsa',
    ]);
  });

  it('streamed BER with indefinite lengths and strings in pieces', () => {
    openssl.write('long', Buffer.alloc(70_000, 'stream '));
    openssl.run(
      ...['cms', '-sign', '-stream', '-binary', '-nodetach', '-in', 'long', '-signer', 'rsa.pem'],
      ...['-inkey', 'rsa.key', '-outform', 'DER', '-out', 'streamed'],
    );
    const cms = expectType(evaluateCms(openssl.read('streamed'), contextOf({})), 'signed_data');
    expect(cms.encodingForm).toBe('ber');
    expect(cms.signers[0]?.signature).toBe('valid');
    expect(Buffer.compare(cms.content ?? Buffer.alloc(0), openssl.read('long'))).toBe(0);
  });

  it('signed attributes are shown, with the capabilities in order', () => {
    const cms = evaluateCms(sign('rsa', '-nodetach', '-cades'), contextOf({}));
    const [signer] = expectType(cms, 'signed_data').signers;
    expect(signer?.signature).toBe('valid');
    expect(signer?.signedAttributes.map((one) => one.name)).toEqual(
      expect.arrayContaining(['contentType', 'messageDigest', 'signingTime', 'signingCertificateV2']),
    );
    const plain = expectType(evaluateCms(sign('rsa', '-nodetach'), contextOf({})), 'signed_data').signers[0];
    expect(plain?.smimeCapabilities?.slice(0, 4)).toEqual([
      'aes256-CBC',
      'aes192-CBC',
      'aes128-CBC',
      'des-EDE3-CBC',
    ]);
    expect(plain?.smimeCapabilities).toContain('rc2CBC (40 bits)');
    const type = plain?.signedAttributes.find((one) => one.name === 'contentType');
    expect(type?.values).toEqual(['data']);
  });

  it('a signingCertificate that names another certificate makes the signature invalid', () => {
    const signed = Buffer.from(sign('rsa', '-nodetach', '-cades', '-nocerts'));
    // Another certificate under the same name and key: only the attribute tells them apart.
    openssl.run('req', '-new', '-key', 'rsa.key', '-subj', '/O=siplens test/CN=rsa', '-out', 'again.csr');
    openssl.run(
      ...[
        'x509',
        '-req',
        '-in',
        'again.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-days',
        '9',
        '-out',
        'again.pem',
      ],
      ...['-set_serial', `0x${certificates.get('rsa')?.serialNumber}`],
    );
    const other = contextOf({ certificates: [certificate(openssl.read('again.pem'))] });
    const [signer] = expectType(evaluateCms(signed, other), 'signed_data').signers;
    expect(signer?.signature).toBe('invalid');
    expect(signer?.reason).toContain('signingCertificate');
  });

  it('certificates and revocation lists inside are listed; certs-only has no signer', () => {
    openssl.write('index.txt', '');
    openssl.write('crlnumber', '01\n');
    openssl.write(
      'ca.cnf',
      '[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ncrlnumber=crlnumber\ndefault_md=sha256\ndefault_crl_days=9\n',
    );
    openssl.run(
      'ca',
      '-config',
      'ca.cnf',
      '-gencrl',
      '-keyfile',
      'ca.key',
      '-cert',
      'ca.pem',
      '-out',
      'ca.crl',
    );
    openssl.run(
      ...[
        'crl2pkcs7',
        '-in',
        'ca.crl',
        '-certfile',
        'rsa.pem',
        '-certfile',
        'ca.pem',
        '-outform',
        'DER',
        '-out',
        'bundle',
      ],
    );
    const cms = expectType(evaluateCms(openssl.read('bundle'), contextOf({})), 'signed_data');
    expect(cms.signers).toEqual([]);
    expect(cms.certificates.map((one) => one.subject)).toEqual([
      'O=siplens test, CN=rsa',
      'O=siplens test, CN=CA',
    ]);
    expect(cms.crlCount).toBe(1);
    expect(cms.crls[0]).toMatchObject({ issuer: 'O=siplens test, CN=CA', revokedCount: 0 });
  });
});
