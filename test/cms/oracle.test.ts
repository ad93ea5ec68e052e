import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { parseCertificate } from '../../src/x509/certificate.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { envelopedData, pad, signedData, signerInfo } from './build.js';
import { type Found, Outside } from './outside.js';
import { ourCertificate, ourCms, theirCertificate, theirCms } from './pkijs-view.js';
import { certificate, contextOf, keysOf, privateKey, sample } from './support.js';

// What every message has is read by our walker; pkijs, which reads it otherwise, must see the same.

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const { key } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');

/** Keys of those to whom the files are encrypted, so that the layers within are compared too. */
const KEYS = [
  sample('keys/user_key_kumiko@example.net.pem'),
  sample('vectors/certs/user_key_kumiko@example.net.pem'),
  ...(hasCorpus
    ? [
        'rfc4134/BobPrivRSAEncrypt.pri.pem',
        ...['Alice', 'Bob', 'Dave'].map((name) => `thunderbird/smime/${name}.p12.pem`),
      ].map((name) => readFileSync(corpusPath(`cms-smime/${name}`)))
    : []),
].map((pem) => privateKey(pem));

const outside = new Outside(contextOf({ keys: keysOf(KEYS) }));
const named = (list: ReadonlyMap<string, Found>): (readonly [string, Uint8Array])[] =>
  [...list.values()].map(({ name, bytes }) => [name, bytes] as const);

/** What pkijs cannot read, and why. Our reading of these is held by openssl, in corpus.test.ts and the vectors' answers. */
const UNREADABLE: readonly { readonly name: string; readonly message: RegExp; readonly why: string }[] = [
  {
    name: 'cms-smime/rfc4134/6.0.bin',
    message: /no class for 1\.2\.840\.113549\.1\.7\.5/,
    why: 'pkijs does not know DigestedData',
  },
  {
    name: 'vectors/encrypted-lf-to-crlf',
    message: /^asn1js: End of input/,
    why: 'its LF bytes were made CRLF on purpose, so that no length in it is right',
  },
];
const unreadable = (name: string) => UNREADABLE.find((each) => name.startsWith(each.name));

describe('pkijs sees the same', () => {
  const readable = named(outside.cms).filter(([name]) => unreadable(name) === undefined);

  it.each(readable)('CMS: %s', (_, bytes) => {
    expect(ourCms(evaluateCms(bytes, contextOf({})))).toEqual(theirCms(bytes));
  });

  it.each(named(outside.certificates))('certificate: %s', (_, bytes) => {
    const ours = parseCertificate(bytes);
    expect(ours.ok && ourCertificate(ours.value)).toEqual(theirCertificate(bytes));
  });

  it.each([
    [
      'attributes, content and certificates',
      signedData(
        [
          signerInfo({ key, certificate: fluffy, signed: CONTENT }).der,
          signerInfo({ key, certificate: fluffy, signed: CONTENT, attributes: false }).der,
        ],
        { content: CONTENT, certificates: [fluffy, kumiko] },
      ),
    ],
    [
      'enveloped',
      envelopedData({
        certificate: kumiko,
        key: createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' }),
        contentKey: Buffer.alloc(16, 1),
        padded: pad(CONTENT),
      }),
    ],
  ] as const)('CMS made here: %s', (_, bytes) => {
    const copy = new Uint8Array(bytes);
    expect(ourCms(evaluateCms(copy, contextOf({})))).toEqual(theirCms(copy));
  });
});

describe('what is compared', () => {
  it.each(UNREADABLE.filter(({ name }) => hasCorpus || name.startsWith('vectors/')))(
    '$name is left out: $why',
    ({ name, message }) => {
      const found = named(outside.cms).filter(([each]) => each.startsWith(name));
      expect(found).toHaveLength(1);
      for (const [, bytes] of found) expect(() => theirCms(bytes)).toThrow(message);
    },
  );

  it.skipIf(!hasCorpus)('is every kind that the outside files have, BER too', () => {
    const read = named(outside.cms).map(([, bytes]) => evaluateCms(bytes, contextOf({})));
    const count = (type: string): number => read.filter(({ contentType }) => contentType === type).length;
    const types = ['data', 'digested_data', 'encrypted_data', 'enveloped_data', 'signed_data'];
    expect(Object.fromEntries(types.map((type) => [type, count(type)]))).toEqual({
      data: 11,
      digested_data: 1,
      encrypted_data: 3,
      enveloped_data: 14,
      signed_data: 27,
    });
    expect(read.filter(({ encodingForm }) => encodingForm === 'ber').length).toBeGreaterThan(30);
    expect(outside.certificates.size).toBe(41);
  });

  it('is all of the draft', () => {
    const names = named(outside.cms).map(([name]) => name);
    const samples = ['cms/encrypted.p7m', 'cms/signed-encrypted.p7s', 'cms/signed.p7s'];
    for (const name of samples) expect(names).toContain(`${name} @0`);
    expect(named(outside.certificates).filter(([name]) => name.startsWith('certs/'))).toHaveLength(5);
  });
});
