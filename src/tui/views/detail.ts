/** One message alone: its tree above its bytes, as opened out of a ladder. */
import type { Styled } from '../../report/styled.js';
import type { Command } from '../keymap.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type Swap, sameMessage } from '../session.js';
import { MessagePanes, type PaneName } from './message-panes.js';

export class DetailScreen implements Screen {
  readonly title: string;
  readonly hints: readonly Command[] = [
    'open',
    'nextPane',
    'expandAll',
    'source',
    'zoom',
    'raw',
    'search',
    'help',
    'back',
  ];
  readonly #ui: Ui;
  readonly #panes: MessagePanes;
  #row: number;
  #focus: PaneName = 'tree';
  #isZoomed = false;
  #more = 0;

  constructor(ui: Ui, row: number) {
    this.#ui = ui;
    this.#row = row;
    this.title = `Message ${row + 1}`;
    this.#panes = new MessagePanes(ui);
  }

  lines(area: Area): readonly Styled[] {
    this.#panes.show(this.#row);
    if (this.#isZoomed) {
      return this.#focus === 'tree' ? this.#panes.treeLines(area, true) : this.#panes.bytesLines(area, true);
    }
    const { columns } = area;
    const tree = Math.min(Math.max(3, Math.floor(area.rows * 0.6) + this.#more), area.rows - 3);
    const above = this.#panes.treeLines({ columns, rows: tree }, this.#focus === 'tree');
    return [
      ...above,
      ...new Array<string>(Math.max(0, tree - above.length)).fill(''),
      ...this.#panes.bytesLines({ columns, rows: area.rows - tree }, this.#focus === 'bytes'),
    ];
  }

  run(command: Command): boolean {
    switch (command) {
      case 'nextPane':
      case 'previousPane':
        this.#focus = this.#focus === 'tree' ? 'bytes' : 'tree';
        return true;
      case 'zoom':
        this.#isZoomed = !this.#isZoomed;
        return true;
      case 'grow':
      case 'shrink':
        this.#more += (command === 'grow') === (this.#focus === 'tree') ? 1 : -1;
        return true;
      case 'select':
        this.#ui.select(this.#row);
        return true;
      default:
        return this.#panes.run(command, this.#focus);
    }
  }

  search(text: string, step: 1 | -1): void {
    if (!this.#panes.search(text, step)) this.#ui.notice(`no more "${text}" in this message`);
  }

  current(): number {
    return this.#row;
  }

  swapped({ before, after }: Swap): void {
    const row = sameMessage(before, after, this.#row);
    if (row >= 0) this.#row = row;
    this.#panes.refresh();
  }
}
