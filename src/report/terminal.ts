import type { Field } from '../bytes/field.js';
import { printable } from '../bytes/text.js';
import { displayWidth, fitWidth } from '../bytes/width.js';
import { dim, LineBuilder, painted, type Styled, type StyleName, styled } from './styled.js';

/**
 * Text layout: padding, truncation, tables and trees, in columns of a terminal. What comes in is escaped here
 * (`printable`), as columns are counted of what is shown; what goes out are styled lines without line ends.
 */

export type Align = 'left' | 'right';

/** Fills `text` up with spaces to `width` columns; longer text stays as it is. */
export function pad(text: string, width: number, align: Align = 'left'): string {
  const filling = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + filling : filling + text;
}

/** Cuts `text` to `width` columns; `ellipsis` marks what was cut, if there is room for it. */
export function truncate(text: string, width: number, ellipsis = '…'): string {
  if (displayWidth(text) <= width) return text;
  const room = width - displayWidth(ellipsis);
  return room < 0 ? fitWidth(text, width).text : fitWidth(text, room).text + ellipsis;
}

/** A cell of a table: text, or text with a style. */
export type Cell = string | { readonly text: string; readonly style: StyleName };

export type Column = {
  readonly title: string;
  /** Where the cells stand; titles stand there, too. Left by default. */
  readonly align?: Align;
  /** Longer cells are cut to this many columns. */
  readonly maxWidth?: number;
  /** Columns kept where the first rows need less, for tables whose rows come one by one. */
  readonly minWidth?: number;
};

export type TableOptions = {
  /** Whether titles are written. Yes by default. */
  readonly titles?: boolean;
  /** Whole lines are cut to this width: set it on a terminal only, as pipes lose nothing. */
  readonly width?: number;
  /** Rows held back to find the widths of the columns. 100 by default. */
  readonly sample?: number;
};

const SAMPLE_ROWS = 100;
const GAP = '  ';

/**
 * Writes an aligned table of any length. The first rows are held back to find the columns' widths and then all rows
 * go straight out; a later cell that is wider than its column pushes its row to the right and loses nothing.
 */
export class TableWriter {
  readonly #columns: readonly Column[];
  readonly #line: (line: Styled) => void;
  readonly #titles: boolean;
  readonly #width: number;
  readonly #sample: number;
  #held: (readonly Cell[])[] | undefined = [];
  #widths: number[] = [];

  constructor(columns: readonly Column[], line: (line: Styled) => void, options: TableOptions = {}) {
    this.#columns = columns;
    this.#line = line;
    this.#titles = options.titles ?? true;
    this.#width = options.width ?? Number.POSITIVE_INFINITY;
    this.#sample = options.sample ?? SAMPLE_ROWS;
  }

  /** Adds a row: a cell for each column; cells that are missing are empty. */
  row(cells: readonly Cell[]): void {
    const safe = this.#columns.map((column, index) => safeCell(cells[index] ?? '', column));
    if (this.#held === undefined) {
      this.#write(safe);
      return;
    }
    this.#held.push(safe);
    if (this.#held.length >= this.#sample) this.flush();
  }

  /** Writes what is held back: at the end, or where someone waits to see rows. Titles are written even without rows. */
  flush(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    const titles = this.#columns.map(({ title }): Cell => ({ text: title, style: 'bold' }));
    const rows = this.#titles ? [titles, ...held] : held;
    this.#widths = this.#columns.map(({ minWidth }, index) =>
      rows.reduce((widest, row) => Math.max(widest, displayWidth(textOf(row[index] ?? ''))), minWidth ?? 0),
    );
    for (const row of rows) this.#write(row);
  }

  #write(cells: readonly Cell[]): void {
    const last = lastFilled(cells);
    const line = new LineBuilder();
    let left = this.#width;
    for (let index = 0; index <= last && left > 0; index++) {
      const cell = cells[index] ?? '';
      const column = this.#columns[index];
      const align = column?.align ?? 'left';
      // Nothing is to the right of the last cell, so it needs no filling.
      const filled =
        index === last && align === 'left'
          ? textOf(cell)
          : pad(textOf(cell), this.#widths[index] ?? 0, align);
      const text = truncate(index === 0 ? filled : GAP + filled, left);
      left -= displayWidth(text);
      line.addPrintable(text, typeof cell === 'string' ? undefined : cell.style);
    }
    this.#line(line.line);
  }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

function safeCell(cell: Cell, { maxWidth }: Column): Cell {
  const safe = printable(textOf(cell));
  const text = maxWidth === undefined ? safe : truncate(safe, maxWidth);
  return typeof cell === 'string' ? text : { text, style: cell.style };
}

function lastFilled(cells: readonly Cell[]): number {
  let last = cells.length - 1;
  while (last > 0 && textOf(cells[last] ?? '') === '') last--;
  return last;
}

/** What branches are drawn with. */
export type TreeGlyphs = {
  readonly branch: string;
  readonly lastBranch: string;
  readonly stem: string;
  readonly space: string;
};

export const UNICODE_TREE: TreeGlyphs = { branch: '├─ ', lastBranch: '└─ ', stem: '│  ', space: '   ' };
export const ASCII_TREE: TreeGlyphs = { branch: '|- ', lastBranch: '`- ', stem: '|  ', space: '   ' };

/** Glyphs for a locale by the environment's LC_ALL, LC_CTYPE and LANG: box drawing where it is UTF-8. */
export function treeGlyphs(environment: Readonly<Record<string, string | undefined>>): TreeGlyphs {
  const names = ['LC_ALL', 'LC_CTYPE', 'LANG'];
  // The first that is set and not empty counts (POSIX.1-2017, Base Definitions §8.2).
  const locale = names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '') ? UNICODE_TREE : ASCII_TREE;
}

type Branching<T> = { readonly children: readonly T[] };

/** Draws each root without a branch before it, and what is below it with branches. */
export function drawTree<T extends Branching<T>>(
  roots: readonly T[],
  label: (node: T) => Styled,
  line: (line: Styled) => void,
  glyphs: TreeGlyphs = UNICODE_TREE,
): void {
  const below = (nodes: readonly T[], prefix: string): void => {
    nodes.forEach((node, index) => {
      const last = index === nodes.length - 1;
      line(styled`${prefix}${last ? glyphs.lastBranch : glyphs.branch}${label(node)}`);
      below(node.children, prefix + (last ? glyphs.space : glyphs.stem));
    });
  };
  for (const root of roots) {
    line(label(root));
    below(root.children, '');
  }
}

/** A field as the label of a tree: `name: value`, in the colour of its severity. */
export function fieldLabel(field: Field): Styled {
  const text = field.value === undefined ? field.name : styled`${dim(`${field.name}:`)} ${field.value}`;
  if (field.severity === 'error') return painted('red', text);
  return field.severity === 'warning' ? painted('yellow', text) : text;
}
