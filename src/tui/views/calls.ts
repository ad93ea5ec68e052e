/** View 2: calls, as sngrep lists them. */
import type { Styled, StyleName } from '../../report/styled.js';
import type { Call, CallState } from '../../store/call-table.js';
import { formatDuration, formatTime, shortUri } from '../format.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type TableCell, TableLayout, type TableRow } from '../table.js';
import { LadderScreen } from './ladder.js';
import { securityCell } from './messages.js';
import { nothingToShow } from './nothing.js';

const COLUMNS = [
  { title: 'No.', least: 3, most: 8, align: 'right', rank: 0 },
  { title: 'Method', least: 8, most: 12, rank: 0 },
  { title: 'From', least: 14, most: 40, rank: 1 },
  { title: 'To', least: 14, most: 40, rank: 1 },
  { title: 'Msgs', least: 4, most: 7, align: 'right', rank: 2 },
  { title: 'State', least: 20, most: 24, rank: 0 },
  { title: 'Start', least: 26, most: 26, rank: 4 },
  { title: 'Duration', least: 8, most: 9, align: 'right', rank: 3 },
  { title: 'Security', least: 8, most: 50, rank: 2 },
  { title: 'Call-ID', least: 12, most: 60, rank: 6 },
] as const;

export class CallsView implements Screen {
  readonly title = 'Calls';
  readonly hints: readonly Command[] = ['open', 'filter', 'search', 'save', 'time', 'help', 'back'];
  readonly #ui: Ui;
  readonly #cursor = new ListCursor();
  readonly #layout = new TableLayout(COLUMNS);
  /** Calls that pass the filter, gone over as far as rows were tested; undefined without a filter. */
  #passing: { filter: string; rows: object; seen: number; calls: number[]; known: Set<number> } | undefined;

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  lines(area: Area): readonly Styled[] {
    const { session, theme, timeStyle } = this.#ui;
    const { store } = session;
    const length = this.#length();
    if (length === 0) return nothingToShow(this.#ui, 'calls', area);
    if (this.#ui.isFollowing) this.#cursor.position = length - 1;
    this.#cursor.fit(length, area.rows - 1);
    const { top, position } = this.#cursor;
    const rows: TableRow[] = [];
    const first = store.messages.frame(0);
    for (let at = top; at < Math.min(length, top + area.rows - 1); at++) {
      const call = store.calls.call(this.#at(at));
      const row = store.messages.row(call.first);
      rows.push({
        cells: [
          { text: String(call.index + 1) },
          { text: call.method, style: 'bold' },
          { text: shortUri(row.from) },
          { text: shortUri(row.to) },
          { text: String(call.messages) },
          stateCell(call),
          {
            text: formatTime(
              row.frame,
              timeStyle === 'delta' ? 'relative' : timeStyle,
              first,
              area.columns < 140 ? 3 : 6,
            ),
            style: 'dim',
          },
          { text: formatDuration(call.talkSeconds ?? call.seconds) },
          securityCell(call.isMixed ? `${call.security || 'none'}, mixed` : call.security, call.severity),
          { text: call.callId, style: 'dim' },
        ],
        isCursor: at === position,
        flag: '',
      });
    }
    return this.#layout.draw(rows, area.columns, theme, true);
  }

  run(command: Command): boolean {
    const length = this.#length();
    if (this.#cursor.run(command, length)) {
      this.#ui.stopFollowing();
      return true;
    }
    if (length === 0) return false;
    if (command === 'open' || command === 'right' || command === 'ladder') {
      this.#ui.push(new LadderScreen(this.#ui, this.#at(this.#cursor.position)));
      return true;
    }
    return false;
  }

  current(): number | undefined {
    if (this.#length() === 0) return undefined;
    return this.#ui.session.store.calls.call(this.#at(Math.min(this.#cursor.position, this.#length() - 1)))
      .first;
  }

  search(text: string, step: 1 | -1): void {
    const { session } = this.#ui;
    const length = this.#length();
    const wanted = text.toLowerCase();
    let at = this.#cursor.position + step;
    void session.job('searching', length, (hasTime) => {
      while (at >= 0 && at < length && hasTime()) {
        const call = session.store.calls.call(this.#at(at));
        const { from, to } = session.store.messages.row(call.first);
        if (
          [call.callId, call.method, call.state, from, to].some((cell) => cell.toLowerCase().includes(wanted))
        ) {
          this.#cursor.center(at);
          this.#ui.redraw();
          return { done: at, finished: true };
        }
        at += step;
      }
      if (at >= 0 && at < length) return { done: at, finished: false };
      this.#ui.notice(`no ${step > 0 ? 'later' : 'earlier'} call has "${text}"`);
      return { done: length, finished: true };
    });
  }

  #length(): number {
    return this.#calls()?.length ?? this.#ui.session.store.calls.length;
  }

  #at(position: number): number {
    return this.#calls()?.[position] ?? position;
  }

  /** A call passes the filter where one of its messages does. */
  #calls(): readonly number[] | undefined {
    const { session } = this.#ui;
    const { filterText, rows, store } = session;
    if (filterText === '') {
      this.#passing = undefined;
      return undefined;
    }
    if (this.#passing === undefined || this.#passing.rows !== rows) {
      this.#passing = { filter: filterText, rows, seen: 0, calls: [], known: new Set() };
    }
    const passing = this.#passing;
    for (; passing.seen < rows.length; passing.seen++) {
      const call = store.messages.call(rows.at(passing.seen));
      if (call < 0 || passing.known.has(call)) continue;
      passing.known.add(call);
      passing.calls.push(call);
    }
    return passing.calls;
  }
}

const STATE_STYLES: { readonly [State in CallState]: StyleName } = {
  calling: 'yellow',
  ringing: 'yellow',
  'in call': 'green',
  completed: 'green',
  cancelled: 'yellow',
  busy: 'red',
  rejected: 'red',
  redirected: 'yellow',
  challenged: 'yellow',
  waiting: 'yellow',
  succeeded: 'green',
  failed: 'red',
  seen: 'dim',
};

/** The state in words, with the status that made it and how often messages were sent again. */
function stateCell(call: Call): TableCell {
  const status = call.statusCode >= 300 ? ` ${call.statusCode}` : '';
  const again = call.retransmissions === 0 ? '' : ` (${call.retransmissions} again)`;
  return { text: `${call.state}${status}${again}`, style: STATE_STYLES[call.state] };
}
