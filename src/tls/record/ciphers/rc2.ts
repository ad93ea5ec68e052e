/** RC2 decryption with 128 effective bits (RFC 2268), as the export suites have it. */
import { fromHex } from '../../../bytes/hex.js';
import type { BlockDecrypt } from './cbc.js';

/** PITABLE of RFC 2268 §2. */
const PI_TABLE = fromHex(`
  d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2
  179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82
  54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626
  6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7
  08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec
  c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731
  2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9
  0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad
`) as Uint8Array;

/** Left turns of the four words in a mixing round. */
const TURNS = [1, 2, 3, 5] as const;

const EFFECTIVE_BYTES = 16;

function expandKey(key: Uint8Array): Uint16Array {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  const pi = (value: number) => PI_TABLE[value & 0xff] as number;
  for (let i = key.length; i < 128; i++) {
    bytes[i] = pi((bytes[i - 1] as number) + (bytes[i - key.length] as number));
  }
  bytes[128 - EFFECTIVE_BYTES] = pi(bytes[128 - EFFECTIVE_BYTES] as number);
  for (let i = 127 - EFFECTIVE_BYTES; i >= 0; i--) {
    bytes[i] = pi((bytes[i + 1] as number) ^ (bytes[i + EFFECTIVE_BYTES] as number));
  }
  return Uint16Array.from(
    { length: 64 },
    (_, i) => (bytes[2 * i] as number) | ((bytes[2 * i + 1] as number) << 8),
  );
}

export function rc2Decryptor(key: Uint8Array): BlockDecrypt {
  const keys = expandKey(key);
  return (input, from, output, to) => {
    const source = new DataView(input.buffer, input.byteOffset + from, 8);
    const r = [0, 2, 4, 6].map((at) => source.getUint16(at, true));
    const word = (i: number) => r[i & 3] as number;
    for (let round = 15; round >= 0; round--) {
      for (let i = 3; i >= 0; i--) {
        const turn = TURNS[i] as number;
        const value = word(i);
        const turned = ((value >> turn) | (value << (16 - turn))) & 0xffff;
        const mixed = (word(i - 1) & word(i - 2)) + (~word(i - 1) & word(i - 3));
        r[i] = (turned - (keys[4 * round + i] as number) - mixed) & 0xffff;
      }
      // Mashing stands between the fifth and sixth and the eleventh and twelfth rounds of encryption.
      if (round !== 11 && round !== 5) continue;
      for (let i = 3; i >= 0; i--) r[i] = (word(i) - (keys[word(i - 1) & 63] as number)) & 0xffff;
    }
    const target = new DataView(output.buffer, output.byteOffset + to, 8);
    r.forEach((value, i) => {
      target.setUint16(2 * i, value, true);
    });
  };
}
