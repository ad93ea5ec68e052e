/** Colours on a terminal, or none: pure, with the facts about the terminal passed in. */

export type ColorMode = 'auto' | 'always' | 'never';

export type TerminalFacts = {
  readonly mode: ColorMode;
  /** Value of the environment's NO_COLOR; set and not empty, it turns `auto` off (no-color.org). */
  readonly noColor: string | undefined;
  /** Whether the output is a terminal. */
  readonly isTTY: boolean;
};

/** SGR parameters to begin and end each style (ECMA-48 §8.3.117). */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  underline: [4, 24],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type StyleName = keyof typeof CODES;

/** A function for each style, which gives its text back unchanged where there is no colour. */
export type Style = { readonly enabled: boolean } & {
  readonly [Name in StyleName]: (text: string) => string;
};

export function createStyle({ mode, noColor, isTTY }: TerminalFacts): Style {
  const enabled = mode === 'always' || (mode === 'auto' && isTTY && (noColor ?? '') === '');
  const paint =
    (name: StyleName) =>
    (text: string): string => {
      if (!enabled || text === '') return text;
      const [on, off] = CODES[name];
      return `\u001b[${on}m${text}\u001b[${off}m`;
    };
  return {
    enabled,
    bold: paint('bold'),
    dim: paint('dim'),
    underline: paint('underline'),
    red: paint('red'),
    green: paint('green'),
    yellow: paint('yellow'),
    blue: paint('blue'),
    magenta: paint('magenta'),
    cyan: paint('cyan'),
  };
}

/** Without colours, for files and pipes. */
export const PLAIN: Style = createStyle({ mode: 'never', noColor: undefined, isTTY: false });

/** The colour of a finding's severity. */
export function severityStyle(severity: 'info' | 'note' | 'warning' | 'error'): StyleName {
  const names = { info: 'dim', note: 'cyan', warning: 'yellow', error: 'red' } as const;
  return names[severity];
}
