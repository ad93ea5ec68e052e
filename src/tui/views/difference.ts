/** The difference of two messages, line by line. */
import { lineDifference } from '../../report/line-difference.js';
import { dim, green, red, type Styled, styled } from '../../report/styled.js';
import type { Command } from '../keymap.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type Swap, sameMessage } from '../session.js';
import { rawLines } from './raw.js';
import { TextScroller } from './text-scroller.js';

/** Columns from which the messages stand side by side. */
const SIDE_BY_SIDE = 120;

export class DifferenceScreen implements Screen {
  readonly title: string;
  readonly hints: readonly Command[] = ['down', 'pageDown', 'search', 'help', 'back'];
  readonly #ui: Ui;
  #first: number;
  #second: number;
  #scroller: TextScroller | undefined;
  #key = '';

  constructor(ui: Ui, first: number, second: number) {
    this.#ui = ui;
    this.#first = Math.min(first, second);
    this.#second = Math.max(first, second);
    this.title = `Messages ${this.#first + 1} and ${this.#second + 1}`;
  }

  lines(area: Area): readonly Styled[] {
    const { theme } = this.#ui;
    const key = String(area.columns);
    if (this.#scroller === undefined || this.#key !== key) {
      this.#key = key;
      const lines = area.columns >= SIDE_BY_SIDE ? this.#beside(area.columns) : this.#below();
      if (this.#scroller === undefined) this.#scroller = new TextScroller(lines, () => 2);
      else this.#scroller.replace(lines);
    }
    const heading = theme.rule(
      `- message ${this.#first + 1}   + message ${this.#second + 1}`,
      area.columns,
      true,
    );
    return [heading, ...this.#scroller.lines({ columns: area.columns, rows: area.rows - 1 })];
  }

  run(command: Command): boolean {
    return this.#scroller?.run(command) ?? false;
  }

  search(text: string, step: 1 | -1): void {
    if (this.#scroller?.search(text, step) !== true) this.#ui.notice(`no more "${text}" here`);
  }

  swapped({ before, after }: Swap): void {
    const [first, second] = [this.#first, this.#second].map((row) => sameMessage(before, after, row));
    if (first !== undefined && first >= 0) this.#first = first;
    if (second !== undefined && second >= 0) this.#second = second;
    this.#key = '';
  }

  #difference() {
    return lineDifference(rawLines(this.#ui, this.#first), rawLines(this.#ui, this.#second));
  }

  #below(): Styled[] {
    return this.#difference().flatMap(({ first, second, same }) => {
      if (same) return [`  ${first ?? ''}`];
      return [
        ...(first === undefined ? [] : [red(`- ${first}`)]),
        ...(second === undefined ? [] : [green(`+ ${second}`)]),
      ];
    });
  }

  #beside(columns: number): Styled[] {
    const { theme } = this.#ui;
    const bar = dim(theme.glyphs.vertical);
    const width = Math.floor((columns - 7) / 2);
    return this.#difference().map(({ first, second, same }) => {
      const left = theme.fit(first ?? '', width);
      const right = theme.fit(second ?? '', width);
      if (same) return styled`  ${left} ${bar}   ${right}`;
      const minus = first === undefined ? ' ' : '-';
      const plus = second === undefined ? ' ' : '+';
      return styled`${minus} ${red(left)} ${bar} ${plus} ${green(right)}`;
    });
  }
}
