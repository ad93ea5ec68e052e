/** AEAD decryption of a record: node:crypto where OpenSSL's default provider has the cipher, own GCM for Camellia. */
import type { CipherCCMTypes, CipherGCMTypes } from 'node:crypto';
import { createDecipheriv } from 'node:crypto';
import type { BulkCipher } from '../../registries/cipher-suites.js';
import { camelliaGcmOpener } from './gcm.js';

/** Decrypts; undefined where the tag does not fit. */
export type AeadOpener = (
  nonce: Uint8Array,
  aad: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
) => Uint8Array | undefined;

export function createAeadOpener(bulk: BulkCipher, key: Uint8Array): AeadOpener {
  const { cipher, mode, tagLength } = bulk;
  if (mode === 'gcm' && (cipher === 'camellia-128' || cipher === 'camellia-256')) {
    return camelliaGcmOpener(cipher, key);
  }
  const name = mode === 'chacha' ? 'chacha20-poly1305' : `${cipher}-${mode}`;
  const options = { authTagLength: tagLength };
  if (mode === 'ccm') {
    return (nonce, aad, ciphertext, tag) => {
      const decipher = createDecipheriv(name as CipherCCMTypes, key, nonce, options);
      decipher.setAuthTag(tag);
      decipher.setAAD(aad, { plaintextLength: ciphertext.length });
      try {
        // CCM checks the tag in update already, and throws there.
        const plain = decipher.update(ciphertext);
        decipher.final();
        return plain;
      } catch {
        return undefined;
      }
    };
  }
  return (nonce, aad, ciphertext, tag) => {
    const decipher = createDecipheriv(name as CipherGCMTypes, key, nonce, options);
    decipher.setAuthTag(tag);
    decipher.setAAD(aad);
    const plain = decipher.update(ciphertext);
    try {
      decipher.final();
      return plain;
    } catch {
      return undefined;
    }
  };
}
