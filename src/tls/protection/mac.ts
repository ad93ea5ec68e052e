/** The MAC of a record: HMAC (RFC 5246 §6.2.3.1) or SSL 3.0's own (RFC 6101 §5.2.3.1). */
import * as crypto from 'node:crypto';
import type { HashName } from '../cipher-suites.js';
import { hashLength } from '../cipher-suites.js';
import { MAX_FRAGMENT } from '../limits.js';
import { equalInConstantTime, writeSequence } from './protection.js';

type OneShot = (hash: string, data: Uint8Array, encoding: 'binary') => string;
/** crypto.hash came with Node 20.12. It takes 0.9 us a MAC of 500 bytes, createHmac 2.0 us. */
const oneShot: OneShot =
  typeof crypto.hash === 'function'
    ? crypto.hash
    : (hash, data, encoding) => crypto.createHash(hash).update(data).digest(encoding);

/** Longest padded key (SHA-384's block), pseudo-header (13) and content: where all MACs are put together in turn. */
const scratch = Buffer.alloc(128 + 13 + MAX_FRAGMENT);

/** One direction's MAC. Nothing is allocated per record but what the hash itself needs. */
export class RecordMac {
  readonly length: number;
  readonly #hash: HashName;
  readonly #ssl3: boolean;
  /** What the inner hash begins with. */
  readonly #innerKey: Buffer;
  /** What the outer hash begins with, and room for the inner hash. */
  readonly #outer: Buffer;
  readonly #digest: Buffer;

  /** `length`: of the MAC in the record, 10 where truncated_hmac was agreed (RFC 6066 §7). */
  constructor(version: number, hash: HashName, key: Uint8Array, length = hashLength(hash)) {
    this.#hash = hash;
    this.#ssl3 = version <= 0x0300;
    this.length = length;
    const digestLength = hashLength(hash);
    this.#digest = Buffer.alloc(digestLength);
    const block = hash === 'sha384' ? 128 : 64;
    const pad = hash === 'md5' ? 48 : 40;
    const prefix = this.#ssl3 ? digestLength + pad : block;
    this.#innerKey = Buffer.alloc(prefix, 0x36);
    this.#outer = Buffer.alloc(prefix + digestLength, 0x5c);
    // MAC keys have the length of the digest, which is never longer than the hash's block.
    for (let i = 0; i < key.length; i++) {
      this.#innerKey[i] = this.#ssl3 ? (key[i] as number) : (key[i] as number) ^ 0x36;
      this.#outer[i] = this.#ssl3 ? (key[i] as number) : (key[i] as number) ^ 0x5c;
    }
  }

  /** Whether `mac` is that of `content` (at most MAX_FRAGMENT bytes) as record number `sequence`. */
  verify(sequence: number, type: number, version: number, content: Uint8Array, mac: Uint8Array): boolean {
    if (mac.length !== this.length || content.length > MAX_FRAGMENT) return false;
    const prefix = this.#innerKey.length;
    scratch.set(this.#innerKey);
    let at = prefix;
    writeSequence(scratch, at, sequence);
    at += 8;
    scratch[at++] = type;
    if (!this.#ssl3) {
      scratch[at++] = version >> 8;
      scratch[at++] = version;
    }
    scratch[at++] = content.length >> 8;
    scratch[at++] = content.length;
    scratch.set(content, at);
    const inner = oneShot(this.#hash, scratch.subarray(0, at + content.length), 'binary');
    this.#outer.write(inner, prefix, 'latin1');
    this.#digest.write(oneShot(this.#hash, this.#outer, 'binary'), 0, 'latin1');
    return equalInConstantTime(this.#digest, mac, this.length);
  }
}
