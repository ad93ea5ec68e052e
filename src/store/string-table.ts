/** Texts kept once and named by numbers. */

/** Longest text kept; a list shows less, and hostile headers must not fill the memory. */
export const MAX_KEPT_TEXT = 512;

export class StringTable {
  readonly #texts: string[] = [''];
  readonly #numbers = new Map<string, number>([['', 0]]);

  /** The number of a text, from 0, which is the empty one. Longer texts are cut. */
  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    // A value of a message is a slice of its whole header section and would keep all of that alive: copy it.
    const copy = Buffer.from(text.slice(0, MAX_KEPT_TEXT), 'utf8').toString('utf8');
    const shortened = text.length > MAX_KEPT_TEXT ? this.#numbers.get(copy) : undefined;
    if (shortened !== undefined) return shortened;
    const number = this.#texts.length;
    this.#texts.push(copy);
    this.#numbers.set(copy, number);
    return number;
  }

  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  get size(): number {
    return this.#texts.length;
  }
}
