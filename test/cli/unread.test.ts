/** What was not read is told in every command, also where other messages were found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { siplens } from '../support/command.js';
import { ethernetFrame, IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { CaptureBuilder } from '../support/pcap-builder.js';
import { ALICE, PROXY, sip } from '../tui/messages.js';

const folder = mkdtempSync(join(tmpdir(), 'siplens-unread-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, capture: CaptureBuilder): string {
  const file = join(folder, name);
  writeFileSync(file, capture.toBytes());
  return file;
}

const INVITE = sip('INVITE sip:bob@example.net SIP/2.0');

/** A frame of another EtherType around the packet. */
function typed(etherType: string, packet: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`020000000002020000000001${etherType}`, 'hex'), packet]);
}

function packetOf(text: string): Buffer {
  return ipPacket(ALICE.address, PROXY.address, IP_UDP, udpDatagram(ALICE, PROXY, Buffer.from(text)));
}

/** Two messages and a TCP stream that are read, a frame of an unknown EtherType, ARP and encrypted ESP that are not. */
function mixed(): string {
  const capture = new CaptureBuilder();
  capture.udp(ALICE, PROXY, INVITE);
  capture.frame(typed('89ff80000005', packetOf(INVITE)));
  capture.udp(PROXY, ALICE, sip('SIP/2.0 180 Ringing'));
  for (let turn = 0; turn < 3; turn++)
    capture.packet(ipPacket(ALICE.address, PROXY.address, 50, Buffer.alloc(60, 0xc3 + turn)));
  capture.frame(typed('0806', Buffer.alloc(46)));
  capture.connect(ALICE, PROXY).send('client', sip('OPTIONS sip:bob@example.net SIP/2.0')).close();
  return saved('mixed.pcap', capture);
}

const file = mixed();
const TOLD = [
  `siplens: ${file}: 3 frames not read: ESP, encrypted (first: frame 4)`,
  `siplens: ${file}: 1 frame not read: EtherType 0x89ff (frame 2)`,
];

describe('frames that were not read', () => {
  test.each([
    ['list', ['list', file]],
    ['show', ['show', file, '1']],
    ['export', ['export', file]],
    ['tls', ['tls', file]],
    ['check', ['check', file]],
    ['flow', ['flow', file]],
    ['follow', ['follow', file, '--stream', '0']],
    ['follow --raw', ['follow', file, '--stream', '0', '--side', 'client', '--raw']],
    ['keys', ['keys', file]],
  ])('%s tells them', (_, argv) => {
    const { stderr } = siplens(argv);
    const said = stderr.split('\n').filter((line) => line.includes('not read'));
    expect(said).toEqual(TOLD);
  });

  test('threads and merged files tell them too', () => {
    for (const options of [['--jobs', '2'], ['--merge']]) {
      const { stderr } = siplens(['export', file, file, ...options]);
      expect([options, / not read: EtherType 0x89ff \((?:first: )?frame \d\)/.test(stderr)]).toEqual([
        options,
        true,
      ]);
    }
  });

  test('ARP is no frame that was not read; -v counts it', () => {
    expect(siplens(['list', file]).stderr).not.toContain('ARP');
    expect(siplens(['list', '-v', file]).stderr).toContain(
      'beside SIP: 3 ESP, encrypted, 1 EtherType 0x89ff, 1 ARP',
    );
  });

  test('-q leaves them out, and nothing is said where all was read', () => {
    expect(siplens(['list', '-q', file]).stderr).toBe('');
    const whole = saved('whole.pcap', new CaptureBuilder().udp(ALICE, PROXY, INVITE));
    expect(siplens(['list', whole]).stderr).toBe('');
  });

  test('many reasons are counted', () => {
    const capture = new CaptureBuilder().udp(ALICE, PROXY, INVITE);
    for (let type = 0; type < 300; type++) capture.frame(typed((0x7000 + type).toString(16), packetOf('x')));
    const { stderr } = siplens(['list', saved('many.pcap', capture)]);
    const lines = stderr.trimEnd().split('\n');
    // 64 reasons are kept, and eight of them told; the rest is one reason.
    expect(lines).toHaveLength(9);
    expect(lines[0]).toContain('236 frames not read: other reasons (first: frame 66)');
    expect(lines[8]).toContain('57 more frames not read, for other reasons');
    const sum = lines.reduce(
      (total, line) => total + Number(/: (\d+) (?:more )?frames? not read/.exec(line)?.[1]),
      0,
    );
    expect(sum).toBe(300);
  });
});

describe('bytes that were not read', () => {
  const capture = new CaptureBuilder();
  const tcp = capture.connect(ALICE, PROXY).send('client', INVITE);
  tcp.lose('client', 700).send('client', sip('BYE sip:bob@example.net SIP/2.0')).close();
  const lossy = saved('lossy.pcap', capture);

  test.each([
    ['list', ['list', lossy]],
    ['show', ['show', lossy, '1']],
    ['export', ['export', lossy]],
    ['tls', ['tls', lossy]],
    ['flow', ['flow', lossy]],
    ['keys', ['keys', lossy]],
    ['follow', ['follow', lossy, '--stream', '0']],
  ])('%s tells them', (_, argv) => {
    const said = siplens(argv)
      .stderr.split('\n')
      .filter((line) => line.includes('700 bytes from the client'));
    expect(said).toHaveLength(1);
  });

  test('check reports them as a finding, once', () => {
    const { stdout, stderr } = siplens(['check', lossy]);
    expect(stdout).toContain('700 bytes from the client are missing from the capture');
    expect(stderr).not.toContain('700 bytes');
  });

  test('a short frame is told with the place', () => {
    const cut = new CaptureBuilder()
      .udp(ALICE, PROXY, INVITE)
      .frame(ethernetFrame(packetOf(INVITE)).subarray(0, 30));
    expect(siplens(['list', saved('cut.pcap', cut)]).stderr).toMatch(
      /1 frame not read: IPv4: header is cut short.*\(frame 2\)/,
    );
  });
});
