/** Octets that look random and follow from a seed, so that what is made of them can be made again. */

import { createHash } from 'node:crypto';

/** One stream of octets: SHA-256 over seed, purpose and a counter. Not for secrets that must be secret. */
export class Randomness {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** `length` octets for a purpose; the same for the same purpose, however much was drawn for others. */
  bytes(purpose: string, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let count = 0; parts.length * 32 < length; count++) {
      parts.push(createHash('sha256').update(`${this.#seed}\0${purpose}\0${count}`).digest());
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, length));
  }

  /** Hexadecimal digits, for tags, branches and boundaries. */
  hex(purpose: string, digits: number): string {
    return Buffer.from(this.bytes(purpose, Math.ceil(digits / 2)))
      .toString('hex')
      .slice(0, digits);
  }

  /** A source for what draws several times: each draw is a purpose of its own. */
  source(purpose: string): (length: number) => Uint8Array {
    let draws = 0;
    return (length) => this.bytes(`${purpose}/${draws++}`, length);
  }
}
