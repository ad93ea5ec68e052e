import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBodyBounds } from '../../src/sip/grammar/content-length.js';

describe('headers that bound a body', () => {
  it('are those whose names are theirs as text, in any letters and with blanks before the colon', () => {
    const token = fc.constantFrom(
      ...[
        'Content-Length',
        'CONTENT-TYPE',
        'content\\rlength',
        'Content-Lengthy',
        'Contact',
        'l',
        'L',
        'c',
        'C',
      ],
      ...['Call-ID', 'lc', ':', ' ', '\t', '\r', '\xa0', '\x0b', '5', 'x', ' '.repeat(30)],
    );
    const line = fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => tokens.join(''));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 5 }),
        fc.constantFrom('', ':', 'body: 5\r\n'),
        (lines, after) => {
          const header = `${lines.map((each) => `${each}\r\n`).join('')}\r\n`;
          const starts: number[] = [];
          const lengths: string[] = [];
          let hasContentType = false;
          let start = 0;
          for (const each of lines) {
            starts.push(start);
            // The name is looked for in the first 32 characters, on the line or on those that a blank goes on with.
            const colon = `${header}${after}`.indexOf(':', start);
            if (colon >= 0 && colon <= Math.min(header.length, start + 32)) {
              const name = header.slice(start, colon).trimEnd().toLowerCase();
              const value = /^[\s\S]*?(?=\n(?![ \t]))/.exec(header.slice(colon + 1))?.[0] ?? '';
              if (name === 'l' || name === 'content-length') lengths.push(value.trim());
              if (name === 'c' || name === 'content-type') hasContentType = true;
            }
            start += each.length + 2;
          }
          const bytes = Buffer.from(header + after, 'latin1');
          const found = readBodyBounds(bytes, starts, header.length);
          expect(found).toEqual({ lengths, hasContentType });
        },
      ),
      { numRuns: 3000, seed: 11 },
    );
  });
});
