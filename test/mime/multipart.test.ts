import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../src/bytes/text.js';
import { parseContentType } from '../../src/mime/content-type.js';
import { MAX_PARTS, type Multipart, splitMultipart, splitMultipartOf } from '../../src/mime/multipart.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const codes = (split: Multipart): string[] => split.faults.map((fault) => fault.code);

function parts(text: string, split: Multipart): string[] {
  return split.parts.map(({ start, end }) => latin1(bytes(text), start, end));
}

/** The example of RFC 2046 §5.1.1. */
const EXAMPLE = [
  'This is the preamble.  It is to be ignored, though it',
  'is a handy place for composition agents to include an',
  'explanatory note to non-MIME conformant readers.',
  '',
  '--simple boundary',
  '',
  'This is implicitly typed plain US-ASCII text.',
  'It does NOT end with a linebreak.',
  '--simple boundary',
  'Content-type: text/plain; charset=us-ascii',
  '',
  'This is explicitly typed plain US-ASCII text.',
  'It DOES end with a linebreak.',
  '',
  '--simple boundary--',
  '',
  'This is the epilogue.  It is also to be ignored.',
  '',
].join('\r\n');

describe('multipart', () => {
  it('splits the example of RFC 2046 §5.1.1', () => {
    const split = splitMultipart(bytes(EXAMPLE), 'simple boundary');
    expect(parts(EXAMPLE, split)).toEqual([
      '\r\nThis is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak.',
      'Content-type: text/plain; charset=us-ascii\r\n\r\n' +
        'This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n',
    ]);
    expect(split.closed).toBe(true);
    expect(split.faults).toEqual([]);
    expect(latin1(bytes(EXAMPLE), split.preamble.start, split.preamble.end)).toMatch(
      /^This.*readers\.\r\n$/s,
    );
    expect(latin1(bytes(EXAMPLE), split.epilogue.start, split.epilogue.end)).toMatch(/^\r\nThis is the ep/);
  });

  it('splits with LF alone, and tells', () => {
    const text = EXAMPLE.replaceAll('\r\n', '\n');
    const split = splitMultipart(bytes(text), 'simple boundary');
    expect(parts(text, split)[0]).toMatch(/linebreak\.$/);
    expect(parts(text, split)).toHaveLength(2);
    expect(codes(split)).toEqual(['boundary-line-feed']);
  });

  it('takes white space after a delimiter for padding', () => {
    const text = '--b \t\r\nA\r\n--b--  \r\nend';
    const split = splitMultipart(bytes(text), 'b');
    expect(parts(text, split)).toEqual(['A']);
    expect(codes(split)).toEqual([]);
    expect(split.epilogue.end - split.epilogue.start).toBe(3);
  });

  it('takes a boundary that ends with white space for the same without', () => {
    const text = '--b\r\nA\r\n--b --';
    const split = splitMultipart(bytes('--b\r\nA\r\n--b--'), 'b ');
    expect(parts('--b\r\nA\r\n--b--', split)).toEqual(['A']);
    expect(codes(split)).toEqual(['boundary-trailing-space']);
    // "--b --" is the boundary "b" and then something else: no delimiter.
    expect(codes(splitMultipart(bytes(text), 'b'))).toEqual(['close-delimiter-missing', 'boundary-prefix']);
  });

  it('tells a boundary from a longer one that begins with it', () => {
    const inner = '--ab\r\nin\r\n--ab--';
    const text = `--a\r\nContent-Type: multipart/mixed;boundary=ab\r\n\r\n${inner}\r\n--a--`;
    const split = splitMultipart(bytes(text), 'a');
    expect(parts(text, split)).toEqual([`Content-Type: multipart/mixed;boundary=ab\r\n\r\n${inner}`]);
    expect(codes(split)).toEqual(['boundary-prefix']);
  });

  it('gives a part up to the end where the close delimiter is missing', () => {
    const text = '--b\r\nA\r\n--b\r\nB\r\n';
    const split = splitMultipart(bytes(text), 'b');
    expect(parts(text, split)).toEqual(['A', 'B\r\n']);
    expect(split.closed).toBe(false);
    expect(codes(split)).toEqual(['close-delimiter-missing']);
  });

  it('tells of parts after the close delimiter', () => {
    const split = splitMultipart(bytes('--b\r\nA\r\n--b--\r\n--b\r\nhidden\r\n--b--'), 'b');
    expect(split.parts).toHaveLength(1);
    expect(codes(split)).toEqual(['delimiter-after-close']);
  });

  it('keeps empty parts, and the CR of a part that ends with one', () => {
    const text = '--b\r\n--b\r\n\r\n--b\r\nx\r\r\n--b--';
    expect(parts(text, splitMultipart(bytes(text), 'b'))).toEqual(['', '', 'x\r']);
  });

  it('only looks for the boundary at the start of a line', () => {
    const text = '--b\r\nsee --b\r\n --b\r\n\r--b\r\n--b--';
    expect(parts(text, splitMultipart(bytes(text), 'b'))).toEqual(['see --b\r\n --b\r\n\r--b']);
  });

  it.each([
    ['no delimiter here', 'b', ['boundary-not-found']],
    ['', 'b', ['boundary-not-found']],
    ['--\r\nA\r\n----', '', ['boundary-character', 'boundary-not-found']],
    ['--a\nb', 'a\nb', ['boundary-character', 'boundary-not-found']],
    [`--${'x'.repeat(71)}\r\nA\r\n--${'x'.repeat(71)}--`, 'x'.repeat(71), ['boundary-too-long']],
    ['--a&\r\nA\r\n--a&--', 'a&', ['boundary-character']],
  ])('says what is wrong with %j split at %j', (text, boundary, expected) => {
    expect(codes(splitMultipart(bytes(text), boundary))).toEqual(expected);
  });

  it('guesses a boundary that was not named', () => {
    const type = parseContentType('multipart/mixed');
    if (!type.ok) throw new Error('not read');
    const text = 'preamble\r\n--x1\r\nA\r\n--x1--';
    const split = splitMultipartOf(type.value, bytes(text));
    expect(parts(text, split)).toEqual(['A']);
    expect(codes(split)).toEqual(['boundary-missing']);
    expect(codes(splitMultipartOf(type.value, bytes('no lines of that kind')))).toEqual(['boundary-missing']);
    expect(splitMultipartOf(type.value, bytes('--\r\n')).parts).toEqual([]);
  });

  it('gives back exactly what was put together', () => {
    // Content may hold line ends and dashes, but by construction not the boundary.
    const content = fc.array(fc.constantFrom('\r\n', '\n', '\r', '--', '-', 'a', '\0', '\xff', ' '), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.array(content, { minLength: 1, maxLength: 5 }), fc.boolean(), (contents, preamble) => {
        const texts = contents.map((pieces) => pieces.join(''));
        const head = preamble ? 'preamble\r\n' : '';
        const text = `${head}${texts.map((each) => `--=_1\r\n${each}\r\n`).join('')}--=_1--`;
        const split = splitMultipart(bytes(text), '=_1');
        expect(parts(text, split)).toEqual(texts);
        expect(split.faults).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('never takes a strict prefix for closed', () => {
    const text = '--b1\r\nA\r\n--b1\r\nB\r\n--b1--';
    for (let length = 0; length < text.length; length++) {
      expect(splitMultipart(bytes(text.slice(0, length)), 'b1').closed).toBe(false);
    }
    expect(splitMultipart(bytes(text), 'b1').closed).toBe(true);
  });

  it('keeps ranges in order and inside any bytes', () => {
    const body = fc.array(fc.constantFrom('--b', '--', '\r\n', '\n', '\r', ' ', 'x', 'b'), { maxLength: 40 });
    fc.assert(
      fc.property(body, (pieces) => {
        const data = bytes(pieces.join(''));
        const split = splitMultipart(data, 'b');
        const ranges = [split.preamble, ...split.parts, split.epilogue];
        let at = 0;
        for (const { start, end } of ranges) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThanOrEqual(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(data.length);
      }),
      { numRuns: 3000 },
    );
  });

  it('stays linear, and keeps a limited number of parts', () => {
    const bodies = ['--b\r\n', '\n--', '\n--bx', '--'.repeat(50), `\n--${'a'.repeat(900)}`];
    for (const piece of bodies) {
      const body = bytes(piece.repeat(Math.ceil(2_000_000 / piece.length)));
      const start = performance.now();
      expect(splitMultipart(body, 'b').parts.length).toBeLessThanOrEqual(MAX_PARTS);
      splitMultipart(body, 'a'.repeat(999));
      expect(performance.now() - start).toBeLessThan(2000);
    }
    expect(codes(splitMultipart(bytes('--b\r\n'.repeat(MAX_PARTS + 2)), 'b'))).toContain('parts-too-many');
  });
});
