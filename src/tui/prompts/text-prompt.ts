import type { Styled } from '../../report/styled.js';
import type { Area } from '../screen.js';
import { inputLine } from './input-line.js';
import { LineEditor } from './line-editor.js';
import type { Prompt } from './prompt.js';

/** A line to type at the bottom, as for a search. */
export class TextPrompt implements Prompt {
  readonly placement = 'bottom';
  readonly #label: string;
  readonly #editor: LineEditor;
  readonly #done: (text: string) => void;

  constructor(label: string, text: string, done: (text: string) => void) {
    this.#label = label;
    this.#editor = new LineEditor(text);
    this.#done = done;
  }

  lines(area: Area): readonly Styled[] {
    return [inputLine(this.#label, this.#editor, area.columns).line];
  }

  press(key: string): boolean {
    if (key === 'escape' || key === 'ctrl-c') return false;
    if (key === 'enter') {
      this.#done(this.#editor.text);
      return false;
    }
    this.#editor.press(key);
    return true;
  }
}
