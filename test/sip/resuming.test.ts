import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../src/bytes/text.js';
import { frame } from './support.js';

/** After lost bytes, no start line in a body is taken for a message (RFC 3428, RFC 3420), and the next message is found. */

const latin = (text: string) => Buffer.from(text, 'latin1');
const texts = (pieces: readonly (Buffer | number)[], isJoined = false) =>
  frame(pieces, isJoined).messages.map(({ bytes }) => latin1(bytes));

function request(method: string, id: string, lines: readonly string[] = [], body = ''): string {
  return [
    `${method} sip:bob@example.net SIP/2.0`,
    'Via: SIP/2.0/TCP h;branch=z9hG4bK1',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.net>',
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    ...lines,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

const INNER = request('INVITE', 'inner', ['Content-Type: text/plain'], 'inner body\r\n');
const FRAGMENT = 'SIP/2.0 200 OK\r\n';
const NEXT = [request('OPTIONS', 'next'), request('BYE', 'last', [], 'bye')];
const BODIES: readonly (readonly [string, string, string])[] = [
  ['message/sip', 'message/sip', INNER],
  ['message/sipfrag', 'message/sipfrag;version=2.0', FRAGMENT],
  [
    'message/sipfrag with headers',
    'message/sipfrag',
    `${FRAGMENT}To: <sip:a@b>\r\nContact: <sip:c@d>\r\n\r\n`,
  ],
  [
    'message/sipfrag that is a whole header',
    'message/sipfrag',
    INNER.slice(0, INNER.indexOf('\r\n\r\n') + 4),
  ],
  [
    'multipart/mixed',
    'multipart/mixed;boundary=b',
    `--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: message/sip\r\n\r\n${INNER}\r\n--b--\r\n`,
  ],
];

describe.each(BODIES)('a gap in the header of a message with a body of %s', (_name, type, body) => {
  it.each([
    ['before the type and the length', ['Subject: a', `Content-Type: ${type}`]],
    ['with the type before the length', [`Content-Type: ${type}`, 'Subject: a']],
  ])('never makes a message of what is inside: %s', (_order, lines) => {
    const outer = request('NOTIFY', 'outer', lines, body);
    const all = outer + NEXT.join('');
    const header = outer.length - body.length;
    for (let from = 1; from < header; from += 3) {
      for (const length of [1, 7, 40, 120]) {
        if (from + length >= header) continue;
        const found = texts([latin(all.slice(0, from)), length, latin(all.slice(from + length))]);
        expect(
          found.filter((text) => text.includes('inner') || text.startsWith(FRAGMENT)),
          `${from}+${length}`,
        ).toEqual([]);
        // Where neither length nor type are left, one message after it may be passed over; all after that are found.
        expect(found, `${from}+${length}`).toContain(NEXT[1]);
      }
    }
  });

  it('goes on exactly where the length is left', () => {
    const outer = request('NOTIFY', 'outer', [`Content-Type: ${type}`], body);
    for (const [from, length] of [
      [10, 60],
      [0, 30],
      [1, 1],
    ] as const) {
      const pieces = [latin(outer.slice(0, from)), length, latin(outer.slice(from + length) + NEXT.join(''))];
      expect(texts(pieces)).toEqual(NEXT);
    }
  });
});

describe('a method whose start is lost', () => {
  it.each(['INVITE', 'PRACK', 'SUBSCRIBE', 'X.odd-method'])('%s', (method) => {
    const one = request(method, 'cut', [], 'body');
    for (let cut = 1; cut <= method.length; cut++) {
      expect(texts([100, latin(one.slice(cut) + NEXT.join(''))]), `${cut}`).toEqual(NEXT);
      // Where a stream is joined in the middle of a message.
      expect(texts([latin(one.slice(cut) + NEXT.join(''))], true), `${cut}`).toEqual(NEXT);
    }
    expect(texts([100, latin(one + NEXT.join(''))])).toEqual([one, ...NEXT]);
    expect(texts([latin(one + NEXT.join(''))], true)).toEqual([one, ...NEXT]);
  });

  it('of a response too', () => {
    const one = `SIP/2.0 200 OK${request('INVITE', 'cut').slice('INVITE sip:bob@example.net SIP/2.0'.length)}`;
    for (let cut = 1; cut < 14; cut++) {
      expect(texts([100, latin(one.slice(cut) + NEXT.join(''))]), `${cut}`).toEqual(NEXT);
    }
    expect(texts([100, latin(one + NEXT.join(''))])).toEqual([one, ...NEXT]);
  });
});

describe('what is left of a broken message', () => {
  it('whole lost messages do not hide those after them', () => {
    const all = [request('INVITE', 'a', ['Content-Type: application/sdp'], 'v=0\r\n'), ...NEXT];
    const [first, second, third] = all as [string, string, string];
    expect(texts([latin(first), second.length, latin(third)])).toEqual([first, third]);
    expect(texts([latin(first.slice(0, 50)), first.length - 50, latin(second + third)])).toEqual([
      second,
      third,
    ]);
  });

  it('is passed over, and all bytes are in a message or told', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...BODIES), { minLength: 1, maxLength: 4 }),
        fc.nat(3000),
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 12 }),
        (bodies, at, lost, sizes) => {
          const whole = bodies.map(([, type, body], i) =>
            request('NOTIFY', `outer${i}`, [`c: ${type}`], body),
          );
          const all = latin(whole.join('') + NEXT.join(''));
          const from = Math.min(at, all.length - 1);
          const pieces: (Buffer | number)[] = [];
          const cut = (bytes: Buffer): void => {
            let start = 0;
            for (const size of sizes) {
              if (start < bytes.length) pieces.push(bytes.subarray(start, start + size));
              start += size;
            }
            if (start < bytes.length) pieces.push(bytes.subarray(start));
          };
          cut(all.subarray(0, from));
          pieces.push(Math.min(lost, all.length - from));
          cut(all.subarray(from + lost));
          const { messages, skipped, keepAlives } = frame(pieces);
          const told = [...messages.map(({ bytes }) => bytes.length), ...skipped.map(({ bytes }) => bytes)];
          for (const { kind } of keepAlives) told.push(kind === 'ping' ? 4 : 2);
          const sum = told.reduce((a, b) => a + b, 0);
          expect(sum + Math.min(lost, all.length - from)).toBe(all.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
