/**
 * How many terminal columns a text takes, as string-width counts them: East Asian wide characters and emoji take two
 * (UAX #11), combining marks and joiners none, a sequence that is drawn as one emoji two in all. In: text that is safe
 * to print (see `printable`). Out: columns.
 */
import { stringWidth } from './libraries.js';

/** Most texts: counted without a look at what a character is. */
const ASCII = /^[\u0020-\u007e]*$/;

/** The text has no escape sequences: what looks like one has been escaped. */
const PLAIN = { countAnsiEscapeCodes: true } as const;

/** Longest text that is measured exactly; of a longer one, what comes behind takes a column per UTF-16 unit. */
const MAX_MEASURED = 100_000;

/**
 * UTF-16 units measured at once: the segmenter of ICU copies all that it was given for each character that it answers, so
 * that a text of 60,000 would take a minute. Where a piece ends within one drawn sign, that counts as two.
 */
const PIECE = 512;

/** Made when first needed: it takes 13 ms. */
let segmenter: Intl.Segmenter | undefined;

/** Columns of `text`. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = Math.max(0, text.length - MAX_MEASURED);
  const end = Math.min(text.length, MAX_MEASURED);
  for (let start = 0; start < end; ) {
    const next = pieceEnd(text, start, end);
    columns += stringWidth()(text.slice(start, next), PLAIN);
    start = next;
  }
  return columns;
}

/** Where a piece of a text ends that begins at `start`: not between the halves of a surrogate pair. */
function pieceEnd(text: string, start: number, end = text.length): number {
  const next = start + PIECE;
  if (next >= end) return end;
  return isHighSurrogate(text.charCodeAt(next - 1)) ? next + 1 : next;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

/** The longest beginning of `text` that fits into `columns`, in whole graphemes, with the columns that it takes. */
export function fitWidth(text: string, columns: number): { readonly text: string; readonly columns: number } {
  // So much of a long text tells: each unit of ASCII takes a column.
  if (ASCII.test(text.length > columns + 1 ? text.slice(0, Math.max(0, columns) + 1) : text)) {
    const kept = text.slice(0, Math.max(0, columns));
    return { text: kept, columns: kept.length };
  }
  let taken = 0;
  let end = 0;
  segmenter ??= new Intl.Segmenter();
  while (end < text.length) {
    const start = end;
    const next = pieceEnd(text, start);
    for (const { segment, index } of segmenter.segment(text.slice(start, next))) {
      // The last of a piece may go on in the next, which begins with it.
      if (index > 0 && start + index + segment.length === next && next < text.length) break;
      const width = displayWidth(segment);
      if (taken + width > columns) return { text: text.slice(0, end), columns: taken };
      taken += width;
      end += segment.length;
    }
  }
  return { text, columns: taken };
}

/** Whether `text` takes more than `columns`; only so much of it is looked at as fits. */
function exceeds(text: string, columns: number): boolean {
  return fitWidth(text, columns).text.length < text.length;
}

/** For `wrapText` where nothing may stand beyond the width, as in a pane. */
export const BREAKS_WORDS = { breaksWords: true } as const;

/**
 * Breaks `text` at spaces into lines of at most `width` columns; one line where `width` is not given. A word that is
 * longer has a line of its own: it is broken only with `breaksWords`.
 */
export function wrapText(
  text: string,
  width = Number.POSITIVE_INFINITY,
  { breaksWords = false }: { readonly breaksWords?: boolean } = {},
): string[] {
  if (width === Number.POSITIVE_INFINITY) return [text];
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && exceeds(longer, width)) {
      lines.push(line);
      line = word;
    } else line = longer;
    while (breaksWords && exceeds(line, width)) {
      const { text: first } = fitWidth(line, width);
      if (first === '') break;
      lines.push(first);
      line = line.slice(first.length);
    }
  }
  return [...lines, line ?? ''];
}
