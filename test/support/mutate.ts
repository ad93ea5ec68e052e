/** Other random numbers than in every run: SIPLENS_SEED=anything. */
const SEED = process.env['SIPLENS_SEED'] ?? '';

/** Random numbers in [0, 1) that are the same for the same seed, so that a failure can be had again. */
export function seededRandom(seed: string): () => number {
  let state = 0;
  for (const character of SEED + seed) state = (Math.imul(state, 31) + character.charCodeAt(0)) >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy: bytes changed, set to extremes, cut out, repeated, inserted, or the end cut off. */
export function mutate(original: Uint8Array, random: () => number): Uint8Array {
  let bytes = Buffer.from(original);
  const times = 1 + Math.floor(random() * 4);
  const place = (): number => Math.floor(random() * bytes.length);
  for (let time = 0; time < times && bytes.length > 0; time++) {
    const at = place();
    switch (Math.floor(random() * 7)) {
      case 0:
        bytes[at] = Math.floor(random() * 256);
        break;
      case 1:
        bytes[at] = [0x00, 0x7f, 0x80, 0xff][Math.floor(random() * 4)] as number;
        break;
      case 2:
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + Math.floor(random() * 64))]);
        break;
      case 4: {
        const piece = bytes.subarray(at, at + Math.floor(random() * 64));
        bytes = Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
        break;
      }
      case 5: {
        const noise = Buffer.from(Array.from({ length: 8 }, () => Math.floor(random() * 256)));
        bytes = Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
        break;
      }
      default:
        if (random() < 0.2) bytes = bytes.subarray(0, at);
    }
  }
  return bytes;
}
