import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/x509/certificate.js';
import { verifyChain } from '../../src/x509/chain.js';
import { judgeOcsp } from '../../src/x509/revocation/ocsp-status.js';
import { CertificateStore } from '../../src/x509/store.js';
import * as der from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';
import { NOW, owner } from './chains/case.js';
import { commonName, extension, make, type Party, pem } from './make.js';

const DAY = 86_400;
const SHA1 = '1.3.14.3.2.26';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const OCSP_SIGNING = extension('2.5.29.37', der.sequence(der.oid('1.3.6.1.5.5.7.3.9')));

const ca = owner('OCSP CA', 0);
const user = owner('OCSP user', 1);
const responder = owner('OCSP responder', 2);
const stranger = owner('OCSP stranger', 3);
const anchor = make({ subject: ca, issuer: ca, ca: true });
const leaf = make({ subject: user, issuer: ca, serial: 0x1234 });
const delegated = make({ subject: responder, issuer: ca, extensions: [OCSP_SIGNING] });

type Recipe = {
  readonly signer?: Party;
  readonly certificates?: readonly Certificate[];
  readonly byKey?: Uint8Array;
  readonly serial?: number;
  readonly hash?: string;
  readonly status?: Uint8Array;
  readonly thisUpdate?: number;
  readonly nextUpdate?: number | null;
  readonly responseStatus?: number;
  readonly extensions?: readonly Uint8Array[];
  readonly responseExtensions?: readonly Uint8Array[];
  readonly issuerName?: Uint8Array;
};

const GOOD = der.contextPrimitive(0, new Uint8Array(0));
const UNKNOWN = der.contextPrimitive(2, new Uint8Array(0));

function generalizedTime(seconds: number): Uint8Array {
  const text = `${new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  return der.element('universal', 24, false, Buffer.from(text, 'latin1'));
}

function revoked(at: number, reason?: number): Uint8Array {
  const code =
    reason === undefined ? [] : [der.context(0, der.element('universal', 10, false, Uint8Array.of(reason)))];
  return der.context(1, generalizedTime(at), ...code);
}

/** subjectPublicKey of a P-256 key: the last 65 octets of its SubjectPublicKeyInfo. */
function keyOctets(party: Party): Uint8Array {
  return party.spki.subarray(party.spki.length - 65);
}

function response(recipe: Recipe): Uint8Array {
  const signer = recipe.signer ?? ca;
  const hash = recipe.hash ?? SHA1;
  const digest = (bytes: Uint8Array): Uint8Array =>
    der.octetString(
      createHash(hash === SHA256 ? 'sha256' : 'sha1')
        .update(bytes)
        .digest(),
    );
  const next = recipe.nextUpdate === undefined ? NOW + DAY : recipe.nextUpdate;
  const single = der.sequence(
    der.sequence(
      der.sequence(der.oid(hash), der.nullValue()),
      digest(recipe.issuerName ?? commonName(ca.name)),
      digest(keyOctets(ca)),
      der.integer(recipe.serial ?? 0x1234),
    ),
    recipe.status ?? GOOD,
    generalizedTime(recipe.thisUpdate ?? NOW - DAY),
    ...(next === null ? [] : [der.context(0, generalizedTime(next))]),
    ...(recipe.extensions === undefined ? [] : [der.context(1, der.sequence(...recipe.extensions))]),
  );
  const data = der.sequence(
    recipe.byKey === undefined
      ? der.context(1, commonName(signer.name))
      : der.context(2, der.octetString(recipe.byKey)),
    generalizedTime(NOW - DAY),
    der.sequence(single),
    ...(recipe.responseExtensions === undefined
      ? []
      : [der.context(1, der.sequence(...recipe.responseExtensions))]),
  );
  const certificates = recipe.certificates ?? [];
  const basic = der.sequence(
    data,
    der.sequence(der.oid('1.2.840.10045.4.3.2')),
    der.bitString(sign('sha256', data, signer.privateKey)),
    ...(certificates.length === 0
      ? []
      : [der.context(0, der.sequence(...certificates.map((one) => one.der)))]),
  );
  const bytes = der.context(0, der.sequence(der.oid('1.3.6.1.5.5.7.48.1.1'), der.octetString(basic)));
  const status = der.element('universal', 10, false, Uint8Array.of(recipe.responseStatus ?? 0));
  return der.sequence(status, ...(recipe.responseStatus === undefined ? [bytes] : []));
}

const unknown = extension('1.2.3.4', der.nullValue(), true);
const nonce = extension('1.3.6.1.5.5.7.48.1.2', der.octetString(Uint8Array.of(1)), true);
const byDelegate = (...certificates: readonly Certificate[]): Recipe => ({ signer: responder, certificates });

describe('judgeOcsp (RFC 6960)', () => {
  test.each<[string, string, Recipe, RegExp?]>([
    ['signed by the issuer', 'good', {}],
    ['with SHA-256 in its CertID', 'good', { hash: SHA256 }],
    ['by the hash of the key', 'good', { byKey: createHash('sha1').update(keyOctets(ca)).digest() }],
    ['by another hash', 'not_checked', { byKey: createHash('sha1').update('x').digest() }],
    [
      'revoked',
      'revoked',
      { status: revoked(NOW - 3 * DAY, 1) },
      /was revoked at 2024-12-29T00:00:00Z \(keyCompromise\)/,
    ],
    ['revoked without a reason', 'revoked', { status: revoked(NOW - 3 * DAY) }],
    ['on hold', 'on_hold', { status: revoked(NOW - 3 * DAY, 6) }],
    ['not known', 'not_checked', { status: UNKNOWN }, /does not know/],
    ['another certificate', 'not_checked', { serial: 0x1235 }, /about another certificate/],
    ['of another issuer', 'not_checked', { issuerName: commonName('x') }, /about another certificate/],
    ['of the past', 'not_checked', { thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY }, /current until/],
    [
      'of the past, revoked',
      'revoked',
      { thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY, status: revoked(NOW - 10 * DAY) },
    ],
    ['of some seconds ago', 'good', { nextUpdate: NOW - 200 }],
    ['of some seconds ahead', 'good', { thisUpdate: NOW + 200 }],
    [
      'of the future',
      'not_checked',
      { thisUpdate: NOW + DAY, nextUpdate: NOW + 2 * DAY },
      /later than the time judged/,
    ],
    [
      'of the future, revoked later',
      'not_checked',
      { thisUpdate: NOW + 3 * DAY, status: revoked(NOW + DAY) },
      /revoked later/,
    ],
    ['of the future, revoked before', 'revoked', { thisUpdate: NOW + 3 * DAY, status: revoked(NOW - DAY) }],
    ['without an end, of an hour ago', 'good', { thisUpdate: NOW - 3600, nextUpdate: null }],
    [
      'without an end, of two days ago',
      'not_checked',
      { thisUpdate: NOW - 2 * DAY, nextUpdate: null },
      /no end/,
    ],
    ['tryLater', 'not_checked', { responseStatus: 3 }, /tryLater/],
    [
      'a critical extension of the answer',
      'not_checked',
      { extensions: [unknown] },
      /critical extension 1\.2\.3\.4/,
    ],
    [
      'a critical extension of the response',
      'not_checked',
      { responseExtensions: [unknown] },
      /critical extension/,
    ],
    ['a nonce', 'good', { responseExtensions: [nonce] }],
    ['signed by whom the issuer named', 'good', byDelegate(delegated)],
    ['signed by one whose certificate is not there', 'not_checked', byDelegate(), /not in its response/],
    [
      'signed by one not meant for that',
      'not_checked',
      byDelegate(make({ subject: responder, issuer: ca })),
      /not for signing OCSP/,
    ],
    [
      'signed by one whom another named',
      'not_checked',
      byDelegate(
        make({
          subject: responder,
          issuer: stranger,
          issuerName: commonName(ca.name),
          extensions: [OCSP_SIGNING],
        }),
      ),
      /not named by the issuer/,
    ],
    [
      'signed by one whose certificate is over',
      'not_checked',
      byDelegate(make({ subject: responder, issuer: ca, extensions: [OCSP_SIGNING], notAfter: NOW - DAY })),
      /not valid at the time/,
    ],
    [
      'signed by a key for other things',
      'not_checked',
      byDelegate(make({ subject: responder, issuer: ca, extensions: [OCSP_SIGNING], keyUsage: [2] })),
      /lacks digitalSignature/,
    ],
    [
      'signed in the name of the issuer',
      'not_checked',
      { signer: { ...stranger, name: ca.name } },
      /does not verify/,
    ],
  ])('%s: %s', (_, status, recipe, reason) => {
    const verdict = judgeOcsp(response(recipe), { certificate: leaf, issuer: anchor, atSeconds: NOW });
    expect(verdict).toMatchObject({ status });
    expect(verdict.reason).toMatch(/^["A-Z].*\.$/);
    if (reason !== undefined) expect(verdict.reason).toMatch(reason);
  });

  test('never throws, whatever the bytes', () => {
    const whole = response(byDelegate(delegated));
    for (let length = 0; length < whole.length; length += 3) {
      const cut = judgeOcsp(whole.subarray(0, length), { certificate: leaf, issuer: anchor, atSeconds: NOW });
      expect(cut.status).toBe('not_checked');
    }
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ 0xff;
      // The certificates behind the signature may change where they are not needed.
      judgeOcsp(changed, { certificate: leaf, issuer: anchor, atSeconds: NOW });
    }
  });

  test('makes a chain revoked, good, or not checked', () => {
    const judge = (...recipes: readonly Recipe[]) =>
      verifyChain(leaf, {
        anchors: new CertificateStore([anchor]),
        intermediates: new CertificateStore(),
        atSeconds: NOW,
        ocspResponses: recipes.map(response),
      });
    expect(judge({})).toMatchObject({ status: 'valid', revocation: { status: 'good' } });
    expect(judge({ status: revoked(NOW - DAY) })).toMatchObject({ status: 'revoked' });
    expect(judge({ status: UNKNOWN })).toMatchObject({
      status: 'valid',
      revocation: { status: 'not_checked' },
    });
    // One answer that knows is not undone by others that do not.
    expect(judge({ serial: 1 }, { status: revoked(NOW - DAY, 6) }, {})).toMatchObject({ status: 'on_hold' });
    expect(judge({}, { serial: 1 })).toMatchObject({ status: 'valid', revocation: { status: 'good' } });
    expect(judge()).toMatchObject({
      revocation: { status: 'not_checked', reason: expect.stringContaining('no CRL') },
    });
  });
});

describe.skipIf(!hasOpenssl)('responses of openssl ocsp', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'siplens-ocsp-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['V\t300101000000Z\t\t1234\tunknown\t/CN=x', 'good'],
    ['R\t300101000000Z\t240101000000Z,keyCompromise\t1234\tunknown\t/CN=x', 'revoked'],
    ['R\t300101000000Z\t240101000000Z,certificateHold\t1234\tunknown\t/CN=x', 'on_hold'],
    ['V\t300101000000Z\t\t4321\tunknown\t/CN=x', 'not_checked'],
  ])('%s: %s', (line, status) => {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const key = createPrivateKey(responder.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const made = spawnSync(
      'openssl',
      [
        ...['ocsp', '-index', write('index.txt', `${line}\n`), '-CA', write('ca.pem', pem(anchor))],
        ...['-issuer', join(folder, 'ca.pem'), '-serial', '0x1234', '-ndays', '1'],
        ...['-rsigner', write('responder.pem', pem(delegated))],
        ...['-rkey', write('key.pem', key.export({ format: 'pem', type: 'pkcs8' }) as string)],
        ...['-respout', join(folder, 'response.der'), '-noverify'],
      ],
      { encoding: 'utf8' },
    );
    expect(made.stderr).not.toMatch(/rror/);
    const bytes = readFileSync(join(folder, 'response.der'));
    const atSeconds = Math.floor(Date.now() / 1000);
    expect(judgeOcsp(bytes, { certificate: leaf, issuer: anchor, atSeconds }).status).toBe(status);
  });
});
