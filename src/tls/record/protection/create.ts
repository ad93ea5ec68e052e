/** Record protection of a suite and its keys. */

import type { Variant13 } from '../../drafts.js';
import type { DirectionKeys } from '../../keys/key-schedule.js';
import { trafficKeys } from '../../keys/key-schedule-13.js';
import type { CipherSuite } from '../../registries/cipher-suites.js';
import { Rc4 } from '../ciphers/rc4.js';
import { AeadProtection } from './aead.js';
import { CbcProtection } from './cbc.js';
import { RecordMac } from './mac.js';
import type { RecordProtection } from './protection.js';
import { StreamProtection } from './stream.js';

/** What the hellos agreed on MACs. */
export type RecordOptions = { readonly encryptThenMac: boolean; readonly truncatedHmac: boolean };

/** Length of a truncated HMAC (RFC 6066 §7). */
export const TRUNCATED_MAC = 10;

/** SSL 3.0 to TLS 1.2; undefined where siplens lacks the cipher. */
export function createProtection(
  version: number,
  suite: CipherSuite,
  keys: DirectionKeys,
  options: RecordOptions,
): RecordProtection | undefined {
  const { bulk, mac } = suite;
  if (bulk === undefined) return undefined;
  if (mac === undefined) return new AeadProtection(bulk, keys.key, keys.iv);
  const recordMac = new RecordMac(
    version,
    mac,
    keys.macKey,
    options.truncatedHmac ? TRUNCATED_MAC : undefined,
  );
  if (bulk.mode === 'cbc') {
    return new CbcProtection(version, bulk, keys.key, keys.iv, recordMac, options.encryptThenMac);
  }
  return new StreamProtection(recordMac, bulk.mode === 'stream' ? new Rc4(keys.key) : undefined);
}

/** TLS 1.3, from a traffic secret. */
export function createProtection13(
  suite: CipherSuite,
  secret: Uint8Array,
  variant: Variant13,
): RecordProtection | undefined {
  const keys = trafficKeys(suite, secret, variant);
  if (keys === undefined || suite.bulk === undefined) return undefined;
  return new AeadProtection(suite.bulk, keys.key, keys.iv, variant);
}
