/** The MAC of a record: HMAC (RFC 5246 §6.2.3.1) or SSL 3.0's own (RFC 6101 §5.2.3.1). */

import type { KeyedHash } from '../../keys/hash.js';
import { hmac, ssl3Mac } from '../../keys/hash.js';
import type { HashName } from '../../registries/cipher-suites.js';
import { hashLength } from '../../registries/cipher-suites.js';
import { equalInConstantTime, writeSequence } from './protection.js';

/** One direction's MAC. */
export class RecordMac {
  readonly length: number;
  readonly #hash: KeyedHash;
  /** Sequence number, type, version (not in SSL 3.0) and length, which stand before the content. */
  readonly #header: Uint8Array;

  /** `length`: of the MAC in the record, 10 where truncated_hmac was agreed (RFC 6066 §7). */
  constructor(version: number, hash: HashName, key: Uint8Array, length = hashLength(hash)) {
    const isSsl3 = version <= 0x0300;
    this.#hash = isSsl3 ? ssl3Mac(hash, key) : hmac(hash, key);
    this.#header = new Uint8Array(isSsl3 ? 11 : 13);
    this.length = length;
  }

  /**
   * Whether the MAC at `offset` of `bytes` is that of the first `length` bytes of `content` as record number `sequence`.
   */
  verify(
    sequence: number,
    type: number,
    version: number,
    content: Uint8Array,
    length: number,
    bytes: Uint8Array,
    offset: number,
  ): boolean {
    const header = this.#header;
    const end = header.length;
    writeSequence(header, 0, sequence);
    header[8] = type;
    if (end === 13) {
      header[9] = version >> 8;
      header[10] = version;
    }
    header[end - 2] = length >> 8;
    header[end - 1] = length;
    return equalInConstantTime(this.#hash.compute(header, content, length), bytes, offset, this.length);
  }
}
