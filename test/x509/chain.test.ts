import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, parseCertificate, publicKeyOf } from '../../src/x509/certificate.js';
import { type ChainStatus, isSignedBy, verifyChain } from '../../src/x509/chain.js';
import { CertificateStore } from '../../src/x509/store.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import * as der from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';
import { draft, read } from './certificates.js';
import { type Algorithm, END, extension, make, makeDer, type Party, party, pem, START } from './make.js';

const NOW = Date.UTC(2025, 0) / 1000;
const KEY_CERT_SIGN = 5;
const CRL_SIGN = 6;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-chain-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Case = {
  readonly leaf: Certificate;
  readonly anchors?: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
  readonly at?: number;
};

function judge({ leaf, anchors = [], intermediates = [], at = NOW }: Case): ReturnType<typeof verifyChain> {
  return verifyChain(leaf, {
    anchors: new CertificateStore(anchors),
    intermediates: new CertificateStore(intermediates),
    atSeconds: at,
  });
}

/** Whether `openssl verify` takes the same leaf with the same certificates at the same time. */
function opensslTakes({ leaf, anchors = [], intermediates = [], at = NOW }: Case): boolean {
  const write = (name: string, certificates: readonly Certificate[]): string => {
    const path = join(folder, name);
    writeFileSync(path, pem(...certificates));
    return path;
  };
  const run = spawnSync('openssl', [
    ...['verify', '-auth_level', '0', '-partial_chain', '-attime', String(at), '-no-CApath', '-no-CAstore'],
    ...(anchors.length === 0 ? ['-no-CAfile'] : ['-CAfile', write('anchors.pem', anchors)]),
    ...(intermediates.length === 0 ? [] : ['-untrusted', write('intermediates.pem', intermediates)]),
    write('leaf.pem', [leaf]),
  ]);
  return run.status === 0;
}

const root = party('root');
const middle = party('middle');
const user = party('user');
const rootCertificate = make({ subject: root, issuer: root, ca: true });
const middleCertificate = make({ subject: middle, issuer: root, ca: true });
const leaf = make({ subject: user, issuer: middle, ca: false });

function cases(): [string, ChainStatus, Case][] {
  const anchors = [rootCertificate];
  const withMiddle = (changes: Partial<Parameters<typeof make>[0]>): Case => ({
    leaf,
    anchors,
    intermediates: [make({ subject: middle, issuer: root, ca: true, ...changes })],
  });
  const impostor: Party = { ...party('middle'), name: 'middle' };
  const lower = party('lower');
  const versionOne = party('version one');
  const cross = party('other root');
  return [
    ['a path of three', 'valid', { leaf, anchors, intermediates: [middleCertificate] }],
    ['an anchor itself', 'valid', { leaf: rootCertificate, anchors }],
    ['an anchor that is no root', 'valid', { leaf, anchors: [middleCertificate] }],
    ['a leaf trusted by itself', 'valid', { leaf, anchors: [leaf] }],
    ['the first second', 'valid', { leaf, anchors, intermediates: [middleCertificate], at: START }],
    ['the last second', 'valid', { leaf, anchors, intermediates: [middleCertificate], at: END }],
    [
      'the second before',
      'not_yet_valid',
      { leaf, anchors, intermediates: [middleCertificate], at: START - 1 },
    ],
    ['the second after', 'expired', { leaf, anchors, intermediates: [middleCertificate], at: END + 1 }],
    ['an expired intermediate', 'expired', withMiddle({ notAfter: NOW - 1 })],
    ['an intermediate of the future', 'not_yet_valid', withMiddle({ notBefore: NOW + 1 })],
    ['an intermediate that is no CA', 'not_a_ca', withMiddle({ ca: false })],
    [
      'an intermediate without constraints',
      'not_a_ca',
      { leaf, anchors, intermediates: [make({ subject: middle, issuer: root })] },
    ],
    ['key usage without keyCertSign', 'not_a_ca', withMiddle({ keyUsage: [CRL_SIGN] })],
    ['key usage with keyCertSign', 'valid', withMiddle({ keyUsage: [KEY_CERT_SIGN] })],
    ['no intermediate', 'unknown_issuer', { leaf, anchors }],
    ['a self-signed leaf', 'self_signed', { leaf: make({ subject: user, issuer: user }), anchors }],
    [
      'another key under the same name',
      'bad_signature',
      { leaf, anchors, intermediates: [make({ subject: impostor, issuer: root, ca: true })] },
    ],
    [
      'the right key beside another under the same name',
      'valid',
      {
        leaf,
        anchors,
        intermediates: [make({ subject: impostor, issuer: root, ca: true }), middleCertificate],
      },
    ],
    [
      'an unknown critical extension',
      'unknown_critical_extension',
      withMiddle({ extensions: [extension('1.2.3.4', der.nullValue(), true)] }),
    ],
    ['an unknown extension', 'valid', withMiddle({ extensions: [extension('1.2.3.4', der.nullValue())] })],
    [
      'a path length that is held',
      'valid',
      {
        leaf,
        anchors: [make({ subject: root, issuer: root, ca: true, pathLength: 1 })],
        intermediates: [middleCertificate],
      },
    ],
    [
      'a path length that is not',
      'path_too_long',
      {
        leaf: make({ subject: user, issuer: lower }),
        anchors: [make({ subject: root, issuer: root, ca: true, pathLength: 0 })],
        intermediates: [middleCertificate, make({ subject: lower, issuer: middle, ca: true })],
      },
    ],
    [
      'a version 1 root',
      'valid',
      {
        leaf: make({ subject: user, issuer: versionOne }),
        anchors: [make({ subject: versionOne, issuer: versionOne, version: 1 })],
      },
    ],
    [
      'a version 1 intermediate',
      'not_a_ca',
      { leaf, anchors, intermediates: [make({ subject: middle, issuer: root, version: 1 })] },
    ],
    [
      'cross-signed by a root that is trusted and one that is not',
      'valid',
      {
        leaf,
        anchors,
        intermediates: [
          make({ subject: middle, issuer: cross, ca: true }),
          make({ subject: cross, issuer: cross, ca: true }),
          middleCertificate,
        ],
      },
    ],
    [
      'two CAs that sign each other, and no anchor above',
      'unknown_issuer',
      {
        leaf,
        anchors: [make({ subject: cross, issuer: cross, ca: true })],
        intermediates: [
          make({ subject: middle, issuer: lower, ca: true }),
          make({ subject: lower, issuer: middle, ca: true }),
        ],
      },
    ],
  ];
}

/**
 * Where OpenSSL 3.0 judges otherwise: it takes notAfter as excluded, against RFC 5280 §4.1.2.5, and follows the first
 * issuer of the right name alone where no key identifier tells several apart.
 */
const OPENSSL_DIFFERS = [
  'the last second',
  'the right key beside another under the same name',
  'cross-signed by a root that is trusted and one that is not',
];

describe('verifyChain', () => {
  test.each(cases())('%s: %s', (name, status, given) => {
    const verdict = judge(given);
    expect(verdict.status).toBe(status);
    expect(verdict.reason).toMatch(/^["A-Z].*\.$/);
    expect(verdict.path[0]).toBe(given.leaf);
    if (hasOpenssl && !OPENSSL_DIFFERS.includes(name)) {
      expect(opensslTakes(given)).toBe(status === 'valid');
    }
  });

  test('says at each time what it would say if it had not been asked before', () => {
    const short = make({ subject: user, issuer: middle, notBefore: NOW - 50, notAfter: NOW + 50 });
    const shorter = make({
      subject: middle,
      issuer: root,
      ca: true,
      notBefore: NOW - 20,
      notAfter: NOW + 20,
    });
    const long = make({ subject: user, issuer: root });
    const anchors = new CertificateStore([rootCertificate]);
    const intermediates = new CertificateStore([shorter, middleCertificate]);
    const asked = fc.tuple(fc.constantFrom(short, long), fc.integer({ min: -60, max: 60 }));
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30 }), (questions) => {
        for (const [one, seconds] of questions) {
          // Halves too: a certificate is valid up to the end of its last second.
          for (const atSeconds of [NOW + seconds, NOW + seconds + 0.5]) {
            const fresh = { anchors: [rootCertificate], intermediates: [shorter, middleCertificate] };
            expect(verifyChain(one, { anchors, intermediates, atSeconds })).toEqual(
              judge({ leaf: one, ...fresh, at: atSeconds }),
            );
          }
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test('takes in certificates that are added later', () => {
    const anchors = new CertificateStore();
    const intermediates = new CertificateStore();
    const ask = () => verifyChain(leaf, { anchors, intermediates, atSeconds: NOW }).status;
    expect([ask(), ask()]).toEqual(['no_anchors', 'no_anchors']);
    anchors.add(rootCertificate);
    expect([ask(), ask()]).toEqual(['unknown_issuer', 'unknown_issuer']);
    intermediates.add(middleCertificate);
    expect([ask(), ask()]).toEqual(['valid', 'valid']);
  });

  test('names the certificate at fault', () => {
    const expired = make({ subject: middle, issuer: root, ca: true, notAfter: NOW - 1 });
    const verdict = judge({ leaf, anchors: [rootCertificate], intermediates: [expired] });
    expect(verdict.reason).toBe('"CN=middle" expired at 2024-12-31T23:59:59Z.');
    expect(verdict.path.map(({ subject }) => subject)).toEqual(['CN=user', 'CN=middle', 'CN=root']);
    const missing = judge({ leaf, anchors: [rootCertificate] });
    expect(missing.reason).toContain('CN=middle');
  });

  test('without anchors says so, and how far the path goes', () => {
    const verdict = judge({ leaf, intermediates: [middleCertificate] });
    expect(verdict).toMatchObject({ status: 'no_anchors' });
    expect(verdict.path.length).toBe(2);
  });

  test('a changed byte of what is signed', () => {
    const bytes = Buffer.from(makeDer({ subject: user, issuer: root, serial: 0x1234567890n }));
    const at = bytes.indexOf(Buffer.from('1234567890', 'hex'));
    bytes[at] = 0x13;
    const changed = parseCertificate(bytes);
    if (!changed.ok) throw new Error('not read');
    const given = { leaf: changed.value, anchors: [rootCertificate] };
    expect(judge(given).status).toBe('bad_signature');
    if (hasOpenssl) expect(opensslTakes(given)).toBe(false);
  });

  test('dates that are none are malformed, not valid', () => {
    const rawValidity = der.sequence(der.ia5String('then'), der.ia5String('later'));
    const odd = make({ subject: user, issuer: root, rawValidity });
    expect(judge({ leaf: odd, anchors: [rootCertificate] }).status).toBe('malformed');
  });

  test('weak keys', () => {
    const weak = party('weak', 'rsa', 512);
    const signed = make({ subject: weak, issuer: root });
    expect(judge({ leaf: signed, anchors: [rootCertificate] })).toMatchObject({
      status: 'weak_key',
      reason: 'The key of "CN=weak" has 512 bits, less than 1024.',
    });
    const enough = make({ subject: party('enough', 'rsa', 1024), issuer: root });
    expect(judge({ leaf: enough, anchors: [rootCertificate] }).status).toBe('valid');
  });

  const algorithms: [Algorithm, Parameters<typeof party>[1]][] = [
    ['rsa-md5', 'rsa'],
    ['rsa-sha1', 'rsa'],
    ['rsa-sha256', 'rsa'],
    ['rsa-sha512', 'rsa'],
    ['pss-sha256', 'rsa'],
    ['pss-sha1', 'rsa'],
    ['ecdsa-sha1', 'ec'],
    ['ecdsa-sha256', 'ec'],
    ['dsa-sha1', 'dsa'],
    ['dsa-sha256', 'dsa'],
    ['ed25519', 'ed25519'],
  ];
  test.each(algorithms)('signatures by %s', (algorithm, type) => {
    const ca = party('ca', type);
    const other = party('ca', type);
    const anchor = make({ subject: ca, issuer: ca, ca: true, algorithm });
    const signed = make({ subject: user, issuer: ca, algorithm });
    const given = { leaf: signed, anchors: [anchor] };
    expect(judge(given).status).toBe('valid');
    if (hasOpenssl) expect(opensslTakes(given)).toBe(true);
    const wrong = make({ subject: user, issuer: other, algorithm });
    expect(judge({ leaf: wrong, anchors: [anchor] }).status).toBe('bad_signature');
  });

  test('a key of another kind than the signature says', () => {
    const rsa = make({ subject: party('root', 'rsa'), issuer: root, ca: true });
    expect(isSignedBy(leaf, rsa)).toEqual({
      status: 'invalid',
      reason: 'the key is of type rsa, the signature of type ec',
    });
  });

  test('ends where every CA of a hundred signed every other', () => {
    const mesh = Array.from({ length: 100 }, () => ({ ...party('mesh'), name: 'mesh' }));
    const intermediates = mesh.map((one, index) =>
      make({ subject: one, issuer: mesh[(index + 1) % mesh.length] as Party, ca: true }),
    );
    const started = performance.now();
    const verdict = judge({
      leaf: make({ subject: user, issuer: mesh[50] as Party }),
      anchors: [rootCertificate],
      intermediates,
    });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(['bad_signature', 'unknown_issuer']).toContain(verdict.status);
  });
});

describe("the draft's chain", () => {
  test('is valid when the captures were made, and expired now', () => {
    const anchors = [draft('root_cert_fluffyCA')];
    const capture = Date.UTC(2005, 1, 19) / 1000;
    for (const name of ['domain_cert_example.net', 'user_cert_kumiko@example.net']) {
      const given = { leaf: draft(name), anchors, at: capture };
      expect(judge(given).status).toBe('valid');
      if (hasOpenssl) expect(opensslTakes(given)).toBe(true);
      expect(judge({ ...given, at: NOW }).status).toBe('expired');
      expect(judge({ ...given, at: Date.UTC(2005, 0) / 1000 }).status).toBe('not_yet_valid');
    }
  });
});

describe.skipIf(!hasCorpus)('the certificates of RFC 4134', () => {
  const rfc4134 = (name: string): Certificate => read(corpusPath(`cms-smime/rfc4134/${name}.cer.pem`));

  test('are signed as the RFC says', () => {
    const at = Date.UTC(2000, 0) / 1000;
    const carlRsa = read(corpusPath('cms-smime/rfc4134/CarlRSASelf.cer.pem'));
    const carlDss = read(corpusPath('cms-smime/rfc4134/CarlDSSSelf.cer.pem'));
    for (const name of ['AliceRSASignByCarl', 'BobRSASignByCarl', 'DianeRSASignByCarl']) {
      expect(judge({ leaf: rfc4134(name), anchors: [carlRsa], at }).status).toBe('valid');
      expect(judge({ leaf: rfc4134(name), anchors: [carlDss], at }).status).not.toBe('valid');
    }
    for (const name of ['AliceDSSSignByCarlNoInherit', 'DianeDSSSignByCarlInherit']) {
      expect(judge({ leaf: rfc4134(name), anchors: [carlDss], at }).status).toBe('valid');
    }
    // Diane's key has Carl's parameters (RFC 3279 §2.3.2).
    const diane = rfc4134('DianeDSSSignByCarlInherit');
    expect(publicKeyOf(diane)).toBeUndefined();
    expect(publicKeyOf(diane, carlDss)?.asymmetricKeyType).toBe('dsa');
    expect(publicKeyOf(diane, carlRsa)).toBeUndefined();
  });
});
