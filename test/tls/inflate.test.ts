import { constants, createDeflate, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inflater } from '../../src/tls/record/inflate.js';

/** Each text flushed as TLS compression flushes a record (RFC 3749 §2), in one stream. */
async function flushed(texts: readonly Buffer[], level: number): Promise<Buffer[]> {
  const deflate = createDeflate({ level });
  const records: Buffer[] = [];
  let pieces: Buffer[] = [];
  deflate.on('data', (piece: Buffer) => pieces.push(piece));
  for (const text of texts) {
    pieces = [];
    deflate.write(text);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    records.push(Buffer.concat(pieces));
  }
  return records;
}

describe('a ZLIB stream over records', () => {
  it.each([0, 1, 6, 9])('gives each record what was written into it, at level %i', async (level) => {
    const text = fc.array(fc.constantFrom('INVITE sip:a@b', '\r\n', 'Via: ', 'x', '\u0000', 'é'), {
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 6 }), async (words) => {
        const texts = words.map((one) => Buffer.from(one.join('')));
        const inflater = new Inflater();
        for (const [index, record] of (await flushed(texts, level)).entries())
          expect(Buffer.from(inflater.push(record, 16_384) ?? 'broken')).toEqual(texts[index]);
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('goes on where a record ends within a code, byte by byte', () => {
    const text = Buffer.from('SIP/2.0 200 OK\r\n'.repeat(50));
    const inflater = new Inflater();
    const pieces = [...deflateSync(text)].map((byte) => inflater.push(Uint8Array.of(byte), 16_384));
    expect(pieces.every((piece) => piece !== undefined)).toBe(true);
    expect(Buffer.concat(pieces as Uint8Array[])).toEqual(text);
  });

  it.each<[string, Buffer]>([
    ['another method', Buffer.from([0x77, 0x9c, 1, 2])],
    ['a wrong check of the header', Buffer.from([0x78, 0x9d, 1, 2])],
    ['a preset dictionary', Buffer.from([0x78, 0xbb, 0, 0, 0, 1])],
    ['a block of the type that is not defined', Buffer.from([0x78, 0x9c, 0x07])],
    ['a distance before the start', Buffer.from([0x78, 0x9c, 0x4b, 0x04, 0x12, 0xff, 0xff])],
  ])('is broken by %s, and stays so', (_, bytes) => {
    const inflater = new Inflater();
    const first = inflater.push(bytes, 16_384);
    const second = inflater.push(Buffer.alloc(64, 0xff), 16_384);
    expect([first, second]).toContain(undefined);
    expect(inflater.push(deflateSync(Buffer.from('x')), 16_384)).toBeUndefined();
  });

  it('is left where it comes to more than the limit, before it has grown far', () => {
    const inflater = new Inflater();
    const bomb = deflateSync(Buffer.alloc(16 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(inflater.push(bomb, 16_384)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 1024 * 1024);
  });
});
