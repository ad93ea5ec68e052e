/** CBC decryption that keeps its chain over many calls, by node:crypto where OpenSSL's default provider has the cipher. */
import { createDecipheriv } from 'node:crypto';
import type { BulkCipher } from '../../registries/cipher-suites.js';
import { ideaDecryptor } from './idea.js';
import { rc2Decryptor } from './rc2.js';
import { seedDecryptor } from './seed.js';

/** Decrypts whole blocks; the last block of a call is the IV of the next. The answer is memory of its own. */
export type CbcDecryptor = { update(ciphertext: Uint8Array): Uint8Array };

/** Decrypts one block. */
export type BlockDecrypt = (input: Uint8Array, from: number, output: Uint8Array, to: number) => void;

const NATIVE: Readonly<Partial<Record<BulkCipher['cipher'], string>>> = {
  'aes-128': 'aes-128-cbc',
  'aes-256': 'aes-256-cbc',
  'camellia-128': 'camellia-128-cbc',
  'camellia-256': 'camellia-256-cbc',
  'aria-128': 'aria-128-cbc',
  'aria-256': 'aria-256-cbc',
  '3des': 'des-ede3-cbc',
  // DES alone is in the legacy provider only; EDE with one key thrice is the same function.
  des: 'des-ede3-cbc',
};

const OWN: Readonly<Partial<Record<BulkCipher['cipher'], (key: Uint8Array) => BlockDecrypt>>> = {
  seed: seedDecryptor,
  idea: ideaDecryptor,
  rc2: rc2Decryptor,
};

export function createCbcDecryptor(bulk: BulkCipher, key: Uint8Array, iv: Uint8Array): CbcDecryptor {
  const own = OWN[bulk.cipher];
  if (own !== undefined) return ownCbc(own(key), bulk.blockLength, iv);
  const native = NATIVE[bulk.cipher];
  if (native === undefined) throw new Error(`no CBC mode of ${bulk.cipher}`);
  const fullKey = bulk.cipher === 'des' ? Buffer.concat([key, key, key]) : key;
  const decipher = createDecipheriv(native, fullKey, iv);
  decipher.setAutoPadding(false);
  return decipher;
}

function ownCbc(decrypt: BlockDecrypt, blockLength: number, iv: Uint8Array): CbcDecryptor {
  const chain = new Uint8Array(iv);
  return {
    update: (ciphertext) => {
      const plain = new Uint8Array(ciphertext.length);
      for (let at = 0; at < ciphertext.length; at += blockLength) {
        decrypt(ciphertext, at, plain, at);
        for (let i = 0; i < blockLength; i++) {
          plain[at + i] = (plain[at + i] as number) ^ (chain[i] as number);
          chain[i] = ciphertext[at + i] as number;
        }
      }
      return plain;
    },
  };
}
