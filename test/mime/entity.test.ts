import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/bytes/field.js';
import { indexOfBytes, latin1 } from '../../src/bytes/text.js';
import { parameter } from '../../src/mime/content-type.js';
import { describeHeaders } from '../../src/mime/describe.js';
import { type Entity, openBody, openEntity, parseEntity } from '../../src/mime/entity.js';
import { MIME_FAULTS } from '../../src/mime/faults.js';
import { MAX_HEADERS } from '../../src/mime/headers.js';
import { corpusPath, hasCorpus } from '../support/corpus.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const codes = (of: { readonly faults: readonly { readonly code: string }[] }): string[] =>
  of.faults.map((fault) => fault.code);

describe('entity', () => {
  it('splits headers and body, and says where each stands', () => {
    const text = 'Content-Type: text/plain\r\nX-Long:  a\r\n\t b \r\n\r\nbody\r\n';
    const entity = parseEntity(bytes(text));
    expect(entity.headers).toMatchObject([
      { name: 'Content-Type', canonicalName: 'content-type', value: 'text/plain', start: 0, length: 26 },
      { name: 'X-Long', value: 'a b', start: 26, length: 18, valueStart: 35, valueLength: 6 },
    ]);
    expect(latin1(entity.body)).toBe('body\r\n');
    expect(entity.bodyStart).toBe(text.indexOf('body'));
    expect(entity.faults).toEqual([]);
  });

  it.each([
    ['\r\nbody', 'body', 0, []],
    ['', '', 0, []],
    ['just text', 'just text', 0, ['headers-missing']],
    [' a: b\r\n\r\nc', ' a: b\r\n\r\nc', 0, ['headers-missing']],
    ['A: b', '', 1, []],
    ['A: b\r\n', '', 1, []],
    ['A: b\r\n<xml a="b:c">', '<xml a="b:c">', 1, ['blank-line-missing']],
    ['A: b\nC: d\n\nbody', 'body', 2, ['header-line-feed']],
    ['A : b\r\n\r\nc', 'c', 1, []],
    [': b\r\n\r\nc', ': b\r\n\r\nc', 0, ['headers-missing']],
    ['Content-Type: a/b;\r\n c=d\r\n\r\n', '', 1, ['content-type-folded']],
    ['Content-Type: a/b\r\ncontent-type: c/d\r\n\r\n', '', 2, ['content-type-repeated']],
  ])('reads %j', (text, body, headers, expected) => {
    const entity = parseEntity(bytes(text));
    expect(latin1(entity.body)).toBe(body);
    expect(entity.headers).toHaveLength(headers);
    expect(codes(entity)).toEqual(expected);
  });

  it('keeps a limited number of headers', () => {
    const entity = parseEntity(bytes(`${'a: b\r\n'.repeat(MAX_HEADERS + 1)}\r\nbody`));
    expect(entity.headers).toHaveLength(MAX_HEADERS);
    expect(codes(entity)).toEqual(['headers-too-many']);
    expect(latin1(entity.body)).toBe('body');
  });

  it('decodes the body by its headers', () => {
    const entity = parseEntity(
      bytes('Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8='),
    );
    const opened = openEntity(entity);
    expect(latin1(opened.content)).toBe('hello');
    expect(opened).toMatchObject({ transferEncoding: 'base64', multipart: undefined, faults: [] });
  });

  it('takes an untyped body for text/plain, and a malformed type too, but tells', () => {
    expect(openBody([], bytes('x'))).toMatchObject({ contentType: { mediaType: 'text/plain' }, faults: [] });
    const malformed = openBody([{ canonicalName: 'content-type', value: 'nonsense' }], bytes('x'));
    expect(malformed.contentType.mediaType).toBe('text/plain');
    expect(codes(malformed)).toEqual(['content-type-malformed']);
  });

  it('opens a multipart that was encoded against RFC 2045 §6.4, and tells', () => {
    const inner = Buffer.from('--b\r\n\r\nA\r\n--b--').toString('base64');
    const opened = openBody(
      [
        { canonicalName: 'content-type', value: 'multipart/mixed;boundary=b' },
        { canonicalName: 'content-transfer-encoding', value: 'base64' },
      ],
      bytes(inner),
    );
    expect(opened.multipart?.parts).toHaveLength(1);
    expect(codes(opened)).toEqual(['transfer-encoding-composite']);
  });

  it('counts fault offsets from the start of the entity', () => {
    const text = 'Content-Transfer-Encoding: base64\r\n\r\nAA!AA';
    const fault = openEntity(parseEntity(bytes(text))).faults[0];
    expect(text[fault?.start ?? 0]).toBe('!');
  });

  it('gives back what was put together', () => {
    const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.uint8Array(), (headers, body) => {
        const head = headers.map(([key, text]) => `${key}: ${text}\r\n`).join('');
        const whole = Buffer.concat([bytes(`${head}\r\n`), body]);
        const entity = parseEntity(whole);
        expect(entity.headers.map((header) => [header.name, header.value])).toEqual(headers);
        expect(Buffer.from(entity.body).equals(body)).toBe(true);
      }),
    );
  });

  it('takes any bytes: ranges lie inside, codes are known', () => {
    const piece = fc.constantFrom(
      'Content-Type: ',
      'multipart/mixed;boundary=b',
      'Content-Transfer-Encoding: base64',
      '\r\n',
      '\n',
      ' ',
      '--b',
      '--',
      ':',
      'x',
      '\0',
      '\xe9',
      '(',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const data = bytes(pieces.join(''));
        const entity = parseEntity(data);
        let at = 0;
        for (const header of entity.headers) {
          expect(header.start).toBe(at);
          at += header.length;
          expect(header.valueStart + header.valueLength).toBeLessThanOrEqual(at);
        }
        expect(at).toBeLessThanOrEqual(entity.bodyStart);
        for (const fault of openEntity(entity).faults) {
          expect(Object.keys(MIME_FAULTS)).toContain(fault.code);
          expect(fault.start + fault.length).toBeLessThanOrEqual(data.length);
        }
        checkFields(describeHeaders({ name: 'fuzz', bytes: data }, 0, data.length));
      }),
      { numRuns: 3000 },
    );
  });
});

function checkFields(fields: readonly Field[]): void {
  for (const field of fields) {
    expect(field.start).toBeGreaterThanOrEqual(0);
    expect(field.start + field.length).toBeLessThanOrEqual(field.source.bytes.length);
    checkFields(field.children);
  }
}

describe('the draft’s signed message', () => {
  const sample = new URL('../../samples/smime-signed.pcap', import.meta.url);
  const capture = readFileSync(sample);
  const start = indexOfBytes(capture, '--6b020aee557aeffb\r\n');
  const body = capture.subarray(start, start + 639); // its Content-Length

  const opened = openBody(
    [{ canonicalName: 'content-type', value: 'multipart/signed;boundary=6b020aee557aeffb' }],
    body,
  );
  const parts = (opened.multipart?.parts ?? []).map((part) =>
    parseEntity(body.subarray(part.start, part.end)),
  );

  it('has 68 signed bytes, without the CRLF before the boundary', () => {
    expect(opened.faults).toEqual([]);
    expect(parts).toHaveLength(2);
    const signed = readFileSync(new URL('../../samples/cms/signed.content.txt', import.meta.url));
    expect(signed.equals((parts[0] as Entity).bytes)).toBe(true);
    expect(parts[0]?.bytes).toHaveLength(68);
  });

  it('has a binary signature, whole to the byte', () => {
    const signature = openEntity(parts[1] as Entity);
    expect(signature.contentType.mediaType).toBe('application/pkcs7-signature');
    expect(parameter(signature.contentType, 'name')).toBe('smime.p7s');
    // The blob as its sender had written it to a file.
    const blob = readFileSync(new URL('../../samples/cms/signed.p7s', import.meta.url));
    expect(blob.equals(signature.content)).toBe(true);
  });

  it('is described down to parameters that lie where they say', () => {
    const part = parts[1] as Entity;
    const source = { name: 'part', bytes: part.bytes };
    const [type] = describeHeaders(source, 0, part.bodyStart);
    expect(type?.children[0]).toMatchObject({ name: 'name', value: 'smime.p7s' });
    const name = type?.children[0];
    const at = name?.start ?? 0;
    expect(latin1(source.bytes, at, at + (name?.length ?? 0))).toBe('name=smime.p7s');
  });
});

describe.skipIf(!hasCorpus)('RFC 4475 §3.1.1.11, multipart MIME message', () => {
  it('has two parts, the second with octets of every kind', () => {
    const message = readFileSync(corpusPath('sip-torture-rfc4475/messages/mpart01.dat'));
    const entity = parseEntity(message.subarray(message.indexOf('\r\n') + 2));
    const opened = openEntity(entity);
    expect(opened.faults).toEqual([]);
    const parts = (opened.multipart?.parts ?? []).map(({ start, end }) =>
      parseEntity(opened.content.subarray(start, end)),
    );
    expect(parts.map((part) => openEntity(part).contentType.mediaType)).toEqual([
      'text/plain',
      'application/octet-stream',
    ]);
    expect(latin1((parts[0] as Entity).body)).toBe('Hello');
  });
});
