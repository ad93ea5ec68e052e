/**
 * Text with styles, for people to read: what `report/` and `tui/` make and the outputs take. It holds no escape sequence:
 * `render` alone makes these, at the very end, and escapes all else. So no text, whatever it holds, can be taken for a
 * style.
 */
import { printable } from '../bytes/text.js';
import { displayWidth, fitWidth } from '../bytes/width.js';

export type StyleName =
  | 'bold'
  | 'dim'
  | 'underline'
  | 'inverse'
  | 'red'
  | 'green'
  | 'yellow'
  | 'blue'
  | 'magenta'
  | 'cyan';

/** A piece of a line in one style. The text is printable, as its columns are counted; styles stand from the outer inwards. */
export type Span = { readonly text: string; readonly styles: readonly StyleName[] };

/** A line: text of any kind without a style, or spans. */
export type Styled = string | readonly Span[];

const NONE: readonly StyleName[] = [];
/** The same list for the same style, so that spans beside each other become one. */
const SINGLE: Partial<Record<StyleName, readonly StyleName[]>> = {};

function single(style: StyleName): readonly StyleName[] {
  const known = SINGLE[style];
  if (known !== undefined) return known;
  const list = [style];
  SINGLE[style] = list;
  return list;
}

/** The spans of a line, with printable text. */
export function spansOf(line: Styled): readonly Span[] {
  if (typeof line !== 'string') return line;
  return line === '' ? [] : [{ text: printable(line), styles: NONE }];
}

/** `line` in a style, beside those that parts of it have. */
export function painted(style: StyleName, line: Styled): Styled {
  if (typeof line === 'string') return line === '' ? '' : [{ text: printable(line), styles: single(style) }];
  return line.map(({ text, styles }) => ({
    text,
    styles: styles.length === 0 ? single(style) : [style, ...styles],
  }));
}

export const bold = (line: Styled): Styled => painted('bold', line);
export const dim = (line: Styled): Styled => painted('dim', line);
export const underline = (line: Styled): Styled => painted('underline', line);
export const inverse = (line: Styled): Styled => painted('inverse', line);
export const red = (line: Styled): Styled => painted('red', line);
export const green = (line: Styled): Styled => painted('green', line);
export const yellow = (line: Styled): Styled => painted('yellow', line);
export const blue = (line: Styled): Styled => painted('blue', line);
export const cyan = (line: Styled): Styled => painted('cyan', line);

/** The colour of a finding's severity. */
export function severityStyle(severity: 'info' | 'note' | 'warning' | 'error'): StyleName {
  const names = { info: 'dim', note: 'cyan', warning: 'yellow', error: 'red' } as const;
  return names[severity];
}

/** Gathers the pieces of a line, from left to right. */
export class LineBuilder {
  readonly #spans: Span[] = [];
  /** The span that is being added to. */
  #text = '';
  #styles = NONE;

  add(piece: Styled): this {
    if (typeof piece === 'string') this.#put(printable(piece), NONE);
    else for (const { text, styles } of piece) this.#put(text, styles);
    return this;
  }

  /** Text that is printable already, as a cell that was measured. */
  addPrintable(text: string, style?: StyleName): void {
    this.#put(text, style === undefined ? NONE : single(style));
  }

  /** Text that is printable, in the styles of the span that it was a part of. */
  addPart(text: string, { styles }: Span): void {
    this.#put(text, styles);
  }

  get line(): readonly Span[] {
    this.#endSpan();
    return this.#spans;
  }

  #put(text: string, styles: readonly StyleName[]): void {
    if (text === '') return;
    if (styles !== this.#styles) {
      this.#endSpan();
      this.#styles = styles;
    }
    this.#text += text;
  }

  #endSpan(): void {
    if (this.#text !== '') this.#spans.push({ text: this.#text, styles: this.#styles });
    this.#text = '';
  }
}

/** A line out of a template: what is filled in keeps its styles. */
export function styled(strings: TemplateStringsArray, ...pieces: readonly (Styled | number)[]): Styled {
  const builder = new LineBuilder();
  strings.forEach((text, index) => {
    builder.add(text);
    const piece = pieces[index];
    if (piece !== undefined) builder.add(typeof piece === 'number' ? String(piece) : piece);
  });
  return builder.line;
}

/** Lines as one, with `separator` between them. */
export function joined(lines: readonly Styled[], separator: Styled = ''): Styled {
  const builder = new LineBuilder();
  for (const [index, line] of lines.entries()) {
    if (index > 0) builder.add(separator);
    builder.add(line);
  }
  return builder.line;
}

/** The printable text of a line, without its styles. */
export function plainText(line: Styled): string {
  if (typeof line === 'string') return printable(line);
  let text = '';
  for (const span of line) text += span.text;
  return text;
}

/** Columns that a line takes. */
export function widthOf(line: Styled): number {
  if (typeof line === 'string') return displayWidth(printable(line));
  return line.reduce((sum, { text }) => sum + displayWidth(text), 0);
}

/** A line filled up with spaces to `width` columns; a longer one stays as it is. */
export function padded(line: Styled, width: number): Styled {
  const missing = width - widthOf(line);
  return missing <= 0 ? line : new LineBuilder().add(line).add(' '.repeat(missing)).line;
}

/**
 * The `columns` cells of a line from cell `start` on; styles stay, and a wide character that is cut leaves a space. What
 * stood outside is not told.
 */
export function sliceCells(line: Styled, start: number, columns: number): Styled {
  const slice = new LineBuilder();
  let at = 0;
  for (const span of spansOf(line)) {
    const before = fitWidth(span.text, Math.max(0, start - at));
    let rest = span.text.slice(before.text.length);
    at += before.columns;
    if (at < start && rest !== '') {
      const cut = fitWidth(rest, start - at + 1);
      slice.addPart(' '.repeat(Math.min(columns, at + cut.columns - start)), span);
      rest = rest.slice(cut.text.length);
      at += cut.columns;
    }
    const kept = fitWidth(rest, start + columns - at);
    slice.addPart(kept.text, span);
    // What is behind the last cell kept is behind the slice, even where it would be narrow enough.
    at += kept.text === rest ? kept.columns : columns;
  }
  return slice.line;
}

/**
 * Breaks a line at `width` columns, at a blank where one is near. What follows is indented by `hang` columns, or as the
 * line itself is. Styles go on over the break.
 */
export function breakLine(line: Styled, width: number, hang?: number): Styled[] {
  if (widthOf(line) <= width) return [line];
  const indent = ' '.repeat(Math.min(hang ?? /^ */.exec(plainText(line))?.[0].length ?? 0, width >> 1));
  const lines: Styled[] = [];
  let current = new LineBuilder();
  let room = width;
  const turn = (): void => {
    lines.push(current.line);
    current = new LineBuilder().add(indent);
    room = width - indent.length;
  };
  for (const span of spansOf(line)) {
    for (const word of span.text.split(/(?<= )/)) {
      let rest = word;
      // A word that fits the next line goes there; one that fits none is cut.
      if (
        displayWidth(rest.trimEnd()) > room &&
        displayWidth(rest) <= width - indent.length &&
        room < width - indent.length
      )
        turn();
      while (displayWidth(rest.trimEnd()) > room) {
        const { text } = fitWidth(rest, room);
        if (text === '' && room >= width - indent.length) break;
        current.addPart(text, span);
        rest = rest.slice(text.length);
        turn();
      }
      current.addPart(rest, span);
      room -= displayWidth(rest);
    }
  }
  lines.push(current.line);
  return lines;
}
