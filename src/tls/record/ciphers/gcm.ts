/**
 * GCM (NIST SP 800-38D) for Camellia (RFC 6367), which OpenSSL has no GCM of: its CTR and ECB modes, and a GHASH of our
 * own by Shoup's 4-bit tables. Slow beside the native one; these suites are rare.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { equalInConstantTime } from '../protection/protection.js';
import type { AeadOpener } from './aead.js';

const TAG_LENGTH = 16;

export function camelliaGcmOpener(cipher: 'camellia-128' | 'camellia-256', key: Uint8Array): AeadOpener {
  const ecb = createCipheriv(`${cipher}-ecb`, key, null);
  ecb.setAutoPadding(false);
  const ghash = createGhash(ecb.update(Buffer.alloc(16)));
  const counter = Buffer.alloc(16);
  return (nonce, aad, ciphertext, tag) => {
    counter.set(nonce);
    counter.writeUInt32BE(1, 12);
    const expected = ecb.update(counter);
    const hash = ghash(aad, ciphertext);
    for (let i = 0; i < TAG_LENGTH; i++) expected[i] = (expected[i] as number) ^ (hash[i] as number);
    counter.writeUInt32BE(2, 12);
    const plain = createDecipheriv(`${cipher}-ctr`, key, counter).update(ciphertext);
    return equalInConstantTime(expected, tag, 0, TAG_LENGTH) ? plain : undefined;
  };
}

type Block = readonly [number, number, number, number];

/** Multiplies by x: the bits of a block run from the most significant of the first byte on. */
function shifted([a, b, c, d]: Block): Block {
  const carry = d & 1 ? 0xe1000000 : 0;
  return [
    (a >>> 1) ^ carry,
    (b >>> 1) | ((a & 1) << 31),
    (c >>> 1) | ((b & 1) << 31),
    (d >>> 1) | ((c & 1) << 31),
  ];
}

/** GHASH under the key `h` of additional data and ciphertext, with their lengths at the end. */
export function createGhash(h: Uint8Array): (aad: Uint8Array, ciphertext: Uint8Array) => Uint8Array {
  const view = new DataView(h.buffer, h.byteOffset, 16);
  // table[n] = n(x) * H for the 16 values of four bits, the first of which is the most significant.
  const table = new Uint32Array(64);
  let power: Block = [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
  for (let bit = 8; bit >= 1; bit >>= 1) {
    for (let n = 0; n < 16; n++) {
      if ((n & bit) === 0) continue;
      for (let w = 0; w < 4; w++)
        table[n * 4 + w] = (table[n * 4 + w] as number) ^ (power[w as 0 | 1 | 2 | 3] as number);
    }
    power = shifted(power);
  }
  // What the four bits that fall out at the end come to at the front.
  const reduction = new Uint32Array(16);
  for (let n = 0; n < 16; n++) {
    let block: Block = [0, 0, 0, n];
    for (let i = 0; i < 4; i++) block = shifted(block);
    reduction[n] = block[0];
  }

  return (aad, ciphertext) => {
    let z0 = 0;
    let z1 = 0;
    let z2 = 0;
    let z3 = 0;
    const state = Buffer.alloc(16);
    const multiply = () => {
      state.writeUInt32BE(z0 >>> 0, 0);
      state.writeUInt32BE(z1 >>> 0, 4);
      state.writeUInt32BE(z2 >>> 0, 8);
      state.writeUInt32BE(z3 >>> 0, 12);
      z0 = z1 = z2 = z3 = 0;
      for (let i = 31; i >= 0; i--) {
        const out = z3 & 15;
        z3 = (z3 >>> 4) | (z2 << 28);
        z2 = (z2 >>> 4) | (z1 << 28);
        z1 = (z1 >>> 4) | (z0 << 28);
        z0 = (z0 >>> 4) ^ (reduction[out] as number);
        const byte = state[i >> 1] as number;
        const at = (i & 1 ? byte & 15 : byte >> 4) * 4;
        z0 ^= table[at] as number;
        z1 ^= table[at + 1] as number;
        z2 ^= table[at + 2] as number;
        z3 ^= table[at + 3] as number;
      }
    };
    const block = Buffer.alloc(16);
    const absorb = (bytes: Uint8Array) => {
      for (let at = 0; at < bytes.length; at += 16) {
        block.fill(0);
        block.set(bytes.subarray(at, at + 16));
        z0 ^= block.readUInt32BE(0);
        z1 ^= block.readUInt32BE(4);
        z2 ^= block.readUInt32BE(8);
        z3 ^= block.readUInt32BE(12);
        multiply();
      }
    };
    absorb(aad);
    absorb(ciphertext);
    // Records are far shorter than 2^29 bytes: the bit lengths fit 32 bits.
    z1 ^= aad.length * 8;
    z3 ^= ciphertext.length * 8;
    multiply();
    const out = Buffer.alloc(16);
    out.writeUInt32BE(z0 >>> 0, 0);
    out.writeUInt32BE(z1 >>> 0, 4);
    out.writeUInt32BE(z2 >>> 0, 8);
    out.writeUInt32BE(z3 >>> 0, 12);
    return out;
  };
}
