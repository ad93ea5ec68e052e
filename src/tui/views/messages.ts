/** View 1: the list of messages, the tree of the one at the cursor, and its bytes. */
import type { FrameRef } from '../../model/frame-ref.js';
import { securityStyle } from '../../report/security.js';
import { dim, type Styled, type StyleName, styled } from '../../report/styled.js';
import type { MessageRow } from '../../store/message-table.js';
import { fileName, formatCount, formatEndpoint, formatTime, shortSecurity, shortUri } from '../format.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type Swap, sameMessage } from '../session.js';
import { type TableCell, TableLayout, type TableRow } from '../table.js';
import { MessagePanes } from './message-panes.js';
import { nothingToShow } from './nothing.js';
import { matchesRow } from './row-search.js';

type Pane = 'list' | 'tree' | 'bytes';
const PANES: readonly Pane[] = ['list', 'tree', 'bytes'];

/** Below this width times have three digits and the security column fewer words. */
const ROOMY = 110;
/** Below this width tree and bytes stand one above the other. */
const SIDE_BY_SIDE = 150;

const COLUMNS = [
  { title: 'No.', least: 3, most: 9, align: 'right', rank: 0 },
  { title: 'Time', least: 26, most: 26, rank: 3 },
  { title: 'Source', least: 14, most: 47, rank: 1 },
  { title: 'Destination', least: 14, most: 47, rank: 1 },
  { title: 'Via', least: 3, most: 4, rank: 2 },
  { title: 'Message', least: 10, most: 36, rank: 0 },
  { title: 'From', least: 12, most: 40, rank: 6 },
  { title: 'To', least: 12, most: 40, rank: 6 },
  { title: 'Security', least: 8, most: 60, rank: 2 },
  { title: 'File', least: 8, most: 30, rank: 8 },
] as const;

export class MessagesView implements Screen {
  readonly title = 'Messages';
  readonly #ui: Ui;
  readonly #cursor = new ListCursor();
  readonly #panes: MessagePanes;
  #layout: TableLayout;
  #layoutStyle = '';
  #focus: Pane = 'list';
  #isZoomed = false;
  /** Lines that the user added to the list and to the tree. */
  #listMore = 0;
  #treeMore = 0;
  /** The message under the cursor, which stays under it while the filter changes. */
  #row: number | undefined;

  constructor(ui: Ui) {
    this.#ui = ui;
    this.#panes = new MessagePanes(ui);
    this.#layout = new TableLayout(COLUMNS);
  }

  get hints(): readonly Command[] {
    return this.#focus === 'list'
      ? ['open', 'nextPane', 'filter', 'search', 'ladder', 'select', 'save', 'addKey', 'help', 'back']
      : ['open', 'nextPane', 'expandAll', 'source', 'zoom', 'search', 'help', 'back'];
  }

  lines(area: Area): readonly Styled[] {
    const { session } = this.#ui;
    const { rows } = session;
    if (rows.length === 0) return nothingToShow(this.#ui, 'messages', area);
    if (this.#ui.isFollowing) this.#cursor.position = rows.length - 1;
    this.#row = rows.at(Math.min(this.#cursor.position, rows.length - 1));
    this.#panes.show(this.#row);
    const { columns } = area;
    if (this.#isZoomed) return this.#pane(this.#focus, area);
    if (columns >= SIDE_BY_SIDE) {
      const list = this.#listRows(area, 0.45, 4);
      const left = Math.floor(columns / 2) + clamp(this.#treeMore * 2, -40, 40);
      const below = area.rows - list;
      return [
        ...this.#pane('list', { columns, rows: list }),
        ...beside(
          this.#ui,
          this.#pane('tree', { columns: left - 1, rows: below }),
          this.#pane('bytes', { columns: columns - left - 1, rows: below }),
          left - 1,
          below,
        ),
      ];
    }
    const list = this.#listRows(area, 0.4, 5);
    const tree = clamp(Math.floor((area.rows - list) * 0.62) + this.#treeMore, 2, area.rows - list - 2);
    return [
      ...this.#pane('list', { columns, rows: list }),
      ...filled(this.#pane('tree', { columns, rows: tree }), tree),
      ...this.#pane('bytes', { columns, rows: area.rows - list - tree }),
    ];
  }

  run(command: Command): boolean {
    switch (command) {
      case 'nextPane':
      case 'previousPane': {
        const step = command === 'nextPane' ? 1 : 2;
        this.#focus = PANES[(PANES.indexOf(this.#focus) + step) % PANES.length] ?? 'list';
        return true;
      }
      case 'zoom':
        this.#isZoomed = !this.#isZoomed;
        return true;
      case 'grow':
      case 'shrink': {
        const step = command === 'grow' ? 1 : -1;
        if (this.#focus === 'list') this.#listMore += step;
        else this.#treeMore += this.#focus === 'tree' ? step : -step;
        return true;
      }
      case 'back':
        if (this.#focus === 'list') return false;
        this.#focus = 'list';
        this.#isZoomed = false;
        return true;
      default:
        return this.#focus === 'list' ? this.#runList(command) : this.#panes.run(command, this.#focus);
    }
  }

  search(text: string, step: 1 | -1): void {
    if (this.#focus !== 'list') {
      if (!this.#panes.search(text, step)) this.#ui.notice(`no more "${text}" in this message`);
      return;
    }
    const { session } = this.#ui;
    const { rows } = session;
    let at = this.#cursor.position + step;
    this.#ui.stopFollowing();
    void session.job('searching', rows.length, (hasTime) => {
      while (at >= 0 && at < rows.length && hasTime()) {
        const row = rows.at(at);
        if (matchesRow(session, row, text)) {
          this.#cursor.center(at);
          this.#ui.redraw();
          return { done: at, finished: true };
        }
        at += step;
      }
      if (at >= 0 && at < rows.length) return { done: step > 0 ? at : rows.length - at, finished: false };
      this.#ui.notice(`no ${step > 0 ? 'later' : 'earlier'} message has "${text}"`);
      return { done: rows.length, finished: true };
    });
  }

  current(): number | undefined {
    return this.#row;
  }

  /** Puts the cursor on a message, and the tree's on a field of it. */
  show(row: number, field?: string): void {
    const { rows } = this.#ui.session;
    this.#cursor.center(rows.positionOf(row));
    this.#isZoomed = false;
    this.#row = row;
    this.#panes.show(row);
    if (field === undefined) {
      this.#focus = 'list';
      return;
    }
    this.#panes.showField(field);
    this.#focus = 'tree';
  }

  swapped({ before, after }: Swap): void {
    this.#panes.refresh();
    if (this.#row === undefined) return;
    const row = sameMessage(before, after, this.#row);
    this.#row = row < 0 ? undefined : row;
    if (row >= 0) this.keepCursor();
  }

  /** After the filter changed: the cursor stays on its message, or goes to the next one that passes. */
  keepCursor(): void {
    if (this.#row !== undefined) this.#cursor.center(this.#ui.session.rows.positionOf(this.#row));
  }

  #runList(command: Command): boolean {
    const { rows, store } = this.#ui.session;
    if (this.#cursor.run(command, rows.length)) {
      this.#ui.stopFollowing();
      return true;
    }
    const row = this.#row;
    switch (command) {
      case 'open':
      case 'right':
        if (row !== undefined) this.#focus = 'tree';
        return true;
      case 'source':
        return this.#panes.run(command, 'bytes');
      case 'mark':
        if (row === undefined) return true;
        store.messages.setMarked(row, !store.messages.isMarked(row));
        this.#cursor.run('down', rows.length);
        return true;
      case 'nextMark':
        this.#nextMark();
        return true;
      case 'select':
        if (row !== undefined) this.#ui.select(row);
        return true;
      default:
        return false;
    }
  }

  #nextMark(): void {
    const { rows, store } = this.#ui.session;
    for (let step = 1; step <= rows.length; step++) {
      const at = (this.#cursor.position + step) % rows.length;
      if (!store.messages.isMarked(rows.at(at))) continue;
      this.#cursor.center(at);
      return;
    }
    this.#ui.notice('no message is marked; m marks one');
  }

  /** Lines of the list: a share of the screen, less where there are few messages; `below` are left for the rest. */
  #listRows(area: Area, share: number, below: number): number {
    const { rows } = this.#ui.session;
    const usual = Math.min(Math.floor(area.rows * share), Math.max(5, rows.length + 2));
    return clamp(usual + this.#listMore, 3, area.rows - below);
  }

  #pane(pane: Pane, area: Area): Styled[] {
    const isFocused = this.#focus === pane;
    if (pane === 'tree') return this.#panes.treeLines(area, isFocused);
    if (pane === 'bytes') return this.#panes.bytesLines(area, isFocused);
    return filled(this.#list(area, isFocused), area.rows);
  }

  #list(area: Area, isFocused: boolean): Styled[] {
    const { session, theme, timeStyle } = this.#ui;
    const { rows, store } = session;
    // A style of times that takes less room would leave the column as wide as it was.
    const layoutStyle = `${timeStyle} ${area.columns < ROOMY}`;
    if (layoutStyle !== this.#layoutStyle) {
      this.#layout = new TableLayout(COLUMNS);
      this.#layoutStyle = layoutStyle;
    }
    this.#cursor.fit(rows.length, area.rows - 1);
    const { top, position } = this.#cursor;
    const first = store.messages.frame(rows.at(0));
    const shown: TableRow[] = [];
    for (let at = top; at < Math.min(rows.length, top + area.rows - 1); at++) {
      const row = store.messages.row(rows.at(at));
      const before = at === 0 ? row.frame : store.messages.frame(rows.at(at - 1));
      const origin = timeStyle === 'delta' ? before : first;
      shown.push({
        cells: this.#cells(row, origin, area.columns < ROOMY),
        isCursor: at === position,
        flag: this.#ui.selected === row.index ? '=' : store.messages.isMarked(row.index) ? '*' : '',
      });
    }
    return this.#layout.draw(shown, area.columns, theme, isFocused);
  }

  #cells(row: MessageRow, origin: FrameRef | undefined, isNarrow: boolean): TableCell[] {
    const { timeStyle } = this.#ui;
    return [
      { text: String(row.index + 1) },
      { text: formatTime(row.frame, timeStyle, origin, isNarrow ? 3 : 6), style: 'dim' },
      { text: formatEndpoint(row.source) },
      { text: formatEndpoint(row.destination) },
      { text: row.transport?.toUpperCase() ?? '' },
      labelCell(row),
      { text: shortUri(row.from) },
      { text: shortUri(row.to) },
      securityCell(isNarrow ? shortSecurity(row.security) : row.security, row.severity),
      { text: this.#ui.session.source.name === row.file ? '' : fileName(row.file), style: 'dim' },
    ];
  }
}

/** What a row is, in the colour of its class. */
export function labelCell(row: Pick<MessageRow, 'label' | 'statusCode' | 'isRetransmission'>): TableCell {
  const text = row.isRetransmission ? `${row.label} (again)` : row.label;
  return { text, style: labelStyle(row.statusCode) };
}

export function labelStyle(statusCode: number): StyleName {
  if (statusCode === 0) return 'bold';
  if (statusCode < 200) return 'dim';
  return statusCode < 300 ? 'green' : statusCode < 400 ? 'yellow' : 'red';
}

/** How a message is protected, with `!` where a finding warns of it and `!!` where one is an error. */
export function securityCell(security: string, severity: MessageRow['severity']): TableCell {
  const mark = severity === 'error' ? '!! ' : severity === 'warning' ? '! ' : '';
  const own = securityStyle(security);
  const style = severity === 'error' ? 'red' : own === 'green' && mark !== '' ? 'yellow' : own;
  return { text: `${mark}${security}`, style };
}

/** Title of the list with its counts. */
export function countsOf(ui: Ui): string {
  const { rows, store, filterText } = ui.session;
  const all = formatCount(store.messages.length);
  return filterText === '' ? all : `${formatCount(rows.length)} of ${all}`;
}

function filled(lines: readonly Styled[], rows: number): Styled[] {
  return [...lines.slice(0, rows), ...new Array<string>(Math.max(0, rows - lines.length)).fill('')];
}

/** Two panes side by side; `left` columns belong to the first. */
function beside(
  ui: Ui,
  first: readonly Styled[],
  second: readonly Styled[],
  left: number,
  rows: number,
): Styled[] {
  const { theme } = ui;
  const lines: Styled[] = [];
  for (let row = 0; row < rows; row++) {
    const bar = row === 0 ? theme.glyphs.horizontal : dim(theme.glyphs.vertical);
    lines.push(styled`${first[row] ?? ' '.repeat(left)} ${bar}${second[row] ?? ''}`);
  }
  return lines;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
