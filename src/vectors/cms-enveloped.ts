/**
 * EnvelopedData (RFC 5652 §6), written: RSAES-PKCS1-v1_5 to one recipient, CBC, with mistakes at will. pkijs holds the
 * structure, node:crypto encrypts.
 */

import { constants, createCipheriv, type KeyObject, publicEncrypt } from 'node:crypto';
import {
  algorithm,
  algorithmWithNull,
  encode,
  issuerAndSerial,
  octetString,
} from '../authority/structures.js';
import { pkijs } from '../bytes/libraries.js';
import type { Certificate } from '../x509/certificate.js';

const RSA_ENCRYPTION = '1.2.840.113549.1.1.1';
/** pkijs's number for a KeyTransRecipientInfo. */
const KEY_TRANSPORT = 1;

export type ContentCipher = 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc';

const CIPHERS: Readonly<
  Record<ContentCipher, { readonly oid: string; readonly key: number; readonly block: number }>
> = {
  'aes-128-cbc': { oid: '2.16.840.1.101.3.4.1.2', key: 16, block: 16 },
  'aes-192-cbc': { oid: '2.16.840.1.101.3.4.1.22', key: 24, block: 16 },
  'aes-256-cbc': { oid: '2.16.840.1.101.3.4.1.42', key: 32, block: 16 },
  'des-ede3-cbc': { oid: '1.2.840.113549.3.7', key: 24, block: 8 },
};

export type EnvelopedDataRecipe = {
  readonly content: Uint8Array;
  /** Whom the recipient's identifier names. */
  readonly recipient: Certificate;
  /** The key that it is really encrypted to. */
  readonly recipientKey: KeyObject;
  readonly cipher: ContentCipher;
  /** Content key, IV and padding come from here. */
  readonly random: (length: number) => Uint8Array;
  /** Ends the last block with padding octets that do not agree. */
  readonly damagedPadding?: boolean;
};

/** ContentInfo in DER. The recipient's key must be RSA. */
export function encodeEnvelopedData(recipe: EnvelopedDataRecipe): Uint8Array {
  const { ContentInfo, EncryptedContentInfo, EnvelopedData, KeyTransRecipientInfo, RecipientInfo } = pkijs();
  const { cipher, random } = recipe;
  const { oid: cipherOid, key: keyLength, block } = CIPHERS[cipher];
  const contentKey = random(keyLength);
  const iv = random(block);
  const encryptor = createCipheriv(cipher, contentKey, iv).setAutoPadding(false);
  const plain = pad(recipe.content, block, recipe.damagedPadding === true);
  const encrypted = Buffer.concat([encryptor.update(plain), encryptor.final()]);
  const recipient = new KeyTransRecipientInfo({
    version: 0,
    rid: issuerAndSerial(recipe.recipient),
    keyEncryptionAlgorithm: algorithmWithNull(RSA_ENCRYPTION),
    encryptedKey: octetString(encryptKey(recipe.recipientKey, contentKey, random)),
  });
  const enveloped = new EnvelopedData({
    version: 0,
    recipientInfos: [new RecipientInfo({ variant: KEY_TRANSPORT, value: recipient })],
    encryptedContentInfo: new EncryptedContentInfo({
      contentType: ContentInfo.DATA,
      contentEncryptionAlgorithm: algorithm(cipherOid, octetString(iv)),
      encryptedContent: octetString(encrypted),
      // Else it is written in pieces, with indefinite length.
      disableSplit: true,
    }),
  });
  return encode(
    new ContentInfo({ contentType: ContentInfo.ENVELOPED_DATA, content: enveloped.toSchema() }).toSchema(),
  );
}

/** RFC 5652 §6.3; damaged, the octets before the last one do not say the same as it. */
function pad(content: Uint8Array, block: number, damaged: boolean): Uint8Array {
  const count = block - (content.length % block);
  const padding = new Uint8Array(count).fill(count);
  if (damaged) padding[count - 1] = block + 1;
  return Buffer.concat([content, padding]);
}

/**
 * RSAES-PKCS1-v1_5 (RFC 8017 §7.2.1) by hand: node:crypto draws its own padding, which no seed could fix.
 */
function encryptKey(
  key: KeyObject,
  contentKey: Uint8Array,
  random: (length: number) => Uint8Array,
): Uint8Array {
  const length = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
  const count = length - contentKey.length - 3;
  if (key.asymmetricKeyType !== 'rsa' || count < 8) throw new RangeError('the recipient needs an RSA key');
  const filler = random(count).map((octet) => octet || 0x5a);
  const block = Buffer.concat([Uint8Array.of(0, 2), filler, Uint8Array.of(0), contentKey]);
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}
