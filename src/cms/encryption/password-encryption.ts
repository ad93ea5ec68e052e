/** PBES2 (RFC 8018 §6.2) as the content encryption of EncryptedData: what PKCS #12 and some senders use. */

import { encoded } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readWith } from '../../bytes/libraries.js';
import type { Algorithm, Reading } from '../structure.js';
import { COST, readAlgorithm, spend } from '../structure.js';
import { decryptContent, readContentCipher } from './content-cipher.js';
import { derivePasswordKey, readPbkdf2 } from './key-derivation.js';

const PBES2 = '1.2.840.113549.1.5.13';
/** Most passwords tried: each costs the sender's number of rounds. */
const TRIED_PASSWORDS_LIMIT = 8;

/** The content, `no_key` where no password opens it, undefined where the algorithm is not PBES2 or is damaged. */
export function openPasswordEncryption(
  reading: Reading,
  algorithm: Algorithm,
  ciphertext: Uint8Array,
  passwords: readonly string[],
): Uint8Array | 'no_key' | undefined {
  if (algorithm.oid !== PBES2 || algorithm.parameters === undefined) return undefined;
  const read = readWith(
    (library, schema) => {
      const { keyDerivationFunc, encryptionScheme } = new library.PBES2Params({ schema });
      const parameters = keyDerivationFunc.algorithmParams as
        | { toBER(sizeOnly: boolean): ArrayBuffer }
        | undefined;
      return {
        derivation: {
          oid: keyDerivationFunc.algorithmId,
          parameters: parameters === undefined ? undefined : new Uint8Array(parameters.toBER(false)),
        },
        scheme: new Uint8Array(encryptionScheme.toSchema().toBER(false)),
      };
    },
    encoded(reading.bytes, algorithm.parameters),
  );
  if (read === undefined) return undefined;
  const scheme = readAlgorithm({ bytes: read.scheme, faults: [] }, parseAsn1(read.scheme).root);
  const cipher = scheme === undefined ? 'unreadable' : readContentCipher(read.scheme, scheme);
  const derivation = readPbkdf2(read.derivation);
  if (typeof cipher === 'string' || typeof derivation === 'string') return undefined;
  for (const password of passwords.slice(0, TRIED_PASSWORDS_LIMIT)) {
    if (!spend(reading, (COST.thousandRounds * derivation.iterations) / 1000)) break;
    const key = derivePasswordKey(
      derivation,
      password,
      cipher.entry.keyOctets ?? (cipher.keyBits ?? 128) / 8,
    );
    const opened = decryptContent(cipher, key, ciphertext);
    if (opened.ok) return opened.content;
  }
  return 'no_key';
}
