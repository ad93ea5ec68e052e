import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { hasTshark } from '../support/peers.js';
import { Blocks, pattern, pcapFile, type Reading, readInChunks } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** number, epoch, interface, captured length, length: what tshark says of each frame of a file. */
function askTshark(file: Uint8Array): string[][] {
  const path = join(folder, 'asked');
  writeFileSync(path, file);
  const fields = ['number', 'time_epoch', 'interface_id', 'cap_len', 'len'].flatMap((name) => [
    '-e',
    `frame.${name}`,
  ]);
  const output = execFileSync('tshark', ['-n', '-r', path, '-T', 'fields', ...fields], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

function asTshark({ frames }: Reading): string[][] {
  return frames.map((frame) => [
    String(frame.number),
    frame.untimed ? '' : `${frame.seconds}.${String(frame.nanoseconds).padStart(9, '0')}`,
    frame.interfaceId === undefined ? '' : String(frame.interfaceId),
    String(frame.capturedLength),
    String(frame.originalLength),
  ]);
}

describe.skipIf(!hasTshark)('tshark says the same', () => {
  const packets = [1, 200, 1500].map((length, index) => ({
    seconds: 1_700_000_000 + index * 1_000_000_000,
    fraction: 123_456 * (index + 1),
    data: pattern(length, index),
    originalLength: length + index,
  }));

  test.each([
    ['microseconds', { magic: 0xa1b2c3d4 }],
    ['nanoseconds', { magic: 0xa1b23c4d }],
    ['big-endian microseconds', { order: 'big' }],
    ['big-endian nanoseconds', { order: 'big', magic: 0xa1b23c4d }],
    ['modified', { magic: 0xa1b2cd34, extra: Buffer.from('0100000008000000', 'hex') }],
    ['version 2.2', { version: [2, 2], swapLengths: true }],
    ['link type with frame check bits', { linkType: 0x4400_0001 }],
  ] as const)('of a pcap: %s', (_name, options) => {
    const file = pcapFile(packets, options);
    expect(asTshark(readInChunks('pcap', file))).toEqual(askTshark(file));
  });

  test.each(['big', 'little'] as const)('of a %s-endian pcapng', (order) => {
    const make = new Blocks(order);
    const resolution = (value: number) => make.option(9, Buffer.from([value]));
    const offset = make.option(14, make.writer().u64(-3_000_000_000n).done());
    const file = Buffer.concat([
      make.section(),
      make.interface(1, 96),
      make.interface(1, 0, resolution(9)),
      make.interface(101, 0, resolution(0x8a)),
      make.interface(1, 0, resolution(3), offset),
      make.packet(0, 1_108_774_087_611_870n, pattern(61)),
      make.packet(1, 1_108_774_087_611_870_123n, pattern(62)),
      make.packet(2, 1_135_384_665_715n, pattern(63)),
      make.packet(3, 1_108_774_087_611n, pattern(64)),
      make.simplePacket(200, pattern(96)),
      make.simplePacket(60, pattern(60)),
      make.obsoletePacket(1, 1_108_774_087_611_870_123n, pattern(65)),
      make.block(0xbad, pattern(20)),
      make.section([1, 2]),
      make.block(0x4444, pattern(20)),
      make.interface(113),
      make.packet(0, 1n, pattern(70)),
    ]);
    const reading = readInChunks('pcapng', file);
    expect(reading.problems).toEqual([]);
    const answer = askTshark(file);
    // The custom block has a number and holds no packet.
    expect(answer.filter(([number]) => number === '8')).toHaveLength(1);
    expect(asTshark(reading)).toEqual(answer.filter(([number]) => number !== '8'));
  });

  test.each(['nsecpcap', 'modpcap', 'pcapng'])('and editcap rewrites a sample as %s', (format) => {
    const sample = fileURLToPath(new URL('../../samples/tls-message.pcap', import.meta.url));
    const path = join(folder, format);
    execFileSync('editcap', ['-F', format, sample, path], { stdio: 'ignore' });
    const kind = format === 'pcapng' ? 'pcapng' : 'pcap';
    const rewritten = readInChunks(kind, readFileSync(path), 999);
    expect(rewritten.problems).toEqual([]);
    const essence = (reading: Reading) =>
      reading.frames.map(({ number, seconds, nanoseconds, linkType, data }) => ({
        number,
        seconds,
        nanoseconds,
        linkType,
        data,
      }));
    expect(essence(rewritten)).toEqual(essence(readInChunks('pcap', readFileSync(sample))));
    expect(rewritten.frames).toHaveLength(16);
  });
});
