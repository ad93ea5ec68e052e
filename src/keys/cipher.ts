/**
 * CBC decryption for key containers. OpenSSL 3 does not offer single DES and RC2 without its legacy provider: those
 * two are node-forge's, which is loaded when first wanted and not before.
 */

import { createDecipheriv } from 'node:crypto';
import type forgeNamespace from 'node-forge';
import { nodeForge } from '../bytes/libraries.js';

export type CbcCipher =
  | { readonly kind: 'node'; readonly name: string; readonly keyLength: number; readonly ivLength: number }
  | { readonly kind: 'des'; readonly keyLength: number; readonly ivLength: number }
  | {
      readonly kind: 'rc2';
      readonly keyLength: number;
      readonly ivLength: number;
      /** Effective key bits (RFC 2268 §2). */
      readonly effectiveBits: number;
    };

/** Decrypts and removes the PKCS #7 padding; undefined where the padding is wrong, as after a wrong password. */
export function decryptCbc(
  cipher: CbcCipher,
  key: Uint8Array,
  iv: Uint8Array,
  data: Uint8Array,
): Uint8Array | undefined {
  if (iv.length !== cipher.ivLength || data.length === 0 || data.length % cipher.ivLength !== 0)
    return undefined;
  try {
    if (cipher.kind === 'node') {
      const decipher = createDecipheriv(cipher.name, key, iv);
      return Buffer.concat([decipher.update(data), decipher.final()]);
    }
    const forge = nodeForge();
    const decipher =
      cipher.kind === 'des'
        ? forge.cipher.createDecipher('DES-CBC', forge.util.createBuffer(binary(key)))
        : forge.rc2.createDecryptionCipher(binary(key), cipher.effectiveBits);
    if (cipher.kind === 'des') (decipher as forgeNamespace.cipher.BlockCipher).start({ iv: binary(iv) });
    else (decipher as forgeNamespace.rc2.cipher).start(binary(iv));
    decipher.update(forge.util.createBuffer(binary(data)));
    if (!decipher.finish()) return undefined;
    return Buffer.from(decipher.output.getBytes(), 'latin1');
  } catch {
    return undefined;
  }
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function node(name: string, keyLength: number, ivLength: number): CbcCipher {
  return { kind: 'node', name, keyLength, ivLength };
}

/** Ciphers of PEM's DEK-Info header (RFC 1421 §4.6.1.3, and the names OpenSSL writes there). */
export const DEK_CIPHERS: ReadonlyMap<string, CbcCipher> = new Map<string, CbcCipher>([
  ['DES-EDE3-CBC', node('des-ede3-cbc', 24, 8)],
  ['AES-128-CBC', node('aes-128-cbc', 16, 16)],
  ['AES-192-CBC', node('aes-192-cbc', 24, 16)],
  ['AES-256-CBC', node('aes-256-cbc', 32, 16)],
  ['CAMELLIA-128-CBC', node('camellia-128-cbc', 16, 16)],
  ['CAMELLIA-192-CBC', node('camellia-192-cbc', 24, 16)],
  ['CAMELLIA-256-CBC', node('camellia-256-cbc', 32, 16)],
  ['ARIA-128-CBC', node('aria-128-cbc', 16, 16)],
  ['ARIA-192-CBC', node('aria-192-cbc', 24, 16)],
  ['ARIA-256-CBC', node('aria-256-cbc', 32, 16)],
  ['DES-CBC', { kind: 'des', keyLength: 8, ivLength: 8 }],
  ['RC2-CBC', { kind: 'rc2', keyLength: 16, ivLength: 8, effectiveBits: 128 }],
  ['RC2-64-CBC', { kind: 'rc2', keyLength: 8, ivLength: 8, effectiveBits: 64 }],
  ['RC2-40-CBC', { kind: 'rc2', keyLength: 5, ivLength: 8, effectiveBits: 40 }],
]);

/** Ciphers of PBES2 (RFC 8018 §B.2) by their identifier; RC2 stands apart, for its parameters. */
export const PBES2_CIPHERS: ReadonlyMap<string, CbcCipher> = new Map<string, CbcCipher>([
  ['1.2.840.113549.3.7', node('des-ede3-cbc', 24, 8)],
  ['2.16.840.1.101.3.4.1.2', node('aes-128-cbc', 16, 16)],
  ['2.16.840.1.101.3.4.1.22', node('aes-192-cbc', 24, 16)],
  ['2.16.840.1.101.3.4.1.42', node('aes-256-cbc', 32, 16)],
  ['1.2.392.200011.61.1.1.1.2', node('camellia-128-cbc', 16, 16)],
  ['1.2.392.200011.61.1.1.1.3', node('camellia-192-cbc', 24, 16)],
  ['1.2.392.200011.61.1.1.1.4', node('camellia-256-cbc', 32, 16)],
  ['1.2.410.200046.1.1.2', node('aria-128-cbc', 16, 16)],
  ['1.2.410.200046.1.1.7', node('aria-192-cbc', 24, 16)],
  ['1.2.410.200046.1.1.12', node('aria-256-cbc', 32, 16)],
  ['1.2.156.10197.1.104.2', node('sm4-cbc', 16, 16)],
  ['1.3.14.3.2.7', { kind: 'des', keyLength: 8, ivLength: 8 }],
]);

/** Triple DES and RC2 of PKCS #12's own schemes (RFC 7292 §C). */
export const TRIPLE_DES: CbcCipher = node('des-ede3-cbc', 24, 8);
export const DES: CbcCipher = { kind: 'des', keyLength: 8, ivLength: 8 };

/** RC2 with as many effective bits as key bits. */
export function rc2(keyLength: number, effectiveBits = keyLength * 8): CbcCipher {
  return { kind: 'rc2', keyLength, ivLength: 8, effectiveBits };
}
