/** Why a message could not be decrypted: which key it wants, and what the bytes look like where the right key is there. */

import { utf8OrUndefined } from '../bytes/text.js';
import { readCertificates } from '../cms/certificates.js';
import type { ContentCipher } from '../cms/encryption/content-cipher.js';
import {
  decryptBlocks,
  decryptContent,
  keyLengthFits,
  paddingOctets,
} from '../cms/encryption/content-cipher.js';
import { contentKeysOf } from '../cms/encryption/content-key.js';
import type { EnvelopedStructure } from '../cms/encryption/enveloped-data.js';
import { noKeyReason, readEnvelopedData, usableCipher } from '../cms/encryption/enveloped-data.js';
import { contentTypeName, readContentInfo } from '../cms/evaluate.js';
import type { CmsContext } from '../cms/model.js';
import type { Mistake } from '../model/mistake.js';
import { explainDamage } from './damage.js';
import type { CarriedVariants } from './variants.js';

/** Octets of decrypted content looked at to tell text from noise. */
const LOOKED_AT_OCTETS = 64;

/**
 * The mistakes that explain why an EnvelopedData or AuthEnvelopedData did not open, the most telling first; damage
 * of the structure itself is told too. Empty where it does open.
 */
export function explainDecryption(
  bytes: Uint8Array,
  context: CmsContext,
  carried: CarriedVariants = {},
): Mistake[] {
  const damage = explainDamage(bytes, carried);
  const { reading, inner, contentTypeOid } = readContentInfo(bytes, undefined, context.budget);
  const contentType = contentTypeName(contentTypeOid);
  if (contentType !== 'enveloped_data' && contentType !== 'auth_enveloped_data') return damage;
  const structure = readEnvelopedData(reading, inner, context.certificates, contentType);
  const { recipients, encrypted } = structure;
  const certificates = readCertificates(reading, structure.originatorCertificates);
  const results = recipients.map((raw) => contentKeysOf(reading, raw, context, certificates));
  const keys = results.flatMap((result) => (result.outcome === 'keys' ? result.keys : []));
  if (keys.length === 0) {
    const failed = results.find((result) => result.outcome === 'failed');
    return [
      ...damage,
      failed?.outcome === 'failed'
        ? { code: 'wrong-key', sentence: `The content key could not be had: ${failed.why}.` }
        : { code: 'no-recipient-key', sentence: noKeyReason(recipients, context) },
    ];
  }
  const cipher = usableCipher(reading, encrypted, contentType, structure.tag);
  if (typeof cipher === 'string') return damage;
  const fitting = keys.find((one) => keyLengthFits(cipher, one.key));
  if (fitting === undefined) {
    const length = keys[0]?.key.length ?? 0;
    return [
      ...damage,
      {
        code: 'content-key-length',
        sentence: `The content key has ${length * 8} bits, and ${cipher.entry.name} wants ${cipher.keyBits ?? 'another number'}: the sender's key and its algorithm identifier disagree.`,
      },
    ];
  }
  return [...damage, ...explainContent(structure, cipher, fitting.key)];
}

function explainContent(
  { encrypted, tag, associatedData }: EnvelopedStructure,
  cipher: ContentCipher,
  key: Uint8Array,
): Mistake[] {
  const { ciphertext } = encrypted;
  if (ciphertext === undefined || ciphertext.length === 0) return [];
  const opened = decryptContent(cipher, key, ciphertext, tag, associatedData);
  if (opened.ok) return [];
  if (cipher.tagOctets > 0) {
    const bare = associatedData === undefined ? undefined : decryptContent(cipher, key, ciphertext, tag);
    if (bare?.ok) {
      return [
        {
          code: 'attributes-not-authenticated',
          sentence:
            'The tag fits only when the authenticated attributes are left out: the sender did not authenticate them (RFC 5083 §2.2).',
          repaired: bare.content,
        },
      ];
    }
    return [{ code: 'tag-mismatch', sentence: `The content cannot be trusted: ${opened.why}.` }];
  }
  const block = cipher.entry.blockOctets;
  const wholeOctets = ciphertext.length - (ciphertext.length % block);
  if (wholeOctets === 0) {
    return [{ code: 'ciphertext-length', sentence: `The content cannot be decrypted: ${opened.why}.` }];
  }
  const plain = decryptBlocks(cipher, key, ciphertext.subarray(0, wholeOctets));
  // The last block is what is in question: it is left out where there are others.
  const readable = looksReadable(
    plain.subarray(0, Math.min(LOOKED_AT_OCTETS, Math.max(block, plain.length - block))),
  );
  if (wholeOctets !== ciphertext.length) {
    const sentence =
      `The encrypted content has ${ciphertext.length} bytes, which is no multiple of ${block}: ` +
      `${ciphertext.length % block} bytes are too many or ${block - (ciphertext.length % block)} are missing` +
      `${readable ? '; what can be decrypted of it is readable, so the key is right' : ''}.`;
    return [{ code: 'ciphertext-length', sentence, ...(readable ? { repaired: plain } : {}) }];
  }
  if (paddingOctets(plain, block) > 0) return [];
  return [paddingMistake(plain, block, readable)];
}

function paddingMistake(plain: Uint8Array, block: number, readable: boolean): Mistake {
  if (!readable) {
    return {
      code: 'content-key-or-damage',
      sentence: `None of the ${plain.length} decrypted bytes make sense and their padding is not one: the content key is another, the initialization vector is damaged, or the content is.`,
    };
  }
  const last = plain[plain.length - 1] ?? 0;
  const zeros = trailingZeros(plain);
  if (zeros > 0) {
    return {
      code: 'padding-zeros',
      sentence: `The content is readable, but padded with ${zeros} zero bytes up to ${plain.length} instead of as RFC 5652 §6.3 says.`,
      repaired: plain.subarray(0, plain.length - zeros),
    };
  }
  if (last > 0 && last <= block) {
    return {
      code: 'padding-iso10126',
      sentence: `The content is readable, but its ${last} bytes of padding after byte ${plain.length - last} are not all ${last}: they are random, as XML encryption pads, or damaged.`,
      repaired: plain.subarray(0, plain.length - last),
    };
  }
  if (looksReadable(plain.subarray(-block))) {
    return {
      code: 'padding-missing',
      sentence: `The content is readable to its last byte ${plain.length} and has no padding: the sender left it out, or the end is cut off at a block.`,
      repaired: plain,
    };
  }
  return {
    code: 'padding-damaged',
    sentence: `The content is readable, but its last ${block} bytes, from byte ${plain.length - block} on, are noise: the end of the message is damaged, and its padding with it.`,
    repaired: plain.subarray(0, plain.length - block),
  };
}

function trailingZeros(bytes: Uint8Array): number {
  let count = 0;
  while (count < bytes.length && bytes[bytes.length - 1 - count] === 0) count++;
  return count;
}

/** Whether bytes are printable text for the most part, as an S/MIME entity's header is. */
function looksReadable(bytes: Uint8Array): boolean {
  const odd = bytes.reduce(
    (sum, byte) => sum + (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13 ? 1 : 0),
    0,
  );
  if (odd > bytes.length / 16) return false;
  const high = bytes.reduce((sum, byte) => sum + (byte >= 0x7f ? 1 : 0), 0);
  return high <= bytes.length / 8 || utf8OrUndefined(bytes) !== undefined;
}
