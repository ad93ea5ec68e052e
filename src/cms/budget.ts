/** What one message may cost: shared by its layers, parts, signers, chains and explanations. */

/** Work for one message, in microseconds: 500 recipients with three keys to try, or a password at 600,000 rounds. */
const WORK_LIMIT = 1_200_000;
/** Most bytes inflated for one message, over all layers and parts: SIP bodies stay under 64 KiB. */
export const INFLATED_OCTETS_LIMIT = 4 * 1024 * 1024;

/** Made once for each message and handed down through `CmsContext`. */
export class MessageBudget {
  #work = WORK_LIMIT;
  #inflatable = INFLATED_OCTETS_LIMIT;
  #refusals = 0;

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

  /** Counts bytes that were inflated, those of an attempt that failed at the limit among them. */
  countInflated(octets: number): void {
    this.#inflatable = Math.max(0, this.#inflatable - octets);
  }
}
