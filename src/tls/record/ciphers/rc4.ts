/** RC4 as RFC 6229's test vectors have it; OpenSSL 3 has it in the legacy provider only. */
export class Rc4 {
  readonly #state = new Uint8Array(256);
  #i = 0;
  #j = 0;

  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let i = 0; i < 256; i++) state[i] = i;
    for (let i = 0, j = 0; i < 256; i++) {
      const held = state[i] as number;
      j = (j + held + (key[i % key.length] as number)) & 0xff;
      state[i] = state[j] as number;
      state[j] = held;
    }
  }

  /** The bytes with the next of the key stream put over them: encrypts and decrypts. */
  apply(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length);
    for (let n = 0; n < bytes.length; n++) out[n] = (bytes[n] as number) ^ this.#next();
    return out;
  }

  /** Passes over `count` bytes of the key stream. */
  skip(count: number): void {
    for (let n = 0; n < count; n++) this.#next();
  }

  clone(): Rc4 {
    const copy = new Rc4(Uint8Array.of(0));
    copy.#state.set(this.#state);
    copy.#i = this.#i;
    copy.#j = this.#j;
    return copy;
  }

  #next(): number {
    const state = this.#state;
    this.#i = (this.#i + 1) & 0xff;
    const a = state[this.#i] as number;
    this.#j = (this.#j + a) & 0xff;
    const b = state[this.#j] as number;
    state[this.#i] = b;
    state[this.#j] = a;
    return state[(a + b) & 0xff] as number;
  }
}
