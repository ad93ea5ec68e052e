import { breakLine, inverse, plainText, type Styled } from '../../report/styled.js';
import type { Command } from '../keymap.js';
import type { Area } from '../screen.js';

/** Lines to be scrolled through; long ones are broken. */
export class TextScroller {
  #source: readonly Styled[];
  readonly #hang: ((line: Styled) => number) | undefined;
  #broken: readonly Styled[] = [];
  #columns = 0;
  #top = 0;
  #height = 1;
  #marked = -1;

  /** `hang`: how far the rest of a broken line is indented; as far as the line itself by default. */
  constructor(lines: readonly Styled[], hang?: (line: Styled) => number) {
    this.#source = lines;
    this.#hang = hang;
  }

  /** Other lines in the same place. */
  replace(lines: readonly Styled[]): void {
    this.#source = lines;
    this.#columns = 0;
  }

  lines(area: Area): Styled[] {
    if (area.columns !== this.#columns) {
      this.#columns = area.columns;
      this.#broken = this.#source.flatMap((line) => breakLine(line, area.columns - 1, this.#hang?.(line)));
    }
    this.#height = area.rows;
    this.#top = Math.min(Math.max(0, this.#top), Math.max(0, this.#broken.length - area.rows));
    return this.#broken
      .slice(this.#top, this.#top + area.rows)
      .map((line, index) => (this.#top + index === this.#marked ? inverse(line) : line));
  }

  run(command: Command): boolean {
    const page = Math.max(1, this.#height - 1);
    switch (command) {
      case 'up':
        this.#top--;
        return true;
      case 'down':
        this.#top++;
        return true;
      case 'pageUp':
        this.#top -= page;
        return true;
      case 'pageDown':
        this.#top += page;
        return true;
      case 'halfUp':
        this.#top -= page >> 1;
        return true;
      case 'halfDown':
        this.#top += page >> 1;
        return true;
      case 'top':
        this.#top = 0;
        return true;
      case 'bottom':
        this.#top = this.#broken.length;
        return true;
      default:
        return false;
    }
  }

  search(text: string, step: 1 | -1): boolean {
    const wanted = text.toLowerCase();
    const from = this.#marked < 0 ? this.#top - step : this.#marked;
    for (let at = from + step; at >= 0 && at < this.#broken.length; at += step) {
      if (
        !plainText(this.#broken[at] ?? '')
          .toLowerCase()
          .includes(wanted)
      )
        continue;
      this.#marked = at;
      this.#top = Math.max(0, at - (this.#height >> 1));
      return true;
    }
    return false;
  }
}
