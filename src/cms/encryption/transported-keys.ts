/**
 * Content keys under RSA in bytes that nobody has parsed: what a message will ask a private key for (RFC 5652 §6.2.1),
 * found without the SIP and MIME around it.
 */
import { isContext } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { indexOfBytes } from '../../bytes/text.js';
import type { CmsContext, CmsPrivateKey } from '../model.js';
import type { Reading } from '../structure.js';
import { transportKeys } from './content-key.js';
import { readEnvelopedData } from './enveloped-data.js';

/** id-envelopedData and id-ct-authEnvelopedData, as elements (RFC 5652 §6.1, RFC 5083 §2.1). */
const CONTENT_TYPES: readonly Uint8Array[] = [
  Uint8Array.of(6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3),
  Uint8Array.of(6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 1, 23),
];

/** Structures looked for in one packet: messages have one, or one in another. */
const MAX_STRUCTURES = 4;
/** Private key operations for one packet: it has one reader or two whose keys were given. */
const MAX_OPERATIONS = 4;
/** Elements read of one structure; those before the recipients' end are under fifty. */
const MAX_NODES = 2000;

/** A ciphertext, and a private key that it may be for. */
export type TransportedKey = { readonly key: CmsPrivateKey; readonly encrypted: Uint8Array };

/**
 * What evaluating the CMS in bytes[start..end) asks private keys for, where the structure stands there as it is and its
 * recipients whole. Views; it may find too little or too much, within the limits above.
 */
export function findTransportedKeys(
  bytes: Uint8Array,
  start: number,
  end: number,
  context: Pick<CmsContext, 'certificates' | 'keys'>,
): readonly TransportedKey[] {
  const packet = bytes.subarray(start, end);
  const found: TransportedKey[] = [];
  for (const type of CONTENT_TYPES) {
    let at = indexOfBytes(packet, type);
    for (let count = 0; at >= 0 && count < MAX_STRUCTURES; count++) {
      const { root } = parseAsn1(packet, { start: at + type.length, nodeLimit: MAX_NODES });
      if (isContext(root, 0)) {
        const reading: Reading = { bytes: packet, faults: [] };
        const { recipients } = readEnvelopedData(
          reading,
          root.children[0],
          context.certificates,
          'enveloped_data',
        );
        for (const raw of recipients) {
          if (raw.kind !== 'key_transport') continue;
          for (const key of transportKeys(raw, context).entries) {
            if (found.length === MAX_OPERATIONS) return found;
            found.push({ key, encrypted: raw.encryptedKey });
          }
        }
      }
      at = indexOfBytes(packet, type, at + type.length);
    }
  }
  return found;
}
