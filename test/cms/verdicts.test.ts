/** Verdicts that a signer, a tag or a MAC does not earn, each beside a near miss that does. */
import { constants, createCipheriv, createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { encoded } from '../../src/asn1/node.js';
import { parseAsn1 } from '../../src/asn1/parse.js';
import { describeCms } from '../../src/cms/describe.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import {
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  time,
} from '../support/der.js';
import { attribute, contentInfo, hash, OID, setOf, signedData, signerInfo } from './build.js';
import { certificate, contextOf, expectType, keysOf, Openssl, privateKey, sample } from './support.js';

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const { key } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');
const FAULTS = new URL('fixtures/', import.meta.url);
const PSS = '1.2.840.113549.1.1.10';
const openssl = new Openssl();
afterAll(() => openssl.remove());

const codes = (cms: { readonly faults: readonly { readonly code: string }[] }): string[] =>
  cms.faults.map((fault) => fault.code);
const firstSigner = (message: Uint8Array, given = contextOf({})) =>
  expectType(evaluateCms(message, given), 'signed_data').signers[0];

describe('unsigned attributes (RFC 5652 §11)', () => {
  const message = (unsigned: readonly Uint8Array[]): Uint8Array => {
    const { der } = signerInfo({ key, certificate: fluffy, signed: CONTENT, unsigned });
    return signedData([der], { content: CONTENT, certificates: [fluffy] });
  };

  it('a signingTime that nobody signed is told, with the time; the signature stays valid', () => {
    const cms = evaluateCms(message([attribute(OID.signingTime, time(1_100_000_000))]), contextOf({}));
    expect(codes(cms)).toEqual(['signing-time-unsigned']);
    expect(cms.faults[0]?.message).toContain('2004-11-09T11:33:20Z');
    expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('valid');
  });

  it('other unsigned attributes are not', () => {
    expect(codes(evaluateCms(message([attribute('1.2.3.4', integer(1))]), contextOf({})))).toEqual([]);
    const digest = message([attribute(OID.messageDigest, octetString(Buffer.alloc(32)))]);
    expect(codes(evaluateCms(digest, contextOf({})))).toEqual(['attribute-unsigned']);
  });
});

describe('signed attributes of another message as content', () => {
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octetString(hash('sha256', CONTENT))),
  ].sort(Buffer.compare);
  const bare = (content: Uint8Array): Uint8Array => {
    const { der } = signerInfo({ key, certificate: fluffy, signed: content, attributes: false });
    return signedData([der], { content, certificates: [fluffy] });
  };

  it('are no content that was signed, though openssl takes them for it', () => {
    const message = bare(setOf(attributes));
    openssl.write('confused.der', message);
    openssl.run(
      'cms',
      '-verify',
      '-noverify',
      '-binary',
      '-inform',
      'DER',
      '-in',
      'confused.der',
      '-out',
      'x',
    );
    const cms = evaluateCms(message, contextOf({}));
    const [signer] = expectType(cms, 'signed_data').signers;
    expect(signer).toMatchObject({
      signature: 'invalid',
      reason: expect.stringContaining('signed attributes'),
    });
    expect(codes(cms)).toEqual(['attributes-as-content']);
  });

  it.each([
    ['a SET of something else', set(integer(1))],
    ['attributes without a messageDigest', set(attribute('1.2.3.4', integer(1)))],
    ['text that begins with the same octet', Buffer.from('1 of 2')],
    ['attributes with an octet behind them', Buffer.concat([setOf(attributes), Buffer.alloc(1)])],
  ])('near miss: %s', (_, content) => {
    expect(firstSigner(bare(content))?.signature).toBe('valid');
  });
});

describe('RSASSA-PSS parameters (RFC 4055 §3.1)', () => {
  const hashAlgorithm = (name: string): Uint8Array => sequence(oid(name), nullValue());
  const pss = (mask: string, trailer: number | undefined): Uint8Array => {
    const parameters = sequence(
      context(0, hashAlgorithm(OID.sha256)),
      context(1, sequence(oid('1.2.840.113549.1.1.8'), hashAlgorithm(mask))),
      context(2, integer(32)),
      ...(trailer === undefined ? [] : [context(3, integer(trailer))]),
    );
    const attributes = [
      attribute(OID.contentType, oid(OID.data)),
      attribute(OID.messageDigest, octetString(hash('sha256', CONTENT))),
    ].sort(Buffer.compare);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const info = sequence(
      integer(1),
      sequence(fluffy.issuerDer, integer(Buffer.from(fluffy.serialNumber, 'hex'))),
      sequence(oid(OID.sha256)),
      context(0, ...attributes),
      sequence(oid(PSS), parameters),
      octetString(sign('sha256', setOf(attributes), { key, padding, saltLength: 32 })),
    );
    return signedData([info], { content: CONTENT, certificates: [fluffy] });
  };

  it('a trailerField other than 1 is refused, as by openssl', () => {
    expect(firstSigner(pss(OID.sha256, undefined))?.signature).toBe('valid');
    expect(firstSigner(pss(OID.sha256, 1))?.signature).toBe('valid');
    const refused = firstSigner(pss(OID.sha256, 2));
    expect(refused?.signature).toBe('invalid');
    expect(refused?.reason).toContain('trailerField of its RSASSA-PSS parameters is 2');
    openssl.write('trailer.der', pss(OID.sha256, 2));
    expect(() =>
      openssl.run('cms', '-verify', '-noverify', '-inform', 'DER', '-in', 'trailer.der', '-out', 'x'),
    ).toThrow();
  });

  it('the mask may be made with another hash: openssl signs so, and a mask that is not so made is refused', () => {
    const signer = openssl.identity('pss', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
    openssl.write('in', CONTENT);
    openssl.run(
      ...['cms', '-sign', '-binary', '-nodetach', '-in', 'in', '-signer', 'pss.pem', '-inkey', 'pss.key'],
      ...['-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_mgf1_md:sha1'],
      ...['-outform', 'DER', '-out', 'mgf1.der'],
    );
    const given = contextOf({ certificates: [signer] });
    expect(firstSigner(openssl.read('mgf1.der'), given)).toMatchObject({ signature: 'valid' });
    // The value was made with SHA-256 for the mask, and the parameters say SHA-1.
    expect(firstSigner(pss(OID.sha1, undefined))?.signature).toBe('invalid');
  });
});

describe('Ed448 with id-shake256-len (RFC 8419 §3.1)', () => {
  const pair = generateKeyPairSync('ed448');
  const made = { ...fluffy, spki: pair.publicKey.export({ type: 'spki', format: 'der' }) };
  const message = (octets: number, bits: number): Uint8Array => {
    const digest = createHash('shake256', { outputLength: octets }).update(CONTENT).digest();
    const attributes = [
      attribute(OID.contentType, oid(OID.data)),
      attribute(OID.messageDigest, octetString(digest)),
    ].sort(Buffer.compare);
    const info = sequence(
      integer(1),
      sequence(fluffy.issuerDer, integer(Buffer.from(fluffy.serialNumber, 'hex'))),
      sequence(oid('2.16.840.1.101.3.4.2.18'), integer(bits)),
      context(0, ...attributes),
      sequence(oid('1.3.101.113')),
      octetString(sign(null, setOf(attributes), pair.privateKey)),
    );
    return signedData([info], { content: CONTENT });
  };
  const given = contextOf({ certificates: [made] });

  it('verifies, with 512 bits and with as many as the parameter says', () => {
    expect(firstSigner(message(64, 512), given)).toMatchObject({
      signature: 'valid',
      digestAlgorithm: 'shake256-len',
      signatureAlgorithm: 'Ed448',
    });
    expect(firstSigner(message(32, 256), given)?.signature).toBe('valid');
    expect(firstSigner(message(32, 512), given)?.signature).toBe('invalid');
    expect(firstSigner(message(64, 511), given)?.signature).toBe('unverifiable');
  });

  it('does not verify under the name of Ed25519', () => {
    const named = Buffer.from(message(64, 512));
    const at = named.lastIndexOf(Buffer.from(oid('1.3.101.113')));
    named.set(oid('1.3.101.112'), at);
    const signer = firstSigner(named, given);
    expect(signer?.signature).toBe('invalid');
    expect(signer?.reason).toContain('The signature algorithm is Ed25519, but the key');
  });
});

describe('authenticated encryption (RFC 5083, RFC 5084)', () => {
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
  const nonce = Buffer.alloc(12, 2);
  const kek = Buffer.alloc(16, 9);
  const wrapper = createCipheriv('id-aes128-wrap', kek, Buffer.alloc(8, 0xa6));
  const recipient = context(
    2,
    integer(4),
    sequence(octetString(Buffer.from('kek'))),
    sequence(oid('2.16.840.1.101.3.4.1.5')),
    octetString(Buffer.concat([wrapper.update(secret), wrapper.final()])),
  );
  const given = contextOf({ keys: keysOf([], { secretKeys: [kek] }) });

  const message = (options: {
    readonly mode?: 'gcm' | 'ccm';
    readonly said?: number;
    readonly tag?: number;
    readonly type?: 'auth' | 'enveloped';
  }): Uint8Array => {
    const { mode = 'gcm', said, type = 'auth' } = options;
    const tagOctets = options.tag ?? said ?? 12;
    const authTagLength = mode === 'gcm' ? 16 : tagOctets;
    const cipher =
      mode === 'gcm'
        ? createCipheriv('aes-128-gcm', secret, nonce)
        : createCipheriv('aes-128-ccm', secret, nonce, { authTagLength });
    const sealed = Buffer.concat([cipher.update(CONTENT), cipher.final()]);
    const tag = cipher.getAuthTag().subarray(0, tagOctets);
    const algorithm = sequence(
      oid(mode === 'gcm' ? '2.16.840.1.101.3.4.1.6' : '2.16.840.1.101.3.4.1.7'),
      sequence(octetString(nonce), ...(said === undefined ? [] : [integer(said)])),
    );
    const body = type === 'auth' ? sealed : Buffer.concat([sealed, tag]);
    return contentInfo(
      type === 'auth' ? '1.2.840.113549.1.9.16.1.23' : OID.envelopedData,
      sequence(
        integer(type === 'auth' ? 0 : 2),
        set(recipient),
        sequence(oid(OID.data), algorithm, contextPrimitive(0, body)),
        ...(type === 'auth' ? [octetString(tag)] : []),
      ),
    );
  };

  it.each<[string, Parameters<typeof message>[0], string, readonly string[]]>([
    ['GCM, ICVlen 16', { said: 16 }, 'decrypted', []],
    ['GCM, ICVlen left out: 12', {}, 'decrypted', []],
    ['GCM, ICVlen 12', { said: 12 }, 'decrypted', []],
    ['GCM, ICVlen 16 and a mac of 4', { said: 16, tag: 4 }, 'failed', ['aead-tag-length']],
    ['GCM, ICVlen 16 and an empty mac', { said: 16, tag: 0 }, 'failed', ['aead-tag-length']],
    ['GCM, ICVlen 4 and a mac of 4', { said: 4 }, 'failed', ['aead-tag-length']],
    ['GCM, ICVlen 17', { said: 17, tag: 16 }, 'failed', ['aead-tag-length']],
    // Longer than is said: nothing that was to be checked is missing, and strict readers refuse it.
    ['GCM, ICVlen left out and a mac of 16', { tag: 16 }, 'decrypted', ['aead-tag-length']],
    ['CCM, ICVlen 12', { mode: 'ccm', said: 12 }, 'decrypted', []],
    ['CCM, ICVlen 4', { mode: 'ccm', said: 4 }, 'decrypted', ['aead-tag-short']],
    ['CCM, ICVlen 13', { mode: 'ccm', said: 13, tag: 12 }, 'failed', ['aead-tag-length']],
    ['GCM in EnvelopedData', { said: 16, type: 'enveloped' }, 'decrypted', ['aead-in-enveloped-data']],
  ])('%s', (_, options, status, faults) => {
    const cms = evaluateCms(message(options), given);
    if (cms.contentType !== 'auth_enveloped_data' && cms.contentType !== 'enveloped_data') throw new Error();
    expect(cms.decryption.status).toBe(status);
    expect(codes(cms)).toEqual(faults);
    // What is wrong is told without a key too.
    expect(codes(evaluateCms(message(options), contextOf({})))).toEqual(faults);
  });

  it('CBC in AuthEnvelopedData authenticates nothing and is not opened', () => {
    const iv = Buffer.alloc(16, 1);
    const cipher = createCipheriv('aes-128-cbc', secret, iv);
    const make = (type: string, ...mac: Uint8Array[]): Uint8Array =>
      contentInfo(
        type,
        sequence(
          integer(0),
          set(recipient),
          sequence(oid(OID.data), sequence(oid(OID.aes128cbc), octetString(iv)), contextPrimitive(0, sealed)),
          ...mac,
        ),
      );
    const sealed = Buffer.concat([cipher.update(CONTENT), cipher.final()]);
    const cms = evaluateCms(make('1.2.840.113549.1.9.16.1.23', octetString(Buffer.alloc(16))), given);
    expect(expectType(cms, 'auth_enveloped_data').decryption.status).toBe('failed');
    expect(codes(cms)).toEqual(['cipher-without-authentication']);
    const enveloped = evaluateCms(make(OID.envelopedData), given);
    expect(expectType(enveloped, 'enveloped_data').decryption.status).toBe('decrypted');
  });

  it('a tag cut to 4 octets, and GCM inside EnvelopedData, as they were met', () => {
    const read = (name: string): Buffer => readFileSync(new URL(name, FAULTS));
    const keys = contextOf({
      certificates: [certificate(read('f11.pem'))],
      keys: keysOf([privateKey(read('f11.key'))]),
    });
    const cut = expectType(evaluateCms(read('f11.der'), keys), 'auth_enveloped_data');
    expect([cut.decryption.status, ...codes(cut)]).toEqual(['failed', 'aead-tag-length']);
    expect(codes(evaluateCms(read('f11-e.der'), keys))).toEqual(['aead-in-enveloped-data']);
  });
});

describe('AuthenticatedData (RFC 5652 §9)', () => {
  const macKey = Buffer.alloc(16, 5);
  const kek = Buffer.alloc(16, 9);
  const wrapper = createCipheriv('id-aes128-wrap', kek, Buffer.alloc(8, 0xa6));
  const recipient = context(
    2,
    integer(4),
    sequence(octetString(Buffer.from('kek'))),
    sequence(oid('2.16.840.1.101.3.4.1.5')),
    octetString(Buffer.concat([wrapper.update(macKey), wrapper.final()])),
  );
  const given = contextOf({ keys: keysOf([], { secretKeys: [kek] }) });
  const digest = attribute(OID.messageDigest, octetString(hash('sha256', CONTENT)));
  const type = attribute(OID.contentType, oid(OID.data));
  const make = (octets: number, attributes: readonly Uint8Array[] = [], content: string = OID.data) => {
    const covered = attributes.length === 0 ? CONTENT : set(...attributes);
    return contentInfo(
      '1.2.840.113549.1.9.16.1.2',
      sequence(
        integer(0),
        set(recipient),
        sequence(oid('1.2.840.113549.2.9')),
        ...(attributes.length === 0 ? [] : [context(1, oid(OID.sha256))]),
        sequence(oid(content), context(0, octetString(CONTENT))),
        ...(attributes.length === 0 ? [] : [context(2, ...[...attributes].sort(Buffer.compare))]),
        octetString(createHmac('sha256', macKey).update(covered).digest().subarray(0, octets)),
      ),
    );
  };
  const judged = (message: Uint8Array) => expectType(evaluateCms(message, given), 'authenticated_data');

  it.each([0, 1, 16, 31])('a MAC cut to %s octets never matches', (octets) => {
    const cms = judged(make(octets));
    expect(cms).toMatchObject({ mac: 'invalid', reason: expect.stringContaining('hmacWithSHA256 makes 32') });
    expect(codes(cms)).toEqual(['mac-length']);
  });

  it('a whole one does, and its attributes are held to §11', () => {
    expect(judged(make(32)).mac).toBe('valid');
    expect(judged(make(32, [type, digest])).mac).toBe('valid');
    expect(judged(make(32, [digest])).reason).toContain('no contentType');
    expect(judged(make(32, [type, digest, digest])).reason).toContain('2 values of messageDigest');
    expect(judged(make(32, [type, digest], OID.signedData)).reason).toContain('contentType attribute says');
    // §9.1: content of another type wants attributes.
    expect(judged(make(32, [], OID.signedData)).mac).toBe('invalid');
  });
});

describe('algorithms by name', () => {
  it.each([
    ['1.2.840.113549.2.2', 'md2'],
    ['1.2.840.113549.2.4', 'md4'],
  ])('the digest %s is %s, and not verified with', (digest, name) => {
    const info = sequence(
      integer(1),
      sequence(fluffy.issuerDer, integer(Buffer.from(fluffy.serialNumber, 'hex'))),
      sequence(oid(digest)),
      sequence(oid(OID.rsaEncryption), nullValue()),
      octetString(Buffer.alloc(128)),
    );
    const signer = firstSigner(signedData([info], { content: CONTENT, certificates: [fluffy] }));
    expect(signer).toMatchObject({ signature: 'unverifiable', digestAlgorithm: name });
    expect(signer?.reason).toContain(name);
  });

  it.each(['aria-256-cbc', 'sm4-cbc'])('%s of openssl is opened', (cipher) => {
    const octets = cipher.startsWith('sm4') ? 16 : 32;
    const secret = Buffer.alloc(octets, 7);
    openssl.write('in', CONTENT);
    openssl.run(
      ...['cms', '-EncryptedData_encrypt', '-binary', '-in', 'in', `-${cipher}`],
      ...['-secretkey', secret.toString('hex'), '-outform', 'DER', '-out', 'sealed.der'],
    );
    const keys = keysOf([], { secretKeys: [secret] });
    const cms = expectType(evaluateCms(openssl.read('sealed.der'), contextOf({ keys })), 'encrypted_data');
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
  });

  it('a SignedAndEnvelopedData (RFC 2315 §11) is opened, and its signatures told to be unchecked', () => {
    const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
    const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem'));
    openssl.write('in', CONTENT);
    openssl.write('kumiko.pem', sample('certs/user_cert_kumiko@example.net.pem'));
    openssl.run(
      ...[
        'cms',
        '-encrypt',
        '-binary',
        '-aes128',
        '-in',
        'in',
        '-outform',
        'DER',
        '-out',
        'e.der',
        'kumiko.pem',
      ],
    );
    const enveloped = openssl.read('e.der');
    const [, recipients, content] =
      parseAsn1(enveloped).root?.children[1]?.children[0]?.children.map((node) => encoded(enveloped, node)) ??
      [];
    const signer = signerInfo({ key, certificate: fluffy, signed: CONTENT });
    const message = contentInfo(
      '1.2.840.113549.1.7.4',
      sequence(
        integer(1),
        recipients as Uint8Array,
        set(sequence(oid(OID.sha256))),
        content as Uint8Array,
        context(0, fluffy.der),
        set(signer.der),
      ),
    );
    const given = contextOf({ certificates: [kumiko], keys: keysOf([kumikoKey]) });
    const cms = expectType(evaluateCms(message, given), 'signed_and_enveloped_data');
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
    expect(codes(cms)).toEqual(['signatures-not-judged']);
    const names = describeCms({ name: 'x', bytes: message }, cms)[0]?.children[1]?.children.map(
      ({ name }) => name,
    );
    expect(names).toEqual([
      ...[
        'version',
        'recipientInfos',
        'digestAlgorithms',
        'encryptedContentInfo',
        'certificates',
        'signerInfos',
      ],
    ]);
  });
});
