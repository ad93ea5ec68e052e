/**
 * Records of CBC suites: GenericBlockCipher (RFC 5246 §6.2.3.2, RFC 2246, RFC 6101), and encrypt-then-MAC (RFC 7366).
 * One decryptor lives as long as the keys do: the last block of a record is the IV of the next in SSL 3.0 and TLS 1.0,
 * and with an explicit IV (TLS 1.1 on) a wrong chain garbles only the IV's own block, which is dropped. That costs a
 * tenth of a new decryptor a record.
 */
import type { BulkCipher } from '../cipher-suites.js';
import type { CbcDecryptor } from '../ciphers/cbc.js';
import { createCbcDecryptor } from '../ciphers/cbc.js';
import type { RecordMac } from './mac.js';
import type { GapHint, OpenFailure, RecordProtection } from './protection.js';

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

  open(type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    const sequence = this.sequence++;
    this.contentType = type;
    const plain = this.#decrypt(this.#decryptor, fragment);
    if (plain === undefined) return 'bad_length';
    return this.#check(sequence, type, version, fragment, plain);
  }

  resume(type: number, version: number, fragment: Uint8Array, hint: GapHint): Uint8Array | undefined {
    const block = this.#bulk.blockLength;
    // The block before: with encrypt-then-MAC the record's MAC stands behind it.
    const end = hint.before.length - (this.#encryptThenMac ? this.#mac.length : 0);
    if (this.#explicitIv === 0 && end < block) return undefined;
    const iv = this.#explicitIv > 0 ? new Uint8Array(block) : hint.before.subarray(end - block, end);
    const decryptor = createCbcDecryptor(this.#bulk, this.#key, iv);
    const plain = this.#decrypt(decryptor, fragment);
    if (plain === undefined) return undefined;
    for (let lost = hint.minimumLost; lost <= hint.maximumLost; lost++) {
      if (!hint.spend()) return undefined;
      const content = this.#check(this.sequence + lost, type, version, fragment, plain);
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

  /** Everything decrypted, the explicit IV's block included; undefined where the length cannot be right. */
  #decrypt(decryptor: CbcDecryptor, fragment: Uint8Array): Uint8Array | undefined {
    const cipherLength = this.#encryptThenMac ? fragment.length - this.#mac.length : fragment.length;
    const least = this.#explicitIv + (this.#encryptThenMac ? 1 : this.#mac.length + 1);
    if (cipherLength < least || cipherLength % this.#bulk.blockLength !== 0) return undefined;
    return decryptor.update(this.#encryptThenMac ? fragment.subarray(0, cipherLength) : fragment);
  }

  #check(
    sequence: number,
    type: number,
    version: number,
    fragment: Uint8Array,
    plain: Uint8Array,
  ): Uint8Array | OpenFailure {
    const macLength = this.#mac.length;
    const behind = this.#encryptThenMac ? 0 : macLength;
    const room = plain.length - this.#explicitIv - behind - 1;
    const padding = plain[plain.length - 1] as number;
    let paddingFine = padding <= room;
    if (this.#ssl3) {
      // SSL 3.0 padding has any content, but is shorter than a block (RFC 6101 §5.2.3.2).
      paddingFine = paddingFine && padding < this.#bulk.blockLength;
    } else if (paddingFine) {
      let difference = 0;
      for (let i = plain.length - 1 - padding; i < plain.length; i++)
        difference |= (plain[i] as number) ^ padding;
      paddingFine = difference === 0;
    }
    // Bad padding is taken as none, and the MAC is computed all the same: one path for all records.
    const end = plain.length - 1 - (paddingFine ? padding : 0) - behind;
    const content = plain.subarray(this.#explicitIv, end);
    const authentic = this.#encryptThenMac
      ? this.#mac.verify(
          sequence,
          type,
          version,
          fragment.subarray(0, fragment.length - macLength),
          fragment.subarray(fragment.length - macLength),
        )
      : this.#mac.verify(sequence, type, version, content, plain.subarray(end, end + macLength));
    if (!paddingFine) return 'bad_padding';
    return authentic ? content : 'bad_mac';
  }
}
