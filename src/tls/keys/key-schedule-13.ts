/** The key schedule of TLS 1.3 from the traffic secrets of a key log on: RFC 8446 §7. */

import { copyBytes } from '../copy.js';
import { FINAL, type Variant13 } from '../drafts.js';
import type { CipherSuite, HashName } from '../registries/cipher-suites.js';
import { hashLength } from '../registries/cipher-suites.js';
import { hmac } from './hash.js';

const EMPTY = new Uint8Array(0);

/** HKDF-Expand (RFC 5869 §2.3). */
function hkdfExpand(hash: HashName, secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const keyed = hmac(hash, secret);
  const out = new Uint8Array(length);
  const counted = Buffer.concat([info, Uint8Array.of(0)]);
  let block: Uint8Array = EMPTY;
  for (let offset = 0, counter = 1; offset < length; offset += block.length, counter++) {
    counted[info.length] = counter;
    block = keyed.compute(block, counted);
    out.set(block.subarray(0, length - offset), offset);
  }
  return out;
}

/** HKDF-Expand-Label (RFC 8446 §7.1); `label` without what stands before it, as `tls13 `. */
export function expandLabel(
  hash: 'sha256' | 'sha384',
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
  { labelPrefix }: Variant13 = FINAL,
): Uint8Array {
  const full = Buffer.from(labelPrefix + label, 'latin1');
  const info = Buffer.concat([
    Uint8Array.of(length >> 8, length & 0xff, full.length),
    full,
    Uint8Array.of(context.length),
    context,
  ]);
  return hkdfExpand(hash, secret, info, length);
}

/** Record key and IV of a traffic secret (RFC 8446 §7.3). */
export function trafficKeys(
  suite: CipherSuite,
  secret: Uint8Array,
  variant: Variant13 = FINAL,
): { readonly key: Uint8Array; readonly iv: Uint8Array } | undefined {
  if (suite.bulk === undefined) return undefined;
  return {
    key: expandLabel(suite.prf, secret, 'key', EMPTY, suite.bulk.keyLength, variant),
    iv: expandLabel(suite.prf, secret, 'iv', EMPTY, 12, variant),
  };
}

/** The traffic secret after a KeyUpdate (RFC 8446 §7.2). */
export function nextTrafficSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  variant: Variant13 = FINAL,
): Uint8Array {
  return expandLabel(suite.prf, secret, variant.updateLabel, EMPTY, hashLength(suite.prf), variant);
}

/** verify_data of Finished over the hash of the handshake up to it (RFC 8446 §4.4.4). */
export function finishedData13(
  suite: CipherSuite,
  secret: Uint8Array,
  transcriptHash: Uint8Array,
  variant: Variant13 = FINAL,
): Uint8Array {
  const key = expandLabel(suite.prf, secret, 'finished', EMPTY, hashLength(suite.prf), variant);
  return copyBytes(hmac(suite.prf, key).compute(transcriptHash));
}
