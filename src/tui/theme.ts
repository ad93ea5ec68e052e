/** What the screens are drawn with: colours or none, line drawing or ASCII. Pure: the facts are passed in. */
import { printable } from '../bytes/text.js';
import { displayWidth } from '../bytes/width.js';
import type { Paint } from '../report/render.js';
import { bold, dim, type Styled } from '../report/styled.js';
import { pad, truncate } from '../report/terminal.js';

export type Glyphs = {
  readonly ellipsis: string;
  readonly cursor: string;
  readonly closed: string;
  readonly open: string;
  readonly horizontal: string;
  readonly vertical: string;
  readonly arrowRight: string;
  readonly arrowLeft: string;
  readonly bar: string;
  readonly tree: string;
  readonly corners: readonly [string, string, string, string];
  readonly lock: string;
  readonly pen: string;
  readonly dot: string;
  readonly check: string;
};

export const UNICODE_GLYPHS: Glyphs = {
  ellipsis: '…',
  cursor: '▶',
  closed: '▸',
  open: '▾',
  horizontal: '─',
  vertical: '│',
  arrowRight: '▶',
  arrowLeft: '◀',
  bar: '█',
  tree: '·',
  corners: ['┌', '┐', '└', '┘'],
  lock: '🔒',
  pen: '✎',
  dot: '·',
  check: '●',
};

export const ASCII_GLYPHS: Glyphs = {
  ellipsis: '~',
  cursor: '>',
  closed: '+',
  open: '-',
  horizontal: '-',
  vertical: '|',
  arrowRight: '>',
  arrowLeft: '<',
  bar: '#',
  tree: '.',
  corners: ['+', '+', '+', '+'],
  lock: '[E]',
  pen: '[S]',
  dot: '-',
  check: '*',
};

/** How the current session draws. Colour can be switched while it runs. */
export class Theme {
  readonly unicode: boolean;
  readonly glyphs: Glyphs;
  #color: boolean;

  constructor(options: { readonly unicode: boolean; readonly color: boolean }) {
    this.unicode = options.unicode;
    this.glyphs = options.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
    this.#color = options.color;
  }

  /** What of the styles is drawn. The cursor's line is in reverse video, which stays where colour is off. */
  get paint(): Paint {
    return this.#color ? 'colors' : 'attributes';
  }

  switchColor(): void {
    this.#color = !this.#color;
  }

  /** `text` made safe, cut to `width` columns and filled up to them. */
  fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
    if (width <= 0) return '';
    return pad(truncate(printable(text), width, this.glyphs.ellipsis), width, align);
  }

  /** The heading of a pane: a title in a rule of `width` columns; bold where the pane has the keys. */
  rule(title: string, width: number, isFocused: boolean, right = ''): Styled {
    const { horizontal } = this.glyphs;
    const marker = isFocused ? this.glyphs.cursor : horizontal;
    const ending =
      right === ''
        ? ''
        : ` ${truncate(printable(right), Math.max(0, width - 12), this.glyphs.ellipsis)} ${horizontal}`;
    const room = width - displayWidth(ending) - 4;
    const head = room < 2 ? '' : ` ${truncate(printable(title), room, this.glyphs.ellipsis)} `;
    const filling = Math.max(0, width - 1 - displayWidth(head) - displayWidth(ending));
    const line = `${marker}${head}${horizontal.repeat(filling)}${ending}`;
    return isFocused ? bold(line) : dim(line);
  }
}
