/** The same mutations in every run, and each can be found again by its number. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x100000000) * below);
  };
}

/** A file with one to six bits, bytes or runs of bytes changed, dropped or doubled. */
export function mutated(file: Uint8Array, seed: number): Buffer {
  const next = generator(seed);
  let bytes = Buffer.from(file);
  for (let count = 1 + next(6); count > 0; count--) {
    const at = next(bytes.length);
    const length = 1 + next(20);
    switch (next(5)) {
      case 0:
        bytes[at] = next(256);
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << next(8));
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      default:
        bytes.fill(next(2) === 0 ? 0xff : 0x00, at, Math.min(at + 4, bytes.length));
    }
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}
