/**
 * Microsoft's key files: PRIVATEKEYBLOB (MSBLOB, [MS-WCCE] §2.2.2.9.2 and the Windows SDK) and the PVK file around one,
 * encrypted with RC4 or not. In: bytes and a password. Out: an RSA key in the form of a JWK, or why there is none.
 */

import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { Password } from './pbe.js';

export type MicrosoftKey =
  | { readonly status: 'key'; readonly key: KeyObject }
  | { readonly status: 'needs-password' }
  | { readonly status: 'wrong-password' }
  /** A clause without a full stop. */
  | { readonly status: 'unsupported'; readonly message: string };

const PVK_MAGIC = 0xb0b5f11e;
const PVK_HEADER = 24;
/** bType, bVersion, reserved and aiKeyAlg of a PUBLICKEYSTRUC. */
const BLOB_HEADER = 8;
const PRIVATE_BLOB = 7;
const PUBLIC_BLOB = 6;
const BLOB_VERSION = 2;
const RSA2 = 0x32415352;
const DSS2 = 0x32535344;
const DSS4 = 0x34535344;
/** Octets of the RC4 key, and those that are left of it in the weak form for export. */
const RC4_KEY = 16;
const WEAK_RC4_KEY = 5;
/** Largest modulus read, in bits. */
const MODULUS_BITS_LIMIT = 16_384;

/** Whether the bytes begin as a PVK file or a key blob. */
export function isMicrosoftKey(bytes: Uint8Array): boolean {
  if (bytes.length < PVK_HEADER) return false;
  const view = viewOf(bytes);
  if (view.readUInt32LE(0) === PVK_MAGIC) return view.readUInt32LE(4) === 0;
  const isBlob = bytes[0] === PRIVATE_BLOB || bytes[0] === PUBLIC_BLOB;
  return isBlob && bytes[1] === BLOB_VERSION && view.readUInt16LE(2) === 0;
}

/** The key in the file; `secret` is needed where a PVK file is encrypted. */
export function readMicrosoftKey(bytes: Uint8Array, secret: Password | undefined): MicrosoftKey {
  const view = viewOf(bytes);
  if (view.readUInt32LE(0) !== PVK_MAGIC) return readBlob(bytes);
  const isEncrypted = view.readUInt32LE(12) !== 0;
  const saltLength = view.readUInt32LE(16);
  const blobStart = PVK_HEADER + saltLength;
  const blob = bytes.subarray(blobStart, blobStart + view.readUInt32LE(20));
  if (!isEncrypted) return readBlob(blob);
  if (secret === undefined) return { status: 'needs-password' };
  const salt = bytes.subarray(PVK_HEADER, blobStart);
  const whole = createHash('sha1').update(salt).update(secret.utf8).digest().subarray(0, RC4_KEY);
  const weak = Buffer.concat([whole.subarray(0, WEAK_RC4_KEY), Buffer.alloc(RC4_KEY - WEAK_RC4_KEY)]);
  for (const key of [whole, weak]) {
    const opened = Buffer.concat([blob.subarray(0, BLOB_HEADER), rc4(key, blob.subarray(BLOB_HEADER))]);
    const read = readBlob(opened);
    if (read.status === 'key') return read;
  }
  return { status: 'wrong-password' };
}

/** An RSA PRIVATEKEYBLOB: numbers with their least octet first, of lengths that follow from the modulus. */
function readBlob(bytes: Uint8Array): MicrosoftKey {
  if (bytes.length < BLOB_HEADER + 12) return unsupported('a Microsoft key blob is cut off');
  const view = viewOf(bytes);
  if (bytes[0] === PUBLIC_BLOB) return unsupported('a public key opens nothing; the private one is needed');
  const magic = view.readUInt32LE(BLOB_HEADER);
  if (magic === DSS2 || magic === DSS4) {
    return unsupported('a DSA key blob is not read; `openssl dsa -inform MSBLOB` makes it PEM');
  }
  const bits = view.readUInt32LE(BLOB_HEADER + 4);
  const length = bits / 8;
  const half = length / 2;
  if (magic !== RSA2 || bits === 0 || bits % 16 !== 0 || bits > MODULUS_BITS_LIMIT) {
    return unsupported('a Microsoft key blob is damaged or of an unknown kind');
  }
  let at = BLOB_HEADER + 8;
  const number = (octets: number): string => {
    const value = Buffer.from(bytes.subarray(at, at + octets)).reverse();
    at += octets;
    return value.toString('base64url');
  };
  const exponent = number(4);
  const n = number(length);
  const p = number(half);
  const q = number(half);
  const dp = number(half);
  const dq = number(half);
  const qi = number(half);
  const d = number(length);
  if (at > bytes.length) return unsupported('a Microsoft key blob is cut off');
  try {
    const key = createPrivateKey({
      format: 'jwk',
      key: { kty: 'RSA', e: exponent, n, p, q, dp, dq, qi, d },
    });
    return { status: 'key', key };
  } catch {
    return unsupported('a Microsoft key blob is damaged');
  }
}

/** RC4, which OpenSSL 3 keeps in its legacy provider. */
function rc4(key: Uint8Array, data: Uint8Array): Uint8Array {
  const state = Uint8Array.from({ length: 256 }, (_, index) => index);
  const swap = (a: number, b: number): void => {
    const kept = state[a] as number;
    state[a] = state[b] as number;
    state[b] = kept;
  };
  for (let index = 0, other = 0; index < 256; index++) {
    other = (other + (state[index] as number) + (key[index % key.length] as number)) & 0xff;
    swap(index, other);
  }
  let index = 0;
  let other = 0;
  return data.map((octet) => {
    index = (index + 1) & 0xff;
    other = (other + (state[index] as number)) & 0xff;
    swap(index, other);
    return octet ^ (state[((state[index] as number) + (state[other] as number)) & 0xff] as number);
  });
}

function unsupported(message: string): MicrosoftKey {
  return { status: 'unsupported', message };
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
