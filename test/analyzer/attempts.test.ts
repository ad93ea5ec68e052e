import { describe, expect, it } from 'vitest';
import { findingsIn } from '../checks/support.js';
import { siplens } from '../support/command.js';
import { CaptureBuilder } from '../support/pcap-builder.js';

const CLIENT = { address: '192.0.2.1', port: 40_000 };
const SERVER = { address: '192.0.2.2', port: 5061 };
const [SYN, RST, ACK] = [0x02, 0x04, 0x10];

type Packet = {
  readonly at: number;
  readonly from: 'client' | 'server';
  readonly flags: number;
  readonly data?: string;
};

/** A capture of these segments, each at its second. */
function capture(packets: readonly Packet[], server = SERVER): Buffer {
  const builder = new CaptureBuilder({ start: 1000 });
  for (const { from, flags, data } of packets) {
    const [source, target] = from === 'client' ? [CLIENT, server] : [server, CLIENT];
    const sequence = from === 'client' ? 100 + (flags === SYN ? 0 : 1) : 500;
    builder.tcp(
      source,
      target,
      { sequence, acknowledgment: from === 'client' ? 501 : 101, flags },
      data ?? '',
    );
  }
  const bytes = Buffer.from(builder.toBytes());
  let offset = 24;
  for (const { at } of packets) {
    bytes.writeUInt32LE(1000 + Math.floor(at), offset);
    bytes.writeUInt32LE(Math.round((at % 1) * 1e6), offset + 4);
    offset += 16 + bytes.readUInt32LE(offset + 8);
  }
  return bytes;
}

const told = (packets: readonly Packet[], server = SERVER): string[] =>
  findingsIn(capture(packets, server))
    .filter(({ rule }) => rule === 'tcp/refused' || rule === 'tcp/not-answered')
    .map(({ rule, severity, summary, where }) => `${severity} ${rule} ${where}: ${summary}`);

const syn = (at: number): Packet => ({ at, from: 'client', flags: SYN });
const refusal = (at: number): Packet => ({ at, from: 'server', flags: RST | ACK });

describe('a connection to a SIP port that was never made', () => {
  it('was refused', () => {
    expect(told([syn(0), refusal(0.01)])).toEqual([
      'error tcp/refused frame 2, tcp stream 0: 192.0.2.2:5061 refused the connection from 192.0.2.1: it answered the SYN with RST',
    ]);
  });

  it('was not answered: how often, and how long', () => {
    // The times of RFC 6298: 1 s, then doubled.
    expect(told([syn(0), syn(1), syn(3), syn(7)])).toEqual([
      'error tcp/not-answered frame 1, tcp stream 0: 192.0.2.2:5061 did not answer: 192.0.2.1 sent 4 SYNs in 7.0 s, and nothing came back for 7.0 s',
    ]);
  });

  it('counts copies of a mirror port once', () => {
    expect(told([syn(0), syn(0.0001), syn(1), syn(1.0001), syn(3.5)])).toEqual([
      expect.stringContaining('sent 3 SYNs in 3.5 s'),
    ]);
  });

  it.each<[string, readonly Packet[]]>([
    [
      'answered',
      [syn(0), { at: 0.1, from: 'server', flags: SYN | ACK }, { at: 9, from: 'client', flags: ACK }],
    ],
    ['answered, and reset later', [syn(0), { at: 0.1, from: 'server', flags: SYN | ACK }, refusal(9)]],
    // Only what the client sends was captured: its ACK shows that there was an answer.
    [
      'captured in one direction',
      [syn(0), { at: 0.1, from: 'client', flags: ACK }, { at: 9, from: 'client', flags: ACK }],
    ],
    ['still waiting at the end of the capture', [syn(0), syn(1)]],
    ['captured from its middle', [{ at: 0, from: 'client', flags: ACK, data: 'x' }, refusal(9)]],
  ])('is not told of one that was %s', (_, packets) => {
    expect(told(packets)).toEqual([]);
  });

  it('is not told of other ports', () => {
    expect(told([syn(0), refusal(0.01)], { ...SERVER, port: 443 })).toEqual([]);
  });

  it('is the answer of list and check', () => {
    const bytes = capture([syn(0), refusal(0.01)]);
    expect(siplens(['list', '-'], bytes).stderr).toContain(
      '192.0.2.2:5061 refused the connection from 192.0.2.1',
    );
    expect(siplens(['check', '-', '--fail-on', 'error'], bytes).status).toBe(1);
  });
});
