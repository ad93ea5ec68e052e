/**
 * Algorithm identifiers of CMS (RFC 3370, RFC 5754, RFC 8419, RFC 5753, RFC 3565, RFC 5084, RFC 3657): what they are
 * called, and what node:crypto calls them. An identifier that is not here is a value, not an error: it is shown by
 * its numbers and what it protects is told to be unverifiable or undecryptable.
 */

import { oidName } from '../asn1/oids.js';

/** A hash function: its name in CMS documents, and its name and octets for node:crypto. */
export type Hash = { readonly name: string; readonly node: string; readonly octets: number };

/** id-shake256-len (RFC 8419 §2.3), the digest of Ed448. */
export const SHAKE256_LEN = '2.16.840.1.101.3.4.2.18';

const HASHES: Readonly<Record<string, Hash>> = {
  '1.2.840.113549.2.5': { name: 'md5', node: 'md5', octets: 16 },
  '1.3.14.3.2.26': { name: 'sha1', node: 'sha1', octets: 20 },
  '2.16.840.1.101.3.4.2.4': { name: 'sha224', node: 'sha224', octets: 28 },
  '2.16.840.1.101.3.4.2.1': { name: 'sha256', node: 'sha256', octets: 32 },
  '2.16.840.1.101.3.4.2.2': { name: 'sha384', node: 'sha384', octets: 48 },
  '2.16.840.1.101.3.4.2.3': { name: 'sha512', node: 'sha512', octets: 64 },
  '2.16.840.1.101.3.4.2.5': { name: 'sha512-224', node: 'sha512-224', octets: 28 },
  '2.16.840.1.101.3.4.2.6': { name: 'sha512-256', node: 'sha512-256', octets: 32 },
  '2.16.840.1.101.3.4.2.7': { name: 'sha3-224', node: 'sha3-224', octets: 28 },
  '2.16.840.1.101.3.4.2.8': { name: 'sha3-256', node: 'sha3-256', octets: 32 },
  '2.16.840.1.101.3.4.2.9': { name: 'sha3-384', node: 'sha3-384', octets: 48 },
  '2.16.840.1.101.3.4.2.10': { name: 'sha3-512', node: 'sha3-512', octets: 64 },
  // RFC 8702 §3.1 gives SHAKE128 32 octets and SHAKE256 64; RFC 8419 §2.3 states the length of the other in bits.
  '2.16.840.1.101.3.4.2.11': { name: 'shake128', node: 'shake128', octets: 32 },
  '2.16.840.1.101.3.4.2.12': { name: 'shake256', node: 'shake256', octets: 64 },
  [SHAKE256_LEN]: { name: 'shake256-len', node: 'shake256', octets: 64 },
  '1.2.156.10197.1.401': { name: 'sm3', node: 'sm3', octets: 32 },
  '1.3.36.3.2.1': { name: 'ripemd160', node: 'ripemd160', octets: 20 },
};

/** The hash function of a digest algorithm's OID; undefined where it is unknown or not to be had. */
export function hashOf(oid: string): Hash | undefined {
  return HASHES[oid];
}

/** The hash function by its name, as `sha256`; also by the `micalg` spellings `sha-256` and `SHA256`. */
export function hashNamed(name: string): Hash | undefined {
  const wanted = name.toLowerCase();
  const squeezed = wanted.replace(/^sha-(?=\d)/, 'sha');
  return allHashes().find((hash) => hash.name === wanted || hash.name === squeezed);
}

/** Every hash function known, the common ones of S/MIME first. */
export function allHashes(): readonly Hash[] {
  return Object.values(HASHES);
}

/** OID of a hash function of this table. */
export function hashOid(hash: Hash): string {
  return Object.keys(HASHES).find((oid) => HASHES[oid] === hash) as string;
}

/** How a signature value is made. `hash` is absent where the digest algorithm of the signer says it (rsaEncryption). */
export type SignatureFamily = 'rsa' | 'rsa-pss' | 'dsa' | 'ecdsa' | 'eddsa';
type SignatureEntry = { readonly name: string; readonly family: SignatureFamily; readonly hash?: string };

const RSA_PKCS1 = '1.2.840.113549.1.1.';
const NIST_SIGNATURES = '2.16.840.1.101.3.4.3.';

const SIGNATURES: Readonly<Record<string, SignatureEntry>> = {
  [`${RSA_PKCS1}1`]: { name: 'rsaEncryption', family: 'rsa' },
  [`${RSA_PKCS1}4`]: { name: 'md5WithRSAEncryption', family: 'rsa', hash: 'md5' },
  [`${RSA_PKCS1}5`]: { name: 'sha1WithRSAEncryption', family: 'rsa', hash: 'sha1' },
  [`${RSA_PKCS1}10`]: { name: 'RSASSA-PSS', family: 'rsa-pss' },
  [`${RSA_PKCS1}11`]: { name: 'sha256WithRSAEncryption', family: 'rsa', hash: 'sha256' },
  [`${RSA_PKCS1}12`]: { name: 'sha384WithRSAEncryption', family: 'rsa', hash: 'sha384' },
  [`${RSA_PKCS1}13`]: { name: 'sha512WithRSAEncryption', family: 'rsa', hash: 'sha512' },
  [`${RSA_PKCS1}14`]: { name: 'sha224WithRSAEncryption', family: 'rsa', hash: 'sha224' },
  '1.3.14.3.2.29': { name: 'sha1WithRSASignature', family: 'rsa', hash: 'sha1' },
  '1.3.14.3.2.3': { name: 'md5WithRSA', family: 'rsa', hash: 'md5' },
  '1.2.840.10040.4.1': { name: 'dsa', family: 'dsa' },
  '1.2.840.10040.4.3': { name: 'dsaWithSHA1', family: 'dsa', hash: 'sha1' },
  '1.3.14.3.2.27': { name: 'dsaWithSHA1', family: 'dsa', hash: 'sha1' },
  [`${NIST_SIGNATURES}1`]: { name: 'dsaWithSHA224', family: 'dsa', hash: 'sha224' },
  [`${NIST_SIGNATURES}2`]: { name: 'dsaWithSHA256', family: 'dsa', hash: 'sha256' },
  [`${NIST_SIGNATURES}3`]: { name: 'dsaWithSHA384', family: 'dsa', hash: 'sha384' },
  [`${NIST_SIGNATURES}4`]: { name: 'dsaWithSHA512', family: 'dsa', hash: 'sha512' },
  [`${NIST_SIGNATURES}9`]: { name: 'ecdsa-with-SHA3-224', family: 'ecdsa', hash: 'sha3-224' },
  [`${NIST_SIGNATURES}10`]: { name: 'ecdsa-with-SHA3-256', family: 'ecdsa', hash: 'sha3-256' },
  [`${NIST_SIGNATURES}11`]: { name: 'ecdsa-with-SHA3-384', family: 'ecdsa', hash: 'sha3-384' },
  [`${NIST_SIGNATURES}12`]: { name: 'ecdsa-with-SHA3-512', family: 'ecdsa', hash: 'sha3-512' },
  [`${NIST_SIGNATURES}13`]: { name: 'sha3-224WithRSAEncryption', family: 'rsa', hash: 'sha3-224' },
  [`${NIST_SIGNATURES}14`]: { name: 'sha3-256WithRSAEncryption', family: 'rsa', hash: 'sha3-256' },
  [`${NIST_SIGNATURES}15`]: { name: 'sha3-384WithRSAEncryption', family: 'rsa', hash: 'sha3-384' },
  [`${NIST_SIGNATURES}16`]: { name: 'sha3-512WithRSAEncryption', family: 'rsa', hash: 'sha3-512' },
  '1.2.840.10045.2.1': { name: 'ecPublicKey', family: 'ecdsa' },
  '1.2.840.10045.4.1': { name: 'ecdsa-with-SHA1', family: 'ecdsa', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { name: 'ecdsa-with-SHA224', family: 'ecdsa', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { name: 'ecdsa-with-SHA256', family: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { name: 'ecdsa-with-SHA384', family: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { name: 'ecdsa-with-SHA512', family: 'ecdsa', hash: 'sha512' },
  '1.3.101.112': { name: 'Ed25519', family: 'eddsa' },
  '1.3.101.113': { name: 'Ed448', family: 'eddsa' },
};

export function signatureEntry(oid: string): SignatureEntry | undefined {
  return SIGNATURES[oid];
}

/** Content encryption: name, how node:crypto does it, and the key's octets where the algorithm fixes them. */
export type CipherEntry = {
  readonly name: string;
  readonly mode: 'cbc' | 'gcm' | 'ccm' | 'rc2-cbc' | 'des-cbc' | 'chacha20-poly1305';
  readonly node: string;
  readonly keyOctets?: number;
  readonly blockOctets: number;
};

const AES = '2.16.840.1.101.3.4.1.';
const CAMELLIA = '1.2.392.200011.61.1.1.';
const ARIA = '1.2.410.200046.1.1.';
const SM4 = '1.2.156.10197.1.104.';

const CIPHERS: Readonly<Record<string, CipherEntry>> = {
  [`${AES}2`]: { name: 'aes128-CBC', mode: 'cbc', node: 'aes-128-cbc', keyOctets: 16, blockOctets: 16 },
  [`${AES}22`]: { name: 'aes192-CBC', mode: 'cbc', node: 'aes-192-cbc', keyOctets: 24, blockOctets: 16 },
  [`${AES}42`]: { name: 'aes256-CBC', mode: 'cbc', node: 'aes-256-cbc', keyOctets: 32, blockOctets: 16 },
  [`${AES}6`]: { name: 'aes128-GCM', mode: 'gcm', node: 'aes-128-gcm', keyOctets: 16, blockOctets: 1 },
  [`${AES}26`]: { name: 'aes192-GCM', mode: 'gcm', node: 'aes-192-gcm', keyOctets: 24, blockOctets: 1 },
  [`${AES}46`]: { name: 'aes256-GCM', mode: 'gcm', node: 'aes-256-gcm', keyOctets: 32, blockOctets: 1 },
  [`${AES}7`]: { name: 'aes128-CCM', mode: 'ccm', node: 'aes-128-ccm', keyOctets: 16, blockOctets: 1 },
  [`${AES}27`]: { name: 'aes192-CCM', mode: 'ccm', node: 'aes-192-ccm', keyOctets: 24, blockOctets: 1 },
  [`${AES}47`]: { name: 'aes256-CCM', mode: 'ccm', node: 'aes-256-ccm', keyOctets: 32, blockOctets: 1 },
  '1.2.840.113549.3.7': {
    name: 'des-EDE3-CBC',
    mode: 'cbc',
    node: 'des-ede3-cbc',
    keyOctets: 24,
    blockOctets: 8,
  },
  '1.3.14.3.2.7': { name: 'desCBC', mode: 'des-cbc', node: 'des-ede3-cbc', keyOctets: 8, blockOctets: 8 },
  '1.2.840.113549.3.2': { name: 'rc2CBC', mode: 'rc2-cbc', node: '', blockOctets: 8 },
  [`${CAMELLIA}1.2`]: {
    name: 'camellia128-CBC',
    mode: 'cbc',
    node: 'camellia-128-cbc',
    keyOctets: 16,
    blockOctets: 16,
  },
  [`${CAMELLIA}1.3`]: {
    name: 'camellia192-CBC',
    mode: 'cbc',
    node: 'camellia-192-cbc',
    keyOctets: 24,
    blockOctets: 16,
  },
  [`${CAMELLIA}1.4`]: {
    name: 'camellia256-CBC',
    mode: 'cbc',
    node: 'camellia-256-cbc',
    keyOctets: 32,
    blockOctets: 16,
  },
  [`${ARIA}2`]: { name: 'aria128-CBC', mode: 'cbc', node: 'aria-128-cbc', keyOctets: 16, blockOctets: 16 },
  [`${ARIA}7`]: { name: 'aria192-CBC', mode: 'cbc', node: 'aria-192-cbc', keyOctets: 24, blockOctets: 16 },
  [`${ARIA}12`]: { name: 'aria256-CBC', mode: 'cbc', node: 'aria-256-cbc', keyOctets: 32, blockOctets: 16 },
  [`${ARIA}34`]: { name: 'aria128-GCM', mode: 'gcm', node: 'aria-128-gcm', keyOctets: 16, blockOctets: 1 },
  [`${ARIA}35`]: { name: 'aria192-GCM', mode: 'gcm', node: 'aria-192-gcm', keyOctets: 24, blockOctets: 1 },
  [`${ARIA}36`]: { name: 'aria256-GCM', mode: 'gcm', node: 'aria-256-gcm', keyOctets: 32, blockOctets: 1 },
  [`${ARIA}37`]: { name: 'aria128-CCM', mode: 'ccm', node: 'aria-128-ccm', keyOctets: 16, blockOctets: 1 },
  [`${ARIA}38`]: { name: 'aria192-CCM', mode: 'ccm', node: 'aria-192-ccm', keyOctets: 24, blockOctets: 1 },
  [`${ARIA}39`]: { name: 'aria256-CCM', mode: 'ccm', node: 'aria-256-ccm', keyOctets: 32, blockOctets: 1 },
  [`${SM4}2`]: { name: 'sm4-CBC', mode: 'cbc', node: 'sm4-cbc', keyOctets: 16, blockOctets: 16 },
  '1.2.840.113549.1.9.16.3.18': {
    name: 'AEADChaCha20Poly1305',
    mode: 'chacha20-poly1305',
    node: 'chacha20-poly1305',
    keyOctets: 32,
    blockOctets: 1,
  },
};

export function cipherEntry(oid: string): CipherEntry | undefined {
  return CIPHERS[oid];
}

/** Key wrap algorithms (RFC 3394, RFC 5649, RFC 3217, RFC 3657). */
export type WrapEntry = {
  readonly name: string;
  readonly kind: 'aes' | 'aes-pad' | '3des' | 'camellia';
  readonly keyOctets: number;
};

const WRAPS: Readonly<Record<string, WrapEntry>> = {
  [`${AES}5`]: { name: 'aes128-wrap', kind: 'aes', keyOctets: 16 },
  [`${AES}25`]: { name: 'aes192-wrap', kind: 'aes', keyOctets: 24 },
  [`${AES}45`]: { name: 'aes256-wrap', kind: 'aes', keyOctets: 32 },
  [`${AES}8`]: { name: 'aes128-wrap-pad', kind: 'aes-pad', keyOctets: 16 },
  [`${AES}28`]: { name: 'aes192-wrap-pad', kind: 'aes-pad', keyOctets: 24 },
  [`${AES}48`]: { name: 'aes256-wrap-pad', kind: 'aes-pad', keyOctets: 32 },
  '1.2.840.113549.1.9.16.3.6': { name: 'CMS3DESwrap', kind: '3des', keyOctets: 24 },
  [`${CAMELLIA}3.2`]: { name: 'camellia128-wrap', kind: 'camellia', keyOctets: 16 },
  [`${CAMELLIA}3.3`]: { name: 'camellia192-wrap', kind: 'camellia', keyOctets: 24 },
  [`${CAMELLIA}3.4`]: { name: 'camellia256-wrap', kind: 'camellia', keyOctets: 32 },
};

export function wrapEntry(oid: string): WrapEntry | undefined {
  return WRAPS[oid];
}

/** Key agreement schemes (RFC 5753 §7.1.4, RFC 8418): the key derivation and its hash. */
export type AgreementEntry = {
  readonly name: string;
  readonly kdf: 'x963' | 'hkdf';
  readonly hash: string;
};

const AGREEMENTS: Readonly<Record<string, AgreementEntry>> = {
  '1.3.133.16.840.63.0.2': { name: 'dhSinglePass-stdDH-sha1kdf-scheme', kdf: 'x963', hash: 'sha1' },
  '1.3.132.1.11.0': { name: 'dhSinglePass-stdDH-sha224kdf-scheme', kdf: 'x963', hash: 'sha224' },
  '1.3.132.1.11.1': { name: 'dhSinglePass-stdDH-sha256kdf-scheme', kdf: 'x963', hash: 'sha256' },
  '1.3.132.1.11.2': { name: 'dhSinglePass-stdDH-sha384kdf-scheme', kdf: 'x963', hash: 'sha384' },
  '1.3.132.1.11.3': { name: 'dhSinglePass-stdDH-sha512kdf-scheme', kdf: 'x963', hash: 'sha512' },
  // The cofactor of the NIST prime curves is 1: both schemes agree on the same secret.
  '1.3.133.16.840.63.0.3': { name: 'dhSinglePass-cofactorDH-sha1kdf-scheme', kdf: 'x963', hash: 'sha1' },
  '1.3.132.1.14.0': { name: 'dhSinglePass-cofactorDH-sha224kdf-scheme', kdf: 'x963', hash: 'sha224' },
  '1.3.132.1.14.1': { name: 'dhSinglePass-cofactorDH-sha256kdf-scheme', kdf: 'x963', hash: 'sha256' },
  '1.3.132.1.14.2': { name: 'dhSinglePass-cofactorDH-sha384kdf-scheme', kdf: 'x963', hash: 'sha384' },
  '1.3.132.1.14.3': { name: 'dhSinglePass-cofactorDH-sha512kdf-scheme', kdf: 'x963', hash: 'sha512' },
  '1.2.840.113549.1.9.16.3.19': {
    name: 'dhSinglePass-stdDH-hkdf-sha256-scheme',
    kdf: 'hkdf',
    hash: 'sha256',
  },
  '1.2.840.113549.1.9.16.3.20': {
    name: 'dhSinglePass-stdDH-hkdf-sha384-scheme',
    kdf: 'hkdf',
    hash: 'sha384',
  },
  '1.2.840.113549.1.9.16.3.21': {
    name: 'dhSinglePass-stdDH-hkdf-sha512-scheme',
    kdf: 'hkdf',
    hash: 'sha512',
  },
};

export function agreementEntry(oid: string): AgreementEntry | undefined {
  return AGREEMENTS[oid];
}

/** HMAC algorithms of AuthenticatedData and PBKDF2, by OID, as node:crypto's hash name. */
const HMACS: Readonly<Record<string, { readonly name: string; readonly node: string }>> = {
  '1.3.6.1.5.5.8.1.1': { name: 'hmac-md5', node: 'md5' },
  '1.3.6.1.5.5.8.1.2': { name: 'hmac-sha1', node: 'sha1' },
  '1.2.840.113549.2.7': { name: 'hmacWithSHA1', node: 'sha1' },
  '1.2.840.113549.2.8': { name: 'hmacWithSHA224', node: 'sha224' },
  '1.2.840.113549.2.9': { name: 'hmacWithSHA256', node: 'sha256' },
  '1.2.840.113549.2.10': { name: 'hmacWithSHA384', node: 'sha384' },
  '1.2.840.113549.2.11': { name: 'hmacWithSHA512', node: 'sha512' },
};

export function hmacEntry(oid: string): { readonly name: string; readonly node: string } | undefined {
  return HMACS[oid];
}

const OTHER_NAMES: Readonly<Record<string, string>> = {
  [`${RSA_PKCS1}7`]: 'RSAES-OAEP',
  '1.2.840.113549.1.9.16.3.9': 'PWRI-KEK',
  '1.2.840.113549.1.9.16.3.8': 'zlibCompress',
  '1.2.840.113549.1.5.12': 'PBKDF2',
  '1.2.840.113549.1.5.13': 'PBES2',
  '1.2.840.113549.3.4': 'rc4',
  // Named, and neither digested nor verified with: OpenSSL 3 has them in no provider that is loaded.
  '1.2.840.113549.2.2': 'md2',
  '1.2.840.113549.2.4': 'md4',
  [`${RSA_PKCS1}2`]: 'md2WithRSAEncryption',
  [`${RSA_PKCS1}3`]: 'md4WithRSAEncryption',
  [`${SM4}8`]: 'sm4-GCM',
  [`${SM4}9`]: 'sm4-CCM',
  '1.2.156.10197.1.501': 'SM2-with-SM3',
  // RFC 3370 §4.1: Diffie-Hellman of X9.42, with an ephemeral key of the sender or a static one.
  '1.2.840.113549.1.9.16.3.5': 'id-alg-ESDH',
  '1.2.840.113549.1.9.16.3.10': 'id-alg-SSDH',
  [`${ARIA}40`]: 'aria128-wrap',
  [`${ARIA}41`]: 'aria192-wrap',
  [`${ARIA}42`]: 'aria256-wrap',
};

/** Names by OID; where several tables have one, that of the last counts. */
const NAMES = new Map<string, string>(Object.entries(OTHER_NAMES));
for (const table of [HMACS, AGREEMENTS, WRAPS, CIPHERS, SIGNATURES, HASHES]) {
  for (const [oid, { name }] of Object.entries(table)) NAMES.set(oid, name);
}

/** The name of an algorithm, or its numbers where it has none here. */
export function algorithmName(oid: string): string {
  return NAMES.get(oid) ?? oidName(oid) ?? oid;
}
