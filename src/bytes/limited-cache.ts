/**
 * Answers that are asked for again and again: a Map with a limit. The entry kept longest ago is dropped first, so that
 * bytes of an attacker's choice cost time and never memory. A key that is kept again is the newest.
 */
export class LimitedCache<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #limit: number;
  /**
   * Stands before the oldest entry. A new one for each would have to pass over the holes of all that have gone (2 us at
   * 4096 entries); one for good would hold on to every table that the Map has outgrown.
   */
  #oldest = this.#entries.keys();
  #keptSinceOldest = 0;

  /** @param limit most entries kept, at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  /** Remembers `value` as the newest entry and answers it. */
  keep(key: Key, value: Value): Value {
    const { size } = this.#entries;
    this.#entries.set(key, value);
    if (this.#entries.size === size) {
      // It was there, in its old place: most are not, and are looked up once.
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    if (++this.#keptSinceOldest > this.#limit) {
      this.#oldest = this.#entries.keys();
      this.#keptSinceOldest = 0;
    }
    if (this.#entries.size > this.#limit) {
      const { value: oldest, done } = this.#oldest.next();
      if (done !== true) this.#entries.delete(oldest);
    }
    return value;
  }
}
