/**
 * Records of CBC suites: GenericBlockCipher (RFC 5246 §6.2.3.2, RFC 2246, RFC 6101), and encrypt-then-MAC (RFC 7366).
 * One decryptor lives as long as the keys do: the last block of a record is the IV of the next in SSL 3.0 and TLS 1.0,
 * and with an explicit IV (TLS 1.1 on) a wrong chain garbles only the IV's own block, which is dropped. That costs a
 * tenth of a new decryptor a record.
 */
import type { BulkCipher } from '../../registries/cipher-suites.js';
import type { CbcDecryptor } from '../ciphers/cbc.js';
import { createCbcDecryptor } from '../ciphers/cbc.js';
import type { TlsRecord } from '../record.js';
import type { RecordMac } from './mac.js';
import type { GapHint, OpenFailure, RecordProtection } from './protection.js';

/**
 * Longest ciphertext of several records that is decrypted at once. A call costs 0.45 us whatever its length, and short
 * records are what makes that count: TLS 1.0 writes are an empty record and the data, to hide the chained IV.
 */
const MAX_TOGETHER = 16 * 1024;

/** Where it is put together. */
const together = new Uint8Array(MAX_TOGETHER);

/** Records that were decrypted at once and are opened one by one. */
type Prepared = {
  readonly plain: Uint8Array;
  /** Where the plaintext of the record that is opened next begins. */
  start: number;
  /** Records that are still to be opened. */
  left: number;
};

export class CbcProtection implements RecordProtection {
  sequence = 0;
  contentType = 0;
  readonly #bulk: BulkCipher;
  readonly #key: Uint8Array;
  readonly #mac: RecordMac;
  readonly #ssl3: boolean;
  readonly #encryptThenMac: boolean;
  /** Length of the explicit IV; 0 before TLS 1.1. */
  readonly #explicitIv: number;
  #decryptor: CbcDecryptor;
  #prepared: Prepared | undefined;

  constructor(
    version: number,
    bulk: BulkCipher,
    key: Uint8Array,
    iv: Uint8Array,
    mac: RecordMac,
    encryptThenMac: boolean,
  ) {
    this.#bulk = bulk;
    this.#key = key;
    this.#mac = mac;
    this.#ssl3 = version <= 0x0300;
    this.#encryptThenMac = encryptThenMac;
    this.#explicitIv = version >= 0x0302 ? bulk.blockLength : 0;
    this.#decryptor = createCbcDecryptor(
      bulk,
      key,
      this.#explicitIv > 0 ? new Uint8Array(bulk.blockLength) : iv,
    );
  }

  prepare(records: readonly TlsRecord[]): void {
    let length = 0;
    for (const { fragment } of records) {
      if (length + fragment.length > MAX_TOGETHER) return;
      together.set(fragment, length);
      length += this.#cipherLength(fragment);
    }
    const plain = this.#decryptor.update(together.subarray(0, length));
    this.#prepared = { plain, start: 0, left: records.length };
  }

  open(type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    const sequence = this.sequence++;
    this.contentType = type;
    const length = this.#cipherLength(fragment);
    const prepared = this.#prepared;
    if (prepared === undefined) {
      if (length === 0) return 'bad_length';
      const plain = this.#decryptor.update(fragment.subarray(0, length));
      return this.#check(sequence, type, version, fragment, plain, 0, length);
    }
    prepared.left--;
    if (prepared.left === 0) this.#prepared = undefined;
    if (length === 0) return 'bad_length';
    const { plain, start } = prepared;
    prepared.start += length;
    return this.#check(sequence, type, version, fragment, plain, start, length);
  }

  resume(type: number, version: number, fragment: Uint8Array, hint: GapHint): Uint8Array | undefined {
    const block = this.#bulk.blockLength;
    // The block before: with encrypt-then-MAC the record's MAC stands behind it.
    const end = hint.before.length - (this.#encryptThenMac ? this.#mac.length : 0);
    if (this.#explicitIv === 0 && end < block) return undefined;
    const length = this.#cipherLength(fragment);
    if (length === 0) return undefined;
    const iv = this.#explicitIv > 0 ? new Uint8Array(block) : hint.before.subarray(end - block, end);
    const decryptor = createCbcDecryptor(this.#bulk, this.#key, iv);
    const plain = decryptor.update(fragment.subarray(0, length));
    for (let lost = hint.minimumLost; lost <= hint.maximumLost; lost++) {
      if (!hint.spend()) return undefined;
      const content = this.#check(this.sequence + lost, type, version, fragment, plain, 0, length);
      if (typeof content === 'string') {
        if (content !== 'bad_mac') return undefined;
        continue;
      }
      this.sequence += lost + 1;
      this.contentType = type;
      this.#decryptor = decryptor;
      return content;
    }
    return undefined;
  }

  /** How much of a record is encrypted, with the explicit IV; 0 where its length cannot be right. */
  #cipherLength(fragment: Uint8Array): number {
    const length = this.#encryptThenMac ? fragment.length - this.#mac.length : fragment.length;
    const least = this.#explicitIv + (this.#encryptThenMac ? 1 : this.#mac.length + 1);
    return length < least || length % this.#bulk.blockLength !== 0 ? 0 : length;
  }

  /** The content in the plaintext of a record: the `length` bytes at `start`, with the block of the explicit IV. */
  #check(
    sequence: number,
    type: number,
    version: number,
    fragment: Uint8Array,
    plain: Uint8Array,
    start: number,
    length: number,
  ): Uint8Array | OpenFailure {
    const behind = this.#encryptThenMac ? 0 : this.#mac.length;
    const last = start + length - 1;
    const padding = plain[last] as number;
    let paddingFine = padding <= length - this.#explicitIv - behind - 1;
    if (this.#ssl3) {
      // SSL 3.0 padding has any content, but is shorter than a block (RFC 6101 §5.2.3.2).
      paddingFine = paddingFine && padding < this.#bulk.blockLength;
    } else if (paddingFine) {
      let difference = 0;
      for (let i = last - padding; i <= last; i++) difference |= (plain[i] as number) ^ padding;
      paddingFine = difference === 0;
    }
    // Bad padding is taken as none, and the MAC is computed all the same: one path for all records.
    const end = last - (paddingFine ? padding : 0) - behind;
    const content = plain.subarray(start + this.#explicitIv, end);
    const authentic = this.#encryptThenMac
      ? this.#mac.verify(sequence, type, version, fragment, length, fragment, length)
      : this.#mac.verify(sequence, type, version, content, content.length, plain, end);
    if (!paddingFine) return 'bad_padding';
    return authentic ? content : 'bad_mac';
  }
}
