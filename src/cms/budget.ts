/** What one message may cost: shared by its layers, parts, signers, chains and explanations. */

/** Work for one message, in microseconds: 500 recipients with three keys to try, or a password at 600,000 rounds. */
const WORK_LIMIT = 1_200_000;
/** Bytes that any message may inflate to, over all layers and parts: SIP bodies stay under 64 KiB. */
const INFLATED_OCTETS_FREE = 1024 * 1024;
/** Bytes that may be inflated for each byte of the message besides: text packs ten to one, bombs a thousand to one. */
const INFLATED_RATIO = 16;
/** Most bytes inflated for one message. */
const INFLATED_OCTETS_LIMIT = 16 * 1024 * 1024;

/** Made once for each message and handed down through `CmsContext`. */
export class MessageBudget {
  #work = WORK_LIMIT;
  #inflatable: number;
  #refusals = 0;

  /** @param octets length of the message, which says how much it may inflate to */
  constructor(octets: number) {
    this.#inflatable = Math.min(INFLATED_OCTETS_LIMIT, INFLATED_OCTETS_FREE + INFLATED_RATIO * octets);
  }

  /** Takes microseconds of work; false, and nothing taken, where so much is not left. */
  take(microseconds: number): boolean {
    if (microseconds > this.#work) {
      this.#refusals++;
      return false;
    }
    this.#work -= microseconds;
    return true;
  }

  /** How often work was refused. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Bytes that may still be inflated. */
  get inflatable(): number {
    return this.#inflatable;
  }

  /** Counts bytes that were inflated; an attempt that failed at the limit has used up all. */
  countInflated(octets: number): void {
    this.#inflatable = Math.max(0, this.#inflatable - octets);
  }
}
