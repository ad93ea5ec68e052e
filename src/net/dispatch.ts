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
import { parseLlc } from './link/llc.js';
import { parseNflog } from './link/nflog.js';
import { parseNull } from './link/null.js';
import { parsePpp } from './link/ppp.js';
import { parsePppoeDiscovery, parsePppoeSession } from './link/pppoe.js';
import { parseRaw } from './link/raw.js';
import { parseSll, parseSll2 } from './link/sll.js';
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
import { parseErspan2, parseErspan3 } from './tunnel/erspan.js';
import { parseGeneve } from './tunnel/geneve.js';
import { parseGre } from './tunnel/gre.js';
import { parseGtp } from './tunnel/gtp.js';
import { parseMpls } from './tunnel/mpls.js';
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
  [linkType(101), parseRaw],
  [linkType(108), parseNull],
  [linkType(113), parseSll],
  [linkType(228), parseIpv4],
  [linkType(229), parseIpv6],
  [linkType(239), parseNflog],
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
  [ipProtocol(51), parseAuthentication],
  [ipProtocol(58), parseIcmpv6],
  [ipProtocol(60), parseDestinationOptions],
  [ipProtocol(137), parseMpls],
  // PPP protocol numbers
  [pppProtocol(0x0021), parseIpv4],
  [pppProtocol(0x0057), parseIpv6],
  [pppProtocol(0x0281), parseMpls],
  // UDP ports, where the payload looks it: see udp.ts
  [udpPort(2152), parseGtp],
  [udpPort(4789), parseVxlan],
  [udpPort(4790), parseVxlan],
  [udpPort(6081), parseGeneve],
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

const ETHER_TYPES = etherType(0);
const IP_PROTOCOLS = ipProtocol(0);
const LINK_TYPES = linkType(0);

/** Name of what follows where no parser takes it, as `ARP` or `SCTP`. */
export function nameOf(next: Next): string {
  const value = next & 0xffff;
  const space = next - value;
  if (space === ETHER_TYPES) return etherTypeName(value);
  if (space === IP_PROTOCOLS) return ipProtocolName(value);
  return space === LINK_TYPES ? linkTypeName(value) : pppProtocolName(value);
}
