/**
 * The same bytes as a plain Uint8Array. Views made of a Buffer are Buffers, whose `slice` does not copy: who keeps
 * bytes by `slice` would keep a view of memory that is about to be used again.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
}
