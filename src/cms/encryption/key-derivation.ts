/** Keys from shared secrets and passwords: X9.63 and HKDF of key agreement (RFC 5753 §7.2, RFC 8418), PBKDF2. */

import { createHash, hkdfSync, pbkdf2Sync } from 'node:crypto';
import { context, octetString, sequence } from '../../asn1/der.js';
import { readWith } from '../../bytes/libraries.js';
import type { AgreementEntry } from '../algorithms.js';
import { hmacEntry } from '../algorithms.js';
import type { LooseAlgorithm } from './recipients.js';

/** Most PBKDF2 rounds run: about a second of SHA-256; OWASP asks for 600,000. */
const ITERATIONS_LIMIT = 2_500_000;
/** Longest key derived, in octets. */
const DERIVED_OCTETS_LIMIT = 128;

/**
 * Key-encryption keys that a shared secret may stand for, the usual one first.
 * @param wrapAlgorithm the key wrap AlgorithmIdentifier in DER, which is part of what is hashed (RFC 5753 §7.2)
 */
export function deriveAgreedKeys(
  entry: AgreementEntry,
  secret: Uint8Array,
  wrapAlgorithm: Uint8Array,
  userKeyingMaterial: Uint8Array | undefined,
  keyOctets: number,
): Uint8Array[] {
  const bits = Buffer.alloc(4);
  bits.writeUInt32BE(keyOctets * 8);
  const info = sequence(
    wrapAlgorithm,
    ...(userKeyingMaterial === undefined ? [] : [context(0, octetString(userKeyingMaterial))]),
    context(2, octetString(bits)),
  );
  if (entry.kdf === 'x963') return [x963(entry.hash, secret, info, keyOctets)];
  const salts = [new Uint8Array(0), ...(userKeyingMaterial === undefined ? [] : [userKeyingMaterial])];
  // RFC 8418 §2.2 has no salt; senders that pass the ukm there too are told apart by the check in the key wrap.
  return salts.map((salt) => new Uint8Array(hkdfSync(entry.hash, secret, salt, info, keyOctets)));
}

/** The KDF of ANSI X9.63 (SEC 1 §3.6.1): hash of secret, counter from 1, info. */
function x963(hash: string, secret: Uint8Array, info: Uint8Array, octets: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  const counter = Buffer.alloc(4);
  for (let length = 0, count = 1; length < octets; count++) {
    counter.writeUInt32BE(count);
    const piece = createHash(hash).update(secret).update(counter).update(info).digest();
    pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces).subarray(0, octets);
}

export type Pbkdf2 = {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly keyOctets: number | undefined;
  readonly hash: string;
};

/** PBKDF2-params (RFC 8018 A.2), or half a sentence on what stands against them. */
export function readPbkdf2(algorithm: LooseAlgorithm): Pbkdf2 | string {
  if (algorithm.oid !== '1.2.840.113549.1.5.12') return `key derivation ${algorithm.oid} is not supported`;
  const read =
    algorithm.parameters === undefined
      ? undefined
      : readWith((library, schema) => {
          const parameters = new library.PBKDF2Params({ schema });
          const salt = parameters.salt as { valueBlock?: { valueHexView?: Uint8Array } };
          return {
            salt: salt.valueBlock?.valueHexView,
            iterations: parameters.iterationCount,
            keyOctets: parameters.keyLength,
            prf: parameters.prf?.algorithmId,
          };
        }, algorithm.parameters);
  if (read?.salt === undefined) return 'the PBKDF2 parameters cannot be read';
  // RFC 8018 A.2: prf DEFAULT hmacWithSHA1.
  const hash = read.prf === undefined ? 'sha1' : hmacEntry(read.prf)?.node;
  if (hash === undefined) return `the PBKDF2 function ${read.prf} is not known`;
  if (read.iterations < 1 || read.iterations > ITERATIONS_LIMIT) {
    return `PBKDF2 asks for ${read.iterations} rounds, and ${ITERATIONS_LIMIT} is the most that is tried`;
  }
  return { salt: read.salt, iterations: read.iterations, keyOctets: read.keyOctets, hash };
}

export function derivePasswordKey(parameters: Pbkdf2, password: string, keyOctets: number): Uint8Array {
  const octets = Math.min(parameters.keyOctets ?? keyOctets, DERIVED_OCTETS_LIMIT);
  return pbkdf2Sync(
    Buffer.from(password, 'utf8'),
    parameters.salt,
    parameters.iterations,
    octets,
    parameters.hash,
  );
}
