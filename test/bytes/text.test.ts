import { describe, expect, it } from 'vitest';
import { printable } from '../../src/bytes/text.js';

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
  });

  it('keeps what is seen, and line feeds where it is told to', () => {
    expect(printable('naïve 日本 👍🏽 a\u0308')).toBe('naïve 日本 👍🏽 a\u0308');
    expect(printable('a\nb')).toBe('a\\nb');
    expect(printable('a\nb', true)).toBe('a\nb');
  });
});
