import type { Crl } from './crl.js';

/** Where revocation lists are looked up; `size` says whether any were added since. */
export type CrlFinder = Pick<CrlStore, 'findByIssuer' | 'size'>;

/** Revocation lists by the name that signed them. */
export class CrlStore {
  readonly #byIssuer = new Map<string, Crl[]>();
  #size = 0;

  constructor(lists: Iterable<Crl> = []) {
    for (const list of lists) this.add(list);
  }

  get size(): number {
    return this.#size;
  }

  add(list: Crl): void {
    const known = this.#byIssuer.get(list.issuerKey);
    if (known === undefined) this.#byIssuer.set(list.issuerKey, [list]);
    else known.push(list);
    this.#size++;
  }

  /** All lists of an issuer, by its `nameKey`. */
  findByIssuer(issuerKey: string): readonly Crl[] {
    return this.#byIssuer.get(issuerKey) ?? [];
  }
}
