import { createCipheriv, createHash, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evaluateCms } from '../../src/cms/evaluate.js';
import * as der from '../support/der.js';
import { contextOf, expectType, keysOf, privateKey } from './support.js';

/**
 * An OCTET STRING of random bytes is now and then well-formed BER itself, about once in 256: readers that look inside
 * take a part of it for the whole. The messages here have encrypted keys of which that is so.
 */
const CONTENT = 'Content-Type: text/plain\r\n\r\nhello';
const ID_DATA = der.oid('1.2.840.113549.1.7.1');
const AES_128_CBC = '2.16.840.1.101.3.4.1.2';
const AES_128_WRAP = der.sequence(der.oid('2.16.840.1.101.3.4.1.5'));
const STD_DH_SHA1 = '1.3.133.16.840.63.0.2';

type Wrapped = { readonly contentKey: Uint8Array; readonly encryptedKey: Uint8Array };

/** The first content key that comes out under `kek` as one BER element of the wanted form. */
function wrapAsElement(kek: Uint8Array, constructed: boolean): Wrapped {
  for (let count = 0; ; count++) {
    const contentKey = createHash('md5').update(String(count)).digest();
    const cipher = createCipheriv('id-aes128-wrap', kek, Buffer.alloc(8, 0xa6));
    const encryptedKey = Buffer.concat([cipher.update(contentKey), cipher.final()]);
    const [tag, length] = encryptedKey as unknown as [number, number];
    if (length === encryptedKey.length - 2 && ((tag & 0x20) !== 0) === constructed && (tag & 0x1f) !== 0x1f) {
      return { contentKey, encryptedKey };
    }
  }
}

function enveloped(recipient: Uint8Array, contentKey: Uint8Array): Uint8Array {
  const iv = Buffer.alloc(16, 1);
  const cipher = createCipheriv('aes-128-cbc', contentKey, iv);
  const ciphertext = Buffer.concat([cipher.update(CONTENT), cipher.final()]);
  const algorithm = der.sequence(der.oid(AES_128_CBC), der.octetString(iv));
  const content = der.sequence(ID_DATA, algorithm, der.contextPrimitive(0, ciphertext));
  return der.sequence(
    der.oid('1.2.840.113549.1.7.3'),
    der.context(0, der.sequence(der.integer(2), der.set(recipient), content)),
  );
}

describe.each([false, true])('an encrypted key that reads as an element, constructed: %s', (constructed) => {
  it('opens with a key-encryption key', () => {
    const kek = Buffer.alloc(16, 5);
    const { contentKey, encryptedKey } = wrapAsElement(kek, constructed);
    const identifier = der.sequence(der.octetString(Uint8Array.of(0x02, 0x01, 0x07)));
    const recipient = der.context(2, der.integer(4), identifier, AES_128_WRAP, der.octetString(encryptedKey));
    const context = contextOf({ keys: keysOf([], { secretKeys: [kek] }) });
    const cms = expectType(evaluateCms(enveloped(recipient, contentKey), context), 'enveloped_data');
    expect(cms.recipients).toMatchObject([{ kind: 'kek', keyIdentifier: '020107' }]);
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? []).toString()).toBe(CONTENT);
  });

  it('opens with key agreement', () => {
    const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const [ours, theirs] = [pair(), pair()];
    const secret = diffieHellman({ privateKey: theirs.privateKey, publicKey: ours.publicKey });
    // ANSI X9.63 with ECC-CMS-SharedInfo (RFC 5753 §7.2).
    const info = der.sequence(AES_128_WRAP, der.context(2, der.octetString(Uint8Array.of(0, 0, 0, 128))));
    const hashed = Buffer.concat([secret, Uint8Array.of(0, 0, 0, 1), info]);
    const kek = createHash('sha1').update(hashed).digest().subarray(0, 16);
    const { contentKey, encryptedKey } = wrapAsElement(kek, constructed);
    const point = createPublicKey(theirs.privateKey).export({ format: 'der', type: 'spki' }).subarray(-65);
    const originator = der.context(1, der.sequence(der.oid('1.2.840.10045.2.1')), der.bitString(point));
    const identifier = der.context(0, der.octetString(Uint8Array.of(0x04, 0x02, 1, 2)));
    const recipient = der.context(
      1,
      der.integer(3),
      der.context(0, originator),
      der.sequence(der.oid(STD_DH_SHA1), AES_128_WRAP),
      der.sequence(der.sequence(identifier, der.octetString(encryptedKey))),
    );
    const pem = ours.privateKey.export({ format: 'pem', type: 'pkcs8' });
    const context = contextOf({ keys: keysOf([privateKey(Buffer.from(pem))]) });
    const cms = expectType(evaluateCms(enveloped(recipient, contentKey), context), 'enveloped_data');
    expect(cms.recipients).toMatchObject([{ kind: 'key_agreement', subjectKeyIdentifier: '04020102' }]);
    expect(cms.decryption.status).toBe('decrypted');
    expect(Buffer.from(cms.content ?? []).toString()).toBe(CONTENT);
  });
});

it('a recipient without encrypted keys is told as damaged', () => {
  const originator = der.context(0, der.context(0, der.octetString(Uint8Array.of(1))));
  const algorithm = der.sequence(der.oid(STD_DH_SHA1), AES_128_WRAP);
  const recipient = der.context(1, der.integer(3), originator, algorithm, der.sequence());
  const cms = expectType(
    evaluateCms(enveloped(recipient, new Uint8Array(16)), contextOf({})),
    'enveloped_data',
  );
  expect(cms.faults.map(({ code }) => code)).toContain('bad-recipient');
  expect(cms.recipients).toMatchObject([{ kind: 'other', keyEncryptionAlgorithm: 'unknown' }]);
});
