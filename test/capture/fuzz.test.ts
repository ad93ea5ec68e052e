import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectFileKind } from '../../src/capture/detect.js';
import { MAX_CAPTURED_LENGTH, MAX_PROBLEMS, MAX_SECONDS } from '../../src/capture/limits.js';
import { mutated } from './mutate.js';
import { Blocks, pattern, readInChunks } from './support.js';

/** Whatever the bytes: no exception, frames within their bounds, the same in every chunking. */
function holds(kind: 'pcap' | 'pcapng', file: Uint8Array, size: number): void {
  const whole = readInChunks(kind, file);
  const { frames, problems } = whole;
  let last = 0;
  for (const frame of frames) {
    if (
      frame.number <= last ||
      frame.data.length !== frame.capturedLength ||
      frame.capturedLength > MAX_CAPTURED_LENGTH ||
      frame.fileOffset + frame.capturedLength > file.length ||
      !(Math.abs(frame.seconds) <= MAX_SECONDS) ||
      !Number.isInteger(frame.nanoseconds) ||
      !(frame.nanoseconds >= 0 && frame.nanoseconds < 1_000_000_000) ||
      Buffer.compare(frame.data, file.subarray(frame.fileOffset, frame.fileOffset + frame.data.length)) !== 0
    ) {
      expect.fail(`frame ${frame.number} is out of its bounds`);
    }
    last = frame.number;
  }
  expect(problems.filter(({ fatal }) => fatal).length).toBeLessThanOrEqual(1);
  expect(problems.length).toBeLessThanOrEqual(MAX_PROBLEMS + 1);
  for (const { offset } of problems) expect(offset).toBeLessThanOrEqual(file.length);
  expect(readInChunks(kind, file, size), `chunks of ${size}`).toEqual(whole);
}

const sample = (name: string) => readFileSync(new URL(`../../samples/${name}.pcap`, import.meta.url));

function everyBlock(order: 'big' | 'little'): Buffer {
  const make = new Blocks(order);
  const log = Buffer.from('CLIENT_RANDOM 00 11\n');
  return Buffer.concat([
    make.section([1, 0], make.option(1, log)),
    make.interface(1, 60, make.option(9, Buffer.from([9])), make.option(14, Buffer.alloc(8, 1))),
    make.block(0x0a, make.writer().u32(0x544c534b, log.length).bytes(log).done()),
    make.packet(0, 1_108_774_087_611_870_123n, pattern(61), make.option(1, log)),
    make.block(4, make.option(1, Buffer.from('\u0001\u0002\u0003\u0004name\0'))),
    make.simplePacket(100, pattern(60)),
    make.block(0xbad, pattern(12)),
    make.obsoletePacket(0, 1n, pattern(7)),
    make.block(
      5,
      make
        .writer()
        .u32(0, 0, 1)
        .bytes(make.option(5, Buffer.alloc(8, 2)))
        .done(),
    ),
    make.section(),
    make.interface(101, 0, make.option(9, Buffer.from([0x94]))),
    make.packet(0, 5n, pattern(30)),
  ]);
}

const SUBJECTS: readonly (readonly [string, 'pcap' | 'pcapng', Buffer])[] = [
  ['tls-message', 'pcap', sample('tls-message')],
  ['smime-signed-encrypted', 'pcap', sample('smime-signed-encrypted')],
  ['pcapng little-endian', 'pcapng', everyBlock('little')],
  ['pcapng big-endian', 'pcapng', everyBlock('big')],
];

describe('damaged captures', () => {
  test.each(SUBJECTS)('%s: 2500 mutations', (_name, kind, file) => {
    for (let seed = 1; seed <= 2500; seed++) {
      const bytes = mutated(file, seed * 7919);
      try {
        holds(kind, bytes, 1 + (seed % 97));
      } catch (error) {
        throw new Error(`mutation ${seed}`, { cause: error });
      }
    }
  });

  test.each(SUBJECTS)('%s: no strict prefix reads like the whole', (_name, kind, file) => {
    const whole = readInChunks(kind, file).frames.length;
    for (let length = 0; length < file.length; length++) {
      const { frames } = readInChunks(kind, file.subarray(0, length));
      expect(frames.length).toBeLessThan(whole);
    }
  });

  test('any bytes behind a right beginning', () => {
    const starts = [
      ['pcap', Buffer.from('a1b2c3d400020004000000000000000000040000', 'hex')],
      ['pcap', Buffer.from('4d3cb2a1020004000000000000000000000004000100000000', 'hex')],
      ['pcapng', new Blocks('little').section()],
      ['pcapng', Buffer.concat([new Blocks('big').section(), new Blocks('big').interface()])],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 64 }),
        ([kind, start], bytes, size) => holds(kind, Buffer.concat([start, bytes]), size),
      ),
      { numRuns: 500, seed: 2543 },
    );
  });

  test('any bytes at all have a kind', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(detectFileKind(bytes)).toMatch(/^[a-z]+$/);
      }),
      { numRuns: 1000, seed: 3261 },
    );
  });
});
