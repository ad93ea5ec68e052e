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

/** Made when first needed: it takes 13 ms. */
let segmenter: Intl.Segmenter | undefined;

/** Columns of `text`. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  if (text.length <= MAX_MEASURED) return stringWidth()(text, PLAIN);
  return stringWidth()(text.slice(0, MAX_MEASURED), PLAIN) + text.length - MAX_MEASURED;
}

/** The longest beginning of `text` that fits into `columns`, in whole graphemes, with the columns that it takes. */
export function fitWidth(text: string, columns: number): { readonly text: string; readonly columns: number } {
  if (ASCII.test(text)) {
    const kept = text.slice(0, Math.max(0, columns));
    return { text: kept, columns: kept.length };
  }
  let taken = 0;
  let end = 0;
  segmenter ??= new Intl.Segmenter();
  for (const { segment } of segmenter.segment(text)) {
    const width = displayWidth(segment);
    if (taken + width > columns) break;
    taken += width;
    end += segment.length;
  }
  return { text: text.slice(0, end), columns: taken };
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
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && displayWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
    while (breaksWords && displayWidth(line) > width) {
      const { text: first } = fitWidth(line, width);
      if (first === '') break;
      lines.push(first);
      line = line.slice(first.length);
    }
  }
  return [...lines, line ?? ''];
}
