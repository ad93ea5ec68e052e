/** A line of text that is being typed. */
export class LineEditor {
  #text: string;
  #at: number;

  constructor(text = '') {
    this.#text = text;
    this.#at = text.length;
  }

  get text(): string {
    return this.#text;
  }

  /** Where the next character goes, in UTF-16 units. */
  get position(): number {
    return this.#at;
  }

  set(text: string, position = text.length): void {
    this.#text = text;
    this.#at = position;
  }

  /** Takes a key; whether it was one of editing. */
  press(key: string): boolean {
    switch (key) {
      case 'left':
      case 'ctrl-b':
        this.#at = Math.max(0, this.#at - this.#before());
        return true;
      case 'right':
      case 'ctrl-f':
        this.#at = Math.min(this.#text.length, this.#at + this.#after());
        return true;
      case 'home':
      case 'ctrl-a':
        this.#at = 0;
        return true;
      case 'end':
      case 'ctrl-e':
        this.#at = this.#text.length;
        return true;
      case 'backspace':
        this.#cut(this.#at - this.#before(), this.#at);
        return true;
      case 'delete':
      case 'ctrl-d':
        this.#cut(this.#at, this.#at + this.#after());
        return true;
      case 'ctrl-u':
        this.#cut(0, this.#at);
        return true;
      case 'ctrl-k':
        this.#cut(this.#at, this.#text.length);
        return true;
      case 'ctrl-w':
        this.#cut(this.#text.slice(0, this.#at).search(/\S+\s*$|$/), this.#at);
        return true;
      default:
        if ([...key].length !== 1) return false;
        this.#text = this.#text.slice(0, this.#at) + key + this.#text.slice(this.#at);
        this.#at += key.length;
        return true;
    }
  }

  #cut(start: number, end: number): void {
    const from = Math.max(0, start);
    this.#text = this.#text.slice(0, from) + this.#text.slice(end);
    this.#at = from;
  }

  #before(): number {
    return [...this.#text.slice(0, this.#at)].at(-1)?.length ?? 0;
  }

  #after(): number {
    return [...this.#text.slice(this.#at)][0]?.length ?? 0;
  }
}
