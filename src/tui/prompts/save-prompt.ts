/** The dialog that saves: what, in which form, with or without secrets, and where. */
import { existsSync } from 'node:fs';
import { bold, dim, inverse, joined, type Styled, styled, yellow } from '../../report/styled.js';
import { EXTENSIONS, SAVE_FORMATS, SAVE_SCOPES, type SaveFormat, type SaveScope, save } from '../save.js';
import type { Area, Ui } from '../screen.js';
import { boxWidth } from '../shell-lines.js';
import { inputLine } from './input-line.js';
import { expandHome } from './path-completion.js';
import { PathEditor } from './path-editor.js';
import type { Prompt } from './prompt.js';

const FIELDS = ['what', 'format', 'secrets', 'file'] as const;
type FieldName = (typeof FIELDS)[number];

export class SavePrompt implements Prompt {
  readonly placement = 'middle';
  readonly #ui: Ui;
  readonly #row: number | undefined;
  #field: FieldName = 'what';
  #scope: SaveScope = 'shown';
  #format: SaveFormat = 'pcapng';
  #secrets = false;
  #path = new PathEditor(`siplens.${EXTENSIONS.pcapng}`);
  #isNamed = false;
  #isAsking = false;

  constructor(ui: Ui, row: number | undefined) {
    this.#ui = ui;
    this.#row = row;
    const { messages } = ui.session.store;
    for (let index = 0; index < messages.length; index++) {
      if (!messages.isMarked(index)) continue;
      this.#scope = 'marked';
      break;
    }
  }

  lines(area: Area): readonly Styled[] {
    const { theme } = this.#ui;
    const width = boxWidth(area);
    if (this.#isAsking) {
      const name = theme.fit(this.#path.editor.text, width - 4).trimEnd();
      return [
        bold(' There is such a file already:'),
        '',
        `   ${name}`,
        '',
        ' y: write over it   n: another name   Esc: leave',
      ];
    }
    const lead = (field: FieldName): string => (this.#field === field ? theme.glyphs.cursor : ' ');
    const choice = (field: FieldName, label: string, list: readonly string[], chosen: string): Styled => {
      const words = list.map((word) => (word === chosen ? inverse(`(${word})`) : ` ${word} `));
      return styled`${lead(field)} ${label.padEnd(9)}${joined(words, ' ')}`;
    };
    const secrets =
      this.#format === 'pcapng'
        ? choice('secrets', 'Secrets', ['left out', 'inside'], this.#secrets ? 'inside' : 'left out')
        : '';
    const warning = this.#isSecret() ? ' Whoever has this file can read the TLS connections.' : '';
    const file = inputLine(`${lead('file')} ${'File'.padEnd(9)}`, this.#path.editor, width).line;
    return [
      bold(' Save'),
      '',
      choice('what', 'What', SAVE_SCOPES, this.#scope),
      choice('format', 'Format', SAVE_FORMATS, this.#format),
      secrets,
      file,
      ...this.#path.offered.slice(0, 3).map((path) => `     ${theme.fit(path, width - 6).trimEnd()}`),
      yellow(warning),
      dim(' Up, Down: line   Left, Right: choice   Enter saves   Esc leaves'),
    ];
  }

  press(key: string): boolean {
    if (key === 'escape' || key === 'ctrl-c') return false;
    if (this.#isAsking) return this.#answer(key);
    const isFile = this.#field === 'file';
    if (key === 'enter') return this.#start(false);
    if (key === 'up' || key === 'shift-tab') this.#move(-1);
    else if (key === 'down' || (key === 'tab' && !isFile)) this.#move(1);
    else if (isFile) {
      this.#isNamed = this.#path.press(key) || this.#isNamed;
    } else if (key === 'left' || key === 'h') this.#choose(-1);
    else if (key === 'right' || key === 'l' || key === ' ') this.#choose(1);
    return true;
  }

  #answer(key: string): boolean {
    if (key === 'y' || key === 'Y') return this.#start(true);
    if (key === 'n' || key === 'N') {
      this.#isAsking = false;
      this.#field = 'file';
    }
    return true;
  }

  #move(step: number): void {
    const fields = FIELDS.filter((field) => field !== 'secrets' || this.#format === 'pcapng');
    this.#field = fields[(fields.indexOf(this.#field) + step + fields.length) % fields.length] ?? 'what';
  }

  #choose(step: number): void {
    const next = <T>(list: readonly T[], value: T): T =>
      list[(list.indexOf(value) + step + list.length) % list.length] ?? value;
    if (this.#field === 'what') this.#scope = next(SAVE_SCOPES, this.#scope);
    else if (this.#field === 'secrets') this.#secrets = !this.#secrets;
    else if (this.#field === 'format') {
      this.#format = next(SAVE_FORMATS, this.#format);
      if (!this.#isNamed) this.#path = new PathEditor(`siplens.${EXTENSIONS[this.#format]}`);
    }
  }

  /** Starts to save, or asks first; whether the dialog stays open. */
  #start(overwrite: boolean): boolean {
    const path = expandHome(this.#path.editor.text.trim());
    if (path === '') return true;
    if (!overwrite && existsSync(path)) {
      this.#isAsking = true;
      return true;
    }
    const request = {
      path,
      format: this.#format,
      scope: this.#scope,
      secrets: this.#format === 'pcapng' && this.#secrets,
      overwrite,
      row: this.#row,
    };
    void save(this.#ui.session, request).then((text) => this.#ui.notice(text));
    return false;
  }

  #isSecret(): boolean {
    return this.#format === 'key log' || (this.#format === 'pcapng' && this.#secrets);
  }
}
