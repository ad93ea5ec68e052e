import { LineEditor } from './line-editor.js';
import { completePath } from './path-completion.js';

/** A line editor for paths: Tab completes, and offers where there are several. */
export class PathEditor {
  readonly editor: LineEditor;
  offered: readonly string[] = [];

  constructor(text = '') {
    this.editor = new LineEditor(text);
  }

  press(key: string): boolean {
    this.offered = key === 'tab' ? this.#complete() : [];
    return key === 'tab' || this.editor.press(key);
  }

  #complete(): readonly string[] {
    const found = completePath(this.editor.text);
    const [first = ''] = found;
    let length = first.length;
    for (const path of found) while (!path.startsWith(first.slice(0, length))) length--;
    if (length >= this.editor.text.length) this.editor.set(first.slice(0, length));
    return found.length > 1 ? found : [];
  }
}
