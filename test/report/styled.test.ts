import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/bytes/text.js';
import { displayWidth } from '../../src/bytes/width.js';
import { render, wantsColor } from '../../src/report/render.js';
import {
  bold,
  breakLine,
  dim,
  inverse,
  joined,
  padded,
  painted,
  plainText,
  red,
  type Styled,
  severityStyle,
  sliceCells,
  spansOf,
  styled,
  widthOf,
} from '../../src/report/styled.js';

const STYLE = /\u001b\[\d+m/g;

/** Lines of pieces, each in a style or none, of any text at all. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('日本', '界', 'é', '🔒', '│──▶', '\u001b[31m', '\u001b]52;c;aGk=\u0007', 'two words '),
);
const anyLine = fc
  .array(fc.tuple(piece, fc.constantFrom('red', 'dim', 'inverse', undefined)), { maxLength: 8 })
  .map((pieces) =>
    joined(pieces.map(([text, style]) => (style === undefined ? text : painted(style, text)))),
  );

describe('render', () => {
  it('makes escape sequences of styles, the inner ones inside', () => {
    expect(render(red('x'), 'colors')).toBe('\u001b[31mx\u001b[39m');
    expect(render(dim(styled`a ${bold('b')}`), 'colors')).toBe(
      '\u001b[2ma \u001b[22m\u001b[2m\u001b[1mb\u001b[22m\u001b[22m',
    );
    expect(render(bold(''), 'colors')).toBe('');
  });

  it('writes only what needs no colour, or nothing', () => {
    const line = inverse(styled`${red('x')}${bold('y')}`);
    expect(render(line, 'attributes')).toBe('\u001b[7mx\u001b[27m\u001b[7m\u001b[1my\u001b[22m\u001b[27m');
    expect(render(line, 'nothing')).toBe('xy');
  });

  it.each([
    ['the clipboard', '\u001b]52;c;aGk=\u0007', '\\x1b]52;c;aGk=\\x07'],
    ['the title', '\u001b]0;title\u001b\\', '\\x1b]0;title\\x1b\\'],
    ['the cursor', '\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
    ['a private mode', '\u001b[?1049l', '\\x1b[?1049l'],
    ['device control', '\u001bPq\u001b\\', '\\x1bPq\\x1b\\'],
    ['a colour', '\u001b[31m', '\\x1b[31m'],
  ])('takes no text for a style: %s', (_, sequence, escaped) => {
    expect(render(sequence, 'colors')).toBe(escaped);
    expect(render(red(sequence), 'colors')).toBe(`\u001b[31m${escaped}\u001b[39m`);
    // Also where a span was put together by hand.
    expect(render([{ text: sequence, styles: [] }], 'colors')).toBe(escaped);
  });

  it('lets styles through and nothing else, of any text', () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const plain = render(line, 'nothing');
        expect(printable(plain)).toBe(plain);
        expect(render(line, 'colors').replace(STYLE, '')).toBe(plain);
        expect(plainText(line)).toBe(plain);
        expect(widthOf(line)).toBe(spansOf(line).reduce((sum, { text }) => sum + displayWidth(text), 0));
      }),
    );
  });

  it.each([
    ['auto', undefined, true, true],
    ['auto', '', true, true],
    ['auto', '1', true, false],
    ['auto', undefined, false, false],
    ['always', '1', false, true],
    ['never', undefined, true, false],
  ] as const)('%s with NO_COLOR %s on a terminal (%s) has colours: %s', (mode, noColor, isTTY, wanted) => {
    expect(wantsColor({ mode, noColor, isTTY })).toBe(wanted);
  });

  it('has a style for each severity', () => {
    expect(severityStyle('error')).toBe('red');
    expect(severityStyle('info')).toBe('dim');
  });
});

describe('lines', () => {
  const shown = (lines: readonly Styled[]): string[] => lines.map((line) => render(line, 'colors'));

  it('are broken at blanks, with their styles, and indented', () => {
    expect(shown(breakLine('one two three', 8))).toEqual(['one two ', 'three']);
    expect(shown(breakLine('  key: some long value', 14, 7))).toEqual([
      '  key: some ',
      '       long ',
      '       value',
    ]);
    expect(shown(breakLine('abcdefghij', 4))).toEqual(['abcd', 'efgh', 'ij']);
    expect(shown(breakLine(red('red and more'), 8))).toEqual([
      '\u001b[31mred and \u001b[39m',
      '\u001b[31mmore\u001b[39m',
    ]);
    expect(shown(breakLine('界界界', 4))).toEqual(['界界', '界']);
    expect(shown(breakLine('short', 80))).toEqual(['short']);
    expect(shown(breakLine('a\u001b[0mb', 80))).toEqual(['a\\x1b[0mb']);
  });

  it('lose nothing where they are broken, and none is too long', () => {
    fc.assert(
      fc.property(anyLine, fc.integer({ min: 2, max: 30 }), (line, width) => {
        const lines = breakLine(line, width, 0);
        expect(lines.map(plainText).join('')).toBe(plainText(line));
        // Blanks may hang over the edge.
        for (const one of lines) expect(displayWidth(plainText(one).trimEnd())).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('are filled up to a width', () => {
    expect(render(padded(styled`${red('ab')}c`, 5), 'nothing')).toBe('abc  ');
    expect(padded('abc', 2)).toBe('abc');
  });

  it('give slices of their cells, and styles stay', () => {
    fc.assert(
      fc.property(anyLine, fc.nat(30), fc.nat(30), (line, start, columns) => {
        const slice = sliceCells(line, start, columns);
        // Each cell by itself: the character that begins in it, or nothing behind a wide one. Styles divide graphemes.
        const cells = spansOf(line).flatMap(({ text }) =>
          [...new Intl.Segmenter().segment(text)].flatMap(({ segment }) =>
            displayWidth(segment) === 2 ? [segment, ''] : displayWidth(segment) === 1 ? [segment] : [],
          ),
        );
        const wanted = cells.slice(start, start + columns);
        if (wanted[0] === '') wanted[0] = ' ';
        if (displayWidth(wanted.at(-1) ?? '') === 2) wanted.pop();
        const seen = [...new Intl.Segmenter().segment(plainText(slice))].map(({ segment }) => segment);
        expect(widthOf(slice)).toBeLessThanOrEqual(columns);
        if (cells.every((cell) => cell === '' || /^[ -~]$/.test(cell)))
          expect(seen.join('')).toBe(wanted.join(''));
      }),
      { numRuns: 2000 },
    );
    expect(render(sliceCells(styled`ab${red('cd界')}ef`, 1, 4), 'colors')).toBe('b\u001b[31mcd\u001b[39m');
    expect(render(sliceCells(styled`界${red('cd')}`, 1, 2), 'nothing')).toBe(' c');
  });
});
