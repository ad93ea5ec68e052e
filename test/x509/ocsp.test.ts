import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey } from 'node:crypto';
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
import { NOW } from './chains/case.js';
import {
  anchor,
  ca,
  DAY,
  delegated,
  keyOctets,
  leaf,
  OCSP_SIGNING,
  type OcspRecipe,
  ocspResponse,
  responder,
  revoked,
  SHA256,
  stranger,
  UNKNOWN,
} from './chains/make-ocsp.js';
import { commonName, extension, make, pem } from './make.js';

const unknown = extension('1.2.3.4', der.nullValue(), true);
const nonce = extension('1.3.6.1.5.5.7.48.1.2', der.octetString(Uint8Array.of(1)), true);
const byDelegate = (...certificates: readonly Certificate[]): OcspRecipe => ({
  signer: responder,
  certificates,
});

describe('judgeOcsp (RFC 6960)', () => {
  test.each<[string, string, OcspRecipe, RegExp?]>([
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
    const verdict = judgeOcsp(ocspResponse(recipe), { certificate: leaf, issuer: anchor, atSeconds: NOW });
    expect(verdict).toMatchObject({ status });
    expect(verdict.reason).toMatch(/^["A-Z].*\.$/);
    if (reason !== undefined) expect(verdict.reason).toMatch(reason);
  });

  test('never throws, whatever the bytes', () => {
    const whole = ocspResponse(byDelegate(delegated));
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
    const judge = (...recipes: readonly OcspRecipe[]) =>
      verifyChain(leaf, {
        anchors: new CertificateStore([anchor]),
        intermediates: new CertificateStore(),
        atSeconds: NOW,
        ocspResponses: recipes.map(ocspResponse),
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
