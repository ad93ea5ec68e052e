/** Tables that fit the screen: which columns there is room for, and how wide each is. */
import { printable } from '../bytes/text.js';
import { displayWidth } from '../bytes/width.js';
import {
  bold,
  inverse,
  LineBuilder,
  painted,
  type Styled,
  type StyleName,
  underline,
} from '../report/styled.js';
import type { Theme } from './theme.js';

export type TableColumn = {
  readonly title: string;
  /** Room that its contents get before other columns get more than they need. */
  readonly least: number;
  /** Width beyond which more is not asked for. */
  readonly most: number;
  readonly align?: 'left' | 'right';
  /** Columns of a higher number are left out first; 0 never. */
  readonly rank: number;
};

export type TableCell = { readonly text: string; readonly style?: StyleName };

/** A row: its cells, and what stands before it: the cursor's and the mark's column. */
export type TableRow = {
  readonly cells: readonly TableCell[];
  readonly isCursor: boolean;
  /** One character, as `*` for a marked row. */
  readonly flag: string;
};

/** Remembers how wide the contents were, so that columns do not jump while one scrolls. */
export class TableLayout {
  readonly #columns: readonly TableColumn[];
  readonly #widest: number[];
  readonly #firstWidth: number;

  constructor(columns: readonly TableColumn[], gutter = 2) {
    this.#columns = columns;
    this.#widest = columns.map(() => 0);
    this.#firstWidth = gutter;
  }

  /** A line for the titles and one for each row, all `width` columns wide. */
  draw(rows: readonly TableRow[], width: number, theme: Theme, isFocused: boolean): Styled[] {
    for (const { cells } of rows) {
      for (const [index, { text }] of cells.entries()) {
        const wide = Math.min(displayWidth(printable(text)), this.#columns[index]?.most ?? 0);
        if (wide > (this.#widest[index] ?? 0)) this.#widest[index] = wide;
      }
    }
    const widths = this.#widths(width);
    const titles = this.#columns.map(({ title }): TableCell => ({ text: title }));
    const head = this.#line(titles, widths, ' '.repeat(this.#firstWidth), width, theme, false);
    return [underline(bold(head)), ...rows.map((row) => this.#row(row, widths, width, theme, isFocused))];
  }

  #row(row: TableRow, widths: readonly number[], width: number, theme: Theme, isFocused: boolean): Styled {
    const gutter = `${row.isCursor ? theme.glyphs.cursor : ' '}${row.flag || ' '}`;
    const line = this.#line(row.cells, widths, gutter, width, theme, !row.isCursor || !isFocused);
    if (!row.isCursor) return line;
    return isFocused ? inverse(line) : bold(line);
  }

  #line(
    cells: readonly TableCell[],
    widths: readonly number[],
    gutter: string,
    width: number,
    theme: Theme,
    isStyled: boolean,
  ): Styled {
    const line = new LineBuilder().add(gutter);
    let used = this.#firstWidth;
    for (const [index, column] of this.#columns.entries()) {
      const room = widths[index] ?? 0;
      if (room === 0) continue;
      const cell = cells[index] ?? { text: '' };
      const text = theme.fit(cell.text, room, column.align);
      line.add(isStyled && cell.style !== undefined ? painted(cell.style, text) : text);
      used += room;
      if (used < width) {
        line.add(' ');
        used++;
      }
    }
    return line.add(' '.repeat(Math.max(0, width - used))).line;
  }

  /** Width of each column; 0 for those without room. */
  #widths(width: number): number[] {
    // A column that has had no content yet tells nothing.
    const shown = this.#columns.flatMap(({ rank }, index) =>
      rank === 0 || (this.#widest[index] ?? 0) > 0 ? [index] : [],
    );
    const least = (index: number): number => {
      const column = this.#columns[index] as TableColumn;
      return Math.min(column.least, Math.max(this.#widest[index] ?? 0, displayWidth(column.title)));
    };
    const sum = (indexes: readonly number[]): number =>
      indexes.reduce((total, index) => total + least(index) + 1, this.#firstWidth - 1);
    while (sum(shown) > width && shown.length > 1) {
      const worst = shown.reduce((a, b) =>
        (this.#columns[b]?.rank ?? 0) > (this.#columns[a]?.rank ?? 0) ? b : a,
      );
      if ((this.#columns[worst]?.rank ?? 0) === 0) break;
      shown.splice(shown.indexOf(worst), 1);
    }
    const widths = this.#columns.map((_, index) => (shown.includes(index) ? least(index) : 0));
    let left = width - sum(shown);
    // Columns of a low rank get what their contents ask for first.
    const byRank = [...shown].sort((a, b) => (this.#columns[a]?.rank ?? 0) - (this.#columns[b]?.rank ?? 0));
    for (const index of byRank) {
      const wanted = Math.max(this.#widest[index] ?? 0, displayWidth(this.#columns[index]?.title ?? ''));
      const more = Math.min(Math.max(0, left), Math.max(0, wanted - (widths[index] ?? 0)));
      widths[index] = (widths[index] ?? 0) + more;
      left -= more;
    }
    return widths;
  }
}
