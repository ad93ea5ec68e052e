/**
 * RC2 decryption with 128 effective bits (RFC 2268), as the export suites have it. OpenSSL 3 keeps RC2 in its legacy
 * provider, so node-forge does it, as it does for CMS and keys.
 */
import { nodeForge } from '../../../bytes/libraries.js';
import type { BlockDecrypt } from './cbc.js';

const EFFECTIVE_BITS = 128;
const BLOCK_LENGTH = 8;

export function rc2Decryptor(key: Uint8Array): BlockDecrypt {
  const { rc2, util } = nodeForge();
  const cipher = rc2.createDecryptionCipher(binary(key), EFFECTIVE_BITS);
  return (input, from, output, to) => {
    // Without an initialization vector each block stands alone: the caller chains them.
    cipher.start(null as unknown as string);
    cipher.update(util.createBuffer(binary(input.subarray(from, from + BLOCK_LENGTH))));
    output.set(Buffer.from(cipher.output.getBytes(), 'latin1'), to);
  };
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
