import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import type { Cms, CmsContext, CmsPrivateKey } from '../../src/cms/model.js';
import { explainSignature } from '../../src/diagnosis/signature.js';
import { openEntity, parseEntity } from '../../src/mime/entity.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';
import { certificate, contextOf, expectType, keysOf, privateKey } from './support.js';

const read = (name: string): Uint8Array => readFileSync(corpusPath(`cms-smime/${name}`));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const json = (name: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(read(name)).toString()) as Record<string, unknown>;

/** Truth of one layer, as the outside walk with the openssl command wrote it. */
type Layer = {
  readonly type: string;
  readonly signature_valid?: boolean;
  readonly decrypts_with?: readonly string[];
  readonly plaintext_sha256?: string;
  readonly econtent_sha256?: string;
  readonly content_encryption?: string;
  readonly inner?: Layer;
};

/** What a message holds, layer by layer: opened with the MIME and CMS parsers alone. */
function walk(
  bytes: Uint8Array,
  context: CmsContext,
): { readonly type: string; readonly cms?: Cms; readonly inner?: unknown }[] {
  const { contentType, content, multipart } = openEntity(parseEntity(bytes));
  const type = contentType.mediaType;
  if (type === 'multipart/signed' && multipart !== undefined) {
    const [first, second] = multipart.parts.map((part) => content.subarray(part.start, part.end));
    const signature = openEntity(parseEntity(second as Uint8Array)).content;
    const cms = evaluateCms(signature, { ...context, detached: first as Uint8Array });
    return [{ type, cms }, ...walk(first as Uint8Array, context)];
  }
  if (!/pkcs7-mime$/.test(type)) return [{ type }];
  const cms = evaluateCms(content, context);
  return [
    { type, cms },
    ...(cms.content === undefined ? [] : walk(cms.content, { ...context, detachedIn: 'cms' })),
  ];
}

describe.skipIf(!hasCorpus)("Thunderbird's messages", () => {
  const truth = hasCorpus ? json('thunderbird/truth_thunderbird.json') : {};
  const pem = (name: string) => Buffer.from(read(`thunderbird/smime/${name}.p12.pem`)).toString();
  const keys: CmsPrivateKey[] = [];
  const context = (): CmsContext => {
    if (keys.length === 0) {
      for (const name of ['Alice', 'Bob', 'Dave']) keys.push(privateKey(Buffer.from(pem(name)), name));
    }
    const anchors = [certificate(read('thunderbird/smime/TestCA.pem'))];
    return contextOf({ keys: keysOf(keys), anchors, atSeconds: Date.UTC(2027, 0, 1) / 1000 });
  };

  it.each(Object.keys(truth))('%s', (name) => {
    const expected: Layer[] = [];
    let layer = (truth[name] as Record<string, Layer>)['openssl_3.0'];
    for (; layer !== undefined; layer = layer.inner) expected.push(layer);
    const found = walk(read(`thunderbird/${name}`), context());
    expect(found.map((one) => one.type)).toEqual(expected.map((one) => one.type));
    for (const [index, { cms }] of found.entries()) {
      const right = expected[index] as Layer;
      if (right.signature_valid !== undefined) {
        const signed = expectType(cms as Cms, 'signed_data');
        expect(signed.signers).toHaveLength(1);
        expect(signed.signers[0]?.signature).toBe(right.signature_valid ? 'valid' : 'invalid');
        expect(signed.signers[0]?.chain?.status).toBe('valid');
        if (right.econtent_sha256 !== undefined)
          expect(sha256(signed.content as Uint8Array)).toBe(right.econtent_sha256);
      }
      if (right.plaintext_sha256 !== undefined) {
        const enveloped = expectType(cms as Cms, 'enveloped_data');
        expect(enveloped.decryption.status).toBe('decrypted');
        expect(enveloped.contentEncryptionAlgorithm.toLowerCase().replace('aes', 'aes-')).toBe(
          right.content_encryption,
        );
        expect(sha256(enveloped.content as Uint8Array)).toBe(right.plaintext_sha256);
      }
    }
  });

  it.each(['SHA1', 'SHA256', 'SHA384', 'SHA512'])(
    'alice.env.dsig.%s is not valid for a known reason',
    (digest) => {
      const mail = read(`thunderbird/smime/alice.env.dsig.${digest}.multipart.eml`);
      expect(explain(mail, context())).toEqual(['lf-line-ends']);
    },
  );

  it('alice.mime.dsig.SHA256 signs alice.mime', () => {
    const detached = read('thunderbird/smime/alice.mime');
    const cms = evaluateCms(read('thunderbird/smime/alice.mime.dsig.SHA256'), { ...context(), detached });
    expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('valid');
  });
});

/** The part and the signature of a multipart/signed file, and why it is invalid. */
function explain(mail: Uint8Array, context: CmsContext): (string | undefined)[] {
  const { content, multipart } = openEntity(parseEntity(mail));
  const [part, signature] = (multipart?.parts ?? []).map((one) => content.subarray(one.start, one.end));
  const cms = openEntity(parseEntity(signature as Uint8Array)).content;
  return explainSignature(cms, 0, context, { part: part as Uint8Array }).map((mistake) => mistake.code);
}

describe.skipIf(!hasCorpus)('the examples of RFC 4134', () => {
  const folder = hasCorpus ? readdirSync(corpusPath('cms-smime/rfc4134')) : [];
  const certificates: readonly Certificate[] = folder
    .filter((name) => name.endsWith('.cer.pem'))
    .map((name) => certificate(read(`rfc4134/${name}`)));
  const bob = hasCorpus ? privateKey(read('rfc4134/BobPrivRSAEncrypt.pri.pem')) : undefined;
  const given = {
    certificates,
    anchors: certificates,
    ...(bob === undefined ? {} : { keys: keysOf([bob]) }),
  };

  it('4.1, 4.2, 4.3: signatures with DSA and RSA, attached and detached', () => {
    const truth = json('rfc4134/truth_rfc4134.json') as Record<string, { readonly content_sha256: string }>;
    for (const name of ['4.1.bin', '4.2.bin', '4.3.bin']) {
      const detached = name === '4.3.bin' ? { detached: read('rfc4134/ExContent.bin') } : {};
      const cms = expectType(
        evaluateCms(read(`rfc4134/${name}`), contextOf({ ...given, ...detached })),
        'signed_data',
      );
      expect(cms.signers.map((signer) => signer.signature)).toEqual(['valid']);
      expect(cms.detached).toBe(name === '4.3.bin');
      expect(sha256(cms.content ?? read('rfc4134/ExContent.bin'))).toBe(truth[name]?.content_sha256);
    }
  });

  it('5.1 and 5.3: enveloped with triple DES', () => {
    const truth = json('rfc4134/truth_rfc4134.json') as Record<
      string,
      { readonly decrypts_with: { readonly BobPrivRSAEncrypt: { readonly sha256: string } } }
    >;
    const blob = evaluateCms(read('rfc4134/5.1.bin'), contextOf(given));
    const [mail] = walk(read('rfc4134/5.3.eml'), contextOf(given));
    for (const [name, cms] of [
      ['5.1.bin', blob],
      ['5.3.eml', mail?.cms as Cms],
    ] as const) {
      const enveloped = expectType(cms, 'enveloped_data');
      expect(enveloped.contentEncryptionAlgorithm).toBe('des-EDE3-CBC');
      expect(sha256(enveloped.content ?? Buffer.alloc(0))).toBe(
        truth[name]?.decrypts_with.BobPrivRSAEncrypt.sha256,
      );
    }
  });

  it('6.0: digested', () => {
    const cms = expectType(evaluateCms(read('rfc4134/6.0.bin'), contextOf(given)), 'digested_data');
    expect(cms.digest).toBe('valid');
    expect(Buffer.from(cms.content ?? []).toString()).toBe('This is some sample content.');
  });

  it('4.8: a multipart/signed whose signature OpenSSL refuses', () => {
    const mail = read('rfc4134/4.8.eml');
    const [signed] = walk(mail, contextOf(given));
    expect(expectType(signed?.cms as Cms, 'signed_data').signers[0]?.signature).toBe('invalid');
    // The file has LF line ends, as openssl cms -verify finds out without -binary.
    expect(explain(mail, contextOf(given))).toEqual(['crlf-line-ends']);
  });
});
