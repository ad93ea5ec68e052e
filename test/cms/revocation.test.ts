import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contents, encoded, isContext } from '../../src/asn1/node.js';
import { parseAsn1 } from '../../src/asn1/parse.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { Signer } from '../../src/cms/model.js';
import { CrlStore } from '../../src/x509/revocation/crl-store.js';
import { CertificateStore } from '../../src/x509/store.js';
import * as der from '../support/der.js';
import { hasOpenssl } from '../support/peers.js';
import { NOW, owner } from '../x509/chains/case.js';
import { type CrlRecipe, crlDer, makeCrl } from '../x509/chains/make-crl.js';
import { make, pem } from '../x509/make.js';

const ca = owner('CMS CA', 0);
const user = owner('CMS user', 1);
const anchor = make({ subject: ca, issuer: ca, ca: true });
const leaf = make({ subject: user, issuer: ca, serial: 99 });

let folder = '';
let signed: Uint8Array = new Uint8Array(0);
beforeAll(() => {
  if (!hasOpenssl) return;
  folder = mkdtempSync(join(tmpdir(), 'siplens-cms-crl-'));
  writeFileSync(join(folder, 'leaf.pem'), pem(leaf));
  writeFileSync(join(folder, 'key.pem'), user.privateKey.export({ format: 'pem', type: 'pkcs8' }));
  writeFileSync(join(folder, 'in'), 'text');
  spawnSync(
    'openssl',
    ['cms', '-sign', '-in', 'in', '-signer', 'leaf.pem', '-inkey', 'key.pem', '-nodetach', '-binary'].concat(
      '-outform',
      'DER',
      '-out',
      'signed',
    ),
    { cwd: folder },
  );
  signed = readFileSync(join(folder, 'signed'));
});
afterAll(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

/** The same with revocation lists in `crls [1]`, which the signature does not cover (RFC 5652 §5.1). */
function withLists(...lists: readonly Uint8Array[]): Uint8Array {
  const [type, wrapped] = parseAsn1(signed).root?.children ?? [];
  const inner = wrapped?.children[0];
  if (type === undefined || inner === undefined) throw new Error('no SignedData');
  const parts = inner.children.map((node) => encoded(signed, node));
  const at = inner.children.findIndex((node) => isContext(node, 0)) + 1;
  expect(contents(signed, inner).length).toBe(Buffer.concat(parts).length);
  parts.splice(at, 0, der.context(1, ...lists));
  return der.sequence(encoded(signed, type), der.context(0, der.sequence(...parts)));
}

function signerOf(bytes: Uint8Array, ...given: readonly CrlRecipe[]): Signer {
  const cms = evaluateCms(bytes, {
    certificates: new CertificateStore(),
    keys: { findBySpki: () => undefined, privateKeys: [] },
    anchors: new CertificateStore([anchor]),
    crls: new CrlStore(given.map(makeCrl)),
    atSeconds: NOW,
  });
  const signer = cms.contentType === 'signed_data' ? cms.signers[0] : undefined;
  if (signer === undefined) throw new Error('no signer');
  return signer;
}

describe.skipIf(!hasOpenssl)('the revocation lists of a SignedData (RFC 5652 §10.2.1)', () => {
  const listing: CrlRecipe = { issuer: ca, revoked: [{ serial: 99, reason: 1 }] };

  it('tell that its signer is revoked', () => {
    expect(signerOf(withLists(crlDer(listing)))).toMatchObject({
      signature: 'valid',
      chain: { status: 'revoked', revocation: { status: 'revoked', cause: 'keyCompromise' } },
    });
  });

  it('tell that it is not', () => {
    expect(signerOf(withLists(crlDer({ issuer: ca }))).chain).toMatchObject({
      status: 'valid',
      revocation: { status: 'good' },
    });
  });

  it('count beside those given', () => {
    expect(signerOf(withLists(crlDer({ issuer: ca })), listing).chain?.status).toBe('revoked');
    expect(signerOf(withLists(crlDer(listing)), { issuer: ca }).chain?.status).toBe('revoked');
    expect(signerOf(signed, listing).chain?.status).toBe('revoked');
  });

  it('say nothing where they are forged or none are there', () => {
    const forged = crlDer({ ...listing, signer: user });
    expect(signerOf(withLists(forged)).chain).toMatchObject({
      status: 'valid',
      revocation: { status: 'not_checked', reason: expect.stringContaining('does not verify') },
    });
    expect(signerOf(signed).chain?.revocation?.status).toBe('not_checked');
  });
});
