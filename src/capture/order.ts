/** Reads of unsigned integers in the byte order of a capture file; the caller has checked that the bytes are there. */
export type ByteOrder = {
  u16(bytes: Uint8Array, at: number): number;
  u32(bytes: Uint8Array, at: number): number;
  u64(bytes: Uint8Array, at: number): bigint;
};

export const LITTLE_ENDIAN: ByteOrder = {
  u16: (bytes, at) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8),
  u32: (bytes, at) =>
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0,
  u64: (bytes, at) =>
    (BigInt(LITTLE_ENDIAN.u32(bytes, at + 4)) << 32n) | BigInt(LITTLE_ENDIAN.u32(bytes, at)),
};

export const BIG_ENDIAN: ByteOrder = {
  u16: (bytes, at) => ((bytes[at] as number) << 8) | (bytes[at + 1] as number),
  u32: (bytes, at) =>
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0,
  u64: (bytes, at) => (BigInt(BIG_ENDIAN.u32(bytes, at)) << 32n) | BigInt(BIG_ENDIAN.u32(bytes, at + 4)),
};
