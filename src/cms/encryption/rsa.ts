/**
 * RSA decryption of content keys (RFC 8017 §7), unpadded here: Node's privateDecrypt refuses PKCS #1 v1.5 padding
 * outright (CVE-2023-46809), and knows OAEP only with one hash for both of its uses. This is an analyzer that answers no
 * peer, so there is no oracle to guard against, and what is wrong with the padding may be told.
 */

import type { KeyObject } from 'node:crypto';
import { constants, createHash, privateDecrypt } from 'node:crypto';
import { equalBytes } from '../../bytes/text.js';

/** The raw RSA operation: the padded block, as long as the modulus; undefined where the key cannot do it. */
export function rsaBlock(key: KeyObject, ciphertext: Uint8Array): Uint8Array | undefined {
  const length = modulusOctets(key);
  if (length === undefined || ciphertext.length > length || ciphertext.length === 0) return undefined;
  // Some encoders drop leading zero octets of the ciphertext; OpenSSL takes only the full length.
  const block = ciphertext.length === length ? ciphertext : leftPadded(ciphertext, length);
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, block);
  } catch {
    // The value is not below the modulus: it was made for another key.
    return undefined;
  }
}

/** Octets of an RSA key's modulus; undefined for other keys. */
export function modulusOctets(key: KeyObject): number | undefined {
  const bits = key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined;
  return bits === undefined ? undefined : Math.ceil(bits / 8);
}

function leftPadded(bytes: Uint8Array, length: number): Uint8Array {
  const block = new Uint8Array(length);
  block.set(bytes, length - bytes.length);
  return block;
}

/** RSAES-PKCS1-v1_5 (RFC 8017 §7.2.2): 00 02, eight or more nonzero octets, 00, the message. */
export function unpadPkcs1(block: Uint8Array): Uint8Array | undefined {
  if (block[0] !== 0 || block[1] !== 2) return undefined;
  const end = block.indexOf(0, 2);
  return end < 10 ? undefined : block.subarray(end + 1);
}

/** RSAES-OAEP (RFC 8017 §7.1.2); hashes by node:crypto's names. */
export function unpadOaep(
  block: Uint8Array,
  hash: string,
  maskHash: string,
  label: Uint8Array,
): Uint8Array | undefined {
  const labelHash = createHash(hash).update(label).digest();
  const seedEnd = 1 + labelHash.length;
  if (block.length < 2 * labelHash.length + 2 || block[0] !== 0) return undefined;
  const masked = block.subarray(seedEnd);
  const seed = xor(block.subarray(1, seedEnd), maskGeneration(maskHash, masked, labelHash.length));
  const data = xor(masked, maskGeneration(maskHash, seed, masked.length));
  if (!equalBytes(data.subarray(0, labelHash.length), labelHash)) return undefined;
  let index = labelHash.length;
  while (data[index] === 0) index++;
  return data[index] === 1 ? data.subarray(index + 1) : undefined;
}

/** MGF1 (RFC 8017 B.2.1). */
function maskGeneration(hash: string, seed: Uint8Array, length: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const counter = new Uint8Array(4);
  const view = new DataView(counter.buffer);
  for (let octets = 0, count = 0; octets < length; count++) {
    view.setUint32(0, count);
    const piece = createHash(hash).update(seed).update(counter).digest();
    pieces.push(piece);
    octets += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((octet, index) => octet ^ (b[index] ?? 0));
}
