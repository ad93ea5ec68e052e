import { constants, createPublicKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import { explainSignature } from '../../src/diagnosis/signature.js';
import type { SignedVariants } from '../../src/diagnosis/variants.js';
import { WorkBudget } from '../../src/model/budget.js';
import type { SignerOptions } from '../cms/build.js';
import { hash, rawRsa, setOf, signedData, signerInfo } from '../cms/build.js';
import { certificate, contextOf, expectType, privateKey, sample } from '../cms/support.js';
import { bitString, element, integer, nullValue, oid, sequence } from '../support/der.js';

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const { key } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem')).key;

const HEADERS = 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: binary\r\n';
const BODY = 'first line  \r\nsecond line\r\n';
const PART = `${HEADERS}\r\n${BODY}`;
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const MULTIPART = `--b\r\n${PART}\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n--b--\r\n`;

/** The verdict over the part as received, and the first mistake found. */
function diagnose(message: Uint8Array, variants: Partial<SignedVariants> = {}) {
  const part = variants.part ?? bytes(PART);
  const context = contextOf({ certificates: [fluffy], anchors: [kumiko], detached: part });
  const [signer] = expectType(evaluateCms(message, context), 'signed_data').signers;
  const mistakes = explainSignature(message, 0, context, { part, ...variants });
  return { verdict: signer?.signature, mistakes, code: mistakes[0]?.code, sentence: mistakes[0]?.sentence };
}

const make = (options: Partial<SignerOptions>): Uint8Array =>
  signedData([signerInfo({ key, certificate: fluffy, signed: bytes(PART), ...options }).der]);

describe('a signature without mistakes', () => {
  it.each([true, false])('is not explained (signed attributes: %s)', (attributes) => {
    expect(diagnose(make({ attributes }))).toMatchObject({ verdict: 'valid', mistakes: [] });
    expect(diagnose(make({ attributes }), { micalg: 'sha-256' }).mistakes).toEqual([]);
  });
});

const quotedPrintable = 'first line =20\r\nsecond line\r\n';
/** What the signer signed instead of the part, what the carrier knows, and how it is told. */
const FORMS: readonly (readonly [string, string, Partial<SignedVariants>, string, RegExp])[] = [
  ['the CRLF before the boundary', `${PART}\r\n`, {}, 'crlf-before-boundary', /line end before the boundary/],
  ['the body alone', BODY, {}, 'headers-left-out', /headers are left out/],
  ['LF line ends', PART.replaceAll('\r\n', '\n'), {}, 'lf-line-ends', /LF instead of CRLF/],
  [
    'CRLF line ends of a part that came with LF',
    PART,
    { part: bytes(PART.replaceAll('\r\n', '\n')) },
    'crlf-line-ends',
    /CRLF instead of LF/,
  ],
  ['no trailing white space', PART.replace('line  ', 'line'), {}, 'trailing-white-space', /white space/],
  ['no last line end', PART.slice(0, -2), {}, 'trailing-line-ends', /empty lines at its end/],
  [
    'the whole multipart',
    MULTIPART,
    { multiparts: [bytes(MULTIPART)] },
    'multipart-signed-whole',
    /whole multipart/,
  ],
  [
    'the whole message',
    `X: y\r\n\r\n${MULTIPART}`,
    { enclosing: bytes(`X: y\r\n\r\n${MULTIPART}`) },
    'enclosing-signed',
    /whole message/,
  ],
  [
    'unfolded headers',
    PART,
    { part: bytes(PART.replace('; charset', ';\r\n charset')) },
    'header-folding',
    /folded after signing/,
  ],
  [
    'headers folded with a tab',
    PART.replace('; charset', ';\r\n\tcharset'),
    {},
    'header-folding',
    /unfolded after signing/,
  ],
  [
    'the part before something added a header',
    PART,
    { part: bytes(`X-Relay: added\r\n ${'folded'}\r\n${PART}`) },
    'header-added',
    /header X-Relay is left out/,
  ],
  [
    'the body before base64',
    PART,
    {
      part: bytes(`${HEADERS.replace('binary', 'base64')}\r\n${Buffer.from(BODY).toString('base64')}\r\n`),
      decodedBody: bytes(BODY),
      transferEncoding: 'base64',
    },
    'signed-before-encoding',
    /before its transfer encoding base64/,
  ],
  [
    'the body after base64, since undone',
    `${HEADERS.replace('binary', 'base64')}\r\n${Buffer.from(BODY).toString('base64')}\r\n`,
    {},
    'signed-after-encoding',
    /after a transfer encoding of base64/,
  ],
  [
    'the body after quoted-printable, since undone',
    `${HEADERS.replace('binary', 'quoted-printable')}\r\n${quotedPrintable}`,
    {},
    'signed-after-encoding',
    /after a transfer encoding of quoted-printable/,
  ],
  ['nothing', '', {}, 'nothing-signed', /nothing at all/],
  [
    'two mistakes at once',
    BODY.replaceAll('\r\n', '\n'),
    {},
    'headers-left-out',
    /headers are left out.* and .*LF instead of CRLF/,
  ],
];

describe('the wrong bytes signed', () => {
  for (const attributes of [true, false]) {
    it.each(FORMS)(`%s (signed attributes: ${attributes})`, (_, signed, variants, code, sentence) => {
      const found = diagnose(make({ attributes, signed: bytes(signed) }), variants);
      expect(found.verdict).toBe('invalid');
      expect(found.code).toBe(code);
      expect(found.sentence).toMatch(sentence);
      expect(found.mistakes).toHaveLength(1);
      expect(Buffer.from(found.mistakes[0]?.repaired ?? []).toString('latin1')).toBe(signed);
    });
  }

  it('is found with ECDSA too, where the digest cannot be read from the signature', () => {
    // The key type alone matters here: the certificate's key is replaced by an RSA-PSS signature of the same key.
    const pss = (data: Uint8Array) =>
      sign('sha1', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 20 });
    const message = make({
      attributes: false,
      signed: bytes(BODY),
      sign: pss,
      signatureOid: '1.2.840.113549.1.1.10',
      digest: 'sha1',
    });
    expect(diagnose(message).code).toBe('headers-left-out');
  });

  it('CRLF line ends of a part that came with LF inside another CMS layer: valid, with a fault', () => {
    const part = bytes(PART.replaceAll('\r\n', '\n'));
    for (const attributes of [true, false]) {
      const context = contextOf({ certificates: [fluffy], detached: part });
      const cms = evaluateCms(make({ attributes }), { ...context, detachedIn: 'cms' });
      expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('valid');
      expect(cms.faults.map((fault) => fault.code)).toEqual(['line-ends-not-canonical']);
    }
  });

  it('something unknown is told with its digest', () => {
    for (const attributes of [true, false]) {
      const found = diagnose(make({ attributes, signed: bytes('something else') }));
      expect(found.code).toBe('other-content-signed');
      expect(found.sentence).toContain(Buffer.from(hash('sha256', bytes('something else'))).toString('hex'));
    }
  });
});

describe('the wrong digest', () => {
  const part = bytes(PART);

  it('of the digest', () => {
    for (const attributes of [true, false]) {
      const message = attributes
        ? make({ messageDigest: hash('sha256', hash('sha256', part)) })
        : make({ attributes, covered: () => hash('sha256', part) });
      expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'digest-of-digest' });
    }
  });

  it('of the digest over the signed attributes', () => {
    const message = make({ covered: (attributes) => hash('sha256', setOf(attributes)) });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'digest-of-digest' });
  });

  it('made with another hash function than said', () => {
    const inAttributes = make({ messageDigest: hash('sha1', part) });
    expect(diagnose(inAttributes)).toMatchObject({ verdict: 'invalid', code: 'digest-algorithm-differs' });
    expect(diagnose(inAttributes).sentence).toMatch(/says that it digested with sha256, but used sha1/);
    const inValue = make({ attributes: false, sign: (data) => sign('sha1', data, key) });
    expect(diagnose(inValue)).toMatchObject({ verdict: 'invalid', code: 'digest-algorithm-differs' });
    const overAttributes = make({ sign: (data) => sign('sha512', data, key) });
    expect(diagnose(overAttributes).sentence).toMatch(/used sha512/);
  });

  it('said by micalg, although the signature is valid', () => {
    const found = diagnose(make({}), { micalg: 'sha1' });
    expect(found).toMatchObject({ verdict: 'valid', code: 'wrong-micalg' });
    expect(found.sentence).toMatch(/micalg=sha1, but the signer digested with sha256/);
  });

  it('without the DigestInfo around it', () => {
    const bare = make({ attributes: false, sign: (data) => rawRsa(key, hash('sha256', data)) });
    expect(diagnose(bare)).toMatchObject({ verdict: 'invalid', code: 'bare-digest-signed' });
    const overAttributes = make({ sign: (data) => rawRsa(key, hash('sha256', data)) });
    expect(diagnose(overAttributes).code).toBe('bare-digest-signed');
  });
});

describe('the signed attributes', () => {
  const reverse = (parts: readonly Uint8Array[]): Uint8Array[] => [...parts].reverse();

  it('signed with the [0] tag', () => {
    const message = make({ covered: (attributes) => element('context', 0, true, ...attributes) });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'signed-attributes-tag' });
  });

  it('signed without their tag, or as a SEQUENCE', () => {
    const contents = make({ covered: (attributes) => Buffer.concat(attributes) });
    expect(diagnose(contents)).toMatchObject({ verdict: 'invalid', code: 'signed-attributes-contents' });
    const sequence = make({ covered: (attributes) => element('universal', 16, true, ...attributes) });
    expect(diagnose(sequence)).toMatchObject({ verdict: 'invalid', code: 'signed-attributes-sequence' });
  });

  it('not in DER order, and signed so: receivers differ, which a fault says', () => {
    const message = make({ arrange: reverse });
    const found = diagnose(message);
    expect(found.code).toBe('signed-attributes-order');
    expect(found.sentence).toMatch(/other than DER order/);
    const cms = evaluateCms(message, contextOf({ certificates: [fluffy], detached: bytes(PART) }));
    expect(cms.faults.map((fault) => fault.code)).toContain('signed-attributes-order');
  });

  it('sent unsorted but signed in DER order, which RFC 5652 §5.4 makes valid', () => {
    const message = make({ arrange: reverse, covered: (attributes) => setOf(reverse(attributes)) });
    const found = diagnose(message);
    expect(found.verdict).toBe('valid');
    expect(found.sentence).toMatch(/DER order but sent them in another/);
  });

  it('sent in DER order but signed in another', () => {
    const message = make({ covered: (attributes) => setOf(reverse(attributes)) });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'signed-attributes-order' });
  });

  it('there, but the content signed instead', () => {
    const message = make({ covered: () => bytes(PART) });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'content-signed-directly' });
  });
});

describe('the signature value', () => {
  it('made with another key', () => {
    const message = make({ sign: (data) => sign('sha256', data, kumikoKey) });
    const found = diagnose(message);
    expect(found).toMatchObject({ verdict: 'invalid', code: 'other-key-signed' });
    expect(found.sentence).toMatch(
      /made with the key of "[^"]*CN=kumiko@example\.net", but .* is "[^"]*CN=fluffy@example\.com"/,
    );
  });

  it('damaged', () => {
    const message = make({
      sign: (data) => sign('sha256', data, key).map((byte, at) => (at === 9 ? byte ^ 1 : byte)),
    });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'other-key-or-damaged' });
  });

  it('least significant octet first', () => {
    const message = make({ sign: (data) => Uint8Array.from(sign('sha256', data, key)).reverse() });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'signature-reversed' });
  });

  it('padded as PSS without saying so', () => {
    const message = make({
      sign: (data) => sign('sha256', data, { key, padding: constants.RSA_PKCS1_PSS_PADDING }),
    });
    expect(diagnose(message)).toMatchObject({ verdict: 'invalid', code: 'pss-not-said' });
  });
});

describe('what the message may cost', () => {
  const wrong = bytes('other content');
  const message = signedData([signerInfo({ key, certificate: fluffy, signed: bytes(PART) }).der], {
    certificates: [fluffy],
  });
  const explain = (budget: WorkBudget) =>
    explainSignature(message, 0, { ...contextOf({ detached: wrong }), budget }, { part: wrong });

  it('covers explanations: nothing is accused for what was not tried', () => {
    const codes = explain(new WorkBudget(0)).map(({ code }) => code);
    expect(codes).toEqual(['other-content-signed']);
    const spent = new WorkBudget(0);
    while (spent.take(100));
    const { refusals } = spent;
    expect(explain(spent)).toEqual([]);
    expect(spent.refusals).toBeGreaterThan(refusals);
  });

  it('covers the keys tried: none is named as the signer’s where nothing is left', () => {
    const part = bytes(PART);
    const byKumiko = signerInfo({ key: kumikoKey, certificate: fluffy, signed: part }).der;
    const signed = signedData([byKumiko], { certificates: [fluffy, kumiko] });
    const spent = new WorkBudget(0);
    while (spent.take(100));
    const codesWith = (budget: WorkBudget): readonly string[] =>
      explainSignature(signed, 0, { ...contextOf({ detached: part }), budget }, { part }).map(
        ({ code }) => code,
      );
    expect(codesWith(new WorkBudget(0))).toEqual(['other-key-signed']);
    expect(codesWith(spent)).toEqual([]);
  });

  it('covers the forms of a large part, and leaves room for no second one', () => {
    const large = bytes(`${HEADERS}\r\n${'a line of text\r\n'.repeat(9_000)}`);
    const lf = bytes(Buffer.from(large).toString('latin1').replace(/\r\n/g, '\n'));
    const signed = signedData([signerInfo({ key, certificate: fluffy, signed: lf }).der], {
      certificates: [fluffy],
    });
    const budget = new WorkBudget(0);
    const codes = (): readonly string[] =>
      explainSignature(signed, 0, { ...contextOf({ detached: large }), budget }, { part: large }).map(
        ({ code }) => code,
      );
    expect(codes()).toEqual(['lf-line-ends']);
    expect(codes()).toEqual([]);
    expect(budget.refusals).toBe(1);
  });
});

describe('a key under which anybody can sign', () => {
  // SubjectPublicKeyInfo (RFC 3279 §2.3.1) of the modulus of fluffy with the exponent 1.
  const modulus = Buffer.from(
    createPublicKey(key as never).export({ format: 'jwk' }).n as string,
    'base64url',
  );
  const numbers = sequence(integer(modulus), integer(1));
  const spki = sequence(sequence(oid('1.2.840.113549.1.1.1'), nullValue()), bitString(numbers));

  it('explains nothing: no mistake is named, where one is with the key that was meant', () => {
    const message = make({ signed: bytes('other'), attributes: false });
    const judge = (owner: typeof fluffy) => {
      const context = contextOf({ certificates: [owner], detached: bytes(PART) });
      const [signer] = expectType(evaluateCms(message, context), 'signed_data').signers;
      const mistakes = explainSignature(message, 0, context, { part: bytes(PART), micalg: 'sha-512' });
      return { verdict: signer?.signature, codes: mistakes.map(({ code }) => code) };
    };
    expect(judge({ ...fluffy, spki })).toEqual({ verdict: 'invalid', codes: [] });
    expect(judge(fluffy)).toEqual({ verdict: 'invalid', codes: ['wrong-micalg', 'other-content-signed'] });
  });
});
