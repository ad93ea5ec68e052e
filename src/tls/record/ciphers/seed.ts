/** SEED decryption (RFC 4269), which OpenSSL 3 has in the legacy provider only. */
import type { BlockDecrypt } from './cbc.js';

/** Product in GF(2^8) modulo x^8 + x^6 + x^5 + x + 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let factor = a, rest = b; rest > 0; rest >>= 1) {
    if (rest & 1) product ^= factor;
    factor <<= 1;
    if (factor & 0x100) factor ^= 0x163;
  }
  return product;
}

/** S(x) = A * x^exponent + constant (RFC 4269 §2.2); `columns` are those of the matrix A, for bit 0 first. */
function substitution(exponent: number, columns: readonly number[], constant: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, x) => {
    let power = 1;
    for (let i = 0; i < exponent; i++) power = multiply(power, x);
    return columns.reduce((sum, column, bit) => (power & (1 << bit) ? sum ^ column : sum), constant);
  });
}

/** The function G as four tables: S-box and masks together (RFC 4269 §2.2). */
function makeTables(): readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array] {
  const boxes = [
    substitution(247, [0x2c, 0xd0, 0x69, 0xc2, 0x41, 0x44, 0x58, 0xe2], 0xa9),
    substitution(251, [0xd0, 0x2a, 0xe1, 0x2c, 0x21, 0x30, 0xa2, 0x6c], 0x38),
  ] as const;
  const masks = [0x3fcff3fc, 0xfc3fcff3, 0xf3fc3fcf, 0xcff3fc3f] as const;
  const table = (index: 0 | 1 | 2 | 3) =>
    Uint32Array.from(boxes[index & 1] as Uint8Array, (value) => ((value * 0x01010101) & masks[index]) >>> 0);
  return [table(0), table(1), table(2), table(3)];
}

let tables: ReturnType<typeof makeTables> | undefined;

/** Key constants: the golden ratio, turned left by one bit a round. */
const GOLDEN = 0x9e3779b9;

export function seedDecryptor(key: Uint8Array): BlockDecrypt {
  tables ??= makeTables();
  const [t0, t1, t2, t3] = tables;
  const g = (x: number): number =>
    (t0[x & 0xff] as number) ^
    (t1[(x >>> 8) & 0xff] as number) ^
    (t2[(x >>> 16) & 0xff] as number) ^
    (t3[x >>> 24] as number);

  const view = new DataView(key.buffer, key.byteOffset, 16);
  let a = view.getUint32(0);
  let b = view.getUint32(4);
  let c = view.getUint32(8);
  let d = view.getUint32(12);
  const roundKeys = new Int32Array(32);
  for (let round = 0; round < 16; round++) {
    const constant = (GOLDEN << round) | (round === 0 ? 0 : GOLDEN >>> (32 - round));
    roundKeys[2 * round] = g((a + c - constant) | 0);
    roundKeys[2 * round + 1] = g((b - d + constant) | 0);
    if (round % 2 === 0) [a, b] = [(a >>> 8) | (b << 24), (b >>> 8) | (a << 24)];
    else [c, d] = [(c << 8) | (d >>> 24), (d << 8) | (c >>> 24)];
  }

  return (input, from, output, to) => {
    const source = new DataView(input.buffer, input.byteOffset + from, 16);
    let l0 = source.getInt32(0);
    let l1 = source.getInt32(4);
    let r0 = source.getInt32(8);
    let r1 = source.getInt32(12);
    for (let round = 15; round >= 0; round--) {
      let x = r0 ^ (roundKeys[2 * round] as number);
      let y = g(r1 ^ (roundKeys[2 * round + 1] as number) ^ x);
      x = g((x + y) | 0);
      y = g((y + x) | 0);
      x = (x + y) | 0;
      [l0, l1, r0, r1] = [r0, r1, l0 ^ x, l1 ^ y];
    }
    const target = new DataView(output.buffer, output.byteOffset + to, 16);
    target.setInt32(0, r0);
    target.setInt32(4, r1);
    target.setInt32(8, l0);
    target.setInt32(12, l1);
  };
}
