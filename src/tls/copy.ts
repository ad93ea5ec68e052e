/** A copy of bytes that may be kept. (`slice` is none where the bytes are a Buffer: it makes a view.) */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
