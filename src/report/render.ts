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

/** What begins and ends each style (SGR, ECMA-48 §8.3.117). */
const SEQUENCES: { readonly [Name in StyleName]: { readonly on: string; readonly off: string } } = {
  bold: sequences(1, 22),
  dim: sequences(2, 22),
  underline: sequences(4, 24),
  inverse: sequences(7, 27),
  red: sequences(31, 39),
  green: sequences(32, 39),
  yellow: sequences(33, 39),
  blue: sequences(34, 39),
  magenta: sequences(35, 39),
  cyan: sequences(36, 39),
};

function sequences(on: number, off: number): { readonly on: string; readonly off: string } {
  return { on: `\u001b[${on}m`, off: `\u001b[${off}m` };
}

const ATTRIBUTES: readonly StyleName[] = ['bold', 'inverse'];

/**
 * A line as it is written, without a line end: the only place where escape sequences of styles are made. Whatever else
 * would command a terminal, turn the direction of text or not be seen is escaped here, wherever it came from.
 */
export function render(line: Styled, paint: Paint): string {
  if (typeof line === 'string') return printable(line);
  let text = '';
  if (paint === 'nothing') {
    for (const span of line) text += span.text;
    return printable(text);
  }
  for (const span of line) {
    if (span.text === '') continue;
    const safe = printable(span.text);
    const styles = paint === 'colors' ? span.styles : span.styles.filter((name) => ATTRIBUTES.includes(name));
    if (styles.length === 0) {
      text += safe;
      continue;
    }
    let end = '';
    for (const name of styles) {
      const { on, off } = SEQUENCES[name];
      text += on;
      end = off + end;
    }
    text += safe + end;
  }
  return text;
}
