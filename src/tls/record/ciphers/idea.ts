/** IDEA decryption (Lai and Massey, 1991; TLS: RFC 5469), which OpenSSL 3 has in the legacy provider only. */
import type { BlockDecrypt } from './cbc.js';

/** Product modulo 2^16 + 1, where 0 stands for 2^16. */
function multiply(a: number, b: number): number {
  return (((a || 0x10000) * (b || 0x10000)) % 0x10001) & 0xffff;
}

/** Multiplicative inverse modulo 2^16 + 1: x^(p-2), as p is prime. */
function inverse(x: number): number {
  let result = 1;
  for (let square = x, exponent = 0xffff; exponent > 0; exponent >>= 1) {
    if (exponent & 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

function negative(x: number): number {
  return -x & 0xffff;
}

/** The 52 subkeys: the key, turned left by 25 bits for every eight of them. */
function encryptionKeys(key: Uint8Array): number[] {
  const keys: number[] = [];
  for (let i = 0; i < 8; i++) keys.push(((key[2 * i] as number) << 8) | (key[2 * i + 1] as number));
  for (let i = 8; i < 52; i++) {
    const row = i - (i % 8) - 8;
    const first = keys[row + ((i + 1) % 8)] as number;
    const second = keys[row + ((i + 2) % 8)] as number;
    keys.push(((first << 9) | (second >> 7)) & 0xffff);
  }
  return keys;
}

/** Those of decryption: the inverses, backwards; the middle two change places but in the first and last round. */
function decryptionKeys(key: Uint8Array): number[] {
  const forward = encryptionKeys(key);
  const at = (index: number) => forward[index] as number;
  const keys: number[] = [];
  for (let round = 0; round <= 8; round++) {
    const base = 6 * (8 - round);
    const edge = round === 0 || round === 8;
    keys.push(
      inverse(at(base)),
      negative(at(base + (edge ? 1 : 2))),
      negative(at(base + (edge ? 2 : 1))),
      inverse(at(base + 3)),
    );
    if (round < 8) keys.push(at(base - 2), at(base - 1));
  }
  return keys;
}

export function ideaDecryptor(key: Uint8Array): BlockDecrypt {
  const keys = Uint16Array.from(decryptionKeys(key));
  const k = (index: number) => keys[index] as number;
  return (input, from, output, to) => {
    const source = new DataView(input.buffer, input.byteOffset + from, 8);
    let a = source.getUint16(0);
    let b = source.getUint16(2);
    let c = source.getUint16(4);
    let d = source.getUint16(6);
    for (let i = 0; i < 48; i += 6) {
      a = multiply(a, k(i));
      b = (b + k(i + 1)) & 0xffff;
      c = (c + k(i + 2)) & 0xffff;
      d = multiply(d, k(i + 3));
      const x = multiply(a ^ c, k(i + 4));
      const y = multiply(((b ^ d) + x) & 0xffff, k(i + 5));
      const z = (x + y) & 0xffff;
      [a, b, c, d] = [a ^ y, c ^ y, b ^ z, d ^ z];
    }
    const target = new DataView(output.buffer, output.byteOffset + to, 8);
    target.setUint16(0, multiply(a, k(48)));
    target.setUint16(2, c + k(49));
    target.setUint16(4, b + k(50));
    target.setUint16(6, multiply(d, k(51)));
  };
}
