/** Records of NULL and stream cipher suites: GenericStreamCipher (RFC 5246 §6.2.3.1). */
import type { Rc4 } from '../ciphers/rc4.js';
import type { RecordMac } from './mac.js';
import type { GapHint, OpenFailure, RecordProtection } from './protection.js';

export class StreamProtection implements RecordProtection {
  sequence = 0;
  contentType = 0;
  readonly #mac: RecordMac;
  /** Undefined for the NULL cipher. */
  #cipher: Rc4 | undefined;

  constructor(mac: RecordMac, cipher: Rc4 | undefined) {
    this.#mac = mac;
    this.#cipher = cipher;
  }

  open(type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    const sequence = this.sequence++;
    this.contentType = type;
    const plain = this.#cipher?.apply(fragment) ?? fragment;
    if (plain.length < this.#mac.length) return 'bad_length';
    const content = plain.subarray(0, plain.length - this.#mac.length);
    return this.#mac.verify(sequence, type, version, content, content.length, plain, content.length)
      ? content
      : 'bad_mac';
  }

  resume(type: number, version: number, fragment: Uint8Array, hint: GapHint): Uint8Array | undefined {
    if (fragment.length < this.#mac.length) return undefined;
    for (let lost = hint.minimumLost; lost <= hint.maximumLost; lost++) {
      // What is lost is headers of 5 bytes, which take no key stream, and fragments, which do.
      const skipped = hint.lostBytes - 5 * lost;
      if (skipped < 0 || !hint.spend()) return undefined;
      const cipher = this.#cipher?.clone();
      cipher?.skip(skipped);
      const plain = cipher?.apply(fragment) ?? fragment;
      const content = plain.subarray(0, plain.length - this.#mac.length);
      if (
        !this.#mac.verify(this.sequence + lost, type, version, content, content.length, plain, content.length)
      )
        continue;
      this.sequence += lost + 1;
      this.contentType = type;
      this.#cipher = cipher;
      return content;
    }
    return undefined;
  }
}

/**
 * Records of a NULL suite whose master secret is not known: what they say is plain to see, but the MAC cannot be
 * checked and is only cut off.
 */
export class UncheckedNullProtection implements RecordProtection {
  sequence = 0;
  contentType = 0;
  readonly #macLength: number;

  constructor(macLength: number) {
    this.#macLength = macLength;
  }

  open(type: number, _version: number, fragment: Uint8Array): Uint8Array | OpenFailure {
    this.sequence++;
    this.contentType = type;
    if (fragment.length < this.#macLength) return 'bad_length';
    return fragment.subarray(0, fragment.length - this.#macLength);
  }

  resume(type: number, version: number, fragment: Uint8Array): Uint8Array | undefined {
    const content = this.open(type, version, fragment);
    return typeof content === 'string' ? undefined : content;
  }
}
