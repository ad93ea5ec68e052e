import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAX_CAPTURED_LENGTH } from '../../src/capture/limits.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { type Order, type Packet, pattern, pcapFile, readInChunks, Writer } from './support.js';

const PACKETS: readonly Packet[] = [
  { seconds: 1_109_822_663, fraction: 611_870, data: pattern(64, 1) },
  { seconds: 1_109_822_663, fraction: 999_999, data: pattern(0, 2) },
  { seconds: 0, fraction: 0, data: pattern(1, 3), originalLength: 1500 },
  { seconds: 4_294_967_295, fraction: 1, data: pattern(300, 4) },
];
const RECORD_STARTS = [24, 24 + 16 + 64, 24 + 32 + 64, 24 + 48 + 65, 24 + 64 + 365];

/** What must come of PACKETS, worked out from the format: number, time, lengths and data. */
function expected(digits: 6 | 9) {
  return PACKETS.map(({ seconds, fraction, data, originalLength = data.length }, index) => ({
    number: index + 1,
    seconds,
    nanoseconds: digits === 6 ? fraction * 1000 : fraction,
    timeDigits: digits,
    capturedLength: data.length,
    originalLength,
    linkType: 1,
    data: new Uint8Array(data),
    fileOffset: (RECORD_STARTS[index] as number) + 16,
  }));
}

describe('classic pcap', () => {
  for (const order of ['big', 'little'] as const) {
    for (const [magic, digits] of [
      [0xa1b2c3d4, 6],
      [0xa1b23c4d, 9],
    ] as const) {
      test(`${order}-endian with ${digits} digits, in chunks of any size`, () => {
        const file = pcapFile(PACKETS, { order, magic });
        for (const size of [file.length, 1, 2, 7, 16, 24, 40, 41, 300]) {
          const { frames, problems } = readInChunks('pcap', file, size);
          expect(problems).toEqual([]);
          expect(frames).toEqual(expected(digits));
        }
      });
    }
  }

  test('the modified formats have a longer record header', () => {
    for (const order of ['big', 'little'] as const) {
      for (const magic of [0xa1b2cd34, 0xa1b234cd]) {
        const file = pcapFile(PACKETS, { order, magic, extra: pattern(8, 9) });
        for (const size of [file.length, 1, 20]) {
          const { frames, problems } = readInChunks('pcap', file, size);
          expect(problems).toEqual([]);
          expect(frames.map(({ data }) => data)).toEqual(expected(6).map(({ data }) => data));
          expect(frames[0]?.fileOffset).toBe(24 + 16 + 8);
        }
      }
    }
  });

  test('versions 2.2 and 2.3 have their lengths the other way round', () => {
    for (const version of [
      [2, 2],
      [2, 3],
    ] as const) {
      const { frames } = readInChunks('pcap', pcapFile(PACKETS, { version, swapLengths: true }));
      expect(frames).toEqual(expected(6));
    }
    // Writers of 2.3 did it either way.
    const { frames } = readInChunks('pcap', pcapFile(PACKETS, { version: [2, 3] }));
    expect(frames).toEqual(expected(6));
  });

  test('a fraction of more than a second counts on', () => {
    const file = pcapFile([{ seconds: 10, fraction: 2_500_000, data: pattern(1) }]);
    expect(readInChunks('pcap', file).frames[0]).toMatchObject({ seconds: 12, nanoseconds: 500_000_000 });
  });

  test('the bits of the link type that tell of a frame check sequence are not part of it', () => {
    const file = pcapFile(PACKETS, { linkType: 0x4400_0071 });
    expect(readInChunks('pcap', file).frames[0]?.linkType).toBe(0x71);
  });

  test('frames hold plain bytes, whose slice copies', () => {
    const file = pcapFile(PACKETS);
    const reader = createCaptureReader('pcap', {
      frame: ({ data }) => expect(Buffer.isBuffer(data)).toBe(false),
      secrets() {},
      problem() {},
    });
    reader.push(file.subarray(0, 70));
    reader.push(file.subarray(70));
    expect.assertions(PACKETS.length);
  });

  test("the draft's own TLS capture: big-endian, DLT_NULL, 16 frames", () => {
    const file = readFileSync(new URL('../../samples/tls-message.pcap', import.meta.url));
    const { frames, problems } = readInChunks('pcap', file, 1000);
    expect(problems).toEqual([]);
    expect(frames).toHaveLength(16);
    expect(frames[0]).toMatchObject({ linkType: 0, seconds: 1_108_774_087, nanoseconds: 611_870_000 });
  });
});

describe('a pcap that cannot be read whole', () => {
  test.each<Order>(['big', 'little'])(
    'cut at every byte, %s-endian: frames before it are kept, one problem',
    (order) => {
      const file = pcapFile(PACKETS, { order });
      const whole = expected(6);
      for (let length = 0; length <= file.length; length++) {
        const { frames, problems } = readInChunks('pcap', file.subarray(0, length), 50);
        const count = RECORD_STARTS.findLastIndex((start) => start <= length);
        expect(frames).toEqual(whole.slice(0, Math.max(0, count)));
        if (RECORD_STARTS.includes(length)) {
          expect(problems).toEqual([]);
        } else if (length < 24) {
          expect(problems).toMatchObject([{ offset: 0, fatal: true }]);
        } else {
          expect(problems).toMatchObject([{ offset: RECORD_STARTS[count], frame: count + 1, fatal: true }]);
          expect(problems[0]?.message).toContain(`frame ${count + 1} at byte ${RECORD_STARTS[count]}`);
        }
      }
    },
  );

  test.each([MAX_CAPTURED_LENGTH + 1, 0x7fffffff, 0xffffffff])(
    'a captured length of %d is refused',
    (length) => {
      const good = pcapFile(PACKETS.slice(0, 1));
      const bad = new Writer('little').u32(1, 1, length, length).bytes(pattern(200)).done();
      const more = pcapFile(PACKETS).subarray(24);
      const file = Buffer.concat([good, bad, more]);
      for (const size of [file.length, 1, 30]) {
        const { frames, problems } = readInChunks('pcap', file, size);
        expect(frames).toHaveLength(1);
        expect(problems).toMatchObject([{ frame: 2, offset: good.length, fatal: true }]);
        expect(problems[0]?.message).toContain(
          `frame 2 at byte ${good.length} claims ${length} captured bytes`,
        );
      }
    },
  );

  test('it is refused too where the bytes that it claims are there', () => {
    const file = pcapFile([
      { seconds: 1, fraction: 1, data: pattern(MAX_CAPTURED_LENGTH + 1) },
      { seconds: 2, fraction: 2, data: pattern(4) },
    ]);
    for (const size of [file.length, 100_000]) {
      const { frames, problems } = readInChunks('pcap', file, size);
      expect(frames).toEqual([]);
      expect(problems).toMatchObject([{ frame: 1, offset: 24, fatal: true }]);
    }
  });

  test('the largest length that is believed is read, and reading it byte by byte stays linear', () => {
    const data = pattern(MAX_CAPTURED_LENGTH);
    const file = pcapFile([{ seconds: 1, fraction: 1, data }]);
    const started = performance.now();
    const { frames, problems } = readInChunks('pcap', file, 1);
    expect(problems).toEqual([]);
    expect(Buffer.compare(frames[0]?.data as Uint8Array, data)).toBe(0);
    // Joining what is held with every chunk would copy 34 GB here.
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('what the file header may not say', () => {
    const refused = (file: Buffer) => {
      const { frames, problems } = readInChunks('pcap', file);
      expect(frames).toEqual([]);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.fatal).toBe(true);
      return problems[0]?.message;
    };
    expect(refused(pcapFile(PACKETS, { version: [1, 4] }))).toContain('version 1.4');
    expect(refused(pcapFile(PACKETS, { linkType: 0x0030_0000 }))).toContain('0x00300000');
    expect(refused(pcapFile(PACKETS, { magic: 0x01020304 }))).toContain('04030201');
    expect(refused(Buffer.alloc(0))).toContain('0 of the 24 bytes');
    // Version 2.5 does not exist, and is read as Wireshark reads it.
    expect(readInChunks('pcap', pcapFile(PACKETS, { version: [2, 5] })).frames).toHaveLength(4);
  });

  test('nothing is read after the reader has stopped', () => {
    const problems: string[] = [];
    const reader = createCaptureReader('pcap', {
      frame: () => problems.push('frame'),
      secrets() {},
      problem: ({ message }) => problems.push(message),
    });
    expect(reader.stopped).toBe(false);
    reader.push(Buffer.alloc(24));
    expect(reader.stopped).toBe(true);
    reader.push(pcapFile(PACKETS));
    reader.end();
    expect(problems).toHaveLength(1);
  });
});
