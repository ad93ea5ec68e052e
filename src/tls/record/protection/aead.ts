/** Records of AEAD suites in TLS 1.2 (RFC 5246 §6.2.3.3, RFC 5288, RFC 6655, RFC 7905) and TLS 1.3 (RFC 8446 §5.2). */
import type { Variant13 } from '../../drafts.js';
import type { BulkCipher } from '../../registries/cipher-suites.js';
import type { AeadOpener } from '../ciphers/aead.js';
import { createAeadOpener } from '../ciphers/aead.js';
import type { GapHint, OpenFailure, RecordProtection } from './protection.js';
import { writeSequence } from './protection.js';

/** GCM and CCM in TLS 1.2 carry 8 bytes of the nonce in each record. */
const EXPLICIT_NONCE = 8;

export class AeadProtection implements RecordProtection {
  sequence = 0;
  contentType = 0;
  readonly #opener: AeadOpener;
  readonly #tagLength: number;
  readonly #iv: Uint8Array;
  readonly #explicit: number;
  readonly #tls13: boolean;
  readonly #nonce = Buffer.alloc(12);
  readonly #aad: Buffer;
  /** Explicit nonce of the record last opened, by which lost records are counted. */
  readonly #lastExplicit = Buffer.alloc(EXPLICIT_NONCE);

  /**
   * `iv`: 4 bytes for GCM and CCM of TLS 1.2, 12 for ChaCha20 and all of TLS 1.3; `variant`: of TLS 1.3, undefined for
   * TLS 1.2.
   */
  constructor(bulk: BulkCipher, key: Uint8Array, iv: Uint8Array, variant?: Variant13) {
    const tls13 = variant !== undefined;
    this.#opener = createAeadOpener(bulk, key);
    this.#tagLength = bulk.tagLength;
    this.#iv = iv;
    this.#tls13 = tls13;
    this.#explicit = !tls13 && bulk.mode !== 'chacha' ? EXPLICIT_NONCE : 0;
    this.#aad = Buffer.alloc(variant === undefined ? 13 : variant.authenticatesHeader ? 5 : 0);
  }

  open(type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    const sequence = this.sequence++;
    return this.#openAs(sequence, type, version, fragment);
  }

  resume(type: number, version: number, fragment: Uint8Array, hint: GapHint): Uint8Array | undefined {
    let exhausted = false;
    const attempt = (lost: number): Uint8Array | undefined => {
      exhausted = !hint.spend();
      if (exhausted) return undefined;
      const plain = this.#openAs(this.sequence + lost, type, version, fragment);
      if (typeof plain === 'string') return undefined;
      this.sequence += lost + 1;
      return plain;
    };
    if (this.#explicit > 0 && fragment.length >= EXPLICIT_NONCE) {
      // Nearly all count the explicit nonce up by one a record: it tells how many are missing.
      const steps = readU64(fragment) - readU64(this.#lastExplicit) - 1n;
      if (steps >= BigInt(hint.minimumLost) && steps <= BigInt(hint.maximumLost)) {
        const plain = attempt(Number(steps));
        if (plain !== undefined) return plain;
      }
    }
    for (let lost = hint.minimumLost; lost <= hint.maximumLost; lost++) {
      const plain = attempt(lost);
      if (plain !== undefined) return plain;
      if (exhausted) return undefined;
    }
    return undefined;
  }

  #openAs(sequence: number, type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    this.contentType = type;
    const length = fragment.length - this.#explicit - this.#tagLength;
    if (length < (this.#tls13 ? 1 : 0)) return 'bad_length';
    const nonce = this.#nonce;
    const aad = this.#aad;
    nonce.set(this.#iv);
    if (this.#explicit > 0) {
      copyExplicit(fragment, nonce, 4);
    } else {
      // RFC 8446 §5.3, RFC 7905 §2: the IV with the record's number put over it.
      xorSequence(nonce, sequence);
    }
    if (this.#tls13) {
      // Of early drafts it is empty, and keeps none of these.
      aad[0] = type;
      aad[1] = version >> 8;
      aad[2] = version;
      aad[3] = fragment.length >> 8;
      aad[4] = fragment.length;
    } else {
      writeSequence(aad, 0, sequence);
      aad[8] = type;
      aad[9] = version >> 8;
      aad[10] = version;
      aad[11] = length >> 8;
      aad[12] = length;
    }
    const tag = fragment.length - this.#tagLength;
    const ciphertext = fragment.subarray(this.#explicit, tag);
    const plain = this.#opener(nonce, aad, ciphertext, fragment.subarray(tag));
    if (plain === undefined) return 'bad_mac';
    if (this.#explicit > 0) copyExplicit(fragment, this.#lastExplicit, 0);
    if (!this.#tls13) return plain;
    // TLSInnerPlaintext: content, its type, zeros (RFC 8446 §5.4).
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end--;
    if (end === 0) return 'bad_padding';
    this.contentType = plain[end - 1] as number;
    return plain.subarray(0, end - 1);
  }
}

function copyExplicit(fragment: Uint8Array, target: Uint8Array, offset: number): void {
  for (let i = 0; i < EXPLICIT_NONCE; i++) target[offset + i] = fragment[i] as number;
}

const sequenceBytes = Buffer.alloc(8);

function xorSequence(nonce: Uint8Array, sequence: number): void {
  writeSequence(sequenceBytes, 0, sequence);
  for (let i = 0; i < 8; i++) nonce[4 + i] = (nonce[4 + i] as number) ^ (sequenceBytes[i] as number);
}

function readU64(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
}
