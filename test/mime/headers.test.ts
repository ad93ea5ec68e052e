import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headersAt, parseHeaders } from '../../src/mime/headers.js';

const piece = fc.oneof(
  fc.constantFrom(
    'Content-Type: text/plain\r\n',
    'Content-Type: multipart/mixed;\r\n boundary=b\r\n',
    'content-type : a/b\n',
    'X-\u00e4: b\r\n',
    'A\u00a0: b\r\n',
    ': b\r\n',
    'no colon\r\n',
    ' folded\r\n',
    '\r\n',
    '\n',
    '\r',
    'a:\r\n',
    `long: ${'x'.repeat(300)}\r\n`,
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

describe('the headers at a place', () => {
  it('are those of the bytes there, the first time and again', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), piece, piece, (section, before, after) => {
        const entity = Buffer.from(section.join(''), 'latin1');
        const start = Buffer.from(before, 'latin1').length;
        const whole = Buffer.concat([Buffer.from(before, 'latin1'), entity, Buffer.from(after, 'latin1')]);
        const expected = parseHeaders(new Uint8Array(entity));
        const end = start + entity.length;
        expect(headersAt(whole, start, end)).toEqual(expected);
        expect(headersAt(whole, start, end)).toEqual(expected);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  it('are read where they are more than is remembered', () => {
    const bytes = Buffer.from(`${'a: b\r\n'.repeat(200)}\r\nbody`);
    expect(headersAt(bytes, 0, bytes.length).headers).toHaveLength(200);
    expect(headersAt(bytes, 0, bytes.length)).toEqual(parseHeaders(bytes));
  });
});
