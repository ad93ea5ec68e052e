import { toHex } from '../bytes/hex.js';

export { formatAddress } from '../bytes/address.js';

/** A hardware address as `00:1b:21:0a:0b:0c`. */
export function formatMac(bytes: Uint8Array): string {
  return toHex(bytes).replace(/(..)(?=.)/g, '$1:');
}
