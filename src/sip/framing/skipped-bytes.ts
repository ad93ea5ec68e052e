import type { SipFramerHandler, SkipReason } from './framer-handler.js';

/** Bytes passed over and not yet told: neighbours that are skipped for one reason are told as one. */
export class SkippedBytes {
  readonly #handler: SipFramerHandler;
  #count = 0;
  /** Where they begin in the stream. */
  #start = 0;
  #reason: SkipReason = 'not-sip';

  constructor(handler: SipFramerHandler) {
    this.#handler = handler;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** `count` bytes from stream offset `start` on are in no message. */
  add(count: number, start: number, reason: SkipReason): void {
    if (this.#count > 0 && this.#reason !== reason) this.tell();
    if (this.#count === 0) this.#start = start;
    this.#count += count;
    this.#reason = reason;
  }

  tell(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    this.#count = 0;
    this.#handler.skipped(count, this.#start, this.#reason);
  }
}
