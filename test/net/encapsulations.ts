/** One UDP datagram (and its TCP twin) in every encapsulation that is read. */
import {
  addressBytes,
  ethernetFrame,
  IP_TCP,
  IP_UDP,
  ipPacket,
  PSH,
  tcpSegment,
  udpDatagram,
} from '../support/packets.js';

export const ALICE = { address: '192.0.2.1', port: 5070 };
export const BOB = { address: '198.51.100.2', port: 5060 };
export const ALICE6 = { address: '2001:db8::1', port: 5070 };
export const BOB6 = { address: '2001:db8:0:1::2', port: 5060 };
export const PAYLOAD = Buffer.from('OPTIONS sip:bob@example.net SIP/2.0\r\n\r\n');

export type Sample = {
  readonly name: string;
  readonly linkType: number;
  readonly frame: Buffer;
  /** Why tshark does not find it, or what it must be told. */
  readonly unlikeTshark?: string;
};

export function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

const udp4 = udpDatagram(ALICE, BOB, PAYLOAD);
const udp6 = udpDatagram(ALICE6, BOB6, PAYLOAD);
const tcp4 = tcpSegment(ALICE, BOB, { sequence: 4_294_967_290, acknowledgment: 77, flags: PSH }, PAYLOAD);
export const ipv4 = ipPacket(ALICE.address, BOB.address, IP_UDP, udp4);
export const ipv6 = ipPacket(ALICE6.address, BOB6.address, IP_UDP, udp6);
export const ipv4Tcp = ipPacket(ALICE.address, BOB.address, IP_TCP, tcp4);
const ethernet = ethernetFrame(ipv4);

function join(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? hex(part) : part)));
}

function on(type: number, ...parts: (string | Uint8Array)[]): { linkType: number; frame: Buffer } {
  return { linkType: type, frame: join(...parts) };
}

const MAC = '020000000002 020000000001';

function length16(bytes: number): string {
  return bytes.toString(16).padStart(4, '0');
}

/** An IPv4 packet with a header of its own around a payload. */
function inIpv4(protocol: number, ...parts: (string | Uint8Array)[]): Buffer {
  return ipPacket('10.9.0.1', '10.9.0.2', protocol, join(...parts));
}

/** An IPv6 packet whose Next Header is an extension header. */
function inIpv6(next: number, ...parts: (string | Uint8Array)[]): Buffer {
  return ipPacket(ALICE6.address, BOB6.address, next, join(...parts));
}

function inUdp(port: number, ...parts: (string | Uint8Array)[]): Buffer {
  const from = { address: '10.9.0.1', port: 40_000 };
  const to = { address: '10.9.0.2', port };
  return ethernetFrame(ipPacket(from.address, to.address, IP_UDP, udpDatagram(from, to, join(...parts))));
}

function ipv4WithOptions(): Buffer {
  const bytes = join(ipv4.subarray(0, 20), '94040000', ipv4.subarray(20));
  bytes[0] = 0x46;
  bytes.writeUInt16BE(bytes.length, 2);
  return bytes;
}

const llcLength = length16(8 + ipv4.length);
const nflogLength = Buffer.alloc(2);
nflogLength.writeUInt16LE(4 + ipv4.length);

/** `bytes` in front of a payload of ESP, and the trailer behind it: padding to four bytes, its length, next header, ICV. */
function esp(next: number, payload: Buffer, icv: number, iv = ''): Buffer {
  const vector = hex(iv);
  const padding = -(vector.length + payload.length + 2) & 3;
  const pad = Buffer.from(Array.from({ length: padding }, (_, at) => at + 1));
  return join(
    '00001234 00000001',
    vector,
    payload,
    pad,
    Buffer.from([padding, next]),
    Buffer.alloc(icv, 0xa5),
  );
}

const llc = join('aaaa03 000000 0800', ipv4);
/** Data from a station to its access point: frame control, duration, three addresses, sequence. */
const wlanHeader = '0801 0000 020000000001 020000000002 020000000003 0000';
const wlan = join(wlanHeader, llc);
const grouped = '88000123 00002a00';

function inUdpFrom(source: number, port: number, ...parts: (string | Uint8Array)[]): Buffer {
  const from = { address: '10.9.0.1', port: source };
  const to = { address: '10.9.0.2', port };
  return ethernetFrame(ipPacket(from.address, to.address, IP_UDP, udpDatagram(from, to, join(...parts))));
}

/** A tag of an exported PDU. */
function tag(number: number, value: string | Uint8Array): Buffer {
  const bytes = join(value);
  return join(length16(number), length16(bytes.length), bytes);
}

const exportedAddresses = join(
  tag(20, addressBytes(ALICE.address)),
  tag(21, addressBytes(BOB.address)),
  tag(24, '00000003'),
  tag(25, `0000${length16(ALICE.port)}`),
  tag(26, `0000${length16(BOB.port)}`),
);

const pktap = Buffer.alloc(108);
pktap.writeUInt32LE(108, 0);
pktap.writeUInt32LE(1, 4);
pktap.writeUInt32LE(1, 8);
pktap.write('en0', 12);

const LINK_LAYERS: readonly Sample[] = [
  { name: 'VN-Tag', ...on(1, MAC, '8926 80000005 0800', ipv4) },
  { name: 'VN-Tag, VLAN', ...on(1, MAC, '8926 80000005 8100 0064 86dd', ipv6) },
  { name: 'E-Tag (802.1BR)', ...on(1, MAC, '893f 000000010000 0800', ipv4) },
  { name: 'Cisco MetaData', ...on(1, MAC, '8909 01 01 0001 0007 0800', ipv4) },
  { name: '802.1ah', ...on(1, MAC, '88e7 00012345', ethernet) },
  { name: 'PPP_ETHER', ...on(51, '11 00 0007', length16(ipv4.length + 2), '0021', ipv4) },
  { name: 'Cisco HDLC', ...on(104, '0f00 0800', ipv4) },
  { name: 'Cisco HDLC, IPv6', ...on(104, '8f00 86dd', ipv6) },
  { name: '802.11', ...on(105, wlan) },
  { name: '802.11, QoS', ...on(105, '88', wlanHeader.slice(2), '0000', llc) },
  {
    name: '802.11, four addresses',
    ...on(105, '0803', wlanHeader.slice(4), '020000000004', llc),
  },
  {
    name: '802.11, A-MSDU of one frame',
    ...on(105, '88', wlanHeader.slice(2), '8000', MAC, length16(llc.length), llc),
  },
  { name: 'Frame Relay, NLPID', ...on(107, '1841 03 cc', ipv4) },
  { name: 'Frame Relay, SNAP', ...on(107, '1841 03 00 80 000000 86dd', ipv6) },
  { name: 'Frame Relay, bridged Ethernet', ...on(107, '1841 03 00 80 0080c2 0007', ethernet) },
  {
    name: 'Frame Relay, Cisco',
    ...on(107, '1841 0800', ipv4),
    unlikeTshark: 'it has a preference for this form, which is off',
  },
  { name: 'ENC', ...on(109, '02000000 00001234 00000000', ipv4) },
  { name: 'radiotap', ...on(127, '0000 0800 00000000', wlan) },
  {
    name: 'radiotap, timestamp, flags and padding behind QoS',
    ...on(
      127,
      '0000 1900 03000080 00000000',
      '00000000',
      '0000000000000000',
      '20',
      '88',
      wlanHeader.slice(2),
      '0000',
      '0000',
      llc,
    ),
  },
  { name: 'Juniper Ethernet', ...on(178, '4d4743 01', ethernet) },
  { name: 'Juniper Ethernet, extensions', ...on(178, '4d4743 81 0004 01020000', ethernet) },
  { name: 'PPI, 802.11', ...on(192, '00 00 0800 69000000', wlan) },
  { name: 'PPI, Ethernet', ...on(192, '00 00 1000 01000000', '0200 0400 00000000', ethernet) },
  { name: 'exported PDU', ...on(252, tag(12, Buffer.from('sip\0')), exportedAddresses, tag(0, ''), PAYLOAD) },
  { name: 'exported PDU, IP', ...on(252, tag(12, Buffer.from('ip\0\0')), tag(0, ''), ipv4) },
  { name: 'PKTAP', ...on(258, pktap, ethernet) },
];

const esp4 = (next: number, payload: Buffer, icv: number, iv = ''): Buffer =>
  ipPacket(ALICE.address, BOB.address, 50, esp(next, payload, icv, iv));

const TUNNELS: readonly Sample[] = [
  { name: 'ESP NULL, UDP', ...on(101, esp4(17, udp4, 12)) },
  { name: 'ESP NULL, TCP', ...on(101, esp4(6, tcp4, 12)) },
  { name: 'ESP NULL, IPv4', ...on(101, inIpv4(50, esp(4, ipv4, 12))) },
  { name: 'ESP NULL, IPv6', ...on(101, inIpv4(50, esp(41, ipv6, 12))) },
  {
    name: 'ESP NULL, ICV of 16 bytes',
    ...on(101, inIpv4(50, esp(4, ipv4, 16))),
    unlikeTshark: 'it tries 12 bytes alone',
  },
  {
    name: 'ESP NULL, no ICV',
    ...on(101, inIpv4(50, esp(4, ipv4, 0))),
    unlikeTshark: 'it tries 12 bytes alone',
  },
  {
    name: 'ESP GMAC',
    ...on(101, inIpv4(50, esp(4, ipv4, 16, '0102030405060708'))),
    unlikeTshark: 'it tries 12 bytes alone',
  },
  { name: 'ESP NULL in UDP', ...on(1, inUdpFrom(4500, 4500, esp(4, ipv4, 12))) },
  { name: 'EtherIP', ...on(101, inIpv4(97, '3000', ethernet)) },
  { name: 'L2TP', ...on(1, inUdpFrom(1701, 1701, '0002 0001 0001 ff03 0021', ipv4)) },
  {
    name: 'L2TP, length, sequence and offset',
    ...on(
      1,
      inUdp(1701, '4a02', length16(20 + ipv4.length), '0001 0001 0000 0000 0002 0000 ff03 0021', ipv4),
    ),
  },
  {
    name: 'L2TPv3 over UDP',
    ...on(1, inUdp(1701, '0003 0000 00000007', ethernet)),
    unlikeTshark: 'its preference for the payload is not set',
  },
  {
    name: 'L2TPv3, cookie',
    ...on(101, inIpv4(115, '00000007 0102030405060708', ethernet)),
    unlikeTshark: 'its preference for the payload is not set',
  },
  { name: 'TZSP, Ethernet', ...on(1, inUdp(37_008, '01 00 0001 0a01ff 00 01', ethernet)) },
  { name: 'TZSP, 802.11', ...on(1, inUdp(37_008, '01 00 0012 01', wlan)) },
  { name: 'CAPWAP, Ethernet', ...on(1, inUdp(5247, '00 100200 00000000', ethernet)) },
  {
    name: 'CAPWAP, 802.11',
    ...on(1, inUdp(5247, '00 100300 00000000', wlan)),
    unlikeTshark: 'it takes the frame control to be swapped',
  },
  {
    name: 'CAPWAP, 802.11 with swapped frame control',
    ...on(1, inUdp(5247, '00 100300 00000000 0108', wlanHeader.slice(4), llc)),
  },
  { name: 'GRE, WCCP', ...on(101, inIpv4(47, '0000 883e 00000000', ipv4)) },
  { name: 'GRE, WCCP version 1', ...on(101, inIpv4(47, '0000 883e', ipv4)) },
  { name: 'GRE in UDP', ...on(1, inUdp(4754, '0000 0800', ipv4)) },
  { name: 'GRE in UDP, key, Ethernet', ...on(1, inUdp(4754, '2000 6558 00000007', ethernet)) },
  { name: 'MPLS in UDP', ...on(1, inUdp(6635, '000640ff 0003e1ff', ipv4)) },
  { name: 'MPLS in UDP, IPv6', ...on(1, inUdp(6635, '000640ff 0003e1ff', ipv6)) },
  {
    name: 'MPLS, no control word, Ethernet',
    ...on(1, MAC, '8847 0003e1ff', ethernet),
    unlikeTshark: 'it tells a pseudowire by the vendors of the addresses within',
  },
  {
    name: 'MPLS, no control word, address that begins with 4',
    ...on(1, MAC, '8847 0003e1ff', '4e0000000002 020000000001 0800', ipv4),
    unlikeTshark: 'it takes the payload for IP',
  },
  { name: 'Teredo', ...on(1, inUdp(3544, ipv6)) },
  { name: 'Teredo, origin', ...on(1, inUdpFrom(3544, 3545, '0000 ec8d f5fffffd', ipv6)) },
  {
    name: 'Teredo, authentication and origin',
    ...on(1, inUdpFrom(3544, 3545, '0001 00 00 0102030405060708 00', '0000 ec8d f5fffffd', ipv6)),
  },
  {
    name: 'VXLAN on 8472',
    ...on(1, inUdp(8472, '08000000 00002a00', ethernet)),
    unlikeTshark: 'another default port',
  },
  { name: 'VXLAN, group policy', ...on(1, inUdp(4789, grouped, ethernet)) },
];

export const SAMPLES: readonly Sample[] = [
  { name: 'Ethernet, IPv4', ...on(1, ethernet) },
  { name: 'Ethernet, IPv6', ...on(1, ethernetFrame(ipv6)) },
  { name: 'Ethernet, TCP', ...on(1, ethernetFrame(ipv4Tcp)) },
  { name: 'IPv4 options', ...on(1, ethernetFrame(ipv4WithOptions())) },
  { name: '802.1Q', ...on(1, ethernetFrame(ipv4, [100])) },
  { name: 'QinQ 0x88a8', ...on(1, MAC, '88a8 0064 8100 00c8 0800', ipv4) },
  { name: 'QinQ 0x9100', ...on(1, MAC, '9100 0064 8100 00c8 0800', ipv4) },
  { name: '802.3 LLC SNAP', ...on(1, MAC, llcLength, 'aaaa03 000000 0800', ipv4) },
  { name: 'MPLS, two labels', ...on(1, MAC, '8847 000640ff 0003e1ff', ipv4) },
  { name: 'MPLS, IPv6', ...on(1, MAC, '8847 0003e1ff', ipv6) },
  {
    name: 'MPLS, control word, Ethernet',
    ...on(1, MAC, '8847 0003e1ff 00000000', ethernet),
    unlikeTshark: 'it tells a pseudowire by the vendors of the addresses within',
  },
  {
    name: 'PPPoE',
    ...on(1, MAC, '8864 11 00 0007', length16(ipv4.length + 2), '0021', ipv4),
  },
  {
    name: 'VLAN, PPPoE, IPv6',
    ...on(1, MAC, '8100 0007 8864 11 00 0007', length16(ipv6.length + 2), '0057', ipv6),
  },
  { name: 'NULL, big-endian', ...on(0, '00000002', ipv4) },
  { name: 'NULL, little-endian', ...on(0, '02000000', ipv4) },
  { name: 'NULL, IPv6 of OpenBSD', ...on(0, '18000000', ipv6) },
  { name: 'NULL, IPv6 of FreeBSD', ...on(0, '0000001c', ipv6) },
  { name: 'NULL, IPv6 of Darwin', ...on(0, '1e000000', ipv6) },
  { name: 'LOOP', ...on(108, '00000002', ipv4) },
  { name: 'RAW 12', ...on(12, ipv4) },
  { name: 'RAW 14', ...on(14, ipv6) },
  { name: 'RAW 101', ...on(101, ipv4) },
  { name: 'RAW 101, IPv6', ...on(101, ipv6) },
  { name: 'LINKTYPE_IPV4', ...on(228, ipv4) },
  { name: 'LINKTYPE_IPV6', ...on(229, ipv6) },
  { name: 'PPP', ...on(9, 'ff03 0021', ipv4) },
  { name: 'Linux SLL', ...on(113, '0000 0001 0006 020000000001 0000 0800', ipv4) },
  { name: 'Linux SLL, VLAN', ...on(113, '0004 0001 0006 020000000001 0000 8100 0064 86dd', ipv6) },
  { name: 'Linux SLL2', ...on(276, '0800 0000 00000002 0001 04 06 020000000001 0000', ipv4) },
  {
    name: 'NFLOG',
    ...on(239, '02 00 0000 0800 0100 0800 0100', '0800 0b00 00000001', nflogLength, '0900', ipv4),
  },
  { name: 'IPv4 in IPv4', ...on(101, inIpv4(4, ipv4)) },
  { name: 'IPv6 in IPv4', ...on(101, inIpv4(41, ipv6)) },
  { name: 'IPv4 in IPv6', ...on(101, inIpv6(4, ipv4)) },
  { name: 'GRE', ...on(101, inIpv4(47, '0000 0800', ipv4)) },
  {
    name: 'GRE, checksum, key and sequence',
    ...on(101, inIpv4(47, 'b000 0800 00000000 00000005 00000001', ipv4)),
  },
  { name: 'GRE, Ethernet', ...on(101, inIpv4(47, '0000 6558', ethernet)) },
  {
    name: 'GRE, PPP (PPTP)',
    ...on(101, inIpv4(47, '3081 880b', length16(ipv4.length + 4), '0001 00000001 00000001 ff03 0021', ipv4)),
  },
  { name: 'GRE, ERSPAN II', ...on(101, inIpv4(47, '1000 88be 00000001 10010000 00000000', ethernet)) },
  { name: 'MPLS in IP', ...on(101, inIpv4(137, '0003e1ff', ipv4)) },
  { name: 'IPv6 hop-by-hop', ...on(101, inIpv6(0, '11 00 0502 0000 0100', udp6)) },
  { name: 'IPv6 destination options', ...on(101, inIpv6(60, '11 00 0104 00000000', udp6)) },
  { name: 'IPv6 routing', ...on(101, inIpv6(43, '11 00 fd 00 00000000', udp6)) },
  {
    name: 'IPv6 hop-by-hop, routing and destination options',
    ...on(101, inIpv6(0, '2b00 0104 00000000', '3c00 fd 00 00000000', '1100 0104 00000000', udp6)),
  },
  { name: 'IPv6 atomic fragment', ...on(101, inIpv6(44, '11 00 0000 00000009', udp6)) },
  { name: 'AH', ...on(101, inIpv6(51, '11 04 0000 00000100 00000001 000000000000000000000000', udp6)) },
  { name: 'VXLAN', ...on(1, inUdp(4789, '08000000 00002a00', ethernet)) },
  { name: 'VXLAN-GPE', ...on(1, inUdp(4790, '0c000001 00002a00', ipv4)) },
  { name: 'Geneve', ...on(1, inUdp(6081, '0100 6558 00002a00 01020300', ethernet)) },
  { name: 'GTP-U', ...on(1, inUdp(2152, '30ff', length16(ipv4.length), '00000001', ipv4)) },
  {
    name: 'GTP-U, extension header',
    ...on(1, inUdp(2152, '34ff', length16(ipv4.length + 8), '00000001 00000085 01000100', ipv4)),
  },
  ...LINK_LAYERS,
  ...TUNNELS,
];
