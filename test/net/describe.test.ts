import { describe, expect, test } from 'vitest';
import type { Field } from '../../src/bytes/field.js';
import { describePacket, describePayload } from '../../src/net/decoder.js';
import { ethernetFrame } from '../support/packets.js';
import { hex, ipv4, ipv4Tcp, PAYLOAD, SAMPLES } from './encapsulations.js';

function named(fields: readonly Field[], ...path: string[]): Field {
  const [name, ...rest] = path;
  const field = fields.find((each) => each.name === name);
  if (field === undefined) throw new Error(`no field ${name} among ${fields.map((each) => each.name)}`);
  return rest.length === 0 ? field : named(field.children, ...rest);
}

function source(bytes: Uint8Array): { name: string; bytes: Uint8Array } {
  return { name: 'Frame 1', bytes };
}

test('a frame as Wireshark shows it', () => {
  const fields = describePacket(source(ethernetFrame(ipv4, [100])), 1);
  expect(fields.map(({ name, value, start, length }) => [name, value, start, length])).toEqual([
    ['Ethernet II', 'Src: 02:00:00:00:00:01, Dst: 02:00:00:00:00:02', 0, 14],
    ['802.1Q Virtual LAN', 'PRI: 0, DEI: 0, ID: 100', 14, 4],
    ['Internet Protocol Version 4', 'Src: 192.0.2.1, Dst: 198.51.100.2', 18, 20],
    ['User Datagram Protocol', 'Src Port: 5070, Dst Port: 5060', 38, 8 + PAYLOAD.length],
  ]);
  expect(named(fields, 'Ethernet II', 'Type').value).toBe('802.1Q (0x8100)');
  expect(named(fields, 'Internet Protocol Version 4', 'Protocol').value).toBe('UDP (17)');
  expect(named(fields, 'Internet Protocol Version 4', 'Flags and Fragment Offset').value).toBe(
    "Flags: Don't fragment, Fragment Offset: 0",
  );
  expect(named(fields, 'User Datagram Protocol', 'Destination Port')).toMatchObject({
    value: '5060',
    start: 40,
    length: 2,
  });
});

test('TCP with its options', () => {
  const header = Buffer.from(ipv4Tcp.subarray(0, 40));
  header[32] = 0xa0;
  header[33] = 0x12;
  const options = hex('020405b4 0402 080a00000001 00000000 01 030307');
  const packet = Buffer.concat([header, options]);
  packet.writeUInt16BE(packet.length, 2);
  const fields = describePacket(source(packet), 101);
  const tcp = named(fields, 'Transmission Control Protocol');
  expect(tcp.value).toBe('Src Port: 5070, Dst Port: 5060, Seq: 4294967290, Ack: 77, Len: 0');
  expect(named([tcp], 'Transmission Control Protocol', 'Header Length and Flags').value).toBe(
    'Header Length: 40 bytes, Flags: SYN, ACK',
  );
  expect(named([tcp], 'Transmission Control Protocol', 'Options').children.map(({ name }) => name)).toEqual([
    'Maximum segment size',
    'SACK permitted',
    'Timestamps',
    'No-Operation (NOP)',
    'Window scale',
  ]);
});

test('what failed stands behind the layers before it', () => {
  const fields = describePacket(source(ethernetFrame(ipv4).subarray(0, 37)), 1);
  expect(fields.map(({ name }) => name)).toEqual([
    'Ethernet II',
    'Internet Protocol Version 4',
    'User Datagram Protocol',
    '[Stopped: UDP]',
  ]);
  expect(fields.at(-1)).toMatchObject({ severity: 'error', start: 36, length: 1 });
  expect(fields.at(-1)?.value).toContain('needed 2 bytes at byte 36, had 1');
});

test('a payload put together from fragments', () => {
  const fields = describePayload(source(ipv4.subarray(20)), 17);
  expect(fields.map(({ name }) => name)).toEqual(['User Datagram Protocol']);
});

describe('every encapsulation has a tree whose fields lie in the frame, each in its parent', () => {
  function check(field: Field, start: number, end: number): void {
    expect(field.start).toBeGreaterThanOrEqual(start);
    expect(field.start + field.length).toBeLessThanOrEqual(end);
    for (const child of field.children) check(child, field.start, field.start + field.length);
  }
  test.each(SAMPLES)('$name', ({ linkType, frame, name }) => {
    const fields = describePacket(source(frame), linkType);
    for (const field of fields) check(field, 0, frame.length);
    const last = fields.at(-1);
    const transport = name.includes('TCP') ? 'Transmission Control Protocol' : 'User Datagram Protocol';
    expect(last?.name).toBe(name === 'exported PDU' ? 'EXPORTED_PDU' : transport);
    // Headers follow one another without a hole.
    let at = 0;
    for (const field of fields.slice(0, name.startsWith('NFLOG') ? 1 : undefined)) {
      expect([field.name, field.start]).toEqual([field.name, at]);
      at = field.start + field.length;
    }
  });
});
