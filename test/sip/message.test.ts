import { describe, expect, it } from 'vitest';
import { bytesOf, latin1 } from '../../src/bytes/text.js';
import { COMPACT_FORMS } from '../../src/sip/grammar/names.js';
import { firstHeader, headersNamed, looksLikeSip, parseSipMessage } from '../../src/sip/message.js';
import { allFaults, faultsOf, read, request, response, wire } from './support.js';

describe('parseSipMessage', () => {
  it('reads a request', () => {
    const bytes = request(['Subject: lunch'], 'INVITE', 'v=0\r\n');
    const message = read(bytes);
    expect(message).toMatchObject({
      kind: 'request',
      method: 'INVITE',
      requestUri: 'sip:bob@example.com',
      version: 'SIP/2.0',
    });
    expect(latin1(message.body)).toBe('v=0\r\n');
    expect(message.bodyStart).toBe(bytes.length - 5);
    expect(firstHeader(message, 'subject')?.value).toBe('lunch');
    expect(allFaults(message)).toEqual([]);
  });

  it('reads a response, with UTF-8 in the reason phrase or none at all', () => {
    expect(read(response('200 все хорошо', []))).toMatchObject({
      kind: 'response',
      statusCode: 200,
      reasonPhrase: 'все хорошо',
    });
    const bytes = response('180 ', []);
    expect(read(bytes)).toMatchObject({ statusCode: 180, reasonPhrase: '' });
    expect(faultsOf(bytes)).toEqual([]);
  });

  it('keeps headers in order, with the bytes they stand in', () => {
    const text =
      'OPTIONS sip:a@b SIP/2.0\r\nvIa :  SIP/2.0/UDP h1 , SIP/2.0/UDP h2\t\r\nX: 1\r\nv:SIP/2.0/UDP\r\n  \t h3\r\ns:\r\n\r\n';
    const message = read(bytesOf(text));
    const shown = message.headers.map((header) => [
      header.name,
      header.canonicalName,
      header.value,
      text.slice(header.start, header.start + header.length),
      text.slice(header.valueStart, header.valueStart + header.valueLength),
    ]);
    expect(shown).toEqual([
      [
        'vIa',
        'via',
        'SIP/2.0/UDP h1 , SIP/2.0/UDP h2',
        'vIa :  SIP/2.0/UDP h1 , SIP/2.0/UDP h2\t\r\n',
        'SIP/2.0/UDP h1 , SIP/2.0/UDP h2',
      ],
      ['X', 'session-expires', '1', 'X: 1\r\n', '1'],
      ['v', 'via', 'SIP/2.0/UDP h3', 'v:SIP/2.0/UDP\r\n  \t h3\r\n', 'SIP/2.0/UDP\r\n  \t h3'],
      ['s', 'subject', '', 's:\r\n', ''],
    ]);
    expect(headersNamed(message, 'via')).toHaveLength(2);
  });

  it.each([
    ['i', 'call-id'],
    ['m', 'contact'],
    ['e', 'content-encoding'],
    ['l', 'content-length'],
    ['c', 'content-type'],
    ['f', 'from'],
    ['s', 'subject'],
    ['k', 'supported'],
    ['t', 'to'],
    ['v', 'via'],
    ['o', 'event'],
    ['u', 'allow-events'],
    ['r', 'refer-to'],
    ['b', 'referred-by'],
    ['j', 'reject-contact'],
    ['a', 'accept-contact'],
    ['d', 'request-disposition'],
    ['x', 'session-expires'],
    ['y', 'identity'],
    ['n', 'identity-info'],
  ])('knows the compact form %s of %s', (letter, name) => {
    expect(COMPACT_FORMS.get(letter)).toBe(name);
    for (const form of [letter, letter.toUpperCase()])
      expect(read(wire(['A sip:a@b SIP/2.0', `${form}: x`])).headers[0]).toMatchObject({
        name: form,
        canonicalName: name,
      });
  });

  it('reads values as UTF-8, a byte order mark included, and tells where they are not', () => {
    const message = read(wire(['A sip:a@b SIP/2.0', 'Subject: \ufeff大停電 é']));
    expect(message.headers[0]?.value).toBe('\ufeff大停電 é');
    expect(message.faults).toEqual([]);
    const broken = Buffer.from('A sip:a@b SIP/2.0\r\nSubject: \xe9t\xe9\r\n\r\n', 'latin1');
    expect(read(broken).headers[0]?.value).toBe('\ufffdt\ufffd');
    expect(read(broken).faults).toMatchObject([{ code: 'utf8-invalid', start: 28, length: 3 }]);
  });

  it('leaves a binary body untouched', () => {
    const body = Uint8Array.from({ length: 512 }, (_, index) => index & 0xff);
    const bytes = Buffer.concat([wire(['MESSAGE sip:a@b SIP/2.0', 'l: 512']), body]);
    const message = read(bytes);
    expect(Buffer.compare(message.body, body)).toBe(0);
    expect(message.faults).toEqual([]);
  });

  it('bounds the body of a datagram by Content-Length (RFC 3261 §18.3)', () => {
    const build = (length: string) => bytesOf(`A sip:a@b SIP/2.0\r\n${length}\r\nabcdef`);
    const told = (length: string) => {
      const message = read(build(length));
      return [latin1(message.body), ...message.faults.map((fault) => fault.code)];
    };
    expect(told('l: 6\r\n')).toEqual(['abcdef']);
    expect(told('')).toEqual(['abcdef']);
    expect(told('l: 4\r\n')).toEqual(['abcd', 'extra-octets']);
    expect(told('l: 7\r\n')).toEqual(['abcdef', 'content-length-exceeds']);
    expect(told('l: 0\r\n')).toEqual(['', 'extra-octets']);
    expect(told('l:\r\n 0006\r\n')).toEqual(['abcdef']);
    expect(told('l: -1\r\n')).toEqual(['abcdef', 'content-length-negative']);
    expect(told('l: six\r\n')).toEqual(['abcdef', 'content-length-syntax']);
    expect(told('l:\r\n')).toEqual(['abcdef', 'content-length-syntax']);
    expect(told(`l: ${'9'.repeat(400)}\r\n`)).toEqual(['abcdef', 'content-length-syntax']);
    expect(told('l: 3\r\nContent-Length: 3\r\n')).toEqual(['abc', 'extra-octets']);
    expect(told('l: 3\r\nContent-Length: 4\r\n')).toEqual(['abcdef', 'content-length-conflict']);
  });

  it('passes over empty lines before the start line', () => {
    const bytes = bytesOf('\r\n\r\nA  sip:a@b SIP/2.0\r\nVia: x\r\n\r\n');
    const message = read(bytes);
    expect(message.headers[0]).toMatchObject({ start: 24, valueStart: 29 });
    expect(message.faults).toMatchObject([
      { code: 'request-line-space', start: 5 },
      { code: 'leading-crlf', start: 0, length: 4 },
    ]);
  });

  it('reads lines that end with LF alone, and says so once', () => {
    const message = read(bytesOf('A sip:a@b SIP/2.0\nVia: x\n y\nTo: z\n\nbody'));
    expect(message.headers.map((header) => header.value)).toEqual(['x y', 'z']);
    expect(latin1(message.body)).toBe('body');
    expect(message.faults.map((fault) => fault.code)).toEqual(['line-end']);
  });

  it('keeps what it can of a message that ends in its headers', () => {
    const message = read(bytesOf('A sip:a@b SIP/2.0\r\nVia: x\r\nTo: y'));
    expect(message.headers.map((header) => header.value)).toEqual(['x', 'y']);
    expect(message.body).toHaveLength(0);
    expect(message.faults.map((fault) => fault.code)).toEqual(['headers-unterminated']);
    expect(read(bytesOf('A sip:a@b SIP/2.0')).faults.map((fault) => fault.code)).toEqual([
      'headers-unterminated',
    ]);
  });

  it('tells lines that are no header and control characters that are not quoted', () => {
    const message = read(
      wire(['A sip:a@b SIP/2.0', 'no header', 'To: "\\\x00" <sip:a@b>', 'Subject: a\x00b']),
    );
    expect(message.faults).toMatchObject([
      { code: 'header-line-syntax', start: 19, length: 11 },
      { code: 'control-character', start: 60, length: 1 },
    ]);
    expect(read(wire(['A sip:a@b SIP/2.0', 'Subject: a\rb'])).faults).toMatchObject([
      { code: 'control-character' },
    ]);
    expect(read(wire(['A sip:a@b SIP/2.0', 'Subject: a\tb\x7f'])).faults).toMatchObject([
      { code: 'control-character', start: 31 },
    ]);
  });

  it.each([
    '',
    '\r\n\r\n',
    'hello',
    'GET / HTTP/1.1\r\n\r\n',
    'RTSP/1.0 200 OK\r\n\r\n',
    'SIP/2.0 abc\r\n\r\n',
    'SIP/2.0\r\n\r\n',
    'Via: SIP/2.0/UDP x\r\n\r\n',
    ' INVITE sip:a@b SIP/2.0\r\n\r\n',
    '\x80\x00\x01\x02',
  ])('says that %j is not SIP', (text) => {
    const result = parseSipMessage(bytesOf(text));
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.error.layer).toBe('SIP');
  });

  it('costs no more than linear time on lines without colons, folds and blanks', () => {
    const line = (text: string) => bytesOf(`A sip:a@b SIP/2.0\r\n${text}`);
    const started = performance.now();
    for (const text of [
      'a\r\n'.repeat(100_000),
      `a:${'\r\n b'.repeat(100_000)}`,
      `a:${' '.repeat(300_000)}b`,
      'a:\n'.repeat(100_000),
      `a:${'\t\r\n '.repeat(90_000)}`,
    ])
      allFaults(read(line(text)));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('looksLikeSip', () => {
  it.each([
    'INVITE sip:a@b SIP/2.0\r\n',
    'INVITE sips:a@b SIP/2.0\r\n',
    'INVITE tel:+1 SIP/2.0\r\n',
    'INVITE  sip:a@b  SIP/2.0\r\n',
    'OPTIONS sip:a@b SIP/2.0  \r\n',
    'OPTIONS sip:a@b SIP/7.0\r\n',
    'OPTIONS sip:a@b; lr SIP/2.0\r\n',
    'INVITE <sip:a@b> SIP/2.0\r\n',
    'OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0\r\n',
    'OPTIONS urn:service:sos sip/2.0\r\n',
    "!odd-Method0123456789_*+`.%indeed'~ sip:a@b SIP/2.0\r\n",
    'RE%47IST%45R sip:a SIP/2.0\r\n',
    'SIP/2.0 200 OK\r\n',
    'SIP/2.0 100 \r\n',
    'SIP/2.0 4294967301 better not\r\n',
    'sip/2.0 200 OK\r\n',
    '\r\n\r\nINVITE sip:a@b SIP/2.0\r\n',
    'INVITE sip:cut-by-the-snap-len',
  ])('accepts %j', (text) => {
    expect(looksLikeSip(bytesOf(text))).toBe(true);
    expect(looksLikeSip(bytesOf(`xx${text}zz`), 2, 2 + text.length)).toBe(true);
  });

  it.each([
    '',
    '\r\n',
    '\r\n\r\n',
    'GET / HTTP/1.1\r\n',
    'HTTP/1.1 200 OK\r\n',
    'DESCRIBE rtsp://a/b RTSP/1.0\r\n',
    'SIP/2.0',
    'SIP/x 200 OK',
    'INVITE',
    'INVITE sip',
    ' INVITE sip:a@b SIP/2.0',
    'Via: SIP/2.0/UDP host',
    'NOTIFY * HTTP/1.1\r\n',
    'jaK',
    '\0\0\0\0',
    `${'A'.repeat(65)} sip:a@b SIP/2.0\r\n`,
  ])('refuses %j', (text) => {
    expect(looksLikeSip(bytesOf(text))).toBe(false);
  });

  it.each([
    ['RTP', '8000123400001f40deadbeef5353535353'],
    ['RTCP', '80c80006deadbeef'],
    ['STUN', '000100002112a4426172636861726163'],
    ['DNS', '494e0100000100000000000003777777'],
    ['DTLS', '16fefd0000000000000000'],
    ['TLS', '1603010200010001fc0303'],
  ])('refuses %s', (_, hex) => {
    expect(looksLikeSip(Buffer.from(hex, 'hex'))).toBe(false);
  });

  it('looks at no more than it is given', () => {
    const bytes = bytesOf('INVITE sip:a@b SIP/2.0\r\n');
    for (let end = 0; end <= 10; end++) expect(looksLikeSip(bytes, 0, end)).toBe(false);
    expect(looksLikeSip(bytes, 1, 3)).toBe(false);
  });
});
