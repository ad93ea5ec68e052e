import { latin1 } from '../bytes/text.js';

/** Bytes with a pattern in them replaced, one character standing for one byte. */
export function replaced(bytes: Uint8Array, from: RegExp | string, to: string): Uint8Array {
  return Buffer.from(latin1(bytes).replace(from, to), 'latin1');
}
