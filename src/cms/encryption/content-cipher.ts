/**
 * Decrypts content with its key (RFC 5652 §6.3): CBC with the padding checked here, so that damage can be told from
 * a wrong key; GCM, CCM and ChaCha20-Poly1305 with their tag (RFC 5084, RFC 8103).
 *
 * node:crypto does all but RC2, which OpenSSL 3 keeps in its legacy provider: node-forge does that one. Single DES is
 * there through triple DES with the same key three times.
 */

import type { CipherCCMTypes, CipherGCMTypes } from 'node:crypto';
import { createDecipheriv } from 'node:crypto';
import type { Asn1Node } from '../../asn1/node.js';
import { isUniversal, TAG } from '../../asn1/node.js';
import { readOctets, readSmallInteger } from '../../asn1/values.js';
import { nodeForge } from '../../bytes/libraries.js';
import type { CipherEntry } from '../algorithms.js';
import { algorithmName, cipherEntry } from '../algorithms.js';
import type { Algorithm } from '../structure.js';

/** A content encryption algorithm with its parameters read. */
export type ContentCipher = {
  readonly entry: CipherEntry;
  readonly iv: Uint8Array;
  /** Octets of the authentication tag; 0 for CBC. */
  readonly tagOctets: number;
  /** Effective key bits: the key's length but for RC2, which states them apart. */
  readonly keyBits: number | undefined;
};

/** RFC 5084 §3.1, §3.2: aes-ICVlen DEFAULT 12, which is also the length that they recommend. */
export const USUAL_TAG_OCTETS = 12;
/** RFC 5084 §3.1, §3.2: the values of aes-ICVlen that there are. */
const TAG_OCTETS = { ccm: [4, 6, 8, 10, 12, 14, 16], gcm: [12, 13, 14, 15, 16] } as const satisfies Record<
  string,
  readonly number[]
>;
/** RFC 5084 §3.1: octets of a CCM nonce. */
const CCM_NONCE = { least: 7, most: 13 } as const;
/** RFC 8103 §2: Poly1305's tag. */
const POLY1305_TAG_OCTETS = 16;
/** RFC 2268 §6: version numbers below 256 are a table's entries. */
const RC2_VERSION_BITS: Readonly<Record<number, number>> = { 160: 40, 120: 64, 58: 128 };
/** RFC 2268 §6: without a version, 32 effective bits. */
const RC2_USUAL_BITS = 32;

/** Reads the algorithm's parameters, or says in half a sentence why it cannot be used. */
export function readContentCipher(bytes: Uint8Array, algorithm: Algorithm): ContentCipher | string {
  const entry = cipherEntry(algorithm.oid);
  if (entry === undefined)
    return `the content encryption algorithm ${algorithmName(algorithm.oid)} is not supported`;
  const cipher = readParameters(bytes, entry, algorithm.parameters);
  if (cipher !== undefined && (entry.mode === 'gcm' || entry.mode === 'ccm')) {
    const octets = cipher.tagOctets;
    const allowed: readonly number[] = TAG_OCTETS[entry.mode];
    if (!allowed.includes(octets)) {
      return `its ICVlen is ${octets}, and ${entry.name} allows ${allowed.join(', ')} (RFC 5084 §3)`;
    }
  }
  return cipher ?? `the parameters of ${entry.name} cannot be read`;
}

function readParameters(
  bytes: Uint8Array,
  entry: CipherEntry,
  parameters: Asn1Node | undefined,
): ContentCipher | undefined {
  if (parameters === undefined) return undefined;
  const keyBits = entry.keyOctets === undefined ? undefined : entry.keyOctets * 8;
  const isOctets: boolean = isUniversal(parameters, TAG.octetString);
  if (isOctets) {
    const iv = readOctets(bytes, parameters);
    if (iv === undefined) return undefined;
    if (entry.mode === 'chacha20-poly1305') {
      return iv.length === 12 ? { entry, iv, tagOctets: POLY1305_TAG_OCTETS, keyBits } : undefined;
    }
    if (entry.mode === 'rc2-cbc') {
      return iv.length === entry.blockOctets
        ? { entry, iv, tagOctets: 0, keyBits: RC2_USUAL_BITS }
        : undefined;
    }
    if (entry.mode === 'gcm' || entry.mode === 'ccm') return undefined;
    return iv.length === entry.blockOctets ? { entry, iv, tagOctets: 0, keyBits } : undefined;
  }
  if (!isUniversal(parameters, TAG.sequence)) return undefined;
  const [first, second] = parameters.children;
  if (entry.mode === 'rc2-cbc') return readRc2(bytes, entry, first, second);
  if (entry.mode !== 'gcm' && entry.mode !== 'ccm') return undefined;
  const iv = isUniversal(first, TAG.octetString) ? readOctets(bytes, first) : undefined;
  const said = isUniversal(second, TAG.integer) ? readSmallInteger(bytes, second) : USUAL_TAG_OCTETS;
  if (iv === undefined || iv.length === 0 || said === undefined) return undefined;
  if (entry.mode === 'ccm' && (iv.length < CCM_NONCE.least || iv.length > CCM_NONCE.most)) return undefined;
  return { entry, iv, tagOctets: said, keyBits };
}

function readRc2(
  bytes: Uint8Array,
  entry: CipherEntry,
  versionNode: Asn1Node | undefined,
  ivNode: Asn1Node | undefined,
): ContentCipher | undefined {
  const version = isUniversal(versionNode, TAG.integer) ? readSmallInteger(bytes, versionNode) : undefined;
  const iv = isUniversal(ivNode, TAG.octetString) ? readOctets(bytes, ivNode) : undefined;
  if (version === undefined || iv?.length !== entry.blockOctets) return undefined;
  const keyBits = version >= 256 ? version : RC2_VERSION_BITS[version];
  return keyBits === undefined || keyBits > 1024 ? undefined : { entry, iv, tagOctets: 0, keyBits };
}

/** Whether a content key can be one of this cipher: for telling a wrong key early. */
export function keyLengthFits({ entry }: ContentCipher, key: Uint8Array): boolean {
  if (entry.keyOctets !== undefined) return key.length === entry.keyOctets;
  return key.length >= 1 && key.length <= 128;
}

export type ContentResult =
  | { readonly ok: true; readonly content: Uint8Array }
  | { readonly ok: false; readonly code: 'length' | 'padding' | 'tag' | 'key'; readonly why: string };

/**
 * Decrypts `ciphertext`. `tag` and `associatedData` are those of AuthEnvelopedData; without a tag, an AEAD cipher
 * takes the last octets of the ciphertext, as some stacks write EnvelopedData with GCM.
 */
export function decryptContent(
  cipher: ContentCipher,
  key: Uint8Array,
  ciphertext: Uint8Array,
  tag?: Uint8Array,
  associatedData?: Uint8Array,
): ContentResult {
  if (!keyLengthFits(cipher, key)) {
    return {
      ok: false,
      code: 'key',
      why: `the content key has ${key.length} octets and ${cipher.entry.name} wants ${cipher.entry.keyOctets}`,
    };
  }
  return cipher.tagOctets > 0
    ? decryptAead(cipher, key, ciphertext, tag, associatedData)
    : decryptCbc(cipher, key, ciphertext);
}

function decryptCbc(cipher: ContentCipher, key: Uint8Array, ciphertext: Uint8Array): ContentResult {
  const { blockOctets } = cipher.entry;
  if (ciphertext.length === 0 || ciphertext.length % blockOctets !== 0) {
    return {
      ok: false,
      code: 'length',
      why: `the encrypted content has ${ciphertext.length} bytes, which is no multiple of the ${blockOctets}-byte block`,
    };
  }
  const padded = decryptBlocks(cipher, key, ciphertext);
  const count = paddingOctets(padded, blockOctets);
  if (count === 0) {
    return {
      ok: false,
      code: 'padding',
      why: `the padding after ${padded.length} decrypted bytes is not one: they end in ${Buffer.from(
        padded.subarray(-Math.min(blockOctets, padded.length)),
      ).toString('hex')}`,
    };
  }
  return { ok: true, content: padded.subarray(0, padded.length - count) };
}

/** CBC without looking at the padding, for whole blocks of ciphertext. */
export function decryptBlocks(cipher: ContentCipher, key: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { entry, iv } = cipher;
  if (entry.mode === 'rc2-cbc') return decryptRc2(cipher, key, ciphertext);
  const used = entry.mode === 'des-cbc' ? Buffer.concat([key, key, key]) : key;
  // Without padding to take off, all blocks come with `update`, and nothing is left for `final`.
  return createDecipheriv(entry.node, used, iv).setAutoPadding(false).update(ciphertext);
}

function decryptRc2(cipher: ContentCipher, key: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const { rc2, util } = nodeForge();
  const binary = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  const decipher = rc2.createDecryptionCipher(binary(key), cipher.keyBits ?? RC2_USUAL_BITS);
  decipher.start(binary(cipher.iv));
  decipher.update(util.createBuffer(binary(ciphertext)));
  // The argument is forge's way of leaving the padding alone.
  decipher.finish(() => true);
  return Buffer.from(decipher.output.getBytes(), 'latin1');
}

/** Octets of padding (RFC 5652 §6.3), or 0 where there is no valid one. */
export function paddingOctets(padded: Uint8Array, blockOctets: number): number {
  const count = padded[padded.length - 1] ?? 0;
  if (count === 0 || count > blockOctets || count > padded.length) return 0;
  for (let index = padded.length - count; index < padded.length; index++) {
    if (padded[index] !== count) return 0;
  }
  return count;
}

function decryptAead(
  cipher: ContentCipher,
  key: Uint8Array,
  ciphertext: Uint8Array,
  givenTag: Uint8Array | undefined,
  associatedData: Uint8Array | undefined,
): ContentResult {
  const { entry, iv } = cipher;
  const tag = givenTag ?? ciphertext.subarray(Math.max(0, ciphertext.length - cipher.tagOctets));
  const body = givenTag === undefined ? ciphertext.subarray(0, ciphertext.length - tag.length) : ciphertext;
  if (tag.length < 4 || tag.length > 16) {
    return { ok: false, code: 'length', why: `its authentication tag has ${tag.length} bytes` };
  }
  const refused: ContentResult = {
    ok: false,
    code: 'tag',
    why: 'its authentication tag does not fit: the content, its attributes or its tag were changed, or the key is wrong',
  };
  try {
    const authTagLength = tag.length;
    if (entry.mode === 'ccm') {
      const decipher = createDecipheriv(entry.node as CipherCCMTypes, key, iv, { authTagLength });
      decipher.setAuthTag(tag);
      if (associatedData !== undefined) decipher.setAAD(associatedData, { plaintextLength: body.length });
      const content = decipher.update(body);
      decipher.final();
      return { ok: true, content };
    }
    const decipher = createDecipheriv(entry.node as CipherGCMTypes, key, iv, { authTagLength });
    decipher.setAuthTag(tag);
    if (associatedData !== undefined) decipher.setAAD(associatedData);
    const content = Buffer.concat([decipher.update(body), decipher.final()]);
    return { ok: true, content };
  } catch {
    return refused;
  }
}
