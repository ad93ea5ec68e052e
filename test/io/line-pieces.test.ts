import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linePieces } from '../../src/io/line-pieces.js';

const blocks = (...texts: string[]) => texts.map((text) => Buffer.from(text));
const pieces = (most: number, ...texts: string[]) =>
  [...linePieces(blocks(...texts), () => most)].map((piece) => piece.toString());

describe('pieces of whole lines', () => {
  it('hold as many as there is room for, and a longer line alone', () => {
    expect(pieces(4, 'a\nb\nc\nlonger\nd\n')).toEqual(['a\nb\n', 'c\n', 'longer\n', 'd\n']);
  });

  it('join a line that goes on from block to block, and leave its followers be', () => {
    expect(pieces(4, 'a\nb', 'b', 'b\nc\n', 'd\ne')).toEqual(['a\n', 'bbb\n', 'c\n', 'd\n', 'e']);
  });

  it('are all bytes in order, each piece but the last with a line end, and none longer than it must be', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), fc.integer({ min: 1, max: 20 }), (texts, most) => {
        const got = pieces(most, ...texts);
        expect(got.join('')).toBe(texts.join(''));
        for (const piece of got.slice(0, -1)) expect(piece.endsWith('\n')).toBe(true);
        for (const piece of got) {
          if (piece.length > most) expect(piece.slice(0, -1)).not.toContain('\n');
        }
      }),
    );
  });
});
