/** SIP messages, MIME bodies and Identity headers made to cost as much as can be for their length. */

import { type Input, repeated, request, tcpCapture, udpCapture } from './capture.js';

const HEAD = [
  'INVITE sip:bob@example.net SIP/2.0',
  'Via: SIP/2.0/UDP a.example.com;branch=z9hG4bK1',
  'Max-Forwards: 70',
  'From: <sip:alice@example.com>;tag=1',
  'To: <sip:bob@example.net>',
  'Call-ID: 1@a.example.com',
  'CSeq: 1 INVITE',
  'Date: Tue, 14 Nov 2023 22:13:20 GMT',
  'Content-Length: 0',
].join('\r\n');

/** A request with these further header fields. */
export const withHeaders = (text: string): Buffer => Buffer.from(`${HEAD}\r\n${text}\r\n\r\n`);

const filled = (piece: string, size: number): string =>
  piece.repeat(Math.max(1, Math.floor(size / piece.length)));

/** One header value, whose end is `size` bytes away. */
const value = (name: string, start: string, piece: string): Input => ({
  name: `${name}: ${start}${piece}...`,
  make: (size) => tcpCapture(withHeaders(`${name}: ${start}${filled(piece, size)}`)),
});

const body = (name: string, type: string, make: (size: number) => string): Input => ({
  name,
  make: (size) => udpCapture([request(Buffer.from(make(size), 'latin1'), type)]),
});

function nestedMultiparts(size: number): string {
  let text = 'Content-Type: text/plain\r\n\r\nx';
  for (let level = 0; text.length < size; level++) {
    const boundary = `b${level}`;
    text = `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n--${boundary}\r\n${text}\r\n--${boundary}--\r\n`;
  }
  return `--b\r\n${text}\r\n--b--\r\n`;
}

const passport = (claims: string): string => {
  const text = (json: string): string => Buffer.from(json).toString('base64url');
  return `Identity: ${text('{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://a.example/c"}')}.${text(claims)}.${'A'.repeat(86)};info=<https://a.example/c>;alg=ES256;ppt=shaken`;
};

export const TEXT_INPUTS: readonly Input[] = [
  { name: 'header fields', make: (size) => tcpCapture(withHeaders(filled('a: b\r\n', size))) },
  {
    name: 'header fields of one name',
    make: (size) => tcpCapture(withHeaders(filled('Via: SIP/2.0/UDP a\r\n', size))),
  },
  { name: 'header fields without a colon', make: (size) => tcpCapture(withHeaders(filled('x\r\n', size))) },
  {
    name: 'folded lines',
    make: (size) => tcpCapture(withHeaders(`Subject: a\r\n${filled(' b\r\n', size)}`)),
  },
  value('Via', '', 'SIP/2.0/UDP a,'),
  value('Via', 'SIP/2.0/UDP a', ';p'),
  value('Route', '', '<sip:a;lr>,'),
  value('Contact', '', '"a" <sip:a>;q=1,'),
  value('From', '"', '\\"'),
  value('To', '<sip:a', ';p=v'),
  value('To', '', '<'),
  value('Accept', '', 'a/b;q=1,'),
  value('Accept', '', ' ,'),
  value('Warning', '', '301 a "b",'),
  value('Authorization', 'Digest a="b"', ',a="b"'),
  value('Date', '', ' 1'),
  value('Content-Type', 'multipart/mixed', ';a=b'),
  value('Content-Disposition', 'a', ";a*1*=''%41"),
  value('Identity', 'a', ';a'),
  value('Identity', '', '; '),
  value('Identity', '"', '"'),
  value('Content-Length', '', '1,'),
  value('Subject', '', '\u{e0041}\u202e'),
  {
    name: 'URI parameters',
    make: (size) =>
      tcpCapture(
        withHeaders('')
          .toString()
          .replace('sip:bob@example.net SIP', `sip:bob@example.net${filled(';a', size)} SIP`),
      ),
  },
  {
    name: 'PASSporTs',
    make: (size) => {
      const one = withHeaders(
        passport('{"attest":"A","dest":{"tn":["1"]},"iat":1700000000,"orig":{"tn":"2"},"origid":"1"}'),
      );
      return udpCapture(repeated(one, size));
    },
  },
  {
    name: 'deep claims of PASSporTs',
    make: (size) =>
      udpCapture(repeated(withHeaders(passport(`{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`)), size)),
  },
  {
    name: 'short messages of one connection',
    make: (size) => tcpCapture(filled('SIP/2.0 200 OK\r\nl:0\r\n\r\n', size)),
  },
  {
    name: 'empty lines of one connection',
    make: (size) => tcpCapture(`${withHeaders('')}${filled('\r\n', size)}`),
  },
  {
    name: 'what is no message',
    make: (size) => tcpCapture(`${withHeaders('')}${filled('SIP/2.0 \r\n', size)}`),
  },
  { name: 'segments of one byte', make: (size) => tcpCapture(withHeaders(filled('a: b\r\n', size / 80)), 1) },
  body('parts', 'multipart/mixed; boundary=b', (size) => `${filled('--b\r\n\r\n', size)}--b--`),
  body('parts that end nowhere', 'multipart/mixed; boundary=b', (size) => filled('--b\r\n', size)),
  body('lines that begin as a boundary does', 'multipart/mixed; boundary=bbbbbbbbbbbbbbbbbbbb', (size) =>
    filled('--bbbbbbbbbbbbbbbbbbbc\r\n', size),
  ),
  body('nested parts', 'multipart/mixed; boundary=b', nestedMultiparts),
  body(
    'headers of a part',
    'multipart/mixed; boundary=b',
    (size) => `--b\r\n${filled('a: b\r\n', size)}\r\n--b--`,
  ),
  body('messages in a message', 'message/sip', (size) => {
    let text = 'SIP/2.0 200 OK\r\n\r\n';
    while (text.length < size) text = `SIP/2.0 200 OK\r\nContent-Type: message/sip\r\n\r\n${text}`;
    return text;
  }),
  body('control characters', 'text/plain', (size) => filled('\x1b\x00', size)),
];
