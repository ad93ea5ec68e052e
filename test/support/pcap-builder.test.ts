import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CaptureBuilder, type CaptureOptions, LINKTYPE_NULL, LINKTYPE_RAW } from './pcap-builder.js';
import { hasTshark } from './peers.js';

const ALICE = { address: '192.0.2.1', port: 5060 };
const BOB = { address: '192.0.2.20', port: 5080 };
const ALICE6 = { address: '2001:db8::a', port: 5060 };
const BOB6 = { address: '2001:db8:0:1::b', port: 5080 };

function message(method: string, body = ''): string {
  return [
    `${method} sip:bob@example.com SIP/2.0`,
    'Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK776asdhds',
    'From: <sip:alice@example.com>;tag=1',
    'To: <sip:bob@example.com>',
    'Call-ID: a84b4c76e66710',
    `CSeq: 1 ${method}`,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Values of `fields` for each frame, as tshark reads them from the capture. */
function dissect(capture: CaptureBuilder, fields: readonly string[]): string[][] {
  const settings = ['ip', 'udp', 'tcp'].flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);
  const folder = mkdtempSync(join(tmpdir(), 'siplens-'));
  const path = join(folder, 'test.pcap');
  writeFileSync(path, capture.toBytes());
  const wanted = fields.flatMap((field) => ['-e', field]);
  const { stdout, stderr, status } = spawnSync(
    'tshark',
    ['-r', path, ...settings, '-T', 'fields', ...wanted],
    {
      encoding: 'utf8',
    },
  );
  rmSync(folder, { recursive: true });
  expect(status, stderr).toBe(0);
  return stdout
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
}

describe('capture builder', () => {
  it('refuses pieces that are not there and fragments that cannot be', () => {
    const capture = new CaptureBuilder();
    expect(() => capture.udp(ALICE, BOB, 'x'.repeat(20), { fragmentSize: 8, order: [9] })).toThrow(
      RangeError,
    );
    expect(() => capture.udp(ALICE, BOB, 'x'.repeat(20), { fragmentSize: 9 })).toThrow(RangeError);
  });
});

describe.skipIf(!hasTshark)('captures as tshark reads them', () => {
  it.each([
    [{}, 'little-endian, Ethernet'],
    [{ bigEndian: true, nanoseconds: true }, 'big-endian, nanoseconds'],
    [{ linkType: LINKTYPE_RAW }, 'raw IP'],
    [{ linkType: LINKTYPE_NULL, bigEndian: true }, 'loopback'],
    [{ vlans: [7, 8] }, 'two VLAN tags'],
  ] as [CaptureOptions, string][])('have right checksums and times: %o, %s', (options, _name) => {
    const capture = new CaptureBuilder({ ...options, start: 1_140_132_628 });
    capture.udp(ALICE, BOB, message('MESSAGE', 'odd')).udp(ALICE6, BOB6, message('OPTIONS'));
    const tcp = capture.connect(ALICE6, BOB6);
    tcp.send('client', message('INFO')).close();
    const rows = dissect(capture, [
      'frame.time_epoch',
      'ip.checksum.status',
      'udp.checksum.status',
      'tcp.checksum.status',
      'sip.Method',
    ]);
    expect(rows[0]).toEqual(['1140132628.000000000', '1', '1', '', 'MESSAGE']);
    expect(rows[1]).toEqual(['1140132628.001000000', '', '1', '', 'OPTIONS']);
    expect(rows).toHaveLength(10);
    expect(rows.slice(2).map((row) => row[3])).toEqual(Array(8).fill('1'));
    expect(rows[5]?.[4]).toBe('INFO');
  });

  it('hold connections without a flaw, unless one was asked for', () => {
    const whole = new CaptureBuilder();
    const wrapping = { clientSequence: 2 ** 32 - 100, serverSequence: 2 ** 32 - 50 };
    const tcp = whole.connect(ALICE, BOB, wrapping);
    tcp
      .send('client', message('INVITE', 'x'.repeat(500)), { segmentSize: 64 })
      .send('server', message('BYE'))
      .close('server');
    const rows = dissect(whole, ['tcp.stream', 'tcp.analysis.flags', 'tcp.completeness', 'sip.Method']);
    expect(new Set(rows.map((row) => row[0]))).toEqual(new Set(['0']));
    expect(rows.map((row) => row[1] ?? '').join('')).toBe('');
    // 31: SYN, SYN-ACK, ACK, data and FIN were all seen.
    expect(rows.at(-1)?.[2]).toBe('31');
    expect(rows.map((row) => row[3] ?? '').filter((method) => method !== '')).toEqual(['INVITE', 'BYE']);
  });

  it('hold loss, reordering and retransmission as asked', () => {
    const capture = new CaptureBuilder();
    const tcp = capture.connect(ALICE, BOB);
    tcp.send('client', message('INVITE'), { segmentSize: 100, order: [1, 0, 2, 2], acknowledge: false });
    tcp.lose('client', 10).send('client', 'after the gap');
    const rows = dissect(capture, [
      'tcp.analysis.out_of_order',
      'tcp.analysis.retransmission',
      'tcp.analysis.lost_segment',
    ]);
    const marked = (column: number): number[] =>
      rows.flatMap((row, index) => ((row[column] ?? '') === '' ? [] : [index + 1]));
    expect(marked(0).concat(marked(1))).toEqual([5, 7]);
    expect(marked(2)).toEqual([4, 8]);
  });

  it('hold fragments of both IP versions, in any order', () => {
    const capture = new CaptureBuilder();
    capture.udp(ALICE, BOB, message('MESSAGE', 'x'.repeat(900)), { fragmentSize: 512, order: [2, 0, 1] });
    capture.udp(ALICE6, BOB6, message('OPTIONS', 'x'.repeat(900)), { fragmentSize: 800 });
    capture.udp(ALICE, BOB, message('INFO', 'x'.repeat(900)), { fragmentSize: 800, order: [1] });
    const rows = dissect(capture, ['sip.Method', 'udp.checksum.status']);
    expect(rows.map((row) => row[0] ?? '')).toEqual(['', '', 'MESSAGE', '', 'OPTIONS', '']);
    expect(rows[2]?.[1]).toBe('1');
  });

  it('cut frames at the snap length', () => {
    const capture = new CaptureBuilder({ snapLength: 64 });
    capture.udp(ALICE, BOB, message('MESSAGE'));
    expect(dissect(capture, ['frame.cap_len', 'frame.len'])).toEqual([
      ['64', String(14 + 20 + 8 + message('MESSAGE').length)],
    ]);
  });
});
