/** Private keys, made and written in the forms that SIP products take. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';

/** Shortest RSA key made: below it no digest of today fits a signature, and openssl refuses to make one. */
export const RSA_BITS_SHORTEST = 512;
/** Longest RSA key made: beyond it making one takes minutes. */
export const RSA_BITS_LONGEST = 8192;

export type KeyKind =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: string };

/** Curves that `--ec` takes, by the names that people use, with node's. */
export const CURVES: ReadonlyMap<string, string> = new Map([
  ['P-256', 'prime256v1'],
  ['P-384', 'secp384r1'],
  ['P-521', 'secp521r1'],
  ['prime256v1', 'prime256v1'],
  ['secp256r1', 'prime256v1'],
  ['secp384r1', 'secp384r1'],
  ['secp521r1', 'secp521r1'],
]);

/** A new key; the curve by node's name. */
export function makeKey(kind: KeyKind): KeyObject {
  return kind.type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: kind.bits, publicExponent: 0x10001 }).privateKey
    : generateKeyPairSync('ec', { namedCurve: kind.curve }).privateKey;
}

/** PEM of the key in its own format as openssl's `genrsa` and `ecparam` wrote it: PKCS #1 or SEC 1. */
export function traditionalPem(key: KeyObject): string {
  const type = traditionalType(key);
  return type === 'pkcs8' ? pkcs8Pem(key) : key.export({ format: 'pem', type }).toString();
}

function traditionalType(key: KeyObject): 'pkcs1' | 'sec1' | 'pkcs8' {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'pkcs1';
    case 'ec':
      return 'sec1';
    default:
      return 'pkcs8';
  }
}

/** The same in DER. */
export function traditionalDer(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: traditionalType(key) });
}

export function pkcs8Der(key: KeyObject): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8' });
}

function pkcs8Pem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString();
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3) under PBES2 with PBKDF2 and AES-256-CBC, DER. */
export function encryptedPkcs8Der(key: KeyObject, password: string): Uint8Array {
  return key.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: password });
}

export function encryptedPkcs8Pem(key: KeyObject, password: string): string {
  return key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: password }).toString();
}
