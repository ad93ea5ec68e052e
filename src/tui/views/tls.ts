/** View 3: TLS connections; opened, one shows its handshake as steps, its suites, chain and verdicts. */

import type { TlsConnectionEvent } from '../../analyzer/events.js';
import { BREAKS_WORDS, wrapText } from '../../bytes/width.js';
import { plainText, type Styled } from '../../report/styled.js';
import type { Cell } from '../../report/terminal.js';
import { tlsDetailLines } from '../../report/tls/detail.js';
import { decryptionCell, identityCell, sessionText } from '../../report/tls/table.js';
import type { ConnectionRow } from '../../store/connection-table.js';
import { formatEndpoint } from '../format.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Screen, Ui } from '../screen.js';
import type { Swap } from '../session.js';
import { type TableCell, TableLayout, type TableRow } from '../table.js';
import { nothingToShow } from './nothing.js';
import { policyLines } from './policy-verdicts.js';
import { TextScroller } from './text-scroller.js';

const COLUMNS = [
  { title: 'Stream', least: 4, most: 8, align: 'right', rank: 2 },
  { title: 'Client', least: 14, most: 47, rank: 1 },
  { title: 'Server', least: 14, most: 47, rank: 1 },
  { title: 'Version', least: 7, most: 8, rank: 0 },
  { title: 'Cipher suite', least: 16, most: 48, rank: 1 },
  { title: 'Decryption', least: 13, most: 40, rank: 0 },
  { title: 'Identity', least: 12, most: 60, rank: 5 },
  { title: 'Session', least: 8, most: 30, rank: 6 },
  { title: 'File', least: 8, most: 30, rank: 8 },
] as const;

/** Where the values stand in the lines about a connection, and a bit further in. */
const DETAIL_HANG = 20;
/** Lines about the reason at the cursor, below the list. */
const REASON_ROWS = 4;

export class TlsView implements Screen {
  readonly title = 'TLS';
  readonly hints: readonly Command[] = ['open', 'addKey', 'search', 'help', 'back'];
  readonly #ui: Ui;
  readonly #cursor = new ListCursor();
  readonly #layout = new TableLayout(COLUMNS);

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  lines(area: Area): readonly Styled[] {
    const { theme, session } = this.#ui;
    const { connections } = session.store;
    const { length } = connections;
    if (length === 0) return nothingToShow(this.#ui, 'connections', area);
    const height = area.rows - REASON_ROWS;
    this.#cursor.fit(length, height - 1);
    const { top, position } = this.#cursor;
    const rows: TableRow[] = [];
    for (let at = top; at < Math.min(length, top + height - 1); at++) {
      const row = connections.row(at);
      if (row !== undefined) rows.push({ cells: cellsOf(row), isCursor: at === position, flag: '' });
    }
    const list = this.#layout.draw(rows, area.columns, theme, true);
    while (list.length < height) list.push('');
    return [...list, ...this.#reason(area.columns)];
  }

  run(command: Command): boolean {
    const { length } = this.#ui.session.store.connections;
    if (this.#cursor.run(command, length)) return true;
    if ((command === 'open' || command === 'right') && length > 0) {
      this.#ui.push(new ConnectionScreen(this.#ui, this.#cursor.position));
      return true;
    }
    return false;
  }

  search(text: string, step: 1 | -1): void {
    const wanted = text.toLowerCase();
    const { connections } = this.#ui.session.store;
    for (let at = this.#cursor.position + step; at >= 0 && at < connections.length; at += step) {
      const row = connections.row(at);
      if (row === undefined || !cellsOf(row).some((cell) => cell.text.toLowerCase().includes(wanted)))
        continue;
      this.#cursor.center(at);
      return;
    }
    this.#ui.notice(`no ${step > 0 ? 'later' : 'earlier'} connection has "${text}"`);
  }

  show(index: number): void {
    this.#cursor.center(index);
  }

  /** Why the connection at the cursor is open or closed, as a sentence. */
  #reason(columns: number): Styled[] {
    const { theme, session } = this.#ui;
    const row = session.store.connections.row(this.#cursor.position);
    if (row === undefined) return [];
    const { decryption } = row.connection;
    const { omitted } = session.store.connections;
    const more = omitted === 0 ? '' : `${omitted} more connections are not kept`;
    const text = row.event === undefined ? 'The connection goes on.' : decryption.detail;
    return [
      theme.rule(
        `tcp stream ${row.tcpStream}: ${decryption.status.replaceAll('_', ' ')}`,
        columns,
        false,
        more,
      ),
      ...wrapText(text, columns - 2, BREAKS_WORDS)
        .slice(0, REASON_ROWS - 1)
        .map((line) => ` ${theme.fit(line, columns - 1).trimEnd()}`),
    ];
  }
}

function cellsOf({ tcpStream, client, server, connection, event, file }: ConnectionRow): TableCell[] {
  return [
    { text: String(tcpStream) },
    { text: formatEndpoint(client) },
    { text: formatEndpoint(server) },
    { text: connection.version ?? '?' },
    { text: connection.cipherSuite?.name ?? '?' },
    plainCell(decryptionCell(connection)),
    event === undefined ? { text: '' } : plainCell(identityCell(event)),
    { text: sessionText(connection) },
    { text: file, style: 'dim' },
  ];
}

function plainCell(cell: Cell): TableCell {
  return typeof cell === 'string' ? { text: cell } : cell;
}

/** All about one connection. */
export class ConnectionScreen implements Screen {
  readonly title: string;
  readonly hints: readonly Command[] = ['addKey', 'search', 'help', 'back'];
  readonly #ui: Ui;
  #index: number;
  #scroller: TextScroller | undefined;
  #key = '';

  constructor(ui: Ui, index: number) {
    this.#ui = ui;
    this.#index = index;
    this.title = `TLS connection ${index + 1}`;
  }

  lines(area: Area): readonly Styled[] {
    const { session } = this.#ui;
    const row = session.store.connections.row(this.#index);
    if (row?.event === undefined) return ['', '  The connection goes on: its details are told at its end.'];
    const key = String(area.columns);
    if (this.#scroller === undefined || this.#key !== key) {
      this.#key = key;
      const lines = this.#build(row.event, area.columns);
      const hang = (line: Styled): number => (plainText(line).startsWith('  ') ? DETAIL_HANG : 2);
      if (this.#scroller === undefined) this.#scroller = new TextScroller(lines, hang);
      else this.#scroller.replace(lines);
    }
    return this.#scroller.lines(area);
  }

  run(command: Command): boolean {
    return this.#scroller?.run(command) ?? false;
  }

  search(text: string, step: 1 | -1): void {
    if (this.#scroller?.search(text, step) !== true) this.#ui.notice(`no more "${text}" here`);
  }

  swapped({ before, after }: Swap): void {
    const row = before.connections.row(this.#index);
    const again = after.connections
      .rows()
      .find(({ file, tcpStream }) => file === row?.file && tcpStream === row.tcpStream);
    if (again !== undefined) this.#index = again.index;
    this.#key = '';
  }

  #build(event: TlsConnectionEvent, columns: number): Styled[] {
    const { session } = this.#ui;
    const earlier = session.store.connections
      .rows()
      .slice(0, this.#index)
      .flatMap((row) => (row.event === undefined ? [] : [row.event]));
    return [
      ...tlsDetailLines(event, { now: session.context.now }),
      ...policyLines(event, earlier, columns - 1),
    ];
  }
}
