import { displayWidth, fitWidth } from '../../bytes/width.js';
import type { Command } from '../keymap.js';
import type { Area } from '../screen.js';
import type { Theme } from '../theme.js';

/** Lines to be scrolled through; long ones are broken. Lines may hold styles and are safe to print already. */
export class TextScroller {
  #source: readonly string[];
  readonly #theme: Theme;
  readonly #hang: ((line: string) => number) | undefined;
  #broken: readonly string[] = [];
  #columns = 0;
  #top = 0;
  #height = 1;
  #marked = -1;

  /** `hang`: how far the rest of a broken line is indented; as far as the line itself by default. */
  constructor(lines: readonly string[], theme: Theme, hang?: (line: string) => number) {
    this.#source = lines;
    this.#theme = theme;
    this.#hang = hang;
  }

  /** Other lines in the same place. */
  replace(lines: readonly string[]): void {
    this.#source = lines;
    this.#columns = 0;
  }

  lines(area: Area): string[] {
    if (area.columns !== this.#columns) {
      this.#columns = area.columns;
      this.#broken = this.#source.flatMap((line) => breakLine(line, area.columns - 1, this.#hang?.(line)));
    }
    this.#height = area.rows;
    this.#top = Math.min(Math.max(0, this.#top), Math.max(0, this.#broken.length - area.rows));
    return this.#broken
      .slice(this.#top, this.#top + area.rows)
      .map((line, index) => (this.#top + index === this.#marked ? this.#theme.inverse(line) : line));
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
      if (!this.#broken[at]?.toLowerCase().includes(wanted)) continue;
      this.#marked = at;
      this.#top = Math.max(0, at - (this.#height >> 1));
      return true;
    }
    return false;
  }
}

/**
 * Breaks a line at `width` columns, at a blank where one is near. What follows is indented by `hang` columns, or as
 * the line itself is. Styles go on over the break.
 */
export function breakLine(line: string, width: number, hang?: number): string[] {
  if (displayWidth(line.replace(STYLES, '')) <= width) return [line];
  const plain = line.replace(STYLES, '');
  const indent = ' '.repeat(Math.min(hang ?? /^ */.exec(plain)?.[0].length ?? 0, width >> 1));
  const lines: string[] = [];
  let active = '';
  let current = '';
  let room = width;
  const turn = (): void => {
    lines.push(active === '' ? current : `${current}\u001b[0m`);
    current = indent + active;
    room = width - indent.length;
  };
  for (const token of line.split(/(\u001b\[[0-9;]*m)/)) {
    if (token.startsWith('\u001b')) {
      active = ENDS.test(token) ? '' : active + token;
      current += token;
      continue;
    }
    for (const word of token.split(/(?<= )/)) {
      let rest = word;
      // A word that fits the next line goes there; one that fits none is cut.
      if (
        displayWidth(rest.trimEnd()) > room &&
        displayWidth(rest) <= width - indent.length &&
        room < width - indent.length
      )
        turn();
      while (displayWidth(rest.trimEnd()) > room) {
        const { text } = fitWidth(rest, room);
        if (text === '' && room >= width - indent.length) break;
        current += text;
        rest = rest.slice(text.length);
        turn();
      }
      current += rest;
      room -= displayWidth(rest);
    }
  }
  lines.push(current);
  return lines;
}

const STYLES = /\u001b\[[0-9;]*m/g;
/** Ends of styles: SGR 0, 22..29, 39, 49. */
const ENDS = /\u001b\[(0|2[2-9]|39|49)?m/;
