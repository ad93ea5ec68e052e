import { describe, expect, it } from 'vitest';
import { bytesOf, latin1 } from '../../src/bytes/text.js';
import { SipFramer } from '../../src/sip/framing/framer.js';
import { HEADER_LIMIT } from '../../src/sip/framing/framer-handler.js';
import { BODY_LIMIT } from '../../src/sip/grammar/content-length.js';
import { type Framed, frame, frameEveryWay } from './support.js';

const NEXT =
  'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nContent-Length: 0\r\n\r\n';
/** A request with these header lines and this body. */
function message(lines: string, body = ''): string {
  return `MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\n${lines}\r\n${body}`;
}
/** What every message has, in compact form. */
const every = (method: string): string => `v: SIP/2.0/TCP h\r\ni: 1\r\nCSeq: 1 ${method}\r\n`;
const texts = (framed: Framed) => framed.messages.map(({ bytes }) => latin1(bytes));
const faults = (framed: Framed) => framed.messages.map((one) => one.faults);
const latin = (text: string) => Buffer.from(text, 'latin1');

describe('SipFramer', () => {
  it.each([
    ['Content-Length: 5\r\n'],
    ['l: 5\r\n'],
    ['L:5\r\n'],
    ['CONTENT-LENGTH \t: 005  \r\n'],
    ['Content-Length:\r\n 5\r\n'],
    ['Content-Length:\r\n\t\r\n  5 \r\n'],
    ['l: 5\r\nContent-Length: 5\r\n'],
    ['Subject: l: 9\r\n l: 9\r\nContent-Lengthy: 8\r\nl: 5\r\nc: text/plain\r\n'],
  ])('bounds a body by %j', (lines) => {
    const one = message(lines, 'hello');
    const framed = frameEveryWay(latin(one + NEXT + one));
    expect(texts(framed)).toEqual([one, NEXT, one]);
    expect(faults(framed)).toEqual([[], [], []]);
    expect(framed.skipped).toEqual([]);
    expect(framed.messages.map(({ start, end }) => [start, end])).toEqual([
      [0, one.length],
      [one.length, one.length + NEXT.length],
      [one.length + NEXT.length, 2 * one.length + NEXT.length],
    ]);
  });

  it.each([
    ['-5', 'body-bounds-unknown'],
    ['five', 'body-bounds-unknown'],
    ['', 'body-bounds-unknown'],
    ['5, 5', 'body-bounds-unknown'],
    ['5\r\nl: 6', 'body-bounds-unknown'],
    [String(BODY_LIMIT + 1), 'content-length-absurd'],
    ['4294967301', 'content-length-absurd'],
    ['9'.repeat(300), 'body-bounds-unknown'],
  ])('bounds a body by the next start line where Content-Length is %j', (length, code) => {
    const one = message(`Content-Length: ${length}\r\n`, 'hello\r\nmy friend\r\n');
    const framed = frameEveryWay(latin(one + NEXT + one));
    expect(texts(framed)).toEqual([one, NEXT, one]);
    expect(faults(framed)).toEqual([[code], [], [code]]);
    expect(framed.skipped).toEqual([]);
  });

  it('tells of a missing Content-Length, which streams require (RFC 3261 §20.14)', () => {
    const none = message('');
    expect(texts(frameEveryWay(latin(none + NEXT)))).toEqual([none, NEXT]);
    expect(faults(frameEveryWay(latin(none + NEXT)))).toEqual([['content-length-missing'], []]);
    const some = message('c: text/plain\r\n', 'hello\r\nINVITE me sometime\r\n');
    expect(texts(frameEveryWay(latin(some + NEXT)))).toEqual([some, NEXT]);
    expect(faults(frameEveryWay(latin(some + NEXT)))).toEqual([['content-length-missing'], []]);
    // Nothing announces this body: it is no message's.
    const odd = frameEveryWay(latin(`${message('', 'hello\r\n')}${NEXT}`));
    expect(texts(odd)).toEqual([message(''), NEXT]);
    expect(odd.skipped).toEqual([{ bytes: 7, start: message('').length, reason: 'not-sip' }]);
  });

  it('does not take a start line inside a counted body for a message', () => {
    const one = message(`l: ${NEXT.length}\r\n`, NEXT);
    expect(texts(frameEveryWay(latin(one + NEXT)))).toEqual([one, NEXT]);
  });

  it('passes over CRLFs before and between messages, as keep-alives (RFC 5626 §3.5.1)', () => {
    const framed = frameEveryWay(latin(`\r\n${NEXT}\r\n\r\n${NEXT}\r\n\r\n\r\n`));
    expect(texts(framed)).toEqual([NEXT, NEXT]);
    expect(framed.skipped).toEqual([]);
    const end = 2 + 2 * NEXT.length + 4;
    expect(framed.keepAlives).toEqual([
      { kind: 'pong', offset: 0 },
      { kind: 'ping', offset: 2 + NEXT.length },
      { kind: 'ping', offset: end },
      { kind: 'pong', offset: end + 4 },
    ]);
    const pieces = frame([latin('\r\n'), latin('\r\n'), latin('\r'), latin('\n\r\n')]);
    expect(pieces.keepAlives).toEqual([
      { kind: 'pong', offset: 0 },
      { kind: 'pong', offset: 2 },
      { kind: 'ping', offset: 4 },
    ]);
  });

  it('passes over garbage and tells it once', () => {
    const junk = 'garbage\r\nVia: SIP/2.0/UDP host\r\nGET / HTTP/1.1\r\n\r\n\x00\x01\x02\xff\r\n';
    for (const before of ['', NEXT]) {
      const framed = frameEveryWay(latin(before + junk + NEXT + junk));
      expect(texts(framed).at(-1)).toBe(NEXT);
      expect(framed.skipped).toEqual([
        { bytes: junk.length, start: before.length, reason: 'not-sip' },
        { bytes: junk.length, start: before.length + junk.length + NEXT.length, reason: 'not-sip' },
      ]);
    }
    expect(frameEveryWay(new Uint8Array(100_000).fill(0x80)).skipped).toEqual([
      { bytes: 100_000, start: 0, reason: 'not-sip' },
    ]);
    // A line that goes on too long to be a start line is none.
    expect(frameEveryWay(new Uint8Array(20_000).fill(0x41)).skipped).toEqual([
      { bytes: 20_000, start: 0, reason: 'not-sip' },
    ]);
  });

  it('shows messages with bad start lines where one is due', () => {
    for (const line of [
      'OPTIONS sip:a@b SIP/7.0',
      'OPTIONS  sip:a@b  SIP/2.0 ',
      'INVITE <sip:a@b> SIP/2.0',
      'SIP/2.0 4294967301 x',
      'INVITE sip:a@b',
    ])
      expect(texts(frameEveryWay(latin(`${NEXT}${line}\r\nl: 0\r\n\r\n`)))).toHaveLength(2);
  });

  it('gives up what a gap breaks, and finds the next start line', () => {
    const one = latin(message('l: 5\r\n', 'hello'));
    const next = latin(NEXT);
    const cutHeader = frame([one.subarray(0, 30), 10, one.subarray(40), next]);
    expect(texts(cutHeader)).toEqual([NEXT]);
    expect(cutHeader.skipped).toEqual([
      { bytes: 30, start: 0, reason: 'gap', headerBytes: 30 },
      { bytes: one.length - 40, start: 40, reason: 'gap' },
    ]);
    expect(cutHeader.messages[0]).toMatchObject({ start: one.length, end: one.length + next.length });
    const cutStart = frame([next, one.subarray(0, 4), 4, one.subarray(8), next]);
    expect(texts(cutStart)).toEqual([NEXT, NEXT]);
    expect(cutStart.skipped).toEqual([
      { bytes: 4, start: next.length, reason: 'gap' },
      { bytes: one.length - 8, start: next.length + 8, reason: 'gap' },
    ]);
    // Between messages nothing is broken.
    expect(frame([one, 1000, next]).skipped).toEqual([]);
    expect(frame([one, 0, next]).messages).toHaveLength(2);
  });

  it.each([
    'INVITE sip:a@b SIP/2.0',
    'PRACK sip:a@b SIP/2.0',
    'SIP/2.0 200 OK',
    'OPTIONS <sip:a@b> SIP/7.0  ',
  ])('finds %j where a body without a line end is before it', (line) => {
    const next = `${line}\r\n${every(line.split(' ')[0] as string)}l: 0\r\n\r\n`;
    const open = message('c: text/plain\r\n', 'see SIP/2.0\r\nhello');
    expect(texts(frameEveryWay(latin(open + next)))).toEqual([open, next]);
    // Binary, and longer than any start line.
    const binary = message('c: a/b\r\n', '\x80\x00'.repeat(20_000));
    expect(texts(frameEveryWay(latin(binary + next)))).toEqual([binary, next]);
    const lost = frame([100, latin(`ength: 5\r\n\r\nhello${next}`)]);
    expect(texts(lost)).toEqual([next]);
    expect(lost.skipped).toEqual([{ bytes: 17, start: 100, reason: 'gap' }]);
  });

  it('finds its place by a method it does not know, and by a Request-URI with white space', () => {
    const unknown = `NEW.method sip:a@b SIP/2.0\r\n${every('NEW.method')}l: 0\r\n\r\n`;
    expect(texts(frame([1, latin(`hello: ${unknown}`)]))).toEqual([unknown]);
    const spaced = `OPTIONS sip:a@b; lr SIP/2.0\r\n${every('OPTIONS')}l: 0\r\n\r\n`;
    expect(texts(frame([1, latin(`hello\r\n${spaced}`)]))).toEqual([spaced]);
    expect(
      frame([1, latin('see you on SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nGET / SIP/2.0\r\n\r\n')]).messages,
    ).toEqual([]);
  });

  it('keeps step over a gap inside a body of known length', () => {
    const body = `${NEXT}tail`;
    const one = latin(message(`l: ${body.length}\r\n`, body));
    const head = one.length - body.length;
    const next = latin(NEXT);
    // The rest of the body has a start line in it, which is no message's.
    const framed = frame([one.subarray(0, head), 3, one.subarray(head + 3), next]);
    expect(texts(framed)).toEqual([NEXT]);
    expect(framed.skipped).toEqual([
      { bytes: head, start: 0, reason: 'gap', headerBytes: head },
      { bytes: body.length - 3, start: head + 3, reason: 'gap' },
    ]);
    const exact = frame([one.subarray(0, head + 1), body.length - 1, next]);
    expect(texts(exact)).toEqual([NEXT]);
    expect(exact.messages[0]?.start).toBe(one.length);
    const beyond = frame([one.subarray(0, head + 1), body.length + 5, next.subarray(6), next]);
    expect(texts(beyond)).toEqual([NEXT]);
    const twice = frame([
      one.subarray(0, head),
      3,
      one.subarray(head + 3, head + 6),
      4,
      one.subarray(head + 10),
      next,
    ]);
    expect(texts(twice)).toEqual([NEXT]);
  });

  it('tells a message that the end of the stream cuts', () => {
    const one = latin(message('l: 5\r\n', 'hello'));
    for (let cut = 1; cut < one.length; cut++) {
      const framed = frameEveryWay(one.subarray(0, cut));
      if (cut < one.length - 5) {
        expect(framed.messages).toEqual([]);
        expect(framed.skipped).toMatchObject([{ bytes: cut, start: 0 }]);
      } else {
        expect(faults(framed)).toEqual([['body-cut-short']]);
        expect(framed.messages[0]?.bytes).toHaveLength(cut);
      }
    }
    expect(faults(frameEveryWay(one))).toEqual([[]]);
  });

  it('gives views of what was pushed for messages that lie in it, and copies of the others', () => {
    const stream = latin(NEXT.repeat(3));
    const cut = NEXT.length + 10;
    const first = stream.subarray(0, cut);
    const second = stream.subarray(cut).slice();
    const { messages } = frame([first, second]);
    expect(messages[0]?.bytes.buffer).toBe(first.buffer);
    expect(messages[1]?.bytes.buffer).not.toBe(first.buffer);
    expect(messages[1]?.bytes.buffer).not.toBe(second.buffer);
    expect(messages[2]?.bytes.buffer).toBe(second.buffer);
    // An open body that ends in the piece it began in is not copied either.
    const open = latin(message('c: a/b\r\n', 'x\r\ny\r\n') + NEXT);
    expect(frame([open]).messages.map(({ bytes }) => bytes.buffer === open.buffer)).toEqual([true, true]);
  });

  it('is idle where a new one would go on as well', () => {
    const parts = [
      NEXT,
      message('l: 5\r\n', 'hello'),
      '\r\n\r\n',
      message('c: a/b\r\n', 'open\r\n'),
      NEXT,
      'junk\r\n',
    ];
    for (let first = 0; first < parts.length; first++) {
      const stream = latin([...parts.slice(first), ...parts, ...parts].join(''));
      for (const size of [1, 7, 50, stream.length]) {
        const whole: string[] = [];
        const renewed: string[] = [];
        const tell = (to: string[]) => ({
          message: (bytes: Uint8Array) => void to.push(latin1(bytes)),
          skipped: (bytes: number, _: number, reason: string) => void to.push(`${bytes} ${reason}`),
        });
        const one = new SipFramer(tell(whole));
        let other = new SipFramer(tell(renewed));
        let idle = 0;
        for (let at = 0; at < stream.length; at += size) {
          const piece = stream.subarray(at, at + size);
          one.push(piece);
          other.push(piece);
          expect(other.isIdle).toBe(one.isIdle);
          if (!other.isIdle) continue;
          idle++;
          expect(other.heldBytes).toBe(0);
          other = new SipFramer(tell(renewed));
        }
        one.end();
        other.end();
        expect(renewed).toEqual(whole);
        if (size === 1) expect(idle).toBeGreaterThan(3);
      }
    }
  });

  it('does not write to a message once given', () => {
    const one = message('c: a/b\r\n', 'x\r\n'.repeat(50));
    const stream = latin((one + NEXT).repeat(20));
    const given: Uint8Array[] = [];
    const framer = new SipFramer({ message: (bytes) => void given.push(bytes), skipped: () => {} });
    for (let at = 0; at < stream.length; at += 7) framer.push(stream.slice(at, at + 7));
    framer.end();
    expect(given.map((bytes) => latin1(bytes))).toEqual(
      Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : NEXT)),
    );
  });

  it('drops a header section that has no end', () => {
    const endless = `MESSAGE sip:a@b SIP/2.0\r\n${'X: y\r\n'.repeat(HEADER_LIMIT / 6)}`;
    const framed = frame([latin(endless), latin(`\r\n${NEXT}`)]);
    expect(texts(framed)).toEqual([NEXT]);
    expect(framed.skipped[0]).toMatchObject({ start: 0, reason: 'header-too-long' });
    expect(framed.skipped.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(endless.length + 2);
    const small = 4096;
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < endless.length; at += small) pieces.push(latin(endless.slice(at, at + small)));
    expect(frame([...pieces, latin(`\r\n${NEXT}`)])).toEqual(framed);
  });

  it('cuts an open body at its limit', () => {
    const head = latin(message('c: a/b\r\n'));
    const piece = new Uint8Array(1 << 20).fill(0x61);
    const pieces = Array.from({ length: BODY_LIMIT / piece.length + 1 }, () => piece);
    const framed = frame([head, ...pieces, latin(`\r\n${NEXT}`)]);
    expect(faults(framed)).toEqual([['content-length-missing', 'body-too-long'], []]);
    expect(texts(framed)[1]).toBe(NEXT);
  });

  it('costs linear time however the bytes come', () => {
    const started = performance.now();
    const many = latin(NEXT.repeat(1000));
    expect(frame([many]).messages).toHaveLength(1000);
    const each = Array.from({ length: many.length }, (_, at) => many.subarray(at, at + 1));
    expect(frame(each).messages).toHaveLength(1000);
    const large = bytesOf(message('l: 65536\r\n', 'x'.repeat(65_536)));
    expect(
      frame(Array.from({ length: large.length }, (_, at) => large.subarray(at, at + 1))).messages,
    ).toHaveLength(1);
    const huge = Buffer.concat([latin(message('l: 50000000\r\n')), Buffer.alloc(50_000_000, 'line\r\n')]);
    const segments: Uint8Array[] = [];
    for (let at = 0; at < huge.length; at += 1460) segments.push(huge.subarray(at, at + 1460));
    const framed = frame(segments);
    expect(framed.messages[0]?.bytes).toHaveLength(huge.length);
    // About 0.3 s on one idle core; the square of any of these would be minutes.
    expect(performance.now() - started).toBeLessThan(6000);
  });
});
