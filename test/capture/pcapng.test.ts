import { describe, expect, test } from 'vitest';
import { MAX_BLOCK_LENGTH, MAX_INTERFACES, MAX_PROBLEMS, MAX_SECONDS } from '../../src/capture/limits.js';
import { TLS_KEY_LOG } from '../../src/capture/reader.js';
import { Blocks, type Order, pattern, readInChunks, type Writer } from './support.js';

const ORDERS = ['big', 'little'] as const satisfies readonly Order[];
/** 2005-02-19T00:48:07.611870Z in microseconds: the first frame of the draft's TLS capture. */
const MICROSECONDS = 1_108_774_087_611_870n;

/** Reads a file whole, byte by byte and in odd pieces; all must say the same. */
function read(file: Buffer) {
  const whole = readInChunks('pcapng', file);
  for (const size of [1, 13, 64]) expect(readInChunks('pcapng', file, size)).toEqual(whole);
  return whole;
}

function readBlocks(...blocks: readonly Buffer[]) {
  return read(Buffer.concat(blocks));
}

for (const order of ORDERS) {
  const make = new Blocks(order);
  const text = (value: string) => Buffer.from(value, 'utf8');
  const signed = (value: bigint) => make.writer().u64(value).done();

  describe(`pcapng, ${order}-endian`, () => {
    test('block lengths that are not rounded to 4 are those of padded blocks, as Wireshark has it', () => {
      const packet = make.packet(0, MICROSECONDS, pattern(61));
      const stated = make
        .writer()
        .u32(packet.length - 3)
        .done();
      stated.copy(packet, 4);
      stated.copy(packet, packet.length - 4);
      const { frames, problems } = readBlocks(make.section(), make.interface(1), packet, packet);
      expect(problems).toEqual([]);
      expect(frames.map(({ data }) => Buffer.from(data))).toEqual([pattern(61), pattern(61)]);
      packet.writeUInt8(1, packet.length - 3);
      expect(readBlocks(make.section(), make.interface(1), packet).problems).toMatchObject([
        { message: expect.stringContaining(`has ${packet.length - 3} bytes by its first length and`) },
      ]);
    });

    test('enhanced, simple and obsolete packets', () => {
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1, 40),
        make.packet(0, MICROSECONDS, pattern(61)),
        make.simplePacket(100, pattern(40, 2)),
        make.simplePacket(30, pattern(30, 3)),
        make.obsoletePacket(0, MICROSECONDS + 1n, pattern(7, 4)),
        make.packet(0, 0n, pattern(0)),
      );
      expect(problems).toEqual([]);
      const time = { seconds: 1_108_774_087, nanoseconds: 611_870_000, timeDigits: 6 };
      const from = { linkType: 1, interfaceId: 0 };
      const untimed = { seconds: 0, nanoseconds: 0, timeDigits: 0, untimed: true, ...from };
      const data = (length: number, seed = 1) => ({
        capturedLength: length,
        originalLength: length,
        data: new Uint8Array(pattern(length, seed)),
      });
      expect(frames).toEqual([
        { number: 1, ...time, ...from, ...data(61), fileOffset: 28 + 20 + 28 },
        { number: 2, ...untimed, ...data(40, 2), originalLength: 100, fileOffset: 48 + 96 + 12 },
        { number: 3, ...untimed, ...data(30, 3), fileOffset: 48 + 96 + 56 + 12 },
        {
          number: 4,
          ...time,
          nanoseconds: 611_871_000,
          ...from,
          ...data(7, 4),
          originalLength: 11,
          fileOffset: 48 + 96 + 56 + 48 + 28,
        },
        { number: 5, ...time, seconds: 0, nanoseconds: 0, ...from, ...data(0), fileOffset: 48 + 240 + 28 },
      ]);
    });

    test('interfaces with link types of their own, described as they are needed', () => {
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1),
        make.packet(0, 1n, pattern(4)),
        make.interface(101),
        make.packet(1, 1n, pattern(4)),
        make.packet(0, 1n, pattern(4)),
      );
      expect(problems).toEqual([]);
      expect(frames.map(({ linkType, interfaceId }) => [linkType, interfaceId])).toEqual([
        [1, 0],
        [101, 1],
        [1, 0],
      ]);
    });

    test.each([
      // if_tsresol, timestamp, seconds, nanoseconds, digits
      [0, 5n, 5, 0, 0],
      [3, 1_108_774_087_611n, 1_108_774_087, 611_000_000, 3],
      [6, MICROSECONDS, 1_108_774_087, 611_870_000, 6],
      [8, 110_877_408_761_187_001n, 1_108_774_087, 611_870_010, 8],
      [9, 1_108_774_087_611_870_123n, 1_108_774_087, 611_870_123, 9],
      [9, 18_446_744_073_709_551_615n, 18_446_744_073, 709_551_615, 9],
      // Finer than a nanosecond: what is finer is left out.
      [12, 94_669_416_040_781_896n, 94_669, 416_040_781, 9],
      // 2^-1: halves. 2^-10, 2^-20: 1/1024 and 1/1048576 of a second.
      [0x81, 7n, 3, 500_000_000, 1],
      [0x8a, 0x5012345678n, 335_842_581, 617_187_500, 4],
      [0x94, 0x500012345678n, 83_886_371, 271_110_534, 7],
      // 2^-63 and 2^-127: the first still has a bit above the point, the second has none.
      [0xbf, 0xc000000000000000n, 1, 500_000_000, 9],
      [0xff, 0xffffffffffffffffn, 0, 0, 9],
      [127, 0xffffffffffffffffn, 0, 0, 9],
    ])('if_tsresol %d', (resolution, timestamp, seconds, nanoseconds, timeDigits) => {
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1, 0, make.option(9, Buffer.from([resolution]))),
        make.packet(0, timestamp, pattern(4)),
      );
      expect(problems).toEqual([]);
      expect(frames).toMatchObject([{ seconds, nanoseconds, timeDigits }]);
    });

    test('if_tsoffset moves the time, before 1970 too', () => {
      const at = (offset: bigint, ticks: bigint, resolution = 6) =>
        readBlocks(
          make.section(),
          make.interface(1, 0, make.option(14, signed(offset)), make.option(9, Buffer.from([resolution]))),
          make.packet(0, ticks, pattern(4)),
        ).frames[0];
      expect(at(1_000_000_000n, 1_500_000n)).toMatchObject({
        seconds: 1_000_000_001,
        nanoseconds: 500_000_000,
      });
      expect(at(-3_000_000_000n, 1_500_000n)).toMatchObject({
        seconds: -2_999_999_999,
        nanoseconds: 500_000_000,
      });
      expect(at(2n ** 63n - 1n, 0n)?.seconds).toBe(MAX_SECONDS);
      expect(at(-(2n ** 63n), 0n)?.seconds).toBe(-MAX_SECONDS);
      expect(at(0n, 2n ** 64n - 1n, 0)?.seconds).toBe(MAX_SECONDS);
    });

    test('several sections, each with interfaces and a byte order of its own', () => {
      const other = new Blocks(order === 'big' ? 'little' : 'big');
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1),
        make.interface(101),
        make.packet(1, MICROSECONDS, pattern(5)),
        other.section([1, 2]),
        other.interface(113),
        other.packet(0, MICROSECONDS, pattern(6)),
        make.section(),
        make.packet(0, MICROSECONDS, pattern(7)),
      );
      expect(frames).toMatchObject([
        { number: 1, linkType: 101, seconds: 1_108_774_087, capturedLength: 5 },
        { number: 2, linkType: 113, seconds: 1_108_774_087, capturedLength: 6 },
      ]);
      // The third section has not described its interface.
      expect(problems).toMatchObject([{ frame: 3, fatal: false }]);
    });

    test('key logs, names, statistics and comments', () => {
      const log = text('CLIENT_RANDOM 00 11\n');
      const record = (type: number, value: Buffer) => make.option(type, value);
      const { frames, problems, secrets, names, statistics } = readBlocks(
        make.section([1, 0], make.option(1, text('a section comment'))),
        make.block(0x0a, make.writer().u32(TLS_KEY_LOG, log.length).bytes(log).done()),
        make.block(
          4,
          Buffer.concat([
            record(1, Buffer.concat([Buffer.from([192, 0, 2, 1]), text('a.example\0b.example\0')])),
            record(77, text('unknown')),
            record(2, Buffer.concat([pattern(16), text('six.example\0')])),
            record(0, Buffer.alloc(0)),
          ]),
        ),
        make.interface(1),
        make.packet(
          0,
          1n,
          pattern(6),
          make.option(1, text('first ✓')),
          make.option(2, Buffer.alloc(4)),
          make.option(1, text('second')),
          make.option(0, Buffer.alloc(0)),
          make.option(1, text('after the end')),
        ),
        make.block(
          5,
          make
            .writer()
            .u32(0, 0, 1)
            .bytes(make.option(4, signed(1000n)))
            .bytes(make.option(5, signed(3n)))
            .bytes(make.option(7, signed(2n)))
            .done(),
        ),
      );
      expect(problems).toEqual([]);
      expect(secrets).toEqual([{ type: 0x544c534b, bytes: new Uint8Array(log) }]);
      expect(names).toEqual([
        { address: new Uint8Array([192, 0, 2, 1]), names: ['a.example', 'b.example'] },
        { address: new Uint8Array(pattern(16)), names: ['six.example'] },
      ]);
      expect(frames.map(({ comment }) => comment)).toEqual(['first ✓\nsecond']);
      expect(statistics).toEqual([{ interfaceId: 0, received: 1000, dropped: 3, droppedBySystem: 2 }]);
    });

    test('what is unknown is passed over; custom and journal blocks take a frame number', () => {
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1, 0, make.option(4321, pattern(13))),
        make.block(0x777, pattern(33)),
        make.packet(0, 1n, pattern(4)),
        make.block(0xbad, pattern(12)),
        make.block(0x40000bad, pattern(12)),
        make.block(9, text('MESSAGE=x\n')),
        make.packet(0, 1n, pattern(4), make.option(4321, pattern(13))),
      );
      expect(problems).toEqual([]);
      expect(frames.map(({ number }) => number)).toEqual([1, 5]);
    });

    test('cut at every byte: the frames before it are kept, one problem', () => {
      const blocks = [
        make.section(),
        make.interface(1),
        make.packet(0, 1n, pattern(9)),
        make.block(0x777, pattern(5)),
        make.packet(0, 2n, pattern(30)),
      ];
      const file = Buffer.concat(blocks);
      const ends = blocks.map((_, index) => Buffer.concat(blocks.slice(0, index + 1)).length);
      for (let length = 0; length <= file.length; length++) {
        const { frames, problems } = readInChunks('pcapng', file.subarray(0, length), 17);
        expect(frames).toHaveLength(
          (length >= (ends[2] as number) ? 1 : 0) + (length === file.length ? 1 : 0),
        );
        if (ends.includes(length)) expect(problems).toEqual([]);
        else {
          const offset = ends.findLast((end) => end <= length) ?? 0;
          expect(problems).toMatchObject([{ offset, fatal: true }]);
        }
      }
    });

    test('damage within a block is told with its place, and reading goes on', () => {
      const start = [make.section(), make.interface(1)];
      const offset = Buffer.concat(start).length;
      const last = make.packet(0, 1n, pattern(4));
      const packet = (...fields: number[]) =>
        make.block(
          6,
          make
            .writer()
            .u32(...fields)
            .bytes(pattern(8))
            .done(),
        );
      const damaged: readonly (readonly [Buffer, string])[] = [
        [packet(3, 0, 1, 8, 8), 'frame 1 at byte 48 is of interface 3'],
        [packet(0, 0, 1, 9, 9), 'frame 1 at byte 48 claims 9 captured bytes'],
        [packet(0, 0, 1, 0xffffffff, 8), 'frame 1 at byte 48 claims 4294967295 captured bytes'],
        [packet(0, 0), 'frame 1 at byte 48 needs 20 bytes'],
        [make.block(6, pattern(300_000)), 'frame 1 at byte 48'],
        [make.block(3, Buffer.alloc(0)), 'frame 1 at byte 48 needs 4 bytes'],
        [make.simplePacket(99, pattern(8)), 'frame 1 at byte 48 needs 99 captured bytes'],
        [make.block(1, pattern(4)), 'an interface needs 8 bytes'],
        [make.block(0x0a, pattern(4)), 'a secrets block needs 8 bytes'],
        [make.block(0x0a, make.writer().u32(TLS_KEY_LOG, 5).done()), 'its secrets need 5 bytes and have 0'],
        [make.block(4, make.writer().u16(1, 3).bytes(pattern(3)).done()), 'no room for its address'],
        [make.block(4, make.writer().u16(1, 300).done()), 'a name record needs 300 bytes and has 0'],
        [make.block(5, pattern(8)), 'a statistics block needs 12 bytes'],
        [make.interface(1, 0, make.writer().u16(9, 1000).done()), 'the option at byte 64 needs 1000 bytes'],
      ];
      for (const [block, message] of damaged) {
        const { frames, problems } = readBlocks(...start, block, last);
        expect(problems, message).toHaveLength(1);
        expect(problems[0]).toMatchObject({ offset: message.includes('option') ? 64 : offset, fatal: false });
        expect(problems[0]?.message).toContain(message);
        expect(frames.map(({ capturedLength }) => capturedLength)).toEqual([4]);
      }
    });

    test('a packet with a damaged option is kept', () => {
      const { frames, problems } = readBlocks(
        make.section(),
        make.interface(1),
        make.packet(0, 1n, pattern(4), make.option(1, text('kept')), make.writer().u16(1, 99).done()),
      );
      expect(frames).toMatchObject([{ comment: 'kept' }]);
      expect(problems).toMatchObject([{ frame: 1, fatal: false }]);
    });

    test('two lengths of a block that differ', () => {
      const packet = make.packet(0, 1n, pattern(4));
      const again = make.block(6, packet.subarray(8, -4), 99);
      const { frames, problems } = readBlocks(make.section(), make.interface(1), again, packet);
      expect(frames).toHaveLength(2);
      expect(problems).toMatchObject([{ offset: 48 + again.length - 4, fatal: false }]);
    });

    test('a block length that cannot be believed ends the reading', () => {
      const start = [make.section(), make.interface(1), make.packet(0, 1n, pattern(4))];
      const offset = Buffer.concat(start).length;
      const block = (fill: (writer: Writer) => Writer) => fill(make.writer()).bytes(pattern(64)).done();
      for (const bad of [
        block((writer) => writer.u32(6, 0)),
        block((writer) => writer.u32(6, 11)),
        block((writer) => writer.u32(6, 0xfffffffc)),
        block((writer) => writer.u32(6, MAX_BLOCK_LENGTH + 4)),
        block((writer) => writer.u32(0x0a0d0d0a, 28, 0x12345678)),
        block((writer) => writer.u32(0x0a0d0d0a, 24, 0x1a2b3c4d)),
        make.section([2, 0]),
        make.section([1, 1]),
      ]) {
        const { frames, problems } = readBlocks(...start, bad, make.packet(0, 1n, pattern(4)));
        expect(frames).toHaveLength(1);
        expect(problems).toMatchObject([{ offset, fatal: true }]);
        expect(problems[0]?.message).toContain(`at byte ${offset}`);
      }
    });

    test('an unknown block of any length is passed over without holding it', () => {
      const length = MAX_BLOCK_LENGTH + 64;
      const start = [make.section(), make.interface(1), make.writer().u32(0x777, length).done()];
      const body = Buffer.alloc(length - 8);
      const last = make.packet(0, 1n, pattern(4));
      for (const size of [53, 1000, 999_983]) {
        const whole = readInChunks('pcapng', Buffer.concat([...start, body, last]), size);
        expect(whole.problems).toEqual([]);
        expect(whole.frames).toMatchObject([{ number: 1, capturedLength: 4 }]);
        expect(whole.frames[0]?.fileOffset).toBe(48 + length + 28);
        const cut = readInChunks('pcapng', Buffer.concat([...start, body.subarray(1)]), size);
        expect(cut.problems).toMatchObject([{ offset: 48, fatal: true }]);
      }
    });

    test('only so many problems are told of one file', () => {
      const bad = make.packet(9, 1n, pattern(4));
      const file = Buffer.concat([
        make.section(),
        make.interface(1),
        ...Array.from({ length: MAX_PROBLEMS * 3 }, () => bad),
        make.packet(0, 1n, pattern(4)),
      ]);
      const { frames, problems } = readInChunks('pcapng', file);
      expect(problems).toHaveLength(MAX_PROBLEMS);
      expect(problems.at(-1)?.message).toContain('further problems of this file are not told');
      expect(frames).toMatchObject([{ number: MAX_PROBLEMS * 3 + 1 }]);
    });
  });
}

test('only so many interfaces are kept of one section', () => {
  const make = new Blocks();
  const describe = (count: number) => Array.from({ length: count }, () => make.interface(1));
  const packet = make.packet(MAX_INTERFACES - 1, 1n, pattern(4));
  const most = Buffer.concat([make.section(), ...describe(MAX_INTERFACES), packet]);
  expect(readInChunks('pcapng', most)).toMatchObject({ frames: [{ number: 1 }], problems: [] });
  const more = Buffer.concat([most, make.interface(1), packet]);
  expect(readInChunks('pcapng', more)).toMatchObject({
    frames: [{ number: 1 }],
    problems: [{ offset: most.length, fatal: true }],
  });
  const sections = Buffer.concat([most, most]);
  expect(readInChunks('pcapng', sections)).toMatchObject({ frames: [{}, {}], problems: [] });
});

test('what does not begin with a section is no pcapng', () => {
  expect(readInChunks('pcapng', Buffer.alloc(0)).problems).toMatchObject([{ offset: 0, fatal: true }]);
  expect(readInChunks('pcapng', Buffer.alloc(64)).problems).toMatchObject([{ offset: 0, fatal: true }]);
});
