import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeWebSocket, MAX_MESSAGE, WebSocketStream } from '../../src/websocket/stream.js';

/** RFC 6455 §5.2 and the examples of §5.7. */

const HEAD = Buffer.from(
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
);

type Seen = {
  readonly messages: { readonly bytes: Buffer; readonly start: number; readonly end: number }[];
  readonly skipped: { readonly bytes: number; readonly start: number; readonly reason: string }[];
};

function read(feed: (stream: WebSocketStream) => void): Seen {
  const seen: Seen = { messages: [], skipped: [] };
  const stream = new WebSocketStream({
    message: (bytes, start, end) => seen.messages.push({ bytes: Buffer.from(bytes), start, end }),
    skipped: (bytes, start, reason) => seen.skipped.push({ bytes, start, reason }),
  });
  feed(stream);
  stream.end();
  return seen;
}

const texts = ({ messages }: Seen): string[] => messages.map(({ bytes }) => bytes.toString());

function frame(
  payload: Uint8Array,
  { first = 0x81, mask }: { first?: number; mask?: Uint8Array } = {},
): Buffer {
  const { length } = payload;
  const masked = mask === undefined ? 0 : 0x80;
  const header =
    length < 126
      ? Buffer.from([first, masked | length])
      : length < 65536
        ? Buffer.from([first, masked | 126, length >> 8, length & 0xff])
        : Buffer.concat([Buffer.from([first, masked | 127, 0, 0, 0, 0]), u32(length)]);
  if (mask === undefined) return Buffer.concat([header, payload]);
  return Buffer.concat([header, mask, payload.map((byte, at) => byte ^ (mask[at & 3] as number))]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe('frames', () => {
  it.each([
    ['unmasked text', '810548656c6c6f'],
    ['masked text', '818537fa213d7f9f4d5158'],
    ['fragmented text', '010348656c80026c6f'],
    ['a ping between the fragments', '010348656c890548656c6c6f80026c6f'],
  ])('reads the RFC’s %s as Hello', (_, hex) => {
    const bytes = Buffer.concat([HEAD, Buffer.from(hex, 'hex')]);
    expect(texts(read((stream) => stream.push(bytes)))).toEqual(['Hello']);
  });

  it('reads 256 bytes and 64 KiB of binary data with both long lengths', () => {
    for (const length of [256, 65536]) {
      const payload = Buffer.alloc(length, 7);
      const seen = read((stream) => stream.push(Buffer.concat([HEAD, frame(payload, { first: 0x82 })])));
      expect(seen.messages[0]?.bytes.equals(payload)).toBe(true);
    }
  });

  it('gives the same messages and offsets however the bytes are cut', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 6 });
    const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(payloads, cuts, fc.boolean(), (all, sizes, masked) => {
        const mask = masked ? new Uint8Array([1, 2, 3, 4]) : undefined;
        const frames = all.map((payload) => frame(payload, mask === undefined ? {} : { mask }));
        const bytes = Buffer.concat([HEAD, ...frames]);
        const seen = read((stream) => {
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] as number;
            const piece = new Uint8Array(bytes.subarray(at, at + size));
            stream.push(piece);
            piece.fill(0xff);
            at += size;
          }
        });
        expect(seen.skipped).toEqual([]);
        expect(seen.messages.map(({ bytes: one }) => [...one])).toEqual(all.map((payload) => [...payload]));
        let at = HEAD.length;
        for (const [index, { start, end }] of seen.messages.entries()) {
          expect(start).toBe(at);
          at += frames[index]?.length ?? 0;
          expect(end).toBe(at);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('what cannot be read', () => {
  it('is told with the reason and goes on where frames are known', () => {
    const bytes = Buffer.concat([
      HEAD,
      frame(Buffer.from('zip'), { first: 0xc1 }),
      frame(Buffer.from('next')),
    ]);
    const seen = read((stream) => stream.push(bytes));
    expect(texts(seen)).toEqual(['next']);
    expect(seen.skipped[0]?.reason).toContain('compressed');
  });

  it('is all that follows lost bytes', () => {
    const seen = read((stream) => {
      stream.push(Buffer.concat([HEAD, frame(Buffer.from('one'))]));
      stream.gap(10);
      stream.push(frame(Buffer.from('two')));
    });
    expect(texts(seen)).toEqual(['one']);
    expect(seen.skipped).toMatchObject([{ bytes: 5, start: HEAD.length + 5 + 10 }]);
  });

  it('is a frame longer than any that is held', () => {
    const header = Buffer.concat([Buffer.from([0x82, 127, 0, 0, 0, 1]), u32(MAX_MESSAGE)]);
    const seen = read((stream) => {
      stream.push(Buffer.concat([HEAD, header]));
      for (let turn = 0; turn < 100; turn++) stream.push(new Uint8Array(1000));
    });
    expect(seen.messages).toEqual([]);
    expect(seen.skipped.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(header.length + 100_000);
  });

  it('never throws, for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 10 }), (pieces) => {
        read((stream) => {
          stream.push(HEAD);
          for (const piece of pieces) stream.push(piece);
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('is told where the stream ends inside a frame', () => {
    const whole = frame(Buffer.from('Hello'));
    for (let length = 1; length < whole.length; length++) {
      const seen = read((stream) => stream.push(Buffer.concat([HEAD, whole.subarray(0, length)])));
      expect(seen.messages).toEqual([]);
      expect(seen.skipped).toMatchObject([{ bytes: length }]);
    }
  });

  it('is told of fragments too, from the first one on, with the frames between them', () => {
    const [begun, ping] = [
      frame(Buffer.from('Hel'), { first: 0x01 }),
      frame(Buffer.from('p'), { first: 0x89 }),
    ];
    const bytes = Buffer.concat([HEAD, begun, ping]);
    const place = { bytes: begun.length + ping.length, start: HEAD.length };
    const ended = read((stream) => stream.push(bytes));
    expect(ended.skipped).toEqual([{ ...place, reason: 'the stream ends before a message is whole' }]);
    const lost = read((stream) => {
      stream.push(bytes);
      stream.gap(5);
    });
    expect(lost.skipped).toMatchObject([
      { ...place, reason: expect.stringContaining('other bytes are lost') },
    ]);
    const again = read((stream) => stream.push(Buffer.concat([bytes, frame(Buffer.from('whole'))])));
    expect(again.skipped).toMatchObject([{ ...place, reason: expect.stringContaining('another') }]);
    expect(texts(again)).toEqual(['whole']);
  });
});

describe('a refusal before the acceptance (RFC 6455 §4.2.2)', () => {
  const all = (...parts: (string | Buffer)[]) =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const hello = frame(Buffer.from('Hello'));
  const whole = (bytes: Buffer) => {
    const once = read((stream) => stream.push(bytes));
    const byBytes = read((stream) => {
      for (const byte of bytes) stream.push(Uint8Array.of(byte));
    });
    expect(byBytes).toEqual(once);
    expect(once.skipped).toEqual([]);
    return texts(once);
  };

  it.each([
    ['without a body', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'],
    ['with a body', 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n\r\n\r\n\r\nnoHTT'],
    ['in chunks', 'HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nHTT\r\n0\r\n\r\n'],
    ['that does not say how long it is', 'HTTP/1.1 503 Busy\r\n\r\nlater'],
    ['without content', 'HTTP/1.1 304 Not Modified\r\n\r\n'],
    ['that only informs', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('of the server, %s', (_name, refusal) => {
    expect(whole(all(refusal, HEAD, hello))).toEqual(['Hello']);
    expect(whole(all(refusal, refusal, HEAD, hello))).toEqual(['Hello']);
    expect(whole(all(refusal))).toEqual([]);
  });

  it('of the client’s first request, which it sends again', () => {
    const request = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n';
    const masked = frame(Buffer.from('Hello'), { mask: new Uint8Array([1, 2, 3, 4]) });
    expect(whole(all(request, request, masked))).toEqual(['Hello']);
    expect(whole(all(request, request, request, masked, masked))).toEqual(['Hello', 'Hello']);
  });

  it('is not looked for once frames have come', () => {
    const seen = read((stream) => stream.push(all(HEAD, hello, 'GET / HTTP/1.1\r\n\r\n')));
    expect(texts(seen)).toEqual(['Hello']);
    expect(seen.skipped.length).toBeGreaterThan(0);
  });
});

describe('detection', () => {
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\r\n');

  it('takes the request and the response of an opening handshake, and waits for their ends', () => {
    for (const head of [request, HEAD]) {
      expect(looksLikeWebSocket(head)).toBe('yes');
      for (let length = 1; length < head.length; length++) {
        expect(looksLikeWebSocket(head.subarray(0, length))).toBe('more');
      }
    }
  });

  it('takes nothing else', () => {
    expect(looksLikeWebSocket(Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))).toBe('no');
    expect(looksLikeWebSocket(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toBe('no');
    expect(looksLikeWebSocket(Buffer.from('INVITE sip:a@b SIP/2.0\r\n\r\n'))).toBe('no');
  });
});
