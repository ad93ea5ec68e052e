/** The display filter's line: completion of names and a caret under what is wrong. */
import { printable } from '../../bytes/text.js';
import { displayWidth } from '../../bytes/width.js';
import { RECORD_FIELDS } from '../../report/records/field-names.js';
import { dim, red, type Styled } from '../../report/styled.js';
import { compileFilter, type FilterError } from '../../store/filter.js';
import type { Area } from '../screen.js';
import type { Theme } from '../theme.js';
import { inputLine } from './input-line.js';
import { LineEditor } from './line-editor.js';
import type { Prompt } from './prompt.js';

const LABEL = 'Filter: ';

/** Words that may follow a name; completed like names. */
const WORDS = ['and', 'or', 'not', 'contains', 'matches', 'in'];
/** What names are often compared with. */
const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'REGISTER',
  'OPTIONS',
  'MESSAGE',
  'SUBSCRIBE',
  'NOTIFY',
  'REFER',
  'PRACK',
  'UPDATE',
  'INFO',
  'PUBLISH',
];
const CANDIDATES: readonly string[] = [...RECORD_FIELDS, 'header.', ...WORDS, ...METHODS];

/** Lines of the last filters; up and down go through them. */
const MAX_HISTORY = 50;
const history: string[] = [];

export class FilterPrompt implements Prompt {
  readonly placement = 'bottom';
  readonly #editor: LineEditor;
  readonly #theme: Theme;
  readonly #apply: (text: string) => void;
  #historyAt = history.length;
  #offered: readonly string[] = [];
  #offeredAt = -1;

  constructor(text: string, theme: Theme, apply: (text: string) => void) {
    this.#editor = new LineEditor(text);
    this.#theme = theme;
    this.#apply = apply;
  }

  lines(area: Area): readonly Styled[] {
    const { line, textColumn } = inputLine(LABEL, this.#editor, area.columns);
    return [line, this.#hint(area.columns, textColumn)];
  }

  press(key: string): boolean {
    if (key === 'escape' || key === 'ctrl-c') return false;
    if (key === 'enter') {
      if (this.#error() !== undefined) return true;
      const { text } = this.#editor;
      if (text.trim() !== '' && history.at(-1) !== text) history.push(text);
      if (history.length > MAX_HISTORY) history.shift();
      this.#apply(text);
      return false;
    }
    if (key === 'tab' || key === 'shift-tab') {
      this.#complete(key === 'tab' ? 1 : -1);
      return true;
    }
    this.#offered = [];
    if (key === 'up' || key === 'down') this.#recall(key === 'up' ? -1 : 1);
    else this.#editor.press(key);
    return true;
  }

  #error(): FilterError | undefined {
    if (this.#editor.text.trim() === '') return undefined;
    const filter = compileFilter(this.#editor.text, RECORD_FIELDS);
    return filter.ok ? undefined : filter;
  }

  #hint(columns: number, textColumn: number): Styled {
    const theme = this.#theme;
    if (this.#offered.length > 1) {
      const shown = this.#offered.map((word, index) => (index === this.#offeredAt ? `[${word}]` : word));
      return theme.fit(shown.join('  '), columns);
    }
    const error = this.#error();
    if (error === undefined) {
      const { text } = this.#editor;
      const example = 'as: method == INVITE and src == 10.0.0.1   Tab completes a name, Enter applies';
      return dim(theme.fit(text.trim() === '' ? example : 'Enter applies, Esc leaves it as it was', columns));
    }
    const { text } = this.#editor;
    const before = textColumn + displayWidth(printable(text.slice(0, error.position)));
    const marked = Math.max(
      1,
      displayWidth(printable(text.slice(error.position, error.position + error.length))),
    );
    const at = Math.min(Math.max(0, before), Math.max(0, columns - 20));
    const caret = `${' '.repeat(at)}${'^'.repeat(Math.min(marked, columns - at))} `;
    const room = columns - displayWidth(caret);
    // A mistake far to the right leaves no room after it: the sentence goes before the caret.
    const message = printable(error.message);
    if (displayWidth(message) <= room || at <= room) return red(theme.fit(`${caret}${message}`, columns));
    const lead = theme.fit(message, at - 1);
    return red(theme.fit(`${lead} ${caret.trimStart()}`, columns));
  }

  /** Completes the word before the cursor; again: the next candidate. */
  #complete(step: 1 | -1): void {
    const { text, position } = this.#editor;
    const start = position - (/[\w.*]*$/.exec(text.slice(0, position))?.[0].length ?? 0);
    if (this.#offered.length === 0 || this.#offeredAt < 0) {
      const word = text.slice(start, position);
      this.#offered = candidates(word);
      const common = commonStart(this.#offered);
      if (this.#offered.length === 1 || common.length > word.length) {
        this.#editor.set(text.slice(0, start) + common + text.slice(position), start + common.length);
        if (this.#offered.length === 1) this.#offered = [];
        return;
      }
      this.#offeredAt = step > 0 ? 0 : this.#offered.length - 1;
    } else this.#offeredAt = (this.#offeredAt + step + this.#offered.length) % this.#offered.length;
    const chosen = this.#offered[this.#offeredAt];
    if (chosen === undefined) return;
    this.#editor.set(text.slice(0, start) + chosen + text.slice(position), start + chosen.length);
  }

  #recall(step: number): void {
    this.#historyAt = Math.min(Math.max(0, this.#historyAt + step), history.length);
    this.#editor.set(history[this.#historyAt] ?? '');
  }
}

/** Names that begin with a word, in the order of the contract. */
export function candidates(word: string): readonly string[] {
  return [...new Set(CANDIDATES.filter((name) => name.startsWith(word)))].slice(0, 60);
}

function commonStart(words: readonly string[]): string {
  const [first = ''] = words;
  let length = first.length;
  for (const word of words) while (!word.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
