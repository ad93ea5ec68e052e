/** Which parser reads what: the only place where code points and parsers meet. */

import { parseIcmp, parseIcmpv6 } from './icmp.js';
import { parseIpv4 } from './ipv4.js';
import { parseIpv6 } from './ipv6.js';
import {
  parseAuthentication,
  parseDestinationOptions,
  parseFragmentHeader,
  parseHopByHop,
  parseRouting,
} from './ipv6-extensions.js';
import { parseEthernet } from './link/ethernet.js';
import { parseExportedPdu } from './link/exported-pdu.js';
import { parseFrameRelay } from './link/frame-relay.js';
import { parseCiscoHdlc } from './link/hdlc.js';
import { parseIeee80211, parsePpi, parseRadiotap } from './link/ieee80211.js';
import { parseLlc } from './link/llc.js';
import { parseNflog } from './link/nflog.js';
import { parseNull } from './link/null.js';
import { parsePpp } from './link/ppp.js';
import { parsePppoeDiscovery, parsePppoeSession } from './link/pppoe.js';
import { parseRaw } from './link/raw.js';
import { parseSll, parseSll2 } from './link/sll.js';
import { parseCiscoMetadata, parseETag, parseITag, parseVnTag } from './link/tags.js';
import { parseEnc, parseJuniper, parsePktap } from './link/vendor.js';
import { parseVlan } from './link/vlan.js';
import { etherTypeName, ipProtocolName, linkTypeName, pppProtocolName } from './names.js';
import {
  etherType,
  ipProtocol,
  type LayerParser,
  linkType,
  NEXT_IP,
  NEXT_LLC,
  type Next,
  pppProtocol,
  udpPort,
} from './packet.js';
import { parseTcp } from './tcp.js';
import { parseCapwap } from './tunnel/capwap.js';
import { parseErspan2, parseErspan3 } from './tunnel/erspan.js';
import { parseEsp, parseUdpEncapsulation } from './tunnel/esp.js';
import { parseEtherIp } from './tunnel/etherip.js';
import { parseGeneve } from './tunnel/geneve.js';
import { parseGre } from './tunnel/gre.js';
import { parseGtp } from './tunnel/gtp.js';
import { parseL2tp, parseL2tpOverIp } from './tunnel/l2tp.js';
import { parseMpls } from './tunnel/mpls.js';
import { parseTeredo } from './tunnel/teredo.js';
import { parseTzsp } from './tunnel/tzsp.js';
import { parseVxlan } from './tunnel/vxlan.js';
import { parseUdp } from './udp.js';

/** What nearly every frame has. */
const ETHERNET = linkType(1);
const IPV4 = etherType(0x0800);
const TCP = ipProtocol(6);
const UDP = ipProtocol(17);

const PARSERS: ReadonlyMap<Next, LayerParser> = new Map<Next, LayerParser>([
  [NEXT_LLC, parseLlc],
  [NEXT_IP, parseRaw],
  // LINKTYPE values, https://www.tcpdump.org/linktypes.html
  [linkType(0), parseNull],
  [ETHERNET, parseEthernet],
  [linkType(9), parsePpp],
  [linkType(12), parseRaw],
  [linkType(14), parseRaw],
  [linkType(50), parsePpp],
  [linkType(51), parsePppoeSession],
  [linkType(101), parseRaw],
  [linkType(104), parseCiscoHdlc],
  [linkType(105), parseIeee80211],
  [linkType(107), parseFrameRelay],
  [linkType(108), parseNull],
  [linkType(109), parseEnc],
  [linkType(113), parseSll],
  [linkType(127), parseRadiotap],
  [linkType(178), parseJuniper],
  [linkType(192), parsePpi],
  [linkType(228), parseIpv4],
  [linkType(229), parseIpv6],
  [linkType(239), parseNflog],
  [linkType(252), parseExportedPdu],
  [linkType(258), parsePktap],
  [linkType(276), parseSll2],
  // IEEE 802 EtherTypes
  [IPV4, parseIpv4],
  [etherType(0x22eb), parseErspan3],
  [etherType(0x6558), parseEthernet],
  [etherType(0x8100), parseVlan],
  [etherType(0x86dd), parseIpv6],
  [etherType(0x880b), parsePpp],
  [etherType(0x8847), parseMpls],
  [etherType(0x8848), parseMpls],
  [etherType(0x8863), parsePppoeDiscovery],
  [etherType(0x8864), parsePppoeSession],
  [etherType(0x88a8), parseVlan],
  [etherType(0x88be), parseErspan2],
  [etherType(0x88e7), parseITag],
  [etherType(0x8909), parseCiscoMetadata],
  [etherType(0x8926), parseVnTag],
  [etherType(0x893f), parseETag],
  [etherType(0x9100), parseVlan],
  [etherType(0x9200), parseVlan],
  // IANA protocol numbers
  [ipProtocol(0), parseHopByHop],
  [ipProtocol(1), parseIcmp],
  [ipProtocol(4), parseIpv4],
  [TCP, parseTcp],
  [UDP, parseUdp],
  [ipProtocol(41), parseIpv6],
  [ipProtocol(43), parseRouting],
  [ipProtocol(44), parseFragmentHeader],
  [ipProtocol(47), parseGre],
  [ipProtocol(50), parseEsp],
  [ipProtocol(51), parseAuthentication],
  [ipProtocol(58), parseIcmpv6],
  [ipProtocol(60), parseDestinationOptions],
  [ipProtocol(94), parseIpv4],
  [ipProtocol(97), parseEtherIp],
  [ipProtocol(115), parseL2tpOverIp],
  [ipProtocol(137), parseMpls],
  // PPP protocol numbers
  [pppProtocol(0x0021), parseIpv4],
  [pppProtocol(0x0057), parseIpv6],
  [pppProtocol(0x0281), parseMpls],
  // UDP ports, where the payload looks it: see tunnel/over-udp.ts
  [udpPort(1701), parseL2tp],
  [udpPort(2152), parseGtp],
  [udpPort(3544), parseTeredo],
  [udpPort(4500), parseUdpEncapsulation],
  [udpPort(4754), parseGre],
  [udpPort(4789), parseVxlan],
  [udpPort(4790), parseVxlan],
  [udpPort(5247), parseCapwap],
  [udpPort(6081), parseGeneve],
  [udpPort(6635), parseMpls],
  [udpPort(8472), parseVxlan],
  [udpPort(37_008), parseTzsp],
]);

/** The parser of what follows, or undefined for a protocol that is not decoded. */
export function parserOf(next: Next): LayerParser | undefined {
  // Compared, these take 25 ns less of a frame than looked up in the table.
  if (next === ETHERNET) return parseEthernet;
  if (next === IPV4) return parseIpv4;
  if (next === TCP) return parseTcp;
  if (next === UDP) return parseUdp;
  return PARSERS.get(next);
}

/** EtherTypes of protocols that carry no IP, by name in names.ts. */
const CONTROL_ETHER_TYPES = [
  0x0806, 0x0842, 0x22ea, 0x22f0, 0x22f3, 0x8035, 0x809b, 0x80f3, 0x8137, 0x8808, 0x8809, 0x8819, 0x886d,
  0x887b, 0x888e, 0x8892, 0x8899, 0x88a2, 0x88a4, 0x88ab, 0x88b8, 0x88ba, 0x88c7, 0x88cc, 0x88cd, 0x88e1,
  0x88e3, 0x88f5, 0x88f6, 0x88f7, 0x88fb, 0x8902, 0x8906, 0x8914, 0x891d, 0x892f, 0x9000,
] as const;
/** IP protocols that carry none: IGMP, EGP, IGP, RSVP, no next header, EIGRP, OSPF, PIM, VRRP, Mobility, HIP and Shim6. */
const CONTROL_IP_PROTOCOLS = [2, 8, 9, 46, 59, 88, 89, 103, 112, 135, 139, 140] as const;
const CONTROL: ReadonlySet<Next> = new Set([
  ...CONTROL_ETHER_TYPES.map(etherType),
  ...CONTROL_IP_PROTOCOLS.map(ipProtocol),
]);
/** PPP protocols from here on are those that set a link up (RFC 1661 §2). */
const FIRST_PPP_CONTROL = 0x8000;

/**
 * Whether what no parser takes may have IP within: a user has to know that it was not read. Protocols that run a network
 * (ARP, spanning tree, routing) do not.
 */
export function mayCarryIp(next: Next): boolean {
  if (next >= PPP_PROTOCOLS + FIRST_PPP_CONTROL && next <= PPP_PROTOCOLS + 0xffff) return false;
  return !CONTROL.has(next);
}

const ETHER_TYPES = etherType(0);
const IP_PROTOCOLS = ipProtocol(0);
const LINK_TYPES = linkType(0);
const PPP_PROTOCOLS = pppProtocol(0);

/** Name of what follows where no parser takes it, as `ARP` or `SCTP`. */
export function nameOf(next: Next): string {
  const value = next & 0xffff;
  const space = next - value;
  if (space === ETHER_TYPES) return etherTypeName(value);
  if (space === IP_PROTOCOLS) return ipProtocolName(value);
  return space === LINK_TYPES ? linkTypeName(value) : pppProtocolName(value);
}
