/** The key schedule of TLS 1.3 from the traffic secrets of a key log on: RFC 8446 §7. */

import { copyBytes } from '../copy.js';
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

/** HKDF-Expand-Label (RFC 8446 §7.1); `label` without the `tls13 ` before it. */
export function expandLabel(
  hash: 'sha256' | 'sha384',
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Uint8Array {
  const full = Buffer.from(`tls13 ${label}`, 'latin1');
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
): { readonly key: Uint8Array; readonly iv: Uint8Array } | undefined {
  if (suite.bulk === undefined) return undefined;
  return {
    key: expandLabel(suite.prf, secret, 'key', EMPTY, suite.bulk.keyLength),
    iv: expandLabel(suite.prf, secret, 'iv', EMPTY, 12),
  };
}

/** The traffic secret after a KeyUpdate (RFC 8446 §7.2). */
export function nextTrafficSecret(suite: CipherSuite, secret: Uint8Array): Uint8Array {
  return expandLabel(suite.prf, secret, 'traffic upd', EMPTY, hashLength(suite.prf));
}

/** verify_data of Finished over the hash of the handshake up to it (RFC 8446 §4.4.4). */
export function finishedData13(
  suite: CipherSuite,
  secret: Uint8Array,
  transcriptHash: Uint8Array,
): Uint8Array {
  const key = expandLabel(suite.prf, secret, 'finished', EMPTY, hashLength(suite.prf));
  return copyBytes(hmac(suite.prf, key).compute(transcriptHash));
}
