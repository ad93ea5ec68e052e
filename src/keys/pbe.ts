/**
 * Password-based encryption: PBES1 and PBES2 (RFC 8018 §6) and the schemes of PKCS #12 (RFC 7292 §B, §C). In: the
 * AlgorithmIdentifier's elements, ciphertext and password. Out: plaintext, or why there is none. Work is bounded:
 * iteration counts come from the file.
 */

import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto';
import { type CbcCipher, DES, decryptCbc, PBES2_CIPHERS, rc2, TRIPLE_DES } from './cipher.js';
import { children, type Element, identifier, octets, readElements, smallInteger, TAGS } from './elements.js';

/** Most PBKDF2 iterations done: about five seconds. Real files have 2,048 to 1,000,000. */
export const PBKDF2_ITERATIONS_LIMIT = 5_000_000;
/** Most iterations of the hash loops that run in JavaScript: about two seconds. */
export const HASH_ITERATIONS_LIMIT = 1_000_000;
/** Work done for one file in all, in PBKDF2 iterations (about a microsecond each): files may have many locked parts. */
const WORK_LIMIT = 12_000_000;
/** What an iteration of the hash loops costs, in the same unit. */
const HASH_ITERATION_COST = 4;
/** Memory that scrypt may take; OpenSSL's own limit is 32 MiB, and its default parameters need 16. */
const SCRYPT_MEMORY_LIMIT = 64 << 20;

export type Decrypted =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'wrong-password' | 'unsupported'; readonly message: string };

/** A password as the schemes want it. */
export type Password = {
  /** UTF-8: PBES1, PBES2 and PEM. */
  readonly utf8: Uint8Array;
  /** BMPString with its final zero: PKCS #12 (RFC 7292 §B.1). */
  readonly bmp: Uint8Array;
  /** Work that may still be done with it. */
  readonly budget: { left: number };
};

export function password(text: string): Password {
  return {
    utf8: Buffer.from(text, 'utf8'),
    bmp: Buffer.from(`${text}\0`, 'utf16le').swap16(),
    budget: { left: WORK_LIMIT },
  };
}

/** Takes `work` from the budget; false where it is used up. */
function spend(secret: Password, work: number): boolean {
  secret.budget.left -= work;
  return secret.budget.left >= 0;
}

const OVERSPENT = 'its parts want too many iterations in all';

const WRONG_PASSWORD: Decrypted = { ok: false, reason: 'wrong-password', message: 'the password is wrong' };

function unsupported(message: string): Decrypted {
  return { ok: false, reason: 'unsupported', message };
}

/** PBES1 (RFC 8018 §A.3): digest and cipher by identifier. */
const PBES1: ReadonlyMap<string, { readonly hash: string; readonly cipher: CbcCipher }> = new Map([
  ['1.2.840.113549.1.5.3', { hash: 'md5', cipher: DES }],
  ['1.2.840.113549.1.5.6', { hash: 'md5', cipher: rc2(8) }],
  ['1.2.840.113549.1.5.10', { hash: 'sha1', cipher: DES }],
  ['1.2.840.113549.1.5.11', { hash: 'sha1', cipher: rc2(8) }],
]);

/** PKCS #12 (RFC 7292 §C); the RC4 ones were never common and are told by name. */
const PKCS12: ReadonlyMap<string, { readonly cipher: CbcCipher; readonly keyLength: number }> = new Map([
  ['1.2.840.113549.1.12.1.3', { cipher: TRIPLE_DES, keyLength: 24 }],
  ['1.2.840.113549.1.12.1.4', { cipher: TRIPLE_DES, keyLength: 16 }],
  ['1.2.840.113549.1.12.1.5', { cipher: rc2(16), keyLength: 16 }],
  ['1.2.840.113549.1.12.1.6', { cipher: rc2(5), keyLength: 5 }],
]);

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const SCRYPT = '1.3.6.1.4.1.11591.4.11';
const RC2_CBC = '1.2.840.113549.3.2';

const PRFS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.8', 'sha224'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);

/** Decrypts what an AlgorithmIdentifier SEQUENCE says how to. */
export function decryptPbe(algorithm: Element | undefined, data: Uint8Array, secret: Password): Decrypted {
  const [oidElement, parameters] = children(algorithm, TAGS.sequence) ?? [];
  const oid = identifier(oidElement);
  const values = children(parameters, TAGS.sequence);
  if (oid === undefined || values === undefined)
    return unsupported('the encryption algorithm cannot be read');
  if (oid === PBES2) return decryptPbes2(values, data, secret);

  const [saltElement, iterationsElement] = values;
  const salt = octets(saltElement);
  const iterations = smallInteger(iterationsElement);
  const pbes1 = PBES1.get(oid);
  const pkcs12 = PKCS12.get(oid);
  if (pbes1 === undefined && pkcs12 === undefined)
    return unsupported(`the encryption ${oid} is not supported`);
  if (salt === undefined || iterations === undefined || iterations < 1) {
    return unsupported('the encryption parameters cannot be read');
  }
  if (iterations > HASH_ITERATIONS_LIMIT) return unsupported(`it wants ${iterations} iterations`);
  if (!spend(secret, iterations * HASH_ITERATION_COST)) return unsupported(OVERSPENT);
  if (pbes1 !== undefined) {
    const derived = pbkdf1(pbes1.hash, secret.utf8, salt, iterations);
    return finish(pbes1.cipher, derived.subarray(0, 8), derived.subarray(8, 16), data);
  }
  const { cipher, keyLength } = pkcs12 as { cipher: CbcCipher; keyLength: number };
  const key = pkcs12Key('sha1', 1, secret.bmp, salt, iterations, keyLength);
  const iv = pkcs12Key('sha1', 2, secret.bmp, salt, iterations, 8);
  // Two-key triple DES: the first key is the third too.
  const whole = cipher === TRIPLE_DES && keyLength === 16 ? Buffer.concat([key, key.subarray(0, 8)]) : key;
  return finish(cipher, whole, iv, data);
}

function decryptPbes2(values: readonly Element[], data: Uint8Array, secret: Password): Decrypted {
  const [derivation, scheme] = values.map((value) => children(value, TAGS.sequence) ?? []);
  const schemeOid = identifier(scheme?.[0]);
  const chosen = pbes2Cipher(schemeOid, scheme?.[1]);
  const keyParameters = children(derivation?.[1], TAGS.sequence);
  if (chosen === undefined) return unsupported(`the encryption ${schemeOid ?? 'scheme'} is not supported`);
  if (keyParameters === undefined) return unsupported('the key derivation parameters cannot be read');
  const derive = keyDerivation(identifier(derivation?.[0]), keyParameters, chosen.cipher.keyLength);
  if (typeof derive === 'string') return unsupported(derive);
  // NSS before 3.59 derived PBES2 keys from the BMPString form, against RFC 8018.
  for (const form of [secret.utf8, secret.bmp]) {
    if (!spend(secret, derive.work)) return unsupported(OVERSPENT);
    const result = finish(chosen.cipher, derive.key(form), chosen.iv, data);
    if (result.ok) return result;
  }
  return WRONG_PASSWORD;
}

function pbes2Cipher(
  oid: string | undefined,
  parameters: Element | undefined,
): { readonly cipher: CbcCipher; readonly iv: Uint8Array } | undefined {
  if (oid === undefined) return undefined;
  if (oid === RC2_CBC) {
    // RFC 8018 §B.2.3: the version tells the effective key bits.
    const [versionElement, ivElement] = children(parameters, TAGS.sequence) ?? [];
    const bits = { 160: 40, 120: 64, 58: 128 }[smallInteger(versionElement) ?? 0];
    const iv = octets(ivElement);
    return bits === undefined || iv === undefined ? undefined : { cipher: rc2(bits / 8, bits), iv };
  }
  const cipher = PBES2_CIPHERS.get(oid);
  const iv = octets(parameters);
  return cipher === undefined || iv === undefined ? undefined : { cipher, iv };
}

function keyDerivation(
  oid: string | undefined,
  parameters: readonly Element[],
  keyLength: number,
): { readonly work: number; key(secret: Uint8Array): Uint8Array } | string {
  const salt = octets(parameters[0]);
  if (salt === undefined) return 'the key derivation parameters cannot be read';
  if (oid === PBKDF2) {
    const iterations = smallInteger(parameters[1]);
    // keyLength is optional, and what the cipher needs counts; prf defaults to HMAC-SHA-1.
    const prfElement = parameters.slice(2).find((element) => element.tag === TAGS.sequence);
    const prfOid = prfElement === undefined ? undefined : identifier(readElements(prfElement.contents)?.[0]);
    const hash = prfElement === undefined ? 'sha1' : PRFS.get(prfOid ?? '');
    if (hash === undefined)
      return `the key derivation with ${prfOid ?? 'an unreadable digest'} is not supported`;
    if (iterations === undefined || iterations < 1) return 'the key derivation parameters cannot be read';
    if (iterations > PBKDF2_ITERATIONS_LIMIT) return `it wants ${iterations} iterations`;
    return { work: iterations, key: (secret) => pbkdf2Sync(secret, salt, iterations, keyLength, hash) };
  }
  if (oid === SCRYPT) {
    const [cost, blockSize, parallelization] = parameters.slice(1).map(smallInteger);
    if (cost === undefined || blockSize === undefined || parallelization === undefined) {
      return 'the key derivation parameters cannot be read';
    }
    if (128 * cost * blockSize > SCRYPT_MEMORY_LIMIT / 2 || parallelization > 16) {
      return 'its scrypt parameters want too much memory';
    }
    const options = { cost, blockSize, parallelization, maxmem: SCRYPT_MEMORY_LIMIT };
    return {
      // A block of 128 bytes takes about as long as an iteration of PBKDF2.
      work: cost * blockSize * parallelization,
      key: (secret) => {
        try {
          return scryptSync(secret, salt, keyLength, options);
        } catch {
          return new Uint8Array(0);
        }
      },
    };
  }
  return `the key derivation ${oid ?? 'scheme'} is not supported`;
}

function finish(cipher: CbcCipher, key: Uint8Array, iv: Uint8Array, data: Uint8Array): Decrypted {
  const bytes = decryptCbc(cipher, key, iv, data);
  return bytes === undefined ? WRONG_PASSWORD : { ok: true, bytes };
}

/** PBKDF1 (RFC 8018 §5.1). */
function pbkdf1(hash: string, secret: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array {
  let derived: Uint8Array = createHash(hash).update(secret).update(salt).digest();
  for (let count = 1; count < iterations; count++) derived = createHash(hash).update(derived).digest();
  return derived;
}

/** Digest input block sizes in bytes (v of RFC 7292 §B.2, divided by 8). */
const BLOCK_SIZES: Readonly<Record<string, number>> = {
  md5: 64,
  sha1: 64,
  sha224: 64,
  sha256: 64,
  sha384: 128,
  sha512: 128,
};

/** The key derivation of PKCS #12 (RFC 7292 §B.2); `id` is 1 for keys, 2 for IVs, 3 for MACs. */
export function pkcs12Key(
  hash: string,
  id: 1 | 2 | 3,
  secret: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Uint8Array {
  const block = BLOCK_SIZES[hash] ?? 64;
  const diversifier = new Uint8Array(block).fill(id);
  const input = Buffer.concat([repeat(salt, block), repeat(secret, block)]);
  const output: Uint8Array[] = [];
  for (let had = 0; had < length; ) {
    let digest: Uint8Array = createHash(hash).update(diversifier).update(input).digest();
    for (let count = 1; count < iterations; count++) digest = createHash(hash).update(digest).digest();
    output.push(digest);
    had += digest.length;
    const filler = repeat(digest, block, block);
    for (let start = 0; start < input.length; start += block) addOne(input, start, filler);
  }
  return Buffer.concat(output).subarray(0, length);
}

/** `bytes` again and again up to a multiple of `block` (or up to `length`); nothing where there are none. */
function repeat(
  bytes: Uint8Array,
  block: number,
  length = Math.ceil(bytes.length / block) * block,
): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] as number);
}

/** I_j = (I_j + B + 1) mod 2^v, in place. */
function addOne(input: Uint8Array, start: number, filler: Uint8Array): void {
  let carry = 1;
  for (let index = filler.length - 1; index >= 0; index--) {
    const sum = (input[start + index] as number) + (filler[index] as number) + carry;
    input[start + index] = sum & 0xff;
    carry = sum >> 8;
  }
}
