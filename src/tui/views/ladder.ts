/** The ladder of a call, with the message at the cursor beside or below it. */

import { append } from '../../bytes/append.js';
import type { FrameRef } from '../../model/frame-ref.js';
import {
  ASCII_LADDER,
  buildLadder,
  handshakeItems,
  type Ladder,
  type LadderItem,
  type LadderStep,
  ladderHeading,
  ladderLine,
  ladderStart,
  protectionOf,
  UNICODE_LADDER,
} from '../../report/flow/ladder.js';
import { bold, dim, inverse, padded, plainText, type Styled, styled } from '../../report/styled.js';
import { formatDuration, formatTime } from '../format.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type Swap, sameMessage } from '../session.js';
import { DetailScreen } from './detail.js';
import { rawLines } from './raw.js';

/** Columns from which the message stands beside the ladder. */
const BESIDE = 130;
/** Columns below which the time since the step before is left out. */
const NARROW = 70;
/** Messages of a call that are drawn; a call of more is a REGISTER that goes on for days. */
const MAX_STEPS = 5_000;

export class LadderScreen implements Screen {
  readonly title = 'Ladder';
  readonly hints: readonly Command[] = [
    'open',
    'raw',
    'select',
    'mark',
    'time',
    'zoom',
    'save',
    'help',
    'back',
  ];
  readonly #ui: Ui;
  #call: number;
  #start: number | undefined;
  readonly #cursor = new ListCursor();
  #ladder: Ladder = { endpoints: [], steps: [] };
  #built = -1;
  #isZoomed = false;
  /** First cell shown of a ladder that is wider than the terminal. */
  #from = 0;
  #shown: { row: number; lines: readonly string[] } | undefined;

  constructor(ui: Ui, call: number, row?: number) {
    this.#ui = ui;
    this.#call = call;
    this.#start = row;
  }

  lines(area: Area): readonly Styled[] {
    this.#build();
    const { theme } = this.#ui;
    const { columns } = area;
    const isBeside = columns >= BESIDE && !this.#isZoomed;
    const width = this.#isZoomed || !isBeside ? columns : Math.floor(columns * 0.6);
    const below = this.#isZoomed || isBeside ? 0 : Math.max(4, Math.floor(area.rows * 0.4));
    const ladder = this.#ladderLines({ columns: width, rows: area.rows - below });
    const rest = { columns: isBeside ? columns - width - 2 : columns, rows: isBeside ? area.rows : below };
    if (rest.rows === 0) return ladder;
    const message = this.#messageLines(rest);
    if (!isBeside) {
      return [
        ...ladder,
        ...new Array<string>(Math.max(0, area.rows - below - ladder.length)).fill(''),
        ...message,
      ];
    }
    return Array.from({ length: area.rows }, (_, row) => {
      const head = ladder[row] ?? '';
      return styled`${padded(head, width)} ${dim(theme.glyphs.vertical)}${message[row] ?? ''}`;
    });
  }

  run(command: Command): boolean {
    const { steps } = this.#ladder;
    if (this.#cursor.run(command, steps.length)) return true;
    const row = this.current();
    const { messages } = this.#ui.session.store;
    switch (command) {
      case 'open':
      case 'right':
        if (row !== undefined) this.#ui.push(new DetailScreen(this.#ui, row));
        else this.#openConnection();
        return true;
      case 'select':
        if (row !== undefined) this.#ui.select(row);
        return true;
      case 'mark':
        if (row !== undefined) messages.setMarked(row, !messages.isMarked(row));
        return true;
      case 'zoom':
        this.#isZoomed = !this.#isZoomed;
        return true;
      case 'ladder':
        return true;
      default:
        return false;
    }
  }

  search(text: string, step: 1 | -1): void {
    const wanted = text.toLowerCase();
    const { steps } = this.#ladder;
    for (let at = this.#cursor.position + step; at >= 0 && at < steps.length; at += step) {
      if (!steps[at]?.label.toLowerCase().includes(wanted)) continue;
      this.#cursor.center(at);
      return;
    }
    this.#ui.notice(`no ${step > 0 ? 'later' : 'earlier'} step has "${text}"`);
  }

  current(): number | undefined {
    return this.#ladder.steps[this.#cursor.position]?.message;
  }

  swapped({ before, after }: Swap): void {
    const row = this.current() ?? this.#start ?? before.calls.call(this.#call).first;
    const again = sameMessage(before, after, row);
    this.#call = again < 0 ? -1 : after.messages.call(again);
    this.#start = again < 0 ? undefined : again;
    this.#built = -1;
    this.#shown = undefined;
  }

  #ladderLines(area: Area): Styled[] {
    const { theme, timeStyle } = this.#ui;
    const { steps } = this.#ladder;
    if (steps.length === 0) return [theme.fit('  This call has no message with addresses.', area.columns)];
    const first = steps[0]?.frame;
    const digits = area.columns < 110 ? 3 : 6;
    const gapWidth = area.columns < NARROW ? 0 : 9;
    const fitting = {
      width: area.columns - 2,
      glyphs: theme.unicode ? UNICODE_LADDER : ASCII_LADDER,
      time: (step: LadderStep) => this.#timeText(step, first, digits, gapWidth),
      timeWidth: (timeStyle === 'date' ? 19 : 8) + digits + 1 + gapWidth,
    };
    this.#cursor.fit(steps.length, area.rows - 1);
    const { top, position } = this.#cursor;
    const current = steps[position];
    if (current !== undefined) this.#from = ladderStart(this.#ladder, current, fitting, this.#from);
    const drawing = { ...fitting, from: this.#from };
    const { messages } = this.#ui.session.store;
    const lines = steps.slice(top, top + area.rows - 1).map((step, index) => {
      const isCursor = top + index === position;
      const flag =
        step.message === undefined
          ? ' '
          : this.#ui.selected === step.message
            ? '='
            : messages.isMarked(step.message)
              ? '*'
              : ' ';
      // The cursor's line is reversed as a whole, as one bar without colours in it.
      const line = ladderLine(this.#ladder, step, drawing);
      return isCursor ? inverse(`${theme.glyphs.cursor}${flag}${plainText(line)}`) : styled` ${flag}${line}`;
    });
    return [bold(styled`  ${ladderHeading(this.#ladder, drawing)}`), ...lines];
  }

  #timeText(step: LadderStep, first: FrameRef | undefined, digits: number, gapWidth: number): string {
    const { timeStyle } = this.#ui;
    const time = formatTime(step.frame, timeStyle === 'delta' ? 'relative' : timeStyle, first, digits);
    if (gapWidth === 0) return time;
    const gap = step.gap === undefined || step.gap < 0.0005 ? '' : `+${formatDuration(step.gap)}`;
    return `${time} ${gap.padStart(gapWidth - 1)}`;
  }

  #messageLines(area: Area): Styled[] {
    const { theme } = this.#ui;
    const row = this.current();
    if (row === undefined)
      return [theme.rule('Connection set-up', area.columns, false), '  Enter: the TLS connection'];
    if (this.#shown?.row !== row) this.#shown = { row, lines: rawLines(this.#ui, row) };
    const { lines } = this.#shown;
    return [
      theme.rule(`Message ${row + 1}`, area.columns, false),
      ...lines.slice(0, area.rows - 1).map((line) => theme.fit(line, area.columns).trimEnd()),
    ];
  }

  #openConnection(): void {
    const step = this.#ladder.steps[this.#cursor.position];
    if (step === undefined) return;
    const { calls, messages } = this.#ui.session.store;
    for (const row of calls.rows(this.#call)) {
      const connection = messages.connection(row);
      if (connection < 0) continue;
      this.#ui.showConnection(connection);
      return;
    }
  }

  /** The call's messages and the set-up of the TLS connections they went through, in the order of time. */
  #build(): void {
    const { store } = this.#ui.session;
    const messages =
      this.#call < 0 || this.#call >= store.calls.length ? 0 : store.calls.call(this.#call).messages;
    if (messages === this.#built) return;
    this.#built = messages;
    const rows = messages === 0 ? [] : store.calls.rows(this.#call).slice(0, MAX_STEPS);
    const items: LadderItem[] = [];
    const connections = new Set<number>();
    for (const index of rows) {
      const row = store.messages.row(index);
      if (row.connection >= 0 && !connections.has(row.connection)) {
        connections.add(row.connection);
        append(items, this.#setUp(row.connection));
      }
      if (row.source === undefined || row.destination === undefined) continue;
      items.push({
        frame: row.frame,
        source: row.source,
        destination: row.destination,
        label: row.label,
        kind: row.kind === 'response' ? 'response' : 'request',
        statusCode: row.statusCode,
        protection: protectionOf(row.security),
        isTls: row.transport === 'tls' || row.transport === 'wss',
        isRetransmission: row.isRetransmission,
        message: index,
      });
    }
    // Frames of one capture stand in the order of time; of several captures only their times tell.
    items.sort((a, b) => compareTimes(a.frame, b.frame));
    this.#ladder = buildLadder(items);
    if (this.#start === undefined) return;
    const at = this.#ladder.steps.findIndex(({ message }) => message === this.#start);
    if (at >= 0) this.#cursor.center(at);
    this.#start = undefined;
  }

  #setUp(index: number): LadderItem[] {
    const row = this.#ui.session.store.connections.row(index);
    if (row === undefined) return [];
    const { connection, client, server } = row;
    const items = handshakeItems(connection, client, server);
    const last = items.findLastIndex(({ label }) => !label.startsWith('Alert'));
    const end = items[last];
    if (end === undefined || connection.cipherSuite === undefined) return items;
    const suite = `${connection.version ?? 'TLS'} ${connection.cipherSuite.name.replace(/^TLS_/, '')}${connection.resumed ? ' (resumed)' : ''}`;
    // Between the two that agreed on it, in the time of the handshake's last step.
    items.splice(last + 1, 0, { ...end, label: suite });
    return items;
  }
}

function compareTimes(a: FrameRef | undefined, b: FrameRef | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return a.seconds - b.seconds || a.nanoseconds - b.nanoseconds;
}
