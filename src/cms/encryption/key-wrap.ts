/**
 * Unwraps content keys that are wrapped with another symmetric key: AES and Camellia key wrap (RFC 3394, RFC 5649,
 * RFC 3657), triple DES key wrap (RFC 3217 §3.2), password-based wrap (RFC 3211 §2.3.2). Each has a check inside:
 * undefined means a wrong key or damaged bytes.
 */

import { createDecipheriv, createHash } from 'node:crypto';
import { equalBytes } from '../../bytes/text.js';
import type { WrapEntry } from '../algorithms.js';
import type { ContentCipher } from './content-cipher.js';
import { decryptBlocks } from './content-cipher.js';

const RFC3394_IV = Buffer.alloc(8, 0xa6);
const RFC5649_IV = Buffer.from('a65959a6', 'hex');
const RFC3217_IV = Buffer.from('4adda22c79e82105', 'hex');

/** The content key inside `wrapped`. */
export function unwrapKey(entry: WrapEntry, key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  if (key.length !== entry.keyOctets || wrapped.length < 16 || wrapped.length % 8 !== 0) return undefined;
  try {
    switch (entry.kind) {
      case 'aes':
        return unwrapAes(`id-aes${entry.keyOctets * 8}-wrap`, key, RFC3394_IV, wrapped);
      case 'aes-pad':
        return unwrapAes(`id-aes${entry.keyOctets * 8}-wrap-pad`, key, RFC5649_IV, wrapped);
      case 'camellia':
        return unwrapRfc3394(`camellia-${entry.keyOctets * 8}-ecb`, key, wrapped);
      case '3des':
        return unwrapTripleDes(key, wrapped);
    }
  } catch {
    return undefined;
  }
}

function unwrapAes(name: string, key: Uint8Array, iv: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(name, key, iv);
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
}

/** RFC 3394 §2.2.2 over any 128-bit block cipher: OpenSSL wraps keys with AES alone. */
function unwrapRfc3394(ecb: string, key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(ecb, key, null).setAutoPadding(false);
  const registers = Buffer.from(wrapped);
  const count = registers.length / 8 - 1;
  const block = Buffer.alloc(16);
  registers.copy(block, 0, 0, 8);
  for (let step = 6 * count; step >= 1; step--) {
    const at = 8 * (((step - 1) % count) + 1);
    // A key of 2^32 / 6 registers is beyond any message: the step stays in the low word.
    block.writeUInt32BE((block.readUInt32BE(4) ^ step) >>> 0, 4);
    registers.copy(block, 8, at, at + 8);
    decipher.update(block).copy(block);
    block.copy(registers, at, 8, 16);
  }
  return equalBytes(block.subarray(0, 8), RFC3394_IV) ? registers.subarray(8) : undefined;
}

function unwrapTripleDes(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  const decrypt = (iv: Uint8Array, bytes: Uint8Array): Buffer => {
    const decipher = createDecipheriv('des-ede3-cbc', key, iv).setAutoPadding(false);
    return Buffer.concat([decipher.update(bytes), decipher.final()]);
  };
  const reversed = decrypt(RFC3217_IV, wrapped).reverse();
  const checked = decrypt(reversed.subarray(0, 8), reversed.subarray(8));
  const contentKey = checked.subarray(0, -8);
  const check = createHash('sha1').update(contentKey).digest().subarray(0, 8);
  return equalBytes(check, checked.subarray(-8)) ? contentKey : undefined;
}

/** RFC 3211 §2.3.2: encrypted twice in CBC; inside, the key's length, three check octets, the key, random padding. */
export function unwrapPasswordKey(
  cipher: ContentCipher,
  key: Uint8Array,
  wrapped: Uint8Array,
): Uint8Array | undefined {
  const block = cipher.entry.blockOctets;
  if (block < 8 || wrapped.length < 2 * block || wrapped.length % block !== 0) return undefined;
  const last = wrapped.length - block;
  try {
    const lastPlain = decryptBlocks(
      { ...cipher, iv: wrapped.subarray(last - block, last) },
      key,
      wrapped.subarray(last),
    );
    const rest = decryptBlocks({ ...cipher, iv: lastPlain }, key, wrapped.subarray(0, last));
    const inner = decryptBlocks(cipher, key, Buffer.concat([rest, lastPlain]));
    const length = inner[0] ?? 0;
    if (length < 3 || length > inner.length - 4) return undefined;
    for (let index = 1; index <= 3; index++) {
      if (((inner[index] as number) ^ 0xff) !== inner[index + 3]) return undefined;
    }
    return inner.subarray(4, 4 + length);
  } catch {
    return undefined;
  }
}
