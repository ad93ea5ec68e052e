/**
 * What analysis may cost. A run has one `RunBudget`; each message, entity and TLS connection takes a `WorkBudget` from it,
 * which goes down through all that is done for it: CMS layers, parts, signers, chains, Identity headers, handshake
 * signatures, and the search for what explains a failure. Costs are those measured of each operation, in microseconds
 * on a slow machine (`x509/key-cost.ts`): the clock is not asked, so that the same input gives the same answer everywhere.
 */

/**
 * Work for one message or connection, in microseconds: 500 recipients with one key to try, or a password at 600,000
 * rounds twice. Nothing else is heard meanwhile, so it stays well under a second.
 */
const WORK_LIMIT = 500_000;
/**
 * Work that a run may do before it has read anything, and the most that it saves up, in microseconds: what is judged at
 * its end, connections that were open, takes no longer.
 */
const RUN_SAVINGS = 1_000_000;
/**
 * Microseconds that each byte of a message adds. A signed message costs one or two, with the slowest curve and a new chain
 * each time; 64 KB come to 1.3 s.
 */
const WORK_PER_OCTET = 20;
/** Bytes that any message may inflate to, over all layers and parts: SIP bodies stay under 64 KiB. */
const INFLATED_OCTETS_FREE = 1024 * 1024;
/** Bytes that may be inflated for each byte of the message besides: text packs ten to one, bombs a thousand to one. */
const INFLATED_RATIO = 16;
/** Most bytes inflated for one message. */
const INFLATED_OCTETS_LIMIT = 16 * 1024 * 1024;
/** Bytes that a run may inflate before it has read anything, and the most that it saves up. */
const RUN_INFLATED_SAVINGS = 32 * 1024 * 1024;

/** What all messages of a run may cost together: in proportion to their bytes, so that no long capture meets it. */
export class RunBudget {
  /** How many times the usual work is done, as the user asked for. */
  readonly effort: number;
  #work: number;
  #spent = 0;
  #inflatable = RUN_INFLATED_SAVINGS;

  constructor(effort = 1) {
    this.effort = effort;
    this.#work = RUN_SAVINGS * effort;
  }

  /** The budget of one message or connection; `octets` is its length as far as it is known. */
  budget(octets: number): WorkBudget {
    return new WorkBudget(octets, this);
  }

  /** Adds what `octets` more of messages are worth. */
  earn(octets: number): void {
    const { effort } = this;
    this.#work = Math.min(RUN_SAVINGS * effort, this.#work + WORK_PER_OCTET * effort * octets);
    this.#inflatable = Math.min(RUN_INFLATED_SAVINGS, this.#inflatable + INFLATED_RATIO * octets);
  }

  /** Takes microseconds of work; false, and nothing taken, where so much is not left. */
  take(microseconds: number): boolean {
    if (microseconds > this.#work) return false;
    this.#work -= microseconds;
    this.#spent += microseconds;
    return true;
  }

  /** Microseconds of work taken in all. */
  get spent(): number {
    return this.#spent;
  }

  /** Bytes that may still be inflated. */
  get inflatable(): number {
    return this.#inflatable;
  }

  countInflated(octets: number): void {
    this.#inflatable = Math.max(0, this.#inflatable - octets);
  }
}

/** What one message or connection may still cost. */
export class WorkBudget {
  readonly #run: RunBudget;
  #work: number;
  #inflatable: number;
  #refusals = 0;

  /**
   * @param octets length of the message, which says how much it may inflate to
   * @param run what it is a part of; a message that stands alone is a run of its own
   */
  constructor(octets: number, run = new RunBudget()) {
    this.#run = run;
    this.#work = WORK_LIMIT * run.effort;
    this.#inflatable = Math.min(INFLATED_OCTETS_LIMIT, INFLATED_OCTETS_FREE + INFLATED_RATIO * octets);
    run.earn(octets);
  }

  /** More bytes of it came, as the messages of a handshake do. */
  grow(octets: number): void {
    this.#run.earn(octets);
  }

  /** Takes microseconds of work; false, and nothing taken, where so much is not left. */
  take(microseconds: number): boolean {
    if (microseconds > this.#work || !this.#run.take(microseconds)) {
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
    return Math.min(this.#inflatable, this.#run.inflatable);
  }

  /** Counts bytes that were inflated; an attempt that failed at the limit has used up all. */
  countInflated(octets: number): void {
    this.#inflatable = Math.max(0, this.#inflatable - octets);
    this.#run.countInflated(octets);
  }
}
