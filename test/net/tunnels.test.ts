/** What is nearly a tunnel, and what of a tunnel is not read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PacketDecoder } from '../../src/net/decoder.js';
import { seededRandom } from '../support/mutate.js';
import { IP_UDP, ipPacket, udpDatagram } from '../support/packets.js';
import { ALICE, BOB, hex, ipv4, ipv6, PAYLOAD, SAMPLES } from './encapsulations.js';

const PORTS = [1701, 2152, 3544, 4754, 4789, 4790, 5247, 6081, 6635, 8472, 37_008];

function decode(linkType: number, frame: Uint8Array, cut = 0): PacketDecoder {
  const decoder = new PacketDecoder();
  decoder.decode(linkType, frame, cut);
  return decoder;
}

function onPort(port: number, payload: Uint8Array, source = 40_000): Buffer {
  const from = { address: ALICE.address, port: source };
  const to = { address: BOB.address, port };
  return ipPacket(from.address, to.address, IP_UDP, udpDatagram(from, to, payload));
}

function inIpv4(protocol: number, payload: Uint8Array): Buffer {
  return ipPacket(ALICE.address, BOB.address, protocol, payload);
}

describe('ordinary UDP on the port of a tunnel stays UDP', () => {
  test('RTP of any header and payload', () => {
    const random = seededRandom('rtp');
    const decoder = new PacketDecoder();
    for (let round = 0; round < 20_000; round++) {
      const rtp = Buffer.from(Array.from({ length: 60 }, () => Math.floor(random() * 256)));
      // RFC 3550 §5.1: version 2, payload type 0 or 8.
      rtp[0] = 0x80;
      rtp[1] = random() < 0.5 ? 0 : 8;
      const port = PORTS[round % PORTS.length] as number;
      decoder.decode(101, onPort(port, rtp));
      expect([port, decoder.outcome, decoder.payloadEnd - decoder.payloadStart]).toEqual([port, 'udp', 60]);
    }
  });

  const dns = hex('1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 6e6574 00 0001 0001');
  test.each(PORTS)('DNS and SIP on port %i', (port) => {
    for (const payload of [dns, PAYLOAD]) {
      for (const frame of [onPort(port, payload), onPort(5060, payload, port)]) {
        const decoder = decode(101, frame);
        expect(decoder.outcome).toBe('udp');
        expect(Buffer.from(decoder.bytes.subarray(decoder.payloadStart, decoder.payloadEnd))).toEqual(
          payload,
        );
      }
    }
  });

  test('SIP on the port of ESP in UDP', () => {
    expect(decode(101, onPort(4500, PAYLOAD, 4500)).outcome).toBe('udp');
  });

  test.each([
    ['VXLAN with a reserved bit', 4789, '08010000 00002a00', ipv4],
    ['group policy without Ethernet', 4789, '88000123 00002a00', Buffer.alloc(40, 1)],
    [
      'MPLS whose IP has a wrong checksum',
      6635,
      '000631ff',
      Buffer.concat([ipv4.subarray(0, 10), hex('dead'), ipv4.subarray(12)]),
    ],
    ['GRE with a wrong length within', 4754, '0000 0800', ipv4.subarray(0, -1)],
    ['GRE with a reserved bit', 4754, '4000 0800', ipv4],
    ['Teredo with IPv4', 3544, '', ipv4],
    ['Teredo with a wrong length', 3544, '', Buffer.concat([ipv6, hex('00')])],
    ['L2TP with a wrong length', 1701, '4002 0001 0001 0001 0021', ipv4],
    ['CAPWAP with a header longer than the packet', 5247, '00 f80300 00000000', Buffer.alloc(8)],
    ['TZSP of another version', 37_008, '02 00 0001 01', ipv4],
  ])('%s', (_, port, header, payload) => {
    expect(decode(101, onPort(port, Buffer.concat([hex(header), payload]))).outcome).toBe('udp');
  });
});

describe('ESP that is encrypted is told, never misread', () => {
  test('random payloads', () => {
    const decoder = new PacketDecoder();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 120 }), (payload) => {
        decoder.decode(101, inIpv4(50, payload));
        expect([decoder.outcome, decoder.protocol]).toEqual(['unread', 'ESP, encrypted']);
      }),
      { numRuns: 5000, seed: 1 },
    );
  });

  const [sample] = SAMPLES.filter(({ name }) => name === 'ESP NULL, TCP');
  const plain = sample?.frame as Buffer;
  test.each([
    ['a byte of the TCP payload', 60],
    ['the next header', plain.length - 13],
    ['the padding length', plain.length - 14],
  ])('one changed bit in %s', (_, at) => {
    const frame = Buffer.from(plain);
    frame[at] = (frame[at] as number) ^ 0x40;
    expect(decode(101, frame).protocol).toBe('ESP, encrypted');
  });

  test('cut by the snap length', () => {
    const decoder = decode(101, plain.subarray(0, 80), plain.length - 80);
    expect([decoder.outcome, decoder.protocol]).toEqual([
      'unread',
      'ESP, cut short: its trailer would say whether it is encrypted',
    ]);
  });

  test('in UDP: IKE and keepalives are control, the rest is ESP', () => {
    expect(decode(101, onPort(4500, hex('00000000 0102030405060708')))).toMatchObject({
      outcome: 'other',
      protocol: 'IKE',
    });
    expect(decode(101, onPort(4500, hex('ff')))).toMatchObject({
      outcome: 'other',
      protocol: 'NAT keepalive',
    });
    expect(decode(101, onPort(40_000, Buffer.alloc(40, 0xee), 4500))).toMatchObject({
      outcome: 'unread',
      protocol: 'ESP, encrypted',
    });
  });
});

describe('what of a tunnel is not read is named', () => {
  const wlan = '0000 020000000001 020000000002 020000000003';
  const llc = Buffer.concat([hex('aaaa03 000000 0800'), ipv4]);
  const subframe = Buffer.concat([
    hex('020000000002 020000000001'),
    hex(llc.length.toString(16).padStart(4, '0')),
    llc,
  ]);
  test.each<[string, string, number, Uint8Array]>([
    ['unread', '802.11 data, encrypted', 105, Buffer.concat([hex(`0841${wlan}0000`), llc])],
    ['unread', '802.11 fragment', 105, Buffer.concat([hex(`0805${wlan}0000`), llc])],
    ['unread', '802.11 fragment', 105, Buffer.concat([hex(`0801${wlan}0100`), llc])],
    [
      'unread',
      '802.11 data of several frames (A-MSDU)',
      105,
      Buffer.concat([hex(`8801${wlan}0000 8000`), subframe, subframe]),
    ],
    ['other', '802.11 management', 105, hex(`8000${wlan}0000`)],
    ['other', '802.11 data without payload', 105, hex(`4801${wlan}0000`)],
    ['unread', 'CAPWAP, encrypted (DTLS)', 101, onPort(5247, hex('01000000 17fefd 0001'))],
    ['unread', 'CAPWAP fragment', 101, onPort(5247, hex('00 100280 00000000 aa'))],
    ['other', 'CAPWAP keep-alive', 101, onPort(5247, hex('00 100208 00000000'))],
    ['other', 'L2TP control', 101, onPort(1701, hex('c802 000c 0001 0000 0000 0000'))],
    ['other', 'L2TPv3 control', 101, inIpv4(115, hex('00000000 c803'))],
    [
      'unread',
      'L2TPv3 with a payload that is neither Ethernet, PPP nor IP',
      101,
      inIpv4(115, Buffer.alloc(60, 7)),
    ],
    ['unread', 'TZSP with protocol 119', 101, onPort(37_008, hex('01 00 0077 01 00'))],
    [
      'unread',
      'MPLS with a payload that is neither IP nor Ethernet',
      101,
      inIpv4(137, Buffer.concat([hex('0003e1ff'), Buffer.alloc(30, 0x77)])),
    ],
    ['unread', 'exported PDU (http) without addresses', 252, hex('000c 0004 68747470 0000 0000 00')],
    ['unread', 'exported PDU without addresses', 252, hex('000c 0004 1b5d323b 0000 0000 00')],
    ['unread', 'PKTAP record 2', 258, hex('0c000000 02000000 01000000')],
    ['unread', 'Frame Relay NLPID 0x81', 107, hex('1841 03 81 00')],
    ['other', 'SLARP', 104, hex('8f00 8035 00000002')],
  ])('%s: %s', (outcome, protocol, linkType, frame) => {
    const decoder = decode(linkType, frame);
    expect([decoder.outcome, decoder.protocol]).toEqual([outcome, protocol]);
  });

  test.each<[number, string, string]>([
    [105, `0901${wlan}0000`, 'version is 1, not 0'],
    [127, '0100 0800 00000000', 'version is 1, not 0'],
    [127, '0000 0400 00000000', 'length 4 is below its own fields'],
    [192, '0000 0400 69000000', 'length 4 is below 8'],
    [258, '04000000 01000000 01000000', 'length 4 is below 12'],
    [178, '00000001', 'no magic number'],
    [107, '0000000000', 'address of more than 4 bytes'],
    [101, inIpv4(97, hex('2000')).toString('hex'), 'version is 2, not 3'],
    [101, onPort(1701, hex('0003 0000 00000000 00')).toString('hex'), 'session 0 in a data message'],
  ])('link type %i, %s: %s', (linkType, digits, message) => {
    expect(decode(linkType, hex(digits)).stop?.message).toBe(message);
  });
});

describe('lengths of UDP', () => {
  test('a user packet of GTP-U that the snap length cut is opened', () => {
    const whole = onPort(
      2152,
      Buffer.concat([hex(`30ff ${ipv4.length.toString(16).padStart(4, '0')} 00000001`), ipv4]),
    );
    const decoder = decode(101, whole.subarray(0, -5), 5);
    expect([decoder.outcome, decoder.sourcePort, decoder.missing]).toEqual(['udp', ALICE.port, 5]);
  });

  test('a length above the IP payload is no snap length', () => {
    const frame = onPort(5060, PAYLOAD);
    frame.writeUInt16BE(8 + PAYLOAD.length + 92, 24);
    const decoder = decode(101, frame);
    expect([decoder.missing, decoder.overstated]).toEqual([0, 92]);
    const cut = decode(101, frame.subarray(0, -4), 4);
    expect([cut.missing, cut.overstated]).toEqual([4, 92]);
    expect(decode(101, onPort(5060, PAYLOAD)).overstated).toBe(0);
  });
});

describe('networks with the same addresses', () => {
  const networkOf = (name: string): number => {
    const sample = SAMPLES.find((one) => one.name === name);
    return decode(sample?.linkType ?? 0, sample?.frame ?? Buffer.alloc(0)).network;
  };
  const tagged = (...tags: string[]): number =>
    decode(1, Buffer.concat([hex('020000000002 020000000001'), hex(tags.join('')), hex('0800'), ipv4]))
      .network;

  test('VLANs tell them apart, priorities do not, and no tag is 0', () => {
    expect(tagged()).toBe(0);
    expect(tagged('8100 0000')).toBe(0);
    expect(tagged('8100 a000')).toBe(0);
    expect(tagged('8100 0064')).toBe(tagged('8100 a064'));
    const all = [
      tagged('8100 0064'),
      tagged('8100 00c8'),
      tagged('8100 0064', '8100 00c8'),
      tagged('8100 00c8', '8100 0064'),
    ];
    expect(new Set([0, ...all]).size).toBe(5);
  });

  test('VNIs, GRE keys and service instances do too', () => {
    for (const name of [
      'VXLAN',
      'VXLAN, group policy',
      'Geneve',
      'GRE, checksum, key and sequence',
      '802.1ah',
    ])
      expect([name, networkOf(name) !== 0]).toEqual([name, true]);
    expect(networkOf('VXLAN')).toBe(networkOf('VXLAN on 8472'));
    for (const name of ['GRE', 'GRE, PPP (PPTP)', 'MPLS, two labels', 'GTP-U'])
      expect([name, networkOf(name)]).toEqual([name, 0]);
  });
});
