/** The last step before a terminal, a pipe or a text file: styled text becomes a string. */
import { printable } from '../bytes/text.js';
import type { Styled, StyleName } from './styled.js';

/** What of the styles is written: nothing, what needs no colour (bold and reverse video), or all of them. */
export type Paint = 'nothing' | 'attributes' | 'colors';

export type ColorMode = 'auto' | 'always' | 'never';

export type TerminalFacts = {
  readonly mode: ColorMode;
  /** Value of the environment's NO_COLOR; set and not empty, it turns `auto` off (no-color.org). */
  readonly noColor: string | undefined;
  /** Whether the output is a terminal. */
  readonly isTTY: boolean;
};

/** Whether colours are to be written, by what the user asked for and where the output goes. */
export function wantsColor({ mode, noColor, isTTY }: TerminalFacts): boolean {
  return mode === 'always' || (mode === 'auto' && isTTY && (noColor ?? '') === '');
}

/** SGR parameters to begin and end each style (ECMA-48 §8.3.117). */
const CODES: { readonly [Name in StyleName]: readonly [on: number, off: number] } = {
  bold: [1, 22],
  dim: [2, 22],
  underline: [4, 24],
  inverse: [7, 27],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

const ATTRIBUTES: readonly StyleName[] = ['bold', 'inverse'];

/**
 * A line as it is written, without a line end: the only place where escape sequences of styles are made. Whatever else
 * would command a terminal, turn the direction of text or not be seen is escaped here, wherever it came from.
 */
export function render(line: Styled, paint: Paint): string {
  if (typeof line === 'string') return printable(line);
  let text = '';
  for (const span of line) {
    if (span.text === '') continue;
    const safe = printable(span.text);
    const styles =
      paint === 'nothing'
        ? []
        : paint === 'colors'
          ? span.styles
          : span.styles.filter((name) => ATTRIBUTES.includes(name));
    if (styles.length === 0) {
      text += safe;
      continue;
    }
    let end = '';
    for (const name of styles) {
      const [on, off] = CODES[name];
      text += `\u001b[${on}m`;
      end = `\u001b[${off}m${end}`;
    }
    text += safe + end;
  }
  return text;
}
