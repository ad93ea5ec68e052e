import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatAddress } from '../../src/net/address.js';
import { MAX_LAYERS, PacketDecoder } from '../../src/net/decoder.js';
import { ethernetFrame, IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { hasTshark } from '../support/peers.js';
import { ALICE, ALICE6, BOB, BOB6, hex, ipv4, ipv4Tcp, ipv6, PAYLOAD, SAMPLES } from './encapsulations.js';

function decode(linkType: number, frame: Uint8Array): PacketDecoder {
  const decoder = new PacketDecoder();
  decoder.decode(linkType, frame);
  return decoder;
}

function payloadOf({ bytes, payloadStart, payloadEnd }: PacketDecoder): string {
  return Buffer.from(bytes.subarray(payloadStart, payloadEnd)).toString();
}

function endpointsOf(decoder: PacketDecoder): string {
  const { addressBytes, sourceOffset, destinationOffset, addressLength } = decoder;
  const source = formatAddress(addressBytes, sourceOffset, addressLength);
  const destination = formatAddress(addressBytes, destinationOffset, addressLength);
  return `${source} ${decoder.sourcePort} ${destination} ${decoder.destinationPort}`;
}

describe('every encapsulation gives the datagram within', () => {
  test.each(SAMPLES)('$name', ({ linkType, frame, name }) => {
    const decoder = decode(linkType, frame);
    expect(decoder.stop).toBeUndefined();
    expect(decoder.outcome).toBe(name.includes('TCP') ? 'tcp' : 'udp');
    expect(payloadOf(decoder)).toBe(PAYLOAD.toString());
    expect(decoder.missing).toBe(0);
    const [from, to] = decoder.addressLength === 4 ? [ALICE, BOB] : [ALICE6, BOB6];
    expect(endpointsOf(decoder)).toBe(`${from.address} ${from.port} ${to.address} ${to.port}`);
  });
});

/** A pcapng with an interface for each frame, as link types differ. */
function pcapngOf(samples: typeof SAMPLES): Buffer {
  const block = (type: number, body: Buffer): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(body.length + 12);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(type);
    return Buffer.concat([head, size, body, size]);
  };
  const section = hex('4d3c2b1a 0100 0000 ffffffffffffffff');
  const interfaces = samples.map(({ linkType }) => {
    const body = Buffer.alloc(8);
    body.writeUInt16LE(linkType);
    return block(1, body);
  });
  const packets = samples.map(({ frame }, index) => {
    const body = Buffer.alloc(20 + Math.ceil(frame.length / 4) * 4);
    body.writeUInt32LE(index);
    body.writeUInt32LE(frame.length, 12);
    body.writeUInt32LE(frame.length, 16);
    frame.copy(body, 20);
    return block(6, body);
  });
  return Buffer.concat([block(0x0a0d0d0a, section), ...interfaces, ...packets]);
}

const KNOWN_TO_TSHARK = SAMPLES.filter(({ unlikeTshark }) => unlikeTshark === undefined);

test.skipIf(!hasTshark)('tshark finds the same datagram in each encapsulation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'siplens-'));
  try {
    const file = join(folder, 'encapsulations.pcapng');
    writeFileSync(file, pcapngOf(KNOWN_TO_TSHARK));
    const fields = [
      'ip.src',
      'ipv6.src',
      'udp.srcport',
      'tcp.srcport',
      'exported_pdu.src_port',
      'sip.Method',
    ];
    const options = ['-o', 'esp.enable_null_encryption_decode_heuristic:TRUE', '-r', file, '-T', 'fields'];
    const text = execFileSync('tshark', [...options, ...fields.flatMap((field) => ['-e', field])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const last = (list: string): string => list.split(',').at(-1) as string;
    const seen = text
      .trimEnd()
      .split('\n')
      .map((line, index) => {
        const [ip4 = '', ip6 = '', udp = '', tcp = '', exported = '', method = ''] = line.split('\t');
        const sample = KNOWN_TO_TSHARK[index];
        const isIpv6 = sample !== undefined && decode(sample.linkType, sample.frame).addressLength === 16;
        return [sample?.name, last(isIpv6 ? ip6 : ip4), last(udp === '' ? tcp || exported : udp), method];
      });
    const expected = KNOWN_TO_TSHARK.map(({ name, linkType, frame }) => {
      const decoder = decode(linkType, frame);
      const source = formatAddress(decoder.addressBytes, decoder.sourceOffset, decoder.addressLength);
      // The same segment a second time is a retransmission, of which tshark shows no message.
      const method = name === 'ESP NULL, TCP' ? '' : 'OPTIONS';
      return [name, source, String(decoder.sourcePort), method];
    });
    expect(seen).toEqual(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('lengths', () => {
  test('Ethernet padding is cut by the IP length', () => {
    const short = ipPacket(ALICE.address, BOB.address, IP_UDP, udpDatagram(ALICE, BOB, Buffer.from('hi')));
    const frame = ethernetFrame(short);
    expect(frame).toHaveLength(60);
    expect(payloadOf(decode(1, frame))).toBe('hi');
  });

  test('a total length of 0 takes all there is (segmentation offload)', () => {
    const packet = Buffer.from(ipv4Tcp);
    packet.writeUInt16BE(0, 2);
    const decoder = decode(101, packet);
    expect(payloadOf(decoder)).toBe(PAYLOAD.toString());
    expect(decoder.missing).toBe(0);
  });

  test('an IPv6 payload length of 0 likewise, and a jumbo payload option states it', () => {
    const packet = Buffer.from(ipv6);
    packet.writeUInt16BE(0, 4);
    expect(payloadOf(decode(101, packet))).toBe(PAYLOAD.toString());

    const big = Buffer.alloc(70_000, 0x61);
    const udp = udpDatagram(ALICE6, BOB6, Buffer.from('x'));
    udp.writeUInt16BE(0, 4);
    const extension = hex('11 00 c204 00000000');
    const payload = Buffer.concat([extension, udp.subarray(0, 8), big]);
    extension.writeUInt32BE(payload.length, 4);
    const jumbo = Buffer.concat([
      ipPacket(ALICE6.address, BOB6.address, 0, Buffer.alloc(0)),
      extension,
      payload.subarray(8),
      Buffer.from('trailer'),
    ]);
    const decoder = decode(101, jumbo);
    expect(decoder.outcome).toBe('udp');
    expect(decoder.payloadEnd - decoder.payloadStart).toBe(70_000);
  });

  test('a UDP length of 0 takes all, one below 8 stops', () => {
    const zero = Buffer.from(ipv4);
    zero.writeUInt16BE(0, 24);
    expect(payloadOf(decode(101, zero))).toBe(PAYLOAD.toString());
    zero.writeUInt16BE(7, 24);
    expect(decode(101, zero).stop).toMatchObject({ layer: 'UDP', offset: 24 });
  });

  test('a UDP length below the IP payload cuts it', () => {
    const packet = Buffer.from(ipv4);
    packet.writeUInt16BE(8 + 7, 24);
    expect(payloadOf(decode(101, packet))).toBe('OPTIONS');
  });

  test('what the snap length cut is counted', () => {
    const udp = decode(101, ipv4.subarray(0, ipv4.length - 10));
    expect(udp.outcome).toBe('udp');
    expect(udp.missing).toBe(10);
    const tcp = decode(101, ipv4Tcp.subarray(0, ipv4Tcp.length - 10));
    expect(tcp.missing).toBe(10);
    expect(tcp.payloadEnd - tcp.payloadStart).toBe(PAYLOAD.length - 10);
  });

  test('a TCP header cut within its options still gives the sequence number', () => {
    const header = Buffer.from(ipv4Tcp.subarray(0, 40));
    header[32] = 0x80;
    const withOptions = Buffer.concat([header, Buffer.alloc(12, 1), PAYLOAD]);
    withOptions.writeUInt16BE(withOptions.length, 2);
    for (const kept of [36, 38, 40, 44]) {
      const decoder = decode(101, withOptions.subarray(0, kept));
      expect(decoder.outcome).toBe('tcp');
      expect(decoder.sequence).toBe(4_294_967_290);
      expect(decoder.payloadEnd - decoder.payloadStart).toBe(0);
      expect(decoder.missing).toBe(PAYLOAD.length);
    }
  });
});

describe('what is not decoded is named', () => {
  test.each([
    [1, `ffffffffffff020000000001 0806 ${'00'.repeat(28)}`, 'ARP'],
    [1, `ffffffffffff020000000001 88cc ${'00'.repeat(28)}`, 'LLDP'],
    [1, '0180c2000000020000000001 0003 424203', 'STP'],
    [1, '0180c2000000020000000001 0003 0001bf', 'LLC XID'],
    [1, '0180c2000000020000000001 0008 aaaa0300000c2000', 'SNAP'],
    [1, '0180c2000000020000000001 8863 11090000 0000', 'PPPoE Discovery'],
    [1, '0180c2000000020000000001 8864 11000001 0006 c021 0101 0004', 'LCP'],
  ])('link type %d, %s: %s', (linkType, digits, protocol) => {
    const decoder = decode(linkType, hex(digits));
    expect(decoder.outcome).toBe('other');
    expect(decoder.protocol).toBe(protocol);
  });

  test.each([
    [1, `ffffffffffff020000000001 1234 ${'00'.repeat(28)}`, 'EtherType 0x1234'],
    [1, `ffffffffffff020000000001 88e5 ${'00'.repeat(28)}`, 'MACsec'],
    [1, '0180c2000000020000000001 0008 aaaa03 0080c2 0007', 'SNAP 0x0007 of 0080c2'],
    [1, '0180c2000000020000000001 0003 121203', 'LLC SAP 0x12'],
    [0, '00000007', 'address family 7'],
    [9, '00fd 0000', 'PPP Compressed'],
    [113, '0000 0001 0006 020000000001 0000 000c 00', 'Linux protocol 0x000c'],
    [147, '00', 'USER0'],
    [65_537, '00', 'link type 65535'],
  ])('what may carry IP is unread: link type %d, %s: %s', (linkType, digits, protocol) => {
    const decoder = decode(linkType, hex(digits));
    expect(decoder.outcome).toBe('unread');
    expect(decoder.protocol).toBe(protocol);
  });

  test.each([
    [1, 'ICMP', 'other'],
    [89, 'OSPF', 'other'],
    [132, 'SCTP', 'unread'],
    [50, 'ESP, encrypted', 'unread'],
    [253, 'IP protocol 253', 'unread'],
  ])('IP protocol %d: %s', (protocol, name, outcome) => {
    const decoder = decode(101, ipPacket(ALICE.address, BOB.address, protocol, Buffer.alloc(8)));
    expect(decoder.outcome).toBe(outcome);
    expect(decoder.protocol).toBe(name);
    expect(endpointsOf(decoder)).toBe(`${ALICE.address} 0 ${BOB.address} 0`);
  });

  test('a tunnel with another protocol inside is no datagram', () => {
    const arp = Buffer.concat([hex('08000000 00002a00'), hex('ffffffffffff 020000000001 0806')]);
    const udp = udpDatagram({ ...ALICE, port: 1 }, { ...BOB, port: 4789 }, arp);
    const decoder = decode(101, ipPacket(ALICE.address, BOB.address, IP_UDP, udp));
    expect(decoder.outcome).toBe('other');
    expect(decoder.protocol).toBe('ARP');
  });

  test('SIP on a port of a tunnel is a datagram', () => {
    for (const port of [2152, 4789, 4790, 6081]) {
      const udp = udpDatagram(ALICE, { ...BOB, port }, PAYLOAD);
      const decoder = decode(101, ipPacket(ALICE.address, BOB.address, IP_UDP, udp));
      expect(decoder.outcome).toBe('udp');
      expect(payloadOf(decoder)).toBe(PAYLOAD.toString());
    }
  });
});

describe('a layer that fails says what, where, needed and had', () => {
  test.each([
    ['Ethernet', 1, ethernetFrame(ipv4).subarray(0, 13), { offset: 12, needed: 2, had: 1 }],
    ['IPv4', 1, ethernetFrame(ipv4).subarray(0, 14 + 11), { offset: 24, needed: 2, had: 1 }],
    ['IPv6', 101, ipv6.subarray(0, 30), { offset: 8, needed: 32, had: 22 }],
    ['UDP', 101, ipv4.subarray(0, 26), { offset: 26, needed: 2, had: 0 }],
    ['TCP', 101, ipv4Tcp.subarray(0, 33), { offset: 32, needed: 2, had: 1 }],
    ['Null/Loopback', 0, hex('0200'), { offset: 0, needed: 4, had: 2 }],
    ['Raw IP', 101, hex(''), { offset: 0, needed: 1, had: 0 }],
  ])('%s', (layer, linkType, frame, shortage) => {
    const decoder = decode(linkType, frame);
    expect(decoder.outcome).toBe('stopped');
    expect(decoder.protocol).toBe(layer);
    expect(decoder.stop).toMatchObject({ layer, ...shortage });
  });

  test('the layers before it stay', () => {
    const decoder = decode(1, ethernetFrame(ipv4).subarray(0, 14 + 20 + 3));
    expect(decoder.stop?.layer).toBe('UDP');
    expect(endpointsOf(decoder)).toBe(`${ALICE.address} 0 ${BOB.address} 0`);
  });

  test.each([
    ['version', 0, 0x55, 0],
    ['header length', 0, 0x44, 0],
    ['total length', 3, 10, 2],
  ])('IPv4 %s', (what, at, value, offset) => {
    const packet = Buffer.from(ipv4);
    packet.writeUInt16BE(0x4500, 0);
    packet[2] = 0;
    packet[at] = value;
    const decoder = decode(228, packet);
    expect(decoder.stop).toMatchObject({ layer: 'IPv4', offset });
    expect(decoder.stop?.message).toContain(what);
  });

  test('a TCP header longer than its packet', () => {
    const packet = Buffer.from(ipv4Tcp.subarray(0, 40));
    packet.writeUInt16BE(40, 2);
    packet[32] = 0xf0;
    expect(decode(101, packet).stop).toMatchObject({ layer: 'TCP', offset: 32 });
    packet[32] = 0x40;
    expect(decode(101, packet).stop).toMatchObject({ layer: 'TCP', offset: 32 });
  });

  test('headers within headers end at the limit', () => {
    let packet = ipv4;
    for (let depth = 1; depth < MAX_LAYERS - 2; depth++) packet = ipPacket('10.0.0.1', '10.0.0.2', 4, packet);
    // RAW itself, IPv4 headers, UDP.
    expect(decode(101, packet).outcome).toBe('udp');
    packet = ipPacket('10.0.0.1', '10.0.0.2', 4, packet);
    expect(decode(101, packet).outcome).toBe('stopped');
    expect(decode(101, packet).stop?.message).toContain(String(MAX_LAYERS));
    const tags = Buffer.concat([hex('020000000002 020000000001'), hex('8100 0001'.repeat(10_000))]);
    expect(decode(1, tags).outcome).toBe('stopped');
  });
});

describe('reuse', () => {
  test('nothing of a packet is left for the next', () => {
    const decoder = new PacketDecoder();
    decoder.decode(101, ipv4Tcp);
    decoder.decode(1, hex('ffffffffffff020000000001 0806'));
    const fresh = new PacketDecoder();
    fresh.decode(1, hex('ffffffffffff020000000001 0806'));
    for (const name of [
      'outcome',
      'protocol',
      'sequence',
      'flags',
      'sourcePort',
      'addressLength',
      'missing',
    ]) {
      expect(Reflect.get(decoder, name)).toEqual(Reflect.get(fresh, name));
    }
    expect(decoder.addressBytes).toHaveLength(0);
  });

  test('a fragment, then its payload with the addresses of the fragment', () => {
    const udp = udpDatagram(ALICE, BOB, PAYLOAD);
    const fragment = { identification: 9, offset: 8, more: true };
    const decoder = decode(101, ipPacket(ALICE.address, BOB.address, IP_UDP, udp.subarray(8, 24), fragment));
    expect(decoder.outcome).toBe('fragment');
    expect(decoder.fragment).toMatchObject({ ...fragment, protocol: IP_UDP, missing: 0 });
    expect(Buffer.from(decoder.fragment?.data ?? [])).toEqual(udp.subarray(8, 24));
    decoder.decodePayload(IP_UDP, udp);
    expect(decoder.outcome).toBe('udp');
    expect(decoder.fragment).toBeUndefined();
    expect(payloadOf(decoder)).toBe(PAYLOAD.toString());
    expect(endpointsOf(decoder)).toBe(`${ALICE.address} ${ALICE.port} ${BOB.address} ${BOB.port}`);
  });

  test('fragments within fragments end at the limit', () => {
    const inner = ipPacket('10.0.0.1', '10.0.0.2', 4, ipv4, { identification: 1, offset: 0, more: true });
    const decoder = decode(101, inner);
    let rounds = 0;
    while (decoder.outcome === 'fragment' && rounds < 1000) {
      decoder.decodePayload(4, inner);
      rounds++;
    }
    expect(decoder.outcome).toBe('stopped');
    expect(rounds).toBeLessThan(MAX_LAYERS);
  });
});
