import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ContentType,
  parameter,
  parseContentType,
  parseDisposition,
} from '../../src/mime/content-type.js';

function read(value: string): ContentType {
  const parsed = parseContentType(value);
  if (!parsed.ok) throw new Error(`not read: ${value}`);
  return parsed.value;
}

function codes(of: { readonly faults: readonly { readonly code: string }[] }): string[] {
  return of.faults.map((fault) => fault.code);
}

describe('Content-Type', () => {
  it('reads the draft’s multipart/signed (draft §7.1)', () => {
    const type = read(
      'multipart/signed;boundary=6b020aee557aeffb;micalg=sha1;protocol="application/pkcs7-signature"',
    );
    expect(type.mediaType).toBe('multipart/signed');
    expect(type.parameters.map(({ name, value }) => [name, value])).toEqual([
      ['boundary', '6b020aee557aeffb'],
      ['micalg', 'sha1'],
      ['protocol', 'application/pkcs7-signature'],
    ]);
    expect(type.faults).toEqual([]);
  });

  it('takes the two forms of RFC 2045 §5.1 for the same', () => {
    const plain = read('text/plain; charset=us-ascii (Plain text)');
    const quoted = read('text/plain; charset="us-ascii"');
    expect(parameter(plain, 'CHARSET')).toBe('us-ascii');
    expect(parameter(quoted, 'charset')).toBe('us-ascii');
    expect(codes(plain)).toEqual([]);
  });

  it('ignores case of names and keeps that of values', () => {
    const type = read('Multipart/MIXED; BOUNDARY=AbC');
    expect(type).toMatchObject({ type: 'multipart', subtype: 'mixed' });
    expect(type.parameters[0]).toMatchObject({ name: 'boundary', value: 'AbC' });
  });

  it('reads nested comments, folding and escapes anywhere between tokens', () => {
    const type = read(
      ' (a(b\\)c)) text (x) / (y)\r\n\tplain (z);(q) name (r) = (s)\r\n "a\\"b\\\\c;d" (t) ; x=1',
    );
    expect(type.mediaType).toBe('text/plain');
    expect(parameter(type, 'name')).toBe('a"b\\c;d');
    expect(parameter(type, 'x')).toBe('1');
    expect(codes(type)).toEqual([]);
  });

  it('joins the continuations of RFC 2231 §3', () => {
    const type = read(
      'message/external-body; access-type=URL; URL*0="ftp://"; URL*1="cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar"',
    );
    expect(parameter(type, 'url')).toBe('ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar');
  });

  it('decodes the extended values of RFC 2231 §4 and §4.1', () => {
    const single = read("application/x-stuff; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A");
    expect(parameter(single, 'title')).toBe('This is ***fun***');
    const mixed = read(
      "application/x-stuff; title*0*=us-ascii'en'This%20is%20even%20more%20; title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"",
    );
    expect(parameter(mixed, 'title')).toBe("This is even more ***fun*** isn't it!");
    expect(parameter(read("a/b; n*=iso-8859-1'en'%A3%20rates"), 'n')).toBe('£ rates');
    expect(codes(read("a/b; n*=no-such-set''x"))).toEqual(['parameter-charset']);
    expect(codes(read("a/b; n*=utf-8''%4"))).toEqual(['parameter-charset']);
  });

  it('tells of sections that are missing or repeated', () => {
    const type = read('a/b; n*0=x; n*2=z');
    expect(parameter(type, 'n')).toBe('x');
    expect(codes(type)).toEqual(['parameter-continuation']);
    expect(codes(read('a/b; n*0=x; n*0=y; n*1=z'))).toEqual(['parameter-repeated']);
  });

  it.each([
    ['text/plain;', 'parameter-empty', undefined],
    ['text/plain;;charset=x', 'parameter-empty', 'x'],
    ['text/plain charset=x', 'parameter-malformed', 'x'],
    ['text/plain; a=1 charset=x', 'parameter-malformed', 'x'],
    ['text/plain; charset; a=1', 'parameter-malformed', undefined],
    ['text/plain; charset="x', 'parameter-quote-open', 'x'],
    ['text/plain; charset=x/y', 'parameter-unquoted', 'x/y'],
    ['text/plain; charset=x y.txt; a=1', 'parameter-unquoted', 'x y.txt'],
    ['text/plain; charset=x; charset=y', 'parameter-repeated', 'x'],
    ['text/plain; charset=x (', 'comment-open', 'x'],
  ])('reads around %s', (value, code, charset) => {
    const type = read(value);
    expect(codes(type)).toEqual([code]);
    expect(parameter(type, 'charset')).toBe(charset);
  });

  it.each(['', 'text', 'text/', '/plain', '(text/plain)', ';a=b', '"text"/plain'])('refuses %j', (value) => {
    expect(parseContentType(value).ok).toBe(false);
  });

  it.each([1, 2, 8, 9, 30])('reads %i parameters, and the first of one that repeats', (count) => {
    const names = Array.from({ length: count }, (_, index) => `p${index}`);
    const value = `a/b${names.map((name, index) => `;${name}=${index}`).join('')}`;
    expect(read(value).parameters.map(({ name }) => name)).toEqual(names);
    expect(read(value).faults).toEqual([]);
    const repeated = read(`${value};p0=again`);
    expect(repeated.parameters.map(({ value }) => value)).toEqual(names.map((_, index) => String(index)));
    expect(codes(repeated)).toEqual(['parameter-repeated']);
  });

  it('reads a value that it has read before as it did then', () => {
    for (const value of ['a/b;c="d', 'text/plain', 'nonsense', 'multipart/mixed;boundary=b;boundary=c']) {
      expect(parseContentType(value)).toEqual(parseContentType(value));
    }
    expect(codes(read('a/b;c="d'))).toEqual(['parameter-quote-open']);
  });

  it('says where in the value each parameter stands', () => {
    const value = 'a/b ; n = "v w" ; m*0=1; m*1=2';
    const [n, m] = read(value).parameters;
    expect(value.slice(n?.start, (n?.start ?? 0) + (n?.length ?? 0))).toBe('n = "v w"');
    expect(value.slice(m?.start, (m?.start ?? 0) + (m?.length ?? 0))).toBe('m*0=1');
  });

  it('gives back any value that was quoted', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (values) => {
        const written = values.map((value, index) => `; p${index}="${value.replace(/["\\]/g, '\\$&')}"`);
        const type = read(`a/b${written.join('')}`);
        expect(type.parameters.map(({ value }) => value)).toEqual(values);
        expect(type.faults).toEqual([]);
      }),
    );
  });

  it('gives back any value cut into percent-encoded continuations', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9 }), (value, size) => {
        const encoded = [...Buffer.from(value)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`);
        const pieces: string[] = [];
        for (let at = 0; at < encoded.length || at === 0; at += size) {
          const start = at === 0 ? "utf-8''" : '';
          pieces.push(`; n*${pieces.length}*=${start}${encoded.slice(at, at + size).join('')}`);
        }
        expect(parameter(read(`a/b${pieces.join('')}`), 'n')).toBe(value);
      }),
    );
  });

  it('takes any text, with few faults and in linear time', () => {
    const odd = fc.array(
      fc.constantFrom('a', '/', ';', '=', '"', '\\', '(', ')', ' ', '\r\n ', '*', '0', "'", '%'),
    );
    fc.assert(
      fc.property(odd, (pieces) => {
        const value = `a/b${pieces.join('')}`;
        for (const each of read(value).parameters)
          expect(each.start + each.length).toBeLessThanOrEqual(value.length);
        parseDisposition(pieces.join(''));
      }),
      { numRuns: 3000 },
    );
    for (const piece of [';', '(', '=', ' ', 'a=b;', 'a ', '"', 'a*0=b;', '\\', 'a="', 'n=x ']) {
      const value = `a/b;x=1 ${piece.repeat(300_000 / piece.length)}`;
      const start = performance.now();
      expect(read(value).faults.length).toBeLessThan(50);
      expect(performance.now() - start).toBeLessThan(1500);
    }
  });
});

describe('Content-Disposition', () => {
  it('reads that of the draft’s signature', () => {
    const disposition = parseDisposition('attachment;handling=required;filename=smime.p7s');
    expect(disposition.kind).toBe('attachment');
    expect(parameter(disposition, 'filename')).toBe('smime.p7s');
  });
});
