/** View 5: what there was how often, as bars. */
import { largest } from '../../bytes/append.js';
import { bold, cyan, dim, type Styled, styled } from '../../report/styled.js';
import { type Counts, RESPONSE_TIME_BOUNDS } from '../../store/counters.js';
import { formatBytes, formatCount, formatCounted, formatDuration } from '../format.js';
import type { Command } from '../keymap.js';
import type { Area, Screen, Ui } from '../screen.js';
import { nothingToShow } from './nothing.js';
import { TextScroller } from './text-scroller.js';

/** Names shown of each kind, the most frequent ones. */
const MAX_SHOWN = 12;
const LEAST_NAME_WIDTH = 24;
const MOST_NAME_WIDTH = 52;

export class StatisticsView implements Screen {
  readonly title = 'Statistics';
  readonly hints: readonly Command[] = ['down', 'pageDown', 'help', 'back'];
  readonly #ui: Ui;
  #scroller: TextScroller | undefined;
  #key = '';

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  lines(area: Area): readonly Styled[] {
    const { session } = this.#ui;
    const { store } = session;
    if (store.messages.length === 0 && store.connections.length === 0) {
      return nothingToShow(this.#ui, 'statistics', area);
    }
    // While a capture is loaded the numbers change all the time; the place that was scrolled to stays.
    const key = `${store.version} ${area.columns} ${session.isLoading}`;
    if (key !== this.#key || this.#scroller === undefined) {
      this.#key = key;
      const lines = this.#build(area.columns);
      if (this.#scroller === undefined) this.#scroller = new TextScroller(lines);
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

  #build(columns: number): Styled[] {
    const { session, theme } = this.#ui;
    const { store } = session;
    const { counters } = store;
    const nameWidth = Math.min(Math.max(LEAST_NAME_WIDTH, Math.floor(columns * 0.45)), MOST_NAME_WIDTH);
    const bars = (title: string, counts: Counts, order?: readonly string[]): Styled[] => {
      if (counts.size === 0) return [];
      const entries = [...counts];
      if (order === undefined) entries.sort(([, a], [, b]) => b - a);
      const most = largest(counts.values(), 1);
      const total = entries.reduce((sum, [, count]) => sum + count, 0);
      const room = columns - nameWidth - 20;
      return [
        '',
        bold(` ${title}`),
        ...entries.slice(0, MAX_SHOWN).map(([name, count]) => {
          const length = count === 0 ? 0 : Math.max(1, Math.round((count / most) * room));
          const share = `${((count / Math.max(1, total)) * 100).toFixed(1)}%`;
          const bar = cyan(theme.glyphs.bar.repeat(length));
          return styled` ${theme.fit(name, nameWidth)} ${formatCount(count).padStart(9)} ${share.padStart(6)} ${bar}`;
        }),
        ...(entries.length > MAX_SHOWN ? [dim(` and ${entries.length - MAX_SHOWN} more`)] : []),
      ];
    };
    const classes = new Map([...counters.statusClasses].sort(([a], [b]) => a.localeCompare(b)));
    const suites = new Map<string, number>();
    const states = new Map<string, number>();
    for (const { connection } of store.connections.rows()) {
      const suite = `${connection.version ?? '?'} ${connection.cipherSuite?.name ?? '?'}`;
      suites.set(suite, (suites.get(suite) ?? 0) + 1);
      const { status } = connection.decryption;
      states.set(status, (states.get(status) ?? 0) + 1);
    }
    return [
      ...this.#totals(),
      ...bars('Methods', counters.methods),
      ...bars('Status classes', classes, []),
      ...bars('Statuses', counters.statuses),
      ...bars('Transports', counters.transports),
      ...bars('Security', counters.security),
      ...bars('TLS cipher suites', suites),
      ...bars('TLS decryption', states),
      ...bars('Response times', responseTimes(counters.responseTimes), []),
      ...this.#responses(),
      ...this.#unread(),
    ];
  }

  /** Frames that were not read, and why. */
  #unread(): Styled[] {
    const { session, theme } = this.#ui;
    if (session.unread.length === 0) return [];
    return ['', bold(' Not read'), ...session.unread.map((line) => ` ${theme.fit(line, 200).trimEnd()}`)];
  }

  #totals(): string[] {
    const { session } = this.#ui;
    const { store } = session;
    const { calls, messages, connections, findings, counters } = store;
    const line = [
      formatCounted(messages.length, 'message'),
      formatCounted(calls.length, 'call'),
      formatCounted(counters.retransmissions, 'retransmission'),
      formatCounted(connections.length + connections.omitted, 'TLS connection'),
      formatCounted(findings.length + findings.omitted, 'finding'),
    ];
    const read =
      session.loadedBytes === 0
        ? []
        : [`${formatBytes(session.loadedBytes)} read in ${formatDuration(session.loadSeconds)}`];
    return [` ${line.join(', ')}`, ...read.map((text) => ` ${text}`)];
  }

  /** Mean and longest time from a request to its final response, by method. */
  #responses(): Styled[] {
    const { theme, session } = this.#ui;
    const { responses } = session.store.counters;
    if (responses.size === 0) return [];
    return [
      '',
      bold(' Response times by method'),
      ...[...responses]
        .slice(0, MAX_SHOWN)
        .map(
          ([method, { count, seconds, longest }]) =>
            ` ${theme.fit(method, LEAST_NAME_WIDTH)} ${formatCount(count).padStart(9)}  mean ${formatDuration(seconds / count)}, longest ${formatDuration(longest)}`,
        ),
    ];
  }
}

function responseTimes(counts: readonly number[]): Counts {
  if (counts.every((count) => count === 0)) return new Map();
  return new Map(
    counts.map((count, index): [string, number] => {
      const bound = RESPONSE_TIME_BOUNDS[index];
      return [
        bound === undefined ? `${RESPONSE_TIME_BOUNDS.at(-1)} s and more` : `below ${formatDuration(bound)}`,
        count,
      ];
    }),
  );
}
