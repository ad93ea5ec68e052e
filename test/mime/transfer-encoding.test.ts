import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTransferEncoding, transferEncodingName } from '../../src/mime/transfer-encoding.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function decode(text: string, encoding: string): { text: string; codes: string[] } {
  const decoded = decodeTransferEncoding(bytes(text), encoding);
  return {
    text: Buffer.from(decoded.bytes).toString('latin1'),
    codes: decoded.faults.map((fault) => fault.code),
  };
}

describe('base64', () => {
  // RFC 4648 §10.
  it.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
  ])('decodes %j', (encoded, expected) => {
    expect(decode(encoded, 'base64')).toEqual({ text: expected, codes: [] });
  });

  it.each([
    [' Zm9v\r\nYmFy\t\r\n', 'foobar', []],
    ['Zg', 'f', ['base64-padding']],
    ['Zg=', 'f', ['base64-padding']],
    ['Zm9v=', 'foo', ['base64-padding']],
    ['Zm9vY', 'foo', ['base64-truncated']],
    ['Zm!9v*', 'foo', ['base64-character']],
    ['Zg==Zm9v', 'f', ['base64-after-padding']],
    ['Zg=\r\n=\r\n', 'f', []],
    [`${'Zm9v'.repeat(19)}\r\n`, 'foo'.repeat(19), []],
    ['Zm9v'.repeat(20), 'foo'.repeat(20), ['line-too-long']],
  ])('reads %j leniently', (encoded, text, codes) => {
    expect(decode(encoded, 'BASE64 (comment)')).toEqual({ text, codes });
  });

  it('decodes what the platform encoded, wrapped anyhow', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 76 }), (data, width) => {
        const encoded = Buffer.from(data)
          .toString('base64')
          .replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n');
        const decoded = decodeTransferEncoding(bytes(encoded), 'base64');
        expect(Buffer.from(decoded.bytes).equals(data)).toBe(true);
        expect(decoded.faults).toEqual([]);
      }),
    );
  });
});

describe('quoted-printable', () => {
  it('decodes the example of RFC 2045 §6.7', () => {
    const encoded = "Now's the time =\r\nfor all folk to come=\r\n to the aid of their country.";
    expect(decode(encoded, 'quoted-printable')).toEqual({
      text: "Now's the time for all folk to come to the aid of their country.",
      codes: [],
    });
  });

  it.each([
    ['a=3Db=e9', 'a=b\xe9', []],
    ['a  \t\r\nb ', 'a\r\nb', []],
    ['a=20\r\nb', 'a \r\nb', []],
    ['a \nb', 'a\nb', []],
    ['a= \t\r\nb', 'ab', []],
    ['a =\r\nb', 'a b', []],
    ['a=\nb', 'ab', []],
    ['a=', 'a', []],
    ['a=XYb', 'a=XYb', ['quoted-printable-escape']],
    ['a=4', 'a=4', ['quoted-printable-escape']],
    ['a\xe9', 'a\xe9', ['quoted-printable-byte']],
    ['a\rb', 'a\rb', ['quoted-printable-byte']],
    ['x'.repeat(77), 'x'.repeat(77), ['line-too-long']],
  ])('decodes %j', (encoded, text, codes) => {
    expect(decode(encoded, 'Quoted-Printable')).toEqual({ text, codes });
  });

  it('gives back any bytes that were all escaped, with soft breaks', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const encoded = [...data].map((byte, index) => {
          const soft = index % 20 === 19 ? '=\r\n' : '';
          return `=${byte.toString(16).toUpperCase().padStart(2, '0')}${soft}`;
        });
        const decoded = decodeTransferEncoding(bytes(encoded.join('')), 'quoted-printable');
        expect(Buffer.from(decoded.bytes).equals(data)).toBe(true);
        expect(decoded.faults).toEqual([]);
      }),
    );
  });
});

describe('the others', () => {
  it('leaves identity encodings as they are, without a copy', () => {
    const body = bytes('a\r\n\xff');
    for (const encoding of ['binary', '8BIT', ' 7bit ', 'x-uuencode', '']) {
      expect(decodeTransferEncoding(body, encoding).bytes).toBe(body);
    }
  });

  it('tells of bytes and lines that the encoding does not allow', () => {
    expect(decode('a\xff', '7bit').codes).toEqual(['seven-bit-violated']);
    expect(decode('a\xff', '8bit').codes).toEqual([]);
    expect(decode(`${'a'.repeat(998)}\r\n`, '8bit').codes).toEqual([]);
    expect(decode(`b\n${'a'.repeat(999)}\r\n`, '8bit').codes).toEqual(['line-too-long']);
    expect(decode('a'.repeat(5000), 'binary').codes).toEqual([]);
    expect(decode('a', 'x-uuencode').codes).toEqual(['transfer-encoding-unknown']);
  });

  it('reads the name out of its value', () => {
    expect(transferEncodingName(' (c) Base64 (d)')).toBe('base64');
    expect(transferEncodingName('')).toBe('');
  });

  it('takes any bytes, and never gives more than it got', () => {
    const pieces = fc.array(fc.constantFrom('=', 'A', 'f', '0', '\r', '\n', ' ', '\t', '\xff', '\0', '=3D'));
    fc.assert(
      fc.property(pieces, fc.constantFrom('base64', 'quoted-printable', '7bit'), (parts, encoding) => {
        const body = bytes(parts.join(''));
        const decoded = decodeTransferEncoding(body, encoding);
        expect(decoded.bytes.length).toBeLessThanOrEqual(body.length);
        for (const fault of decoded.faults) expect(fault.start).toBeLessThanOrEqual(body.length);
      }),
      { numRuns: 3000 },
    );
  });
});
