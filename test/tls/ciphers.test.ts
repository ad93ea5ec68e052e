import { spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAeadOpener } from '../../src/tls/record/ciphers/aead.js';
import { createCbcDecryptor } from '../../src/tls/record/ciphers/cbc.js';
import { createGhash } from '../../src/tls/record/ciphers/gcm.js';
import { Rc4 } from '../../src/tls/record/ciphers/rc4.js';
import type { BulkCipher, CipherName } from '../../src/tls/registries/cipher-suites.js';
import { hasLegacyProvider, hasOpenssl } from '../support/peers.js';

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

function bytes(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; parts.length * 32 < length; i++)
    parts.push(createHash('sha256').update(`${seed}${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

function bulk(cipher: CipherName, keyLength: number, blockLength: number): BulkCipher {
  return {
    cipher,
    mode: 'cbc',
    keyLength,
    keyMaterialLength: keyLength,
    blockLength,
    fixedIvLength: 0,
    tagLength: 0,
  };
}

/** Encrypts with OpenSSL's legacy provider; undefined where it is not installed. */
function openssl(name: string, key: Buffer, iv: Buffer, plain: Buffer): Buffer | undefined {
  const legacy = ['-provider', 'legacy', '-provider', 'default'];
  const options = [
    'enc',
    `-${name}`,
    '-nopad',
    '-K',
    key.toString('hex'),
    '-iv',
    iv.toString('hex'),
    ...legacy,
  ];
  const { stdout, status } = spawnSync('openssl', options, { input: plain });
  return status === 0 ? stdout : undefined;
}

const hasLegacy = hasOpenssl && hasLegacyProvider();

describe('ciphers of our own', () => {
  const plain = bytes('plain', 2400);

  it.skipIf(!hasLegacy).each([
    ['seed-cbc', bulk('seed', 16, 16)],
    ['rc2-cbc', bulk('rc2', 16, 8)],
    ['des-cbc', bulk('des', 8, 8)],
    ['des-ede3-cbc', bulk('3des', 24, 8)],
  ])('%s decrypts what OpenSSL encrypts, in any pieces', (name, cipher) => {
    for (let round = 0; round < 3; round++) {
      const key = bytes(`key${round}`, cipher.keyLength);
      const iv = bytes(`iv${round}`, cipher.blockLength);
      const encrypted = openssl(name, key, iv, plain) ?? Buffer.alloc(0);
      const decryptor = createCbcDecryptor(cipher, key, iv);
      const first = Buffer.from(decryptor.update(encrypted.subarray(0, cipher.blockLength * 3)));
      const rest = Buffer.from(decryptor.update(encrypted.subarray(cipher.blockLength * 3)));
      expect(Buffer.concat([first, rest]).equals(plain)).toBe(true);
    }
  });

  it('SEED: RFC 4269, Appendix B.1 and B.2', () => {
    const decryptor = createCbcDecryptor(bulk('seed', 16, 16), new Uint8Array(16), new Uint8Array(16));
    const plaintext = decryptor.update(hex('5EBAC6E0054E166819AFF1CC6D346CDB'));
    expect(Buffer.from(plaintext).toString('hex')).toBe('000102030405060708090a0b0c0d0e0f');
  });

  it.each([
    // Lai's and Massey's example; NESSIE, set 1, vector 0.
    ['00010002000300040005000600070008', '11fbed2b01986de5', '0000000100020003'],
    ['80000000000000000000000000000000', 'b1f5f7f87901370f', '0000000000000000'],
  ])('IDEA under %s', (key, ciphertext, plaintext) => {
    const decryptor = createCbcDecryptor(bulk('idea', 16, 8), hex(key), new Uint8Array(8));
    const twice = decryptor.update(hex(ciphertext + ciphertext));
    expect(Buffer.from(twice.subarray(0, 8)).toString('hex')).toBe(plaintext);
    const chained = Buffer.from(twice.subarray(8)).map((byte, i) => byte ^ (hex(ciphertext)[i] as number));
    expect(Buffer.from(chained).toString('hex')).toBe(plaintext);
  });

  it('RC4: RFC 6229, §2 (128-bit key)', () => {
    const cipher = new Rc4(hex('0102030405060708090a0b0c0d0e0f10'));
    expect(Buffer.from(cipher.apply(new Uint8Array(16))).toString('hex')).toBe(
      '9ac7cc9a609d1ef7b2932899cde41b97',
    );
    cipher.skip(240 - 16);
    const copy = cipher.clone();
    expect(Buffer.from(cipher.apply(new Uint8Array(16))).toString('hex')).toBe(
      '065902e4b620f6cc36c8589f66432f2b',
    );
    expect(Buffer.from(copy.apply(new Uint8Array(16))).toString('hex')).toBe(
      '065902e4b620f6cc36c8589f66432f2b',
    );
  });

  it('GHASH: NIST GCM test case 4', () => {
    // GHASH(H, A, C) of test case 4 in the GCM specification (McGrew and Viega).
    const ghash = createGhash(hex('b83b533708bf535d0aa6e52980d53b78'));
    const hash = ghash(
      hex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
      hex(`42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05
        1ba30b396a0aac973d58e091`),
    );
    expect(Buffer.from(hash).toString('hex')).toBe('698e57f70e6ecc7fd9463b7260a9ae5f');
  });

  it.each([
    ['camellia-128', 16],
    ['camellia-256', 32],
  ] as const)('%s GCM opens what counter mode and GHASH seal', (cipher, keyLength) => {
    // RFC 6367 has no vectors, nor has OpenSSL the mode: the same GHASH is held against AES-GCM of OpenSSL here.
    const key = bytes('key', 16);
    const nonce = bytes('nonce', 12);
    const aad = bytes('aad', 13);
    const seal = createCipheriv('aes-128-gcm', key, nonce);
    seal.setAAD(aad);
    const sealed = Buffer.concat([seal.update(plain), seal.final()]);
    const ecb = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
    const h = ecb.update(Buffer.alloc(16));
    const mask = ecb.update(Buffer.concat([nonce, hex('00000001')]));
    const hash = createGhash(h)(aad, sealed);
    expect(Buffer.from(hash.map((byte, i) => byte ^ (mask[i] as number))).equals(seal.getAuthTag())).toBe(
      true,
    );

    const camelliaKey = bytes('camellia', keyLength);
    const opener = createAeadOpener(
      {
        cipher,
        mode: 'gcm',
        keyLength,
        keyMaterialLength: keyLength,
        blockLength: 0,
        fixedIvLength: 4,
        tagLength: 16,
      },
      camelliaKey,
    );
    const ctr = createCipheriv(`${cipher}-ctr`, camelliaKey, Buffer.concat([nonce, hex('00000002')])).update(
      plain,
    );
    const camellia = createCipheriv(`${cipher}-ecb`, camelliaKey, null).setAutoPadding(false);
    const camelliaHash = createGhash(camellia.update(Buffer.alloc(16)))(aad, ctr);
    const camelliaMask = camellia.update(Buffer.concat([nonce, hex('00000001')]));
    const tag = Buffer.from(camelliaHash.map((byte, i) => byte ^ (camelliaMask[i] as number)));
    const opened = opener(nonce, aad, ctr, tag);
    expect(opened !== undefined && Buffer.from(opened).equals(plain)).toBe(true);
    tag[15] = (tag[15] as number) ^ 1;
    expect(opener(nonce, aad, ctr, tag)).toBeUndefined();
  });
});
