/**
 * PKCS #12 (RFC 7292), written: a key, its certificate and those above it, under one password. `modern` is what
 * OpenSSL 3 writes (PBES2 with AES-256, MAC with SHA-256); `legacy` is what everything reads since the nineties
 * (Triple-DES, MAC with SHA-1).
 *
 * pkijs holds the structure. node-forge does what PKCS #12 alone has: its key derivation and the encryption of
 * `legacy`; it could write no file as a whole, as it knows RSA keys only. PBKDF2, AES and HMAC are node:crypto's.
 */

import { createCipheriv, createHash, createHmac, type KeyObject, pbkdf2Sync } from 'node:crypto';
import type { AlgorithmIdentifier, Attribute, ContentInfo, SafeBag } from 'pkijs';
import { asn1js, nodeForge, pkijs } from '../bytes/libraries.js';
import { pkcs8Der } from './private-key.js';
import { DIGEST_OIDS } from './signing.js';
import { algorithm, algorithmWithNull, encode, inSetOrder, octetString } from './structures.js';

/** What OpenSSL writes: files of test keys need no more. */
const ITERATIONS = 2048;
const SALT_LENGTH = 8;
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';
const FRIENDLY_NAME = '1.2.840.113549.1.9.20';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

export type Pkcs12Recipe = {
  readonly key?: KeyObject;
  /** DER; the one that belongs to the key first. */
  readonly certificates: readonly Uint8Array[];
  /** Shown by the programs that import it. */
  readonly friendlyName: string;
  readonly password: string;
  readonly strength: 'modern' | 'legacy';
  /** Salts and IVs come from here. */
  readonly random: (length: number) => Uint8Array;
};

/** The PFX in DER. */
export function encodePkcs12(recipe: Pkcs12Recipe): Uint8Array {
  const { AuthenticatedSafe, PFX } = pkijs();
  const { key, certificates } = recipe;
  const [own] = certificates;
  const localKeyId = own === undefined ? undefined : createHash('sha1').update(own).digest();
  const attributes = (): Attribute[] => bagAttributes(recipe.friendlyName, localKeyId);
  const certificateBags = certificates.map((certificate, index) =>
    certificateBag(certificate, index === 0 && key !== undefined ? attributes() : undefined),
  );
  const parts = [encryptedPart(recipe, certificateBags)];
  if (key !== undefined) parts.push(dataPart(encodeBags([keyBag(recipe, key, attributes())])));
  const safe = encode(new AuthenticatedSafe({ safeContents: parts }).toSchema());
  const pfx = new PFX({ version: 3, authSafe: dataPart(safe), macData: macOver(recipe, safe) });
  return encode(pfx.toSchema());
}

function certificateBag(certificate: Uint8Array, attributes: Attribute[] | undefined): SafeBag {
  const { CertBag, SafeBag } = pkijs();
  const bagValue = new CertBag({ certId: X509_CERTIFICATE, certValue: octetString(certificate) });
  return new SafeBag({
    bagId: CERTIFICATE_BAG,
    bagValue,
    ...(attributes === undefined ? {} : { bagAttributes: attributes }),
  });
}

function keyBag(recipe: Pkcs12Recipe, key: KeyObject, bagAttributes: Attribute[]): SafeBag {
  const { PKCS8ShroudedKeyBag, SafeBag } = pkijs();
  const sealed = encrypt(recipe, pkcs8Der(key));
  const bagValue = new PKCS8ShroudedKeyBag({
    encryptionAlgorithm: sealed.algorithm,
    encryptedData: octetString(sealed.bytes),
  });
  return new SafeBag({ bagId: SHROUDED_KEY_BAG, bagValue, bagAttributes });
}

function bagAttributes(friendlyName: string, localKeyId: Uint8Array | undefined): Attribute[] {
  const { Attribute } = pkijs();
  const name = new Attribute({
    type: FRIENDLY_NAME,
    values: [new (asn1js().BmpString)({ value: friendlyName })],
  });
  if (localKeyId === undefined) return [name];
  const identifier = new Attribute({ type: LOCAL_KEY_ID, values: [octetString(localKeyId)] });
  return inSetOrder([name, identifier]);
}

/** SafeContents in DER. */
function encodeBags(safeBags: SafeBag[]): Uint8Array {
  return encode(new (pkijs().SafeContents)({ safeBags }).toSchema());
}

function dataPart(bytes: Uint8Array): ContentInfo {
  const { ContentInfo } = pkijs();
  return new ContentInfo({ contentType: ContentInfo.DATA, content: octetString(bytes) });
}

function encryptedPart(recipe: Pkcs12Recipe, bags: SafeBag[]): ContentInfo {
  const { ContentInfo, EncryptedContentInfo, EncryptedData } = pkijs();
  const sealed = encrypt(recipe, encodeBags(bags));
  const encrypted = new EncryptedData({
    version: 0,
    encryptedContentInfo: new EncryptedContentInfo({
      contentType: ContentInfo.DATA,
      contentEncryptionAlgorithm: sealed.algorithm,
      encryptedContent: octetString(sealed.bytes),
      // Else it is written in pieces, with indefinite length.
      disableSplit: true,
    }),
  });
  return new ContentInfo({ contentType: ContentInfo.ENCRYPTED_DATA, content: encrypted.toSchema() });
}

/** The MAC over the AuthenticatedSafe (RFC 7292 §4). */
function macOver({ strength, password, random }: Pkcs12Recipe, safe: Uint8Array) {
  const { DigestInfo, MacData } = pkijs();
  const hash = strength === 'modern' ? 'sha256' : 'sha1';
  const salt = random(SALT_LENGTH);
  const key = derive(hash, PURPOSES.mac, password, salt, hash === 'sha256' ? 32 : 20);
  const digest = octetString(createHmac(hash, key).update(safe).digest());
  return new MacData({
    mac: new DigestInfo({ digestAlgorithm: algorithmWithNull(DIGEST_OIDS[hash]), digest }),
    macSalt: octetString(salt),
    iterations: ITERATIONS,
  });
}

type Sealed = { readonly algorithm: AlgorithmIdentifier; readonly bytes: Uint8Array };

function encrypt(recipe: Pkcs12Recipe, plain: Uint8Array): Sealed {
  return recipe.strength === 'legacy' ? encryptLegacy(recipe, plain) : encryptModern(recipe, plain);
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 §C). */
function encryptLegacy({ password, random }: Pkcs12Recipe, plain: Uint8Array): Sealed {
  const { Integer, Sequence } = asn1js();
  const forge = nodeForge();
  const salt = random(SALT_LENGTH);
  const key = derive('sha1', PURPOSES.key, password, salt, 24);
  const cipher = forge.cipher.createCipher('3DES-CBC', binary(key));
  cipher.start({ iv: binary(derive('sha1', PURPOSES.iv, password, salt, 8)) });
  cipher.update(forge.util.createBuffer(binary(plain)));
  cipher.finish();
  const parameters = new Sequence({ value: [octetString(salt), new Integer({ value: ITERATIONS })] });
  return {
    algorithm: algorithm('1.2.840.113549.1.12.1.3', parameters),
    bytes: Buffer.from(cipher.output.getBytes(), 'latin1'),
  };
}

/** PBES2 with PBKDF2, HMAC-SHA-256 and AES-256-CBC (RFC 8018 §6.2). */
function encryptModern({ password, random }: Pkcs12Recipe, plain: Uint8Array): Sealed {
  const { PBES2Params, PBKDF2Params } = pkijs();
  const salt = random(16);
  const iv = random(16);
  const key = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const derivation = new PBKDF2Params({
    salt: octetString(salt),
    iterationCount: ITERATIONS,
    prf: algorithmWithNull('1.2.840.113549.2.9'),
  });
  const parameters = new PBES2Params({
    keyDerivationFunc: algorithm('1.2.840.113549.1.5.12', derivation.toSchema()),
    encryptionScheme: algorithm('2.16.840.1.101.3.4.1.42', octetString(iv)),
  });
  return {
    algorithm: algorithm('1.2.840.113549.1.5.13', parameters.toSchema()),
    bytes: Buffer.concat([cipher.update(plain), cipher.final()]),
  };
}

/** What octets are derived for (RFC 7292 §B.3). */
const PURPOSES = { key: 1, iv: 2, mac: 3 } as const;

/** Octets from the password by PKCS #12's own derivation (RFC 7292 §B.2). */
function derive(
  hash: 'sha1' | 'sha256',
  purpose: 1 | 2 | 3,
  password: string,
  salt: Uint8Array,
  length: number,
): Uint8Array {
  const { md, pkcs12, util } = nodeForge();
  const saltBuffer = util.createBuffer(binary(salt));
  const derived = pkcs12.generateKey(password, saltBuffer, purpose, ITERATIONS, length, md[hash].create());
  return Buffer.from(derived.getBytes(), 'latin1');
}

/** As node-forge takes bytes: a character for each. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
