import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSignedData, type SignedDataRecipe } from '../../src/vectors/cms-signed.js';
import { certificate } from '../cms/support.js';
import { hasOpenssl } from '../support/peers.js';
import { output, VectorFolder } from './workshop.js';

/** The structure of what the vectors hold, as openssl sees it; peers.test.ts holds what it verifies and decrypts. */

let folder: VectorFolder;
let scratch: string;
beforeAll(async () => {
  folder = await VectorFolder.make();
  scratch = mkdtempSync(join(tmpdir(), 'siplens-structures-'));
});
afterAll(() => {
  folder.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const SENDER = 'user_cert_fluffy@example.com.pem';
const ROOT = 'root_cert_fluffyCA.pem';
/** One of every kind of structure, and of every way to carry it. */
const KINDS = [
  ...['signed', 'signed-attributes', 'signed-opaque', 'signed-md5-without-null', 'signed-wrong-micalg'],
  ...['encrypted', 'encrypted-aes-256', 'encrypted-3des', 'encrypted-signed'],
];
/** Sent in other than DER's order, on purpose. */
const DISORDERED = 'signed-attributes-order';

const readCms = (file: string, ...how: readonly string[]): string =>
  output('openssl', ['cms', '-cmsout', '-inform', 'DER', '-in', file, ...how]);
const cmsOf = (name: string): string => folder.file(name, 'cms.der');

/** SignedData by the sender over `hello`, in a file. */
function signedFile(name: string, more: Partial<SignedDataRecipe>): string {
  const key = createPrivateKey(folder.read('certs', 'user_key_fluffy@example.com.pem'));
  const made = encodeSignedData({
    content: Buffer.from('hello'),
    encapsulate: true,
    signer: { certificate: certificate(folder.read('certs', SENDER)), key },
    digest: 'sha256',
    digestParameters: 'absent',
    certificates: [],
    ...more,
  });
  const file = join(scratch, name);
  writeFileSync(file, made);
  return file;
}

describe.skipIf(!hasOpenssl)('openssl', () => {
  it('encodes every structure as it stands here, so that each is DER', () => {
    for (const name of KINDS) {
      const theirs = readCms(cmsOf(name), '-outform', 'DER');
      expect(theirs === folder.read(name, 'cms.der').toString('latin1'), name).toBe(true);
    }
  });

  it('has the signed attributes in the order of their encodings, but where that is the mistake', () => {
    const types = (name: string): (string | undefined)[] =>
      [...readCms(cmsOf(name), '-print').matchAll(/object: (contentType|signingTime|messageDigest) /g)].map(
        ([, type]) => type,
      );
    const inOrder = ['contentType', 'signingTime', 'messageDigest'];
    expect(types('signed-attributes')).toEqual(inOrder);
    expect(types(DISORDERED)).toEqual(inOrder.toReversed());
  });

  it('finds certificates byte for byte, in the order of a SET OF whatever order was given', () => {
    const ders = [SENDER, ROOT].map((name) => certificate(folder.read('certs', name)).der);
    const sorted = ders.toSorted(Buffer.compare);
    for (const certificates of [ders, ders.toReversed()]) {
      const file = signedFile('two.der', { certificates });
      const printed = output('openssl', ['pkcs7', '-inform', 'DER', '-in', file, '-print_certs']);
      const found = [...printed.matchAll(/-----BEGIN CERTIFICATE-----([^-]+)/g)];
      expect(found.map(([, text = '']) => Buffer.from(text, 'base64').toString('hex'))).toEqual(
        sorted.map((der) => Buffer.from(der).toString('hex')),
      );
    }
  });

  it.each([
    ['md5', 'inside', 'without'],
    ['sha1', 'outside', 'with'],
    ['sha224', 'inside', 'with'],
    ['sha256', 'outside', 'without'],
    ['sha384', 'inside', 'with'],
    ['sha512', 'outside', 'with'],
  ] as const)('verifies a signature over %s, content %s, %s attributes', (digest, place, attributes) => {
    const content = join(scratch, 'content.bin');
    writeFileSync(content, 'hello');
    const file = signedFile('signed.der', {
      digest,
      digestParameters: digest === 'md5' ? 'null' : 'absent',
      encapsulate: place === 'inside',
      ...(attributes === 'with' ? { signingTime: Date.UTC(2051, 0) / 1000 } : {}),
    });
    const how = ['-inform', 'DER', '-in', file, '-binary', '-noverify'];
    const outside = place === 'inside' ? [] : ['-content', content];
    const known = ['-certfile', folder.certificate(SENDER)];
    expect(output('openssl', ['cms', '-verify', ...how, ...outside, ...known])).toBe('hello');
  });

  it('reads recipient, algorithms and parameters', () => {
    const printed = readCms(cmsOf('encrypted'), '-print');
    expect(printed).toContain('contentType: pkcs7-envelopedData');
    expect(printed).toMatch(/d\.ktri:\s+version: 0/);
    expect(printed).toMatch(/algorithm: rsaEncryption \(1\.2\.840\.113549\.1\.1\.1\)\s+parameter: NULL/);
    expect(printed).toMatch(/algorithm: aes-128-cbc[^\n]+\n\s+parameter: OCTET STRING/);
  });

  it('finds a whole element in every extension, and in the public key', () => {
    const file = ['-in', folder.certificate(SENDER)];
    const listed = output('openssl', ['asn1parse', ...file]).split('\n');
    const offsets = listed
      .filter((line) => /OCTET STRING/.test(line))
      .map((line) => line.split(':')[0] ?? '');
    const key = listed.find((line) => /BIT STRING/.test(line))?.split(':')[0] ?? '';
    expect(offsets.length).toBeGreaterThan(3);
    for (const offset of [...offsets, key]) {
      const [first = ''] = output('openssl', ['asn1parse', ...file, '-strparse', offset.trim()]).split('\n');
      expect(first).toMatch(/^ {4}0:d=0 {2}hl=\d l= *\d+ (cons|prim): (SEQUENCE|OCTET STRING|BIT STRING)/);
    }
  });
});
