/** The key schedule of TLS 1.3 from the traffic secrets of a key log on: RFC 8446 §7. */
import { createHmac } from 'node:crypto';
import type { CipherSuite } from './cipher-suites.js';
import { hashLength } from './cipher-suites.js';

/** HKDF-Expand (RFC 5869 §2.3). */
function hkdfExpand(hash: string, secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = Buffer.alloc(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; counter++) {
    const next = createHmac(hash, secret).update(block).update(info).update(Uint8Array.of(counter)).digest();
    offset += next.copy(out, offset);
    block = next;
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

const EMPTY = new Uint8Array(0);

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
  return createHmac(suite.prf, key).update(transcriptHash).digest();
}
