/** A message as it was sent, as text. */
import { printable, utf8 } from '../../bytes/text.js';
import type { Styled } from '../../report/styled.js';
import type { Command } from '../keymap.js';
import type { Area, Screen, Ui } from '../screen.js';
import { type Swap, sameMessage } from '../session.js';
import { TextScroller } from './text-scroller.js';

/** Bytes shown; the hex view has the rest. */
const MAX_SHOWN = 1024 * 1024;

export class RawScreen implements Screen {
  readonly title: string;
  readonly hints: readonly Command[] = ['search', 'save', 'help', 'back'];
  readonly #ui: Ui;
  #row: number;
  #scroller: TextScroller;

  constructor(ui: Ui, row: number) {
    this.#ui = ui;
    this.#row = row;
    this.title = `Message ${row + 1} as sent`;
    this.#scroller = new TextScroller(rawLines(ui, row));
  }

  lines(area: Area): readonly Styled[] {
    return this.#scroller.lines(area);
  }

  run(command: Command): boolean {
    return this.#scroller.run(command);
  }

  search(text: string, step: 1 | -1): void {
    if (!this.#scroller.search(text, step)) this.#ui.notice(`no more "${text}" here`);
  }

  current(): number {
    return this.#row;
  }

  swapped({ before, after }: Swap): void {
    const row = sameMessage(before, after, this.#row);
    if (row >= 0) this.#row = row;
    this.#scroller = new TextScroller(rawLines(this.#ui, this.#row));
  }
}

/** The lines of a message, safe to print; line ends of CRLF are not shown, other control characters escaped. */
export function rawLines(ui: Pick<Ui, 'session'>, row: number): readonly string[] {
  const { events, store } = ui.session;
  const entity = store.entityOf(row);
  const bytes = entity === undefined ? events.bytesOf(row) : entity.body.source.bytes;
  if (bytes === undefined) return ['The bytes of this message are not there any more.'];
  const text = utf8(bytes, 0, Math.min(bytes.length, MAX_SHOWN));
  const lines = text.split('\n').map((line) => printable(line.endsWith('\r') ? line.slice(0, -1) : line));
  if (bytes.length > MAX_SHOWN) lines.push(`... ${bytes.length - MAX_SHOWN} more bytes`);
  return lines;
}
