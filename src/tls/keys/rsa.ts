/** RSA key exchange: from the encrypted premaster secret to the secret (RFC 5246 §7.4.7.1, RFC 8017 §7.2.2). */
import { constants, privateDecrypt } from 'node:crypto';
import { latin1 } from '../../bytes/text.js';
import type { TlsPrivateKey } from '../context.js';
import { copyBytes } from '../copy.js';
import { digestOf } from './hash.js';
import type { SessionCache } from './session-cache.js';

/** Length of the premaster secret of RSA key exchange. */
const PREMASTER_LENGTH = 48;

/** Modulus length of a key in bytes; 0 where it is no RSA key. */
export function modulusLength(key: TlsPrivateKey): number {
  if (key.key.asymmetricKeyType !== 'rsa') return 0;
  return Math.ceil((key.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** The 48 bytes inside PKCS #1 v1.5 type 2 padding, or undefined. */
export function unpadPremaster(block: Uint8Array): Uint8Array | undefined {
  const start = block.length - PREMASTER_LENGTH;
  if (start < 11 || block[0] !== 0 || block[1] !== 2 || block[start - 1] !== 0) return undefined;
  for (let i = 2; i < start - 1; i++) if (block[i] === 0) return undefined;
  return copyBytes(block.subarray(start));
}

/**
 * Decrypts a premaster secret; undefined where the key does not fit. Padding is taken off by hand: Node refuses
 * PKCS #1 v1.5 (CVE-2023-46809), which guards against an oracle that a reader of captures is not. The result is
 * remembered by a hash of key and ciphertext: a private RSA operation costs some 0.3 to 1 ms.
 */
export function decryptPremaster(
  key: TlsPrivateKey,
  encrypted: Uint8Array,
  cache: Pick<SessionCache, 'premaster' | 'rememberPremaster'>,
): Uint8Array | undefined {
  const length = modulusLength(key);
  if (length === 0) return undefined;
  // Leading zeros may be missing or too many (a ciphertext is a number); more than the modulus cannot be.
  const excess = encrypted.length - length;
  if (excess > 0 && encrypted.subarray(0, excess).some((byte) => byte !== 0)) return undefined;
  const name = latin1(digestOf('sha256', [key.spki, encrypted]));
  const known = cache.premaster(name);
  if (known !== undefined) return known ?? undefined;

  const ciphertext = new Uint8Array(length);
  if (excess >= 0) ciphertext.set(encrypted.subarray(excess));
  else ciphertext.set(encrypted, -excess);
  let premaster: Uint8Array | undefined;
  try {
    premaster = unpadPremaster(
      privateDecrypt({ key: key.key, padding: constants.RSA_NO_PADDING }, ciphertext),
    );
  } catch {
    // The ciphertext is not less than the modulus: another key's.
    premaster = undefined;
  }
  cache.rememberPremaster(name, premaster ?? null);
  return premaster;
}
