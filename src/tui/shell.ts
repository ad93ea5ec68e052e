/** The session's screens and keys: which screen is open, what a key does, and the lines that are drawn. No terminal. */
import { displayWidth } from '../bytes/width.js';
import { crashSentence, stackLines } from '../engine/crash.js';
import { breakLine, inverse, joined, red, type Styled, styled } from '../report/styled.js';
import { bindingOf, type Command, commandOf, keyName } from './keymap.js';
import { FilterPrompt } from './prompts/filter-prompt.js';
import { KeyPrompt } from './prompts/key-prompt.js';
import type { Prompt } from './prompts/prompt.js';
import { SavePrompt } from './prompts/save-prompt.js';
import { TextPrompt } from './prompts/text-prompt.js';
import { type Area, type Screen, TIME_STYLES, type TimeStyle, type Ui } from './screen.js';
import type { Session, Swap } from './session.js';
import { box, statusLine, tabLine } from './shell-lines.js';
import type { Theme } from './theme.js';
import { CallsView } from './views/calls.js';
import { DifferenceScreen } from './views/difference.js';
import { FindingsView } from './views/findings.js';
import { HelpScreen } from './views/help.js';
import { LadderScreen } from './views/ladder.js';
import { MessagesView } from './views/messages.js';
import { RawScreen } from './views/raw.js';
import { StatisticsView } from './views/statistics.js';
import { ConnectionScreen, TlsView } from './views/tls.js';

/** Least size that everything can be used in. */
export const LEAST_AREA: Area = { columns: 60, rows: 15 };

/** What the shell asks of its host. */
export type ShellHost = {
  quit(): void;
  suspend(): void;
  redrawAll(): void;
};

export class Shell implements Ui {
  readonly session: Session;
  readonly theme: Theme;
  timeStyle: TimeStyle = 'time';
  selected: number | undefined;
  isFollowing: boolean;
  readonly #host: ShellHost;
  readonly #messages: MessagesView;
  readonly #tls: TlsView;
  readonly #views: readonly Screen[];
  /** For each view what was opened out of it. */
  readonly #above: Screen[][];
  #view = 0;
  #prompt: Prompt | undefined;
  #notice = '';
  #lastSearch = '';
  #version = 0;
  readonly #listeners = new Set<() => void>();

  constructor(session: Session, theme: Theme, host: ShellHost) {
    this.session = session;
    this.theme = theme;
    this.#host = host;
    this.isFollowing = session.source.isLive;
    this.#messages = new MessagesView(this);
    this.#tls = new TlsView(this);
    this.#views = [
      this.#messages,
      new CallsView(this),
      this.#tls,
      new FindingsView(this),
      new StatisticsView(this),
    ];
    this.#above = this.#views.map(() => []);
    session.onSwap = (swap) => this.#swapped(swap);
  }

  /** For React: called when there is something new to draw. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Rises with each change that may be seen. */
  readonly version = (): number => this.#version;

  redraw(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }

  /** Takes keys, as the decoder names them; a held key comes as several, which are drawn once. */
  press(keys: readonly string[]): void {
    try {
      for (const key of keys) this.#press(key);
    } catch (error) {
      this.#notice = crashSentence(error, 'at this key');
    }
    if (keys.length > 0) this.redraw();
  }

  #press(key: string): void {
    this.#notice = '';
    if (this.#prompt !== undefined) {
      const prompt = this.#prompt;
      if (!prompt.press(key) && this.#prompt === prompt) this.#prompt = undefined;
    } else {
      const command = commandOf(key);
      if (command !== undefined) this.run(command, key);
    }
  }

  run(command: Command, key?: string): void {
    if (!this.#screen().run(command)) this.#runHere(command, key);
  }

  /**
   * Lines of the whole screen: `area.rows` of them. A fault on the way is shown in their place: keys work on, and another
   * view may be well. Ink would print the exception with all that it says.
   */
  lines(area: Area): readonly Styled[] {
    if (area.columns < LEAST_AREA.columns || area.rows < LEAST_AREA.rows) return this.#tooSmall(area);
    try {
      return this.#drawn(area);
    } catch (error) {
      const text = [crashSentence(error, 'while this was drawn'), ...stackLines(error)];
      const lines = ['', ...text, '', 'Keys 1 to 5 open the views; q leaves.'];
      return lines.flatMap((line) => breakLine(red(`  ${line}`), area.columns)).slice(0, area.rows);
    }
  }

  #drawn(area: Area): readonly Styled[] {
    const { columns } = area;
    const screen = this.#screen();
    const bottom =
      this.#prompt?.placement === 'bottom' ? this.#prompt.lines(area) : [this.#bottomLine(columns)];
    const body = { columns, rows: area.rows - 2 - bottom.length };
    // First: what the cursor is on may be known only once the screen is drawn.
    let lines = [...screen.lines(body)].slice(0, body.rows);
    while (lines.length < body.rows) lines.push('');
    if (this.#prompt?.placement === 'middle') lines = box(lines, this.#prompt.lines(body), body, this.theme);
    const head = [
      tabLine(this, this.#views, this.#view, screen, columns),
      statusLine(this, columns, this.#notice, screen.current?.()),
    ];
    return [...head, ...lines, ...bottom];
  }

  push(screen: Screen): void {
    this.#above[this.#view]?.push(screen);
    this.redraw();
  }

  notice(text: string): void {
    this.#notice = text;
    this.redraw();
  }

  /** Whether a dialog or a line to type has the keys. */
  get isAsking(): boolean {
    return this.#prompt !== undefined;
  }

  /** Opens a dialog or a line to type. */
  ask(prompt: Prompt): void {
    this.#prompt = prompt;
    this.redraw();
  }

  select(row: number): void {
    if (this.selected === undefined) {
      this.selected = row;
      this.notice(`message ${row + 1} selected: Space on another shows their difference`);
    } else if (this.selected === row) {
      this.selected = undefined;
      this.notice('selection taken away');
    } else {
      const first = this.selected;
      this.selected = undefined;
      this.push(new DifferenceScreen(this, first, row));
    }
  }

  stopFollowing(): void {
    this.isFollowing = false;
  }

  showMessage(row: number, field?: string): void {
    if (!this.session.rows.has(row)) {
      this.session.setFilter('');
      this.notice('the filter was dropped: it hid this message');
    }
    this.stopFollowing();
    this.#view = 0;
    this.#above[0]?.splice(0);
    this.#messages.show(row, field);
    this.redraw();
  }

  showConnection(index: number): void {
    this.#view = 2;
    this.#above[2]?.splice(0);
    this.#tls.show(index);
    this.push(new ConnectionScreen(this, index));
  }

  #screen(): Screen {
    const above = this.#above[this.#view]?.at(-1);
    return above ?? (this.#views[this.#view] as Screen);
  }

  #runHere(command: Command, key: string | undefined): void {
    switch (command) {
      case 'view1':
      case 'view2':
      case 'view3':
      case 'view4':
      case 'view5':
        this.#view = Number(command.slice(-1)) - 1;
        return;
      case 'back':
        this.#back(key);
        return;
      case 'quit':
        this.#host.quit();
        return;
      case 'suspend':
        this.#host.suspend();
        return;
      case 'redraw':
        this.#host.redrawAll();
        return;
      case 'help':
        if (!(this.#screen() instanceof HelpScreen)) this.push(new HelpScreen(this));
        return;
      case 'time':
        this.timeStyle =
          TIME_STYLES[(TIME_STYLES.indexOf(this.timeStyle) + 1) % TIME_STYLES.length] ?? 'time';
        return;
      case 'color':
        this.theme.switchColor();
        return;
      case 'pause':
        if (this.session.source.isLive) this.session.pause(!this.session.isPaused);
        else this.notice('nothing to pause: this is no live capture');
        return;
      case 'autoscroll':
        this.isFollowing = !this.isFollowing;
        this.notice(this.isFollowing ? 'following the newest message' : 'the list stays where it is');
        return;
      case 'search':
        this.#askSearch();
        return;
      case 'searchNext':
      case 'searchPrevious':
        if (this.#lastSearch === '') this.#askSearch();
        else this.#screen().search?.(this.#lastSearch, command === 'searchNext' ? 1 : -1);
        return;
      case 'filter':
        this.ask(new FilterPrompt(this.session.filterText, this.theme, (text) => this.#filter(text)));
        return;
      case 'clearFilter':
        this.#filter('');
        return;
      default:
        this.#runOnMessage(command);
    }
  }

  #runOnMessage(command: Command): void {
    const row = this.#screen().current?.();
    switch (command) {
      case 'raw':
        if (row !== undefined) this.push(new RawScreen(this, row));
        return;
      case 'ladder': {
        const call = row === undefined ? -1 : this.session.store.messages.call(row);
        if (call >= 0) this.push(new LadderScreen(this, call, row));
        else this.notice('this message belongs to no call: it has no Call-ID');
        return;
      }
      case 'save':
        this.ask(new SavePrompt(this, row));
        return;
      case 'addKey':
        this.ask(new KeyPrompt(this));
        return;
    }
  }

  #back(key: string | undefined): void {
    if (key === 'escape' && this.session.cancelJob()) return;
    const above = this.#above[this.#view];
    if (above !== undefined && above.length > 0) above.pop();
    else if (this.#view !== 0) this.#view = 0;
    else if (key === 'q') this.#host.quit();
    else this.notice('q leaves');
  }

  #filter(text: string): void {
    const error = this.session.setFilter(text);
    if (error !== undefined) this.notice(error.message);
    this.#messages.keepCursor();
  }

  #askSearch(): void {
    const screen = this.#screen();
    if (screen.search === undefined) {
      this.notice('there is nothing to search here');
      return;
    }
    this.ask(
      new TextPrompt('Search: ', '', (text) => {
        if (text === '') return;
        this.#lastSearch = text;
        screen.search?.(text, 1);
      }),
    );
  }

  #swapped(swap: Swap): void {
    if (this.selected !== undefined) this.selected = undefined;
    for (const screen of [...this.#views, ...this.#above.flat()]) screen.swapped?.(swap);
  }

  #bottomLine(columns: number): Styled {
    const width = (command: Command): number => {
      const { keys, hint } = bindingOf(command);
      return displayWidth(keyName(keys[0] ?? '', this.theme.unicode)) + displayWidth(hint) + 3;
    };
    const { hints } = this.#screen();
    // Help and the way back are always told; of the others as many as there is room for.
    const last: readonly Command[] = hints.includes('help') ? ['help', 'back'] : ['back'];
    let left = columns - last.reduce((sum, command) => sum + width(command), 0);
    const shown: Command[] = [];
    for (const command of hints) {
      if (last.includes(command)) continue;
      left -= width(command);
      if (left < 0) break;
      shown.push(command);
    }
    return joined(
      [...shown, ...last].map((command) => {
        const { keys, hint } = bindingOf(command);
        const isLeaving = command === 'back' && this.#view === 0 && this.#above[0]?.length === 0;
        const name = inverse(` ${keyName(keys[0] ?? '', this.theme.unicode)} `);
        return styled`${name}${isLeaving ? 'Quit' : hint}`;
      }),
      ' ',
    );
  }

  #tooSmall(area: Area): string[] {
    const { columns, rows } = LEAST_AREA;
    const text = `Too small: ${area.columns}x${area.rows + 1}, needs ${columns}x${rows + 1}. q leaves.`;
    return [this.theme.fit(text, area.columns)];
  }
}
