import {
  constants,
  createCipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  pbkdf2Sync,
  publicEncrypt,
} from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseAsn1 } from '../../src/asn1/parse.js';
import { wrapEntry } from '../../src/cms/algorithms.js';
import { describeCms } from '../../src/cms/describe.js';
import { unwrapKey } from '../../src/cms/encryption/key-wrap.js';
import { evaluateCms } from '../../src/cms/evaluate.js';
import {
  bitString,
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
} from '../support/der.js';
import { attribute, contentInfo, hash, OID, signedData, signerInfo } from './build.js';
import { certificate, contextOf, expectType, keysOf, privateKey, sample } from './support.js';

const fluffy = certificate(sample('certs/user_cert_fluffy@example.com.pem'));
const kumiko = certificate(sample('certs/user_cert_kumiko@example.net.pem'));
const { key } = privateKey(sample('keys/user_key_fluffy@example.com.pem'));
const kumikoKey = privateKey(sample('keys/user_key_kumiko@example.net.pem'));
const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nhello');
const encapsulated = (content: Uint8Array): Uint8Array =>
  sequence(oid(OID.data), context(0, octetString(content)));
const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

describe('CompressedData (RFC 3274)', () => {
  const compressed = (content: Uint8Array): Uint8Array =>
    contentInfo(
      '1.2.840.113549.1.9.16.1.9',
      sequence(integer(0), sequence(oid('1.2.840.113549.1.9.16.3.8')), encapsulated(content)),
    );

  it('is inflated', () => {
    const cms = expectType(evaluateCms(compressed(deflateSync(CONTENT)), contextOf({})), 'compressed_data');
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
    expect(cms).toMatchObject({ compressionAlgorithm: 'zlibCompress', faults: [] });
  });

  it('a bomb is left closed, and a broken stream told', () => {
    const bomb = evaluateCms(compressed(deflateSync(Buffer.alloc(17 << 20))), contextOf({}));
    expect(bomb.content).toBeUndefined();
    expect(bomb.faults.map((fault) => fault.code)).toEqual(['inflated-too-large']);
    const broken = evaluateCms(compressed(deflateSync(CONTENT).subarray(0, 20)), contextOf({}));
    expect(broken.faults.map((fault) => fault.code)).toEqual(['bad-compressed-content']);
  });
});

describe('AuthenticatedData (RFC 5652 §9)', () => {
  const macKey = Buffer.alloc(20, 5);
  const recipient = sequence(
    integer(0),
    sequence(kumiko.issuerDer, integer(Buffer.from(kumiko.serialNumber, 'hex'))),
    sequence(oid(OID.rsaEncryption), nullValue()),
    octetString(
      publicEncrypt(
        {
          key: createPublicKey({ key: Buffer.from(kumiko.spki), format: 'der', type: 'spki' }),
          padding: constants.RSA_PKCS1_PADDING,
        },
        macKey,
      ),
    ),
  );
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octetString(hash('sha256', CONTENT))),
  ].sort(Buffer.compare);
  const make = (withAttributes: boolean, content = CONTENT): Uint8Array => {
    const covered = withAttributes ? set(...attributes) : CONTENT;
    return contentInfo(
      '1.2.840.113549.1.9.16.1.2',
      sequence(
        integer(0),
        set(recipient),
        sequence(oid('1.2.840.113549.2.9')),
        ...(withAttributes ? [context(1, oid(OID.sha256))] : []),
        encapsulated(content),
        ...(withAttributes ? [context(2, ...attributes)] : []),
        octetString(createHmac('sha256', macKey).update(covered).digest()),
      ),
    );
  };
  const given = contextOf({ certificates: [kumiko], keys: keysOf([kumikoKey]) });

  it.each([true, false])('the MAC is checked where the key is there (attributes: %s)', (withAttributes) => {
    const cms = expectType(evaluateCms(make(withAttributes), given), 'authenticated_data');
    expect(cms).toMatchObject({ mac: 'valid', macAlgorithm: 'hmacWithSHA256', faults: [] });
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
    const changed = evaluateCms(make(withAttributes, Buffer.from('other')), given);
    expect(expectType(changed, 'authenticated_data').mac).toBe('invalid');
    const closed = expectType(evaluateCms(make(withAttributes), contextOf({})), 'authenticated_data');
    expect(closed.mac).toBe('unverifiable');
    expect(closed.reason).toContain(kumiko.serialNumber);
  });
});

describe('signers', () => {
  const digest = attribute(OID.messageDigest, octetString(hash('sha256', CONTENT)));
  const type = attribute(OID.contentType, oid(OID.data));
  // OpenSSL's cms_check_attribute refuses the same.
  it.each<[string, readonly Uint8Array[], RegExp]>([
    ['no contentType', [digest], /no contentType \(RFC 5652 §5\.3\)/],
    ['no messageDigest', [type], /no messageDigest/],
    ['messageDigest twice', [type, digest, digest], /2 values of messageDigest/],
    [
      'messageDigest with two values',
      [
        type,
        attribute(OID.messageDigest, octetString(hash('sha256', CONTENT)), octetString(Buffer.alloc(32))),
      ],
      /2 values of messageDigest/,
    ],
    ['messageDigest without a value', [type, attribute(OID.messageDigest)], /0 values of messageDigest/],
    ['contentType twice', [type, type, digest], /2 values of contentType/],
    [
      'another contentType',
      [attribute(OID.contentType, oid(OID.signedData)), digest],
      /contentType attribute says/,
    ],
  ])('are not valid with attributes that RFC 5652 §11 does not allow: %s', (_, attributes, reason) => {
    const arrange = (): readonly Uint8Array[] => [...attributes].sort(Buffer.compare);
    const signer = signerInfo({ key, certificate: fluffy, signed: CONTENT, arrange });
    const message = signedData([signer.der], { content: CONTENT, certificates: [fluffy] });
    const [judged] = expectType(evaluateCms(message, contextOf({})), 'signed_data').signers;
    expect(judged).toMatchObject({ signature: 'invalid', reason: expect.stringMatching(reason) });
  });

  it('countersignatures are judged over the signature value', () => {
    const signer = (unsigned?: readonly Uint8Array[]) =>
      signerInfo({
        key,
        certificate: fluffy,
        signed: CONTENT,
        ...(unsigned === undefined ? {} : { unsigned }),
      });
    const { signature } = signer();
    const counter = (signed: Uint8Array) =>
      signerInfo({ key: kumikoKey.key, certificate: kumiko, signed }).der;
    const message = signedData(
      [
        signer([
          attribute(OID.countersignature, counter(signature)),
          attribute(OID.countersignature, counter(CONTENT)),
        ]).der,
      ],
      { content: CONTENT, certificates: [fluffy, kumiko] },
    );
    const [outer] = expectType(evaluateCms(message, contextOf({})), 'signed_data').signers;
    expect(outer?.signature).toBe('valid');
    expect(outer?.countersignatures.map((one) => one.signature)).toEqual(['valid', 'invalid']);
    expect(outer?.countersignatures[0]?.certificate?.subject).toContain('kumiko');
    expect(outer?.countersignatures[0]?.reason).toContain('the signature value');
  });

  it('Ed25519 with and without signed attributes (RFC 8419)', () => {
    const pair = generateKeyPairSync('ed25519');
    const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
    // The certificate of fluffy with another key inside: only the key is looked at here.
    const made = { ...fluffy, spki };
    for (const attributes of [true, false]) {
      const info = signerInfo({
        ...{ key: pair.privateKey, certificate: fluffy, signed: CONTENT, attributes, digest: 'sha512' },
        signatureOid: OID.ed25519,
      });
      const message = signedData([info.der], { content: CONTENT, digests: ['sha512'] });
      const cms = expectType(evaluateCms(message, contextOf({ certificates: [made] })), 'signed_data');
      expect(cms.signers[0]).toMatchObject({ signature: 'valid', signatureAlgorithm: 'Ed25519' });
      const changed = Buffer.from(message);
      changed[changed.indexOf('hello')] = 0x48;
      const [other] = expectType(
        evaluateCms(changed, contextOf({ certificates: [made] })),
        'signed_data',
      ).signers;
      expect(other?.signature).toBe('invalid');
    }
  });

  it('digest parameters are told apart, and a digest algorithm that the list leaves out', () => {
    const info = signerInfo({ key, certificate: fluffy, signed: CONTENT, digest: 'sha1' });
    const message = signedData([info.der], { content: CONTENT, certificates: [fluffy], digests: ['sha256'] });
    const cms = expectType(evaluateCms(message, contextOf({})), 'signed_data');
    expect(cms.signers[0]).toMatchObject({ signature: 'valid', digestParameters: 'absent' });
    expect(cms.faults.map((fault) => fault.code)).toEqual(['digest-algorithm-not-listed']);
  });

  it('a content of its own beside a detached one is told, and the one outside judged', () => {
    const info = signerInfo({ key, certificate: fluffy, signed: CONTENT });
    const message = signedData([info.der], { content: CONTENT, certificates: [fluffy] });
    const fake = evaluateCms(message, contextOf({ detached: Buffer.from('fake') }));
    expect(expectType(fake, 'signed_data').signers[0]?.signature).toBe('invalid');
    expect(fake.faults.map((fault) => fault.code)).toEqual(['content-differs']);
    const same = evaluateCms(message, contextOf({ detached: CONTENT }));
    expect(same.faults.map((fault) => fault.code)).toEqual(['content-twice']);
  });

  it('unknown algorithms are unverifiable, not invalid', () => {
    const info = signerInfo({ key, certificate: fluffy, signed: CONTENT, signatureOid: '1.2.3.4' });
    const message = signedData([info.der], { content: CONTENT, certificates: [fluffy] });
    const [signer] = expectType(evaluateCms(message, contextOf({})), 'signed_data').signers;
    expect(signer).toMatchObject({ signature: 'unverifiable', signatureAlgorithm: '1.2.3.4' });
    expect(signer?.reason).toContain('1.2.3.4');
  });

  it('a type nested without a ContentInfo around it is read by the type that the layer around names', () => {
    const info = signerInfo({ key, certificate: fluffy, signed: CONTENT });
    const message = signedData([info.der], { content: CONTENT, certificates: [fluffy] });
    const { root } = parseAsn1(message);
    const inner = root?.children[1]?.children[0];
    const bare = message.subarray(inner?.start ?? 0);
    const cms = evaluateCms(bare, contextOf({}), OID.signedData);
    expect(expectType(cms, 'signed_data').signers[0]?.signature).toBe('valid');
    expect(evaluateCms(bare, contextOf({})).faults.map((fault) => fault.code)).toEqual(['not-cms']);
    expect(describeCms({ name: 'x', bytes: bare }, cms)[0]?.name).toBe('SignedData');
  });
});

describe('EncryptedData', () => {
  const encrypted = (algorithm: Uint8Array, ciphertext: Uint8Array): Uint8Array =>
    contentInfo(
      '1.2.840.113549.1.7.6',
      sequence(integer(0), sequence(oid(OID.data), algorithm, contextPrimitive(0, ciphertext))),
    );
  const iv = Buffer.alloc(16, 1);

  it('under PBES2 is opened with the password (RFC 8018)', () => {
    const salt = Buffer.from('salt of the test');
    const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync('secret', salt, 3000, 32, 'sha256'), iv);
    const algorithm = sequence(
      oid('1.2.840.113549.1.5.13'),
      sequence(
        sequence(
          oid('1.2.840.113549.1.5.12'),
          sequence(octetString(salt), integer(3000), sequence(oid('1.2.840.113549.2.9'), nullValue())),
        ),
        sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv)),
      ),
    );
    const message = encrypted(algorithm, Buffer.concat([cipher.update(CONTENT), cipher.final()]));
    const passwords = ['wrong', 'secret'];
    const cms = expectType(
      evaluateCms(message, contextOf({ keys: keysOf([], { passwords }) })),
      'encrypted_data',
    );
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
    const closed = evaluateCms(message, contextOf({ keys: keysOf([], { passwords: ['wrong'] }) }));
    expect(expectType(closed, 'encrypted_data').decryption.status).toBe('no_key');
  });

  it('with CCM and ChaCha20-Poly1305, whose tags follow the ciphertext', () => {
    const nonce = Buffer.alloc(12, 2);
    const ccm = createCipheriv('aes-128-ccm', secret, nonce, { authTagLength: 12 });
    const body = Buffer.concat([ccm.update(CONTENT), ccm.final(), ccm.getAuthTag()]);
    const algorithm = sequence(oid('2.16.840.1.101.3.4.1.7'), sequence(octetString(nonce), integer(12)));
    const keys = keysOf([], { secretKeys: [Buffer.alloc(16), secret, Buffer.alloc(32, 6)] });
    const opened = evaluateCms(encrypted(algorithm, body), contextOf({ keys }));
    expect(Buffer.from(opened.content ?? [])).toEqual(CONTENT);

    const chacha = createCipheriv('chacha20-poly1305', Buffer.alloc(32, 6), nonce, { authTagLength: 16 });
    const sealed = Buffer.concat([chacha.update(CONTENT), chacha.final(), chacha.getAuthTag()]);
    const named = sequence(oid('1.2.840.113549.1.9.16.3.18'), octetString(nonce));
    expect(Buffer.from(evaluateCms(encrypted(named, sealed), contextOf({ keys })).content ?? [])).toEqual(
      CONTENT,
    );
  });

  it('an algorithm that is not supported is named', () => {
    const message = encrypted(sequence(oid('1.2.840.113549.3.4'), octetString(iv)), secret);
    const cms = expectType(evaluateCms(message, contextOf({})), 'encrypted_data');
    expect(cms.contentEncryptionAlgorithm).toBe('rc4');
    expect(cms.decryption).toMatchObject({ status: 'failed' });
    expect(cms.decryption.reason).toContain('rc4');
  });
});

describe('key agreement with X25519 (RFC 8418)', () => {
  it.each([false, true])('opens (with user keying material: %s)', (hasMaterial) => {
    const mine = generateKeyPairSync('x25519');
    const theirs = generateKeyPairSync('x25519');
    const spki = mine.publicKey.export({ type: 'spki', format: 'der' });
    const raw = (one: typeof mine): Uint8Array =>
      one.publicKey.export({ type: 'spki', format: 'der' }).subarray(12);
    const wrap = sequence(oid('2.16.840.1.101.3.4.1.5'));
    const material = Buffer.from('user keying material');
    const info = sequence(
      wrap,
      ...(hasMaterial ? [context(0, octetString(material))] : []),
      context(2, octetString(Buffer.from([0, 0, 0, 128]))),
    );
    const shared = diffieHellman({ privateKey: theirs.privateKey, publicKey: mine.publicKey });
    const kek = Buffer.from(hkdfSync('sha256', shared, new Uint8Array(0), info, 16));
    const wrapper = createCipheriv('id-aes128-wrap', kek, Buffer.alloc(8, 0xa6));
    const encryptedKey = Buffer.concat([wrapper.update(secret), wrapper.final()]);
    const iv = Buffer.alloc(16, 1);
    const cipher = createCipheriv('aes-128-cbc', secret, iv);
    const recipient = context(
      1,
      integer(3),
      context(0, context(1, sequence(oid('1.3.101.110')), bitString(raw(theirs)))),
      ...(hasMaterial ? [context(1, octetString(material))] : []),
      sequence(oid('1.2.840.113549.1.9.16.3.19'), wrap),
      sequence(sequence(context(0, octetString(hash('sha1', raw(mine)))), octetString(encryptedKey))),
    );
    const message = contentInfo(
      OID.envelopedData,
      sequence(
        integer(2),
        set(recipient),
        sequence(
          oid(OID.data),
          sequence(oid(OID.aes128cbc), octetString(iv)),
          contextPrimitive(0, Buffer.concat([cipher.update(CONTENT), cipher.final()])),
        ),
      ),
    );
    const entry = { label: 'mine', key: mine.privateKey, spki };
    const cms = expectType(evaluateCms(message, contextOf({ keys: keysOf([entry]) })), 'enveloped_data');
    expect(cms.recipients[0]).toMatchObject({
      kind: 'key_agreement',
      keyEncryptionAlgorithm: 'dhSinglePass-stdDH-hkdf-sha256-scheme',
      keyWrapAlgorithm: 'aes128-wrap',
    });
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? [])).toEqual(CONTENT);
  });
});

describe('key wrap', () => {
  const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');
  const unwrap = (name: string, kek: string, wrapped: string): string => {
    const entry = wrapEntry(name);
    if (entry === undefined) throw new Error(name);
    return Buffer.from(unwrapKey(entry, hex(kek), hex(wrapped)) ?? []).toString('hex');
  };

  it('RFC 3394 §4.1 and §4.6', () => {
    const kek = '000102030405060708090A0B0C0D0E0F';
    const data = '00112233445566778899aabbccddeeff';
    const aes = '2.16.840.1.101.3.4.1.';
    expect(unwrap(`${aes}5`, kek, '1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE5')).toBe(data);
    expect(
      unwrap(
        `${aes}45`,
        `${kek}101112131415161718191A1B1C1D1E1F`,
        '28C9F404C4B810F4 CBCCB35CFB87F826 3F5786E2D80ED326 CBC7F0E71A99F43B FB988B9B7A02DD21',
      ),
    ).toBe(`${data}000102030405060708090a0b0c0d0e0f`);
    expect(unwrap(`${aes}5`, kek, '1FA68B0A8112B447 AEF34BD8FB5A7B82 9D3E862371D2CFE4')).toBe('');
  });

  it('RFC 3217 §3.4', () => {
    const kek = '255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f';
    const wrapped = '690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4';
    expect(unwrap('1.2.840.113549.1.9.16.3.6', kek, wrapped)).toBe(
      '2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98',
    );
  });

  it('RFC 5649 §6', () => {
    const kek = '5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8';
    expect(
      unwrap(
        '2.16.840.1.101.3.4.1.28',
        kek,
        '138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a',
      ),
    ).toBe('c37b7e6492584340bed12207808941155068f738');
  });

  it('Camellia, wrapped here as RFC 3394 §2.2.1 says', () => {
    const kek = Buffer.alloc(16, 7);
    const encrypt = createCipheriv('camellia-128-ecb', kek, null).setAutoPadding(false);
    const registers = [
      Buffer.alloc(8, 0xa6),
      Buffer.from(secret.subarray(0, 8)),
      Buffer.from(secret.subarray(8)),
    ];
    for (let step = 0; step < 12; step++) {
      const at = (step % 2) + 1;
      const block = encrypt.update(Buffer.concat([registers[0] as Buffer, registers[at] as Buffer]));
      registers[0] = Buffer.from(block.subarray(0, 8));
      (registers[0] as Buffer)[7] = ((registers[0] as Buffer)[7] as number) ^ (step + 1);
      registers[at] = Buffer.from(block.subarray(8));
    }
    const wrapped = Buffer.concat(registers).toString('hex');
    expect(unwrap('1.2.392.200011.61.1.1.3.2', kek.toString('hex'), wrapped)).toBe(secret.toString('hex'));
  });
});

describe('fields of a tree', () => {
  it('name every part of RFC 5652 with its bytes', () => {
    const bytes = sample('cms/signed.p7s');
    const cms = evaluateCms(bytes, contextOf({}));
    const [root] = describeCms({ name: 'CMS', bytes }, cms);
    expect(root).toMatchObject({ name: 'ContentInfo', value: 'SignedData', start: 0, length: bytes.length });
    const content = root?.children[1];
    expect(content?.children.map((one) => one.name)).toEqual([
      'version',
      'digestAlgorithms',
      'encapContentInfo',
      'signerInfos',
    ]);
    const signer = content?.children[3]?.children[0];
    expect(signer?.children.map((one) => [one.name, one.start])).toEqual([
      ['version', 58],
      ['sid', 61],
      ['digestAlgorithm', 187],
      ['signatureAlgorithm', 196],
      ['signature', 211],
    ]);
    expect(signer?.children[1]?.value).toContain('serial number 0195007102330058');
    const enveloped = sample('cms/encrypted.p7m');
    const [other] = describeCms({ name: 'CMS', bytes: enveloped }, evaluateCms(enveloped, contextOf({})));
    const info = other?.children[1]?.children.find((one) => one.name === 'encryptedContentInfo');
    expect(info?.children.map((one) => [one.name, one.value])).toEqual([
      ['contentType', 'Data (1.2.840.113549.1.7.1)'],
      ['contentEncryptionAlgorithm', 'aes128-CBC'],
      ['encryptedContent', '80 bytes'],
    ]);
  });
});
