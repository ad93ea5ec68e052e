/** One UDP datagram (and its TCP twin) in every encapsulation that is read. */
import { ethernetFrame, IP_TCP, IP_UDP, ipPacket, PSH, tcpSegment, udpDatagram } from '../support/packets.js';

export const ALICE = { address: '192.0.2.1', port: 5070 };
export const BOB = { address: '198.51.100.2', port: 5060 };
export const ALICE6 = { address: '2001:db8::1', port: 5070 };
export const BOB6 = { address: '2001:db8:0:1::2', port: 5060 };
export const PAYLOAD = Buffer.from('OPTIONS sip:bob@example.net SIP/2.0\r\n\r\n');

export type Sample = { readonly name: string; readonly linkType: number; readonly frame: Buffer };

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
  { name: 'MPLS, control word, Ethernet', ...on(1, MAC, '8847 0003e1ff 00000000', ethernet) },
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
];
