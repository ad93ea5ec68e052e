/**
 * Private keys in DER or in an encrypted PEM block: bytes in, a node:crypto key out.
 */

import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { sequence } from '../asn1/der.js';
import { DEK_CIPHERS, decryptCbc } from './cipher.js';
import { containerKind } from './container.js';
import { children, octets, readElements, readSequence, smallInteger, TAGS } from './elements.js';
import { type Decrypted, decryptPbe, type Password } from './pbe.js';
import { rsaFromExponents } from './rsa.js';

/** A key in DER of a kind that needs no password; undefined where it is none or OpenSSL does not take it. */
export function readPrivateKey(der: Uint8Array): KeyObject | undefined {
  const kind = containerKind(der);
  switch (kind) {
    case 'pkcs1':
      return create(der, 'pkcs1');
    case 'sec1':
      return create(der, 'sec1');
    case 'pkcs8':
      return create(withoutPublicKey(der), 'pkcs8');
    case 'dsa':
      return createFromPem(der, 'DSA PRIVATE KEY');
    default:
      return undefined;
  }
}

/** OneAsymmetricKey of version 2 (RFC 5958 §2) as PrivateKeyInfo: OpenSSL 3.0 takes no public key behind the private one. */
function withoutPublicKey(der: Uint8Array): Uint8Array {
  const [version, algorithm, key] = readSequence(der) ?? [];
  if (smallInteger(version) !== 1 || algorithm === undefined || key === undefined) return der;
  return sequence(Uint8Array.of(TAGS.integer, 1, 0), algorithm.encoded, key.encoded);
}

function create(der: Uint8Array, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject | undefined {
  const withoutPrimes = rebuildRsa(der, type);
  if (withoutPrimes !== undefined) return withoutPrimes;
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type });
  } catch {
    return undefined;
  }
}

/** OpenSSL reads DSA's own format in PEM alone. */
function createFromPem(der: Uint8Array, label: string): KeyObject | undefined {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  try {
    return createPrivateKey(`-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`);
  } catch {
    return undefined;
  }
}

/** An RSA key whose primes are written as zero; undefined for every other key. */
function rebuildRsa(der: Uint8Array, type: 'pkcs1' | 'pkcs8' | 'sec1'): KeyObject | undefined {
  if (type === 'sec1') return undefined;
  const inner = type === 'pkcs8' ? octets(readSequence(der)?.[2]) : der;
  const fields = inner === undefined ? undefined : readSequence(inner);
  if (fields === undefined || fields.length < 9) return undefined;
  const [, modulus, publicExponent, privateExponent, prime1, prime2] = fields.map((field) => field.contents);
  if (modulus === undefined || publicExponent === undefined || privateExponent === undefined)
    return undefined;
  const zero = (octets: Uint8Array | undefined): boolean => octets?.every((octet) => octet === 0) ?? true;
  return zero(prime1) || zero(prime2)
    ? rsaFromExponents(modulus, publicExponent, privateExponent)
    : undefined;
}

/** SubjectPublicKeyInfo of the key's public half in DER. */
export function publicHalf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' });
}

/** EncryptedPrivateKeyInfo (RFC 5958 §3): decrypts to PKCS #8. */
export function decryptPkcs8(der: Uint8Array, secret: Password): Decrypted {
  const elements = readSequence(der);
  const data = octets(elements?.[1]);
  if (elements === undefined || data === undefined) {
    return { ok: false, reason: 'unsupported', message: 'the encrypted key cannot be read' };
  }
  return checkKey(decryptPbe(elements[0], data, secret));
}

/** A PEM block encrypted as RFC 1421 and OpenSSL do: the key is MD5 over password and IV, over and over. */
export function decryptDek(
  data: Uint8Array,
  cipherName: string,
  iv: Uint8Array,
  secret: Password,
): Decrypted {
  const cipher = DEK_CIPHERS.get(cipherName);
  if (cipher === undefined) {
    return { ok: false, reason: 'unsupported', message: `the encryption ${cipherName} is not supported` };
  }
  let digest: Uint8Array = new Uint8Array(0);
  const pieces: Uint8Array[] = [];
  for (let had = 0; had < cipher.keyLength; had += digest.length) {
    digest = createHash('md5').update(digest).update(secret.utf8).update(iv.subarray(0, 8)).digest();
    pieces.push(digest);
  }
  const key = Buffer.concat(pieces).subarray(0, cipher.keyLength);
  const bytes = decryptCbc(cipher, key, iv, data);
  return checkKey(
    bytes === undefined
      ? { ok: false, reason: 'wrong-password', message: 'the password is wrong' }
      : { ok: true, bytes },
  );
}

/** One wrong password in 256 leaves a padding that looks right: what comes out must be a SEQUENCE too. */
function checkKey(decrypted: Decrypted): Decrypted {
  if (!decrypted.ok) return decrypted;
  const whole = children(readElements(decrypted.bytes)?.[0], TAGS.sequence);
  return whole === undefined
    ? { ok: false, reason: 'wrong-password', message: 'the password is wrong' }
    : decrypted;
}
