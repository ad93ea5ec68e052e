/**
 * What a cipher suite means for the key schedule and the record layer. The name says it all, by the convention of
 * the registry: TLS_<key exchange>_WITH_<cipher>_<hash>, and TLS_<cipher>_<hash> from TLS 1.3 on.
 */
import { LimitedCache } from '../../bytes/limited-cache.js';
import { suiteName } from './names.js';

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha384';

/** Bulk ciphers that can be opened. */
export type CipherName =
  | 'null'
  | 'rc4'
  | 'rc2'
  | 'des'
  | '3des'
  | 'idea'
  | 'seed'
  | 'aes-128'
  | 'aes-256'
  | 'camellia-128'
  | 'camellia-256'
  | 'aria-128'
  | 'aria-256'
  | 'chacha20-poly1305';

export type CipherMode = 'null' | 'stream' | 'cbc' | 'gcm' | 'ccm' | 'chacha';

/** How record keys are cut and used; lengths in bytes. */
export type BulkCipher = {
  readonly cipher: CipherName;
  readonly mode: CipherMode;
  /** Of the key that the cipher takes. */
  readonly keyLength: number;
  /** Taken from the key block: shorter than `keyLength` in export suites (RFC 2246 §6.3.1). */
  readonly keyMaterialLength: number;
  /** Block length of CBC; 0 else. */
  readonly blockLength: number;
  /** Part of the nonce from the key block: 4 for GCM and CCM (RFC 5288), 12 for ChaCha20 (RFC 7905), 0 else. */
  readonly fixedIvLength: number;
  /** Tag of AEAD ciphers. */
  readonly tagLength: number;
};

export type KeyExchange =
  | 'rsa'
  | 'dhe'
  | 'ecdhe'
  | 'dh'
  | 'ecdh'
  | 'psk'
  | 'rsa_psk'
  | 'dhe_psk'
  | 'ecdhe_psk'
  | 'tls13'
  | 'other';

export type CipherSuite = {
  readonly id: number;
  readonly name: string;
  readonly keyExchange: KeyExchange;
  /** Whether the server's long-term key cannot open it. */
  readonly forwardSecrecy: boolean;
  /** Whether the server signs its part of the exchange with the key of its certificate, up to TLS 1.2. */
  readonly signsKeyExchange: boolean;
  readonly exportable: boolean;
  /** Undefined where siplens has no implementation: `cipher_unsupported`. */
  readonly bulk: BulkCipher | undefined;
  /** Hash of the record MAC; undefined for AEAD. */
  readonly mac: HashName | undefined;
  readonly macLength: number;
  /** Hash of the PRF in TLS 1.2 and of HKDF in TLS 1.3. */
  readonly prf: 'sha256' | 'sha384';
};

const HASH_LENGTH: Readonly<Record<HashName, number>> = { md5: 16, sha1: 20, sha256: 32, sha384: 48 };

/** Output length in bytes. */
export function hashLength(hash: HashName): number {
  return HASH_LENGTH[hash];
}

function cbc(cipher: CipherName, keyLength: number, blockLength: number, material = keyLength): BulkCipher {
  return {
    cipher,
    mode: 'cbc',
    keyLength,
    keyMaterialLength: material,
    blockLength,
    fixedIvLength: 0,
    tagLength: 0,
  };
}

function stream(cipher: 'null' | 'rc4', keyLength: number, material = keyLength): BulkCipher {
  const mode = cipher === 'null' ? 'null' : 'stream';
  return {
    cipher,
    mode,
    keyLength,
    keyMaterialLength: material,
    blockLength: 0,
    fixedIvLength: 0,
    tagLength: 0,
  };
}

function aead(
  cipher: CipherName,
  mode: 'gcm' | 'ccm' | 'chacha',
  keyLength: number,
  tagLength = 16,
): BulkCipher {
  const fixedIvLength = mode === 'chacha' ? 12 : 4;
  return { cipher, mode, keyLength, keyMaterialLength: keyLength, blockLength: 0, fixedIvLength, tagLength };
}

/** By the cipher's part of the suite's name. */
const BULK_CIPHERS: Readonly<Record<string, BulkCipher>> = {
  NULL: stream('null', 0),
  RC4_128: stream('rc4', 16),
  RC4_40: stream('rc4', 16, 5),
  RC4_56: stream('rc4', 16, 7),
  RC2_CBC_40: cbc('rc2', 16, 8, 5),
  RC2_CBC_56: cbc('rc2', 16, 8, 7),
  DES_CBC: cbc('des', 8, 8),
  DES40_CBC: cbc('des', 8, 8, 5),
  DES_CBC_40: cbc('des', 8, 8, 5),
  '3DES_EDE_CBC': cbc('3des', 24, 8),
  IDEA_CBC: cbc('idea', 16, 8),
  SEED_CBC: cbc('seed', 16, 16),
  AES_128_CBC: cbc('aes-128', 16, 16),
  AES_256_CBC: cbc('aes-256', 32, 16),
  CAMELLIA_128_CBC: cbc('camellia-128', 16, 16),
  CAMELLIA_256_CBC: cbc('camellia-256', 32, 16),
  ARIA_128_CBC: cbc('aria-128', 16, 16),
  ARIA_256_CBC: cbc('aria-256', 32, 16),
  AES_128_GCM: aead('aes-128', 'gcm', 16),
  AES_256_GCM: aead('aes-256', 'gcm', 32),
  CAMELLIA_128_GCM: aead('camellia-128', 'gcm', 16),
  CAMELLIA_256_GCM: aead('camellia-256', 'gcm', 32),
  ARIA_128_GCM: aead('aria-128', 'gcm', 16),
  ARIA_256_GCM: aead('aria-256', 'gcm', 32),
  AES_128_CCM: aead('aes-128', 'ccm', 16),
  AES_256_CCM: aead('aes-256', 'ccm', 32),
  AES_128_CCM_8: aead('aes-128', 'ccm', 16, 8),
  AES_256_CCM_8: aead('aes-256', 'ccm', 32, 8),
  CHACHA20_POLY1305: aead('chacha20-poly1305', 'chacha', 32),
};

const KEY_EXCHANGES: Readonly<Record<string, KeyExchange>> = {
  RSA: 'rsa',
  RSA_FIPS: 'rsa',
  DHE_RSA: 'dhe',
  DHE_DSS: 'dhe',
  DH_anon: 'dhe',
  DH_RSA: 'dh',
  DH_DSS: 'dh',
  ECDHE_RSA: 'ecdhe',
  ECDHE_ECDSA: 'ecdhe',
  ECDH_anon: 'ecdhe',
  ECDH_RSA: 'ecdh',
  ECDH_ECDSA: 'ecdh',
  PSK: 'psk',
  RSA_PSK: 'rsa_psk',
  DHE_PSK: 'dhe_psk',
  PSK_DHE: 'dhe_psk',
  ECDHE_PSK: 'ecdhe_psk',
};

const HASHES: Readonly<Record<string, HashName>> = {
  MD5: 'md5',
  SHA: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
};

const FORWARD_SECRET: ReadonlySet<KeyExchange> = new Set(['dhe', 'ecdhe', 'dhe_psk', 'ecdhe_psk', 'tls13']);

const SIGNING: ReadonlySet<string> = new Set(['DHE_RSA', 'DHE_DSS', 'ECDHE_RSA', 'ECDHE_ECDSA']);

/** Integrity-only suites of TLS 1.3 (RFC 9150). */
const INTEGRITY_ONLY = /^TLS_SHA(256|384)_SHA(256|384)$/;

function parse(id: number): CipherSuite {
  const { name } = suiteName(id);
  const split = name.indexOf('_WITH_');
  const isTls13 = split < 0 && (id >> 8 === 0x13 || id === 0xc6 || id === 0xc7 || INTEGRITY_ONLY.test(name));
  let exchange = split < 0 ? '' : name.slice(4, split);
  const exportable = /_EXPORT(1024)?$/.test(exchange);
  exchange = exchange.replace(/_EXPORT(1024)?$/, '');
  const keyExchange = isTls13 ? 'tls13' : (KEY_EXCHANGES[exchange] ?? 'other');

  // The hash is the last part, but CCM suites of TLS 1.2 have none: theirs is SHA-256 (RFC 6655 §3).
  const rest = split < 0 ? name.slice(4) : name.slice(split + 6);
  const parts = /^(.*)_(MD5|SHA|SHA256|SHA384)$/.exec(rest);
  const cipher = parts?.[1] ?? rest;
  const hash = HASHES[parts?.[2] ?? 'SHA256'] ?? 'sha256';
  let bulk = BULK_CIPHERS[cipher];
  if (bulk !== undefined && exportable && cipher === 'DES_CBC') bulk = cbc('des', 8, 8, 8);
  const isAead = bulk !== undefined && bulk.fixedIvLength > 0;
  return {
    id,
    name,
    keyExchange,
    forwardSecrecy: FORWARD_SECRET.has(keyExchange),
    signsKeyExchange: SIGNING.has(exchange),
    exportable,
    bulk: id === 0 ? undefined : bulk,
    mac: isAead ? undefined : hash,
    macLength: isAead ? 0 : HASH_LENGTH[hash],
    prf: hash === 'sha384' ? 'sha384' : 'sha256',
  };
}

/** Suites asked for: each connection offers the same few dozen. */
const suites = new LimitedCache<number, CipherSuite>(1024);

/** The suite of `id` (0..65535); unknown ones have neither key exchange nor cipher. */
export function cipherSuite(id: number): CipherSuite {
  return suites.get(id) ?? suites.keep(id, parse(id));
}
