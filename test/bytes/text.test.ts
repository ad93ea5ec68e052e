import { describe, expect, it } from 'vitest';
import { printable, safeStyled } from '../../src/bytes/text.js';

/** One of each class of characters that a terminal acts on or does not show, with the escape that stands for it. */
const UNSAFE: readonly (readonly [string, string, string])[] = [
  ['ESC', '\u001b', '\\x1b'],
  ['NUL', '\u0000', '\\x00'],
  ['BEL', '\u0007', '\\x07'],
  ['DEL', '\u007f', '\\x7f'],
  ['CSI of C1', '\u009b', '\\x9b'],
  ['OSC of C1', '\u009d', '\\x9d'],
  ['carriage return', '\r', '\\r'],
  ['tab', '\t', '\\t'],
  ['soft hyphen', '\u00ad', '\\xad'],
  ['Arabic letter mark', '\u061c', '\\u061c'],
  ['Hangul filler', '\u3164', '\\u3164'],
  ['halfwidth Hangul filler', '\uffa0', '\\uffa0'],
  ['zero width space', '\u200b', '\\u200b'],
  ['zero width joiner', '\u200d', '\\u200d'],
  ['left-to-right mark', '\u200e', '\\u200e'],
  ['right-to-left override', '\u202e', '\\u202e'],
  ['right-to-left isolate', '\u2067', '\\u2067'],
  ['line separator', '\u2028', '\\u2028'],
  ['paragraph separator', '\u2029', '\\u2029'],
  ['word joiner', '\u2060', '\\u2060'],
  ['variation selector 16', '\ufe0f', '\\ufe0f'],
  ['byte order mark', '\ufeff', '\\ufeff'],
  ['interlinear annotation', '\ufff9', '\\ufff9'],
  ['tag letter A', '\u{e0041}', '\\u{e0041}'],
  ['variation selector 17', '\u{e0100}', '\\u{e0100}'],
  ['surrogate alone', '\ud800', '\\ud800'],
];

describe('printable', () => {
  it.each(UNSAFE)('shows %s as an escape', (_, character, shown) => {
    expect(printable(`a${character}b`)).toBe(`a${shown}b`);
    expect(safeStyled(`a${character}b`)).toBe(`a${shown}b`);
  });

  it('keeps what is seen, and line feeds where it is told to', () => {
    expect(printable('naïve 日本 👍🏽 a\u0308')).toBe('naïve 日本 👍🏽 a\u0308');
    expect(printable('a\nb')).toBe('a\\nb');
    expect(printable('a\nb', true)).toBe('a\nb');
  });
});

describe('a styled line at the last place before a terminal', () => {
  it('keeps its styles', () => {
    expect(safeStyled('\u001b[1;31mred\u001b[0m \u001b[mplain')).toBe(
      '\u001b[1;31mred\u001b[0m \u001b[mplain',
    );
  });

  it.each([
    ['the clipboard', '\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
    ['the title', '\u001b]0;title\u001b\\', '\\x1b]0;title\\x1b\\'],
    ['the cursor', '\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
    ['a private mode', '\u001b[?1049l', '\\x1b[?1049l'],
    ['device control', '\u001bPq\u001b\\', '\\x1bPq\\x1b\\'],
    ['a style without end', `\u001b[${'1;'.repeat(100)}m`, `\\x1b[${'1;'.repeat(100)}m`],
  ])('lets nothing through that reaches %s', (_, sequence, escaped) => {
    expect(safeStyled(`\u001b[31m${sequence}\u001b[39m`)).toBe(`\u001b[31m${escaped}\u001b[39m`);
  });
});
