/** Names of code points that decoding ends at or that a tree explains. */

/** IEEE EtherTypes (IANA "IEEE 802 Numbers"), those met on networks that carry SIP. */
const ETHER_TYPES: ReadonlyMap<number, string> = new Map([
  [0x0800, 'IPv4'],
  [0x0806, 'ARP'],
  [0x0842, 'Wake-on-LAN'],
  [0x22eb, 'ERSPAN Type III'],
  [0x22f0, 'AVTP'],
  [0x6558, 'Transparent Ethernet bridging'],
  [0x8035, 'RARP'],
  [0x809b, 'AppleTalk'],
  [0x80f3, 'AARP'],
  [0x8100, '802.1Q'],
  [0x8137, 'IPX'],
  [0x86dd, 'IPv6'],
  [0x8808, 'Ethernet flow control'],
  [0x8809, 'Slow protocols'],
  [0x880b, 'PPP'],
  [0x8847, 'MPLS'],
  [0x8848, 'MPLS multicast'],
  [0x8863, 'PPPoE Discovery'],
  [0x8864, 'PPPoE Session'],
  [0x886d, 'Intel ANS'],
  [0x888e, 'EAPOL'],
  [0x88a8, '802.1ad'],
  [0x88be, 'ERSPAN'],
  [0x88cc, 'LLDP'],
  [0x88e1, 'HomePlug'],
  [0x88e5, 'MACsec'],
  [0x88e7, '802.1ah'],
  [0x88f7, 'PTP'],
  [0x8902, 'CFM'],
  [0x8906, 'FCoE'],
  [0x9000, 'Loopback'],
  [0x9100, '802.1Q (0x9100)'],
  [0x9200, '802.1Q (0x9200)'],
]);

/** IANA "Assigned Internet Protocol Numbers", the common part. */
const IP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0, 'IPv6 Hop-by-Hop'],
  [1, 'ICMP'],
  [2, 'IGMP'],
  [4, 'IPv4'],
  [6, 'TCP'],
  [17, 'UDP'],
  [33, 'DCCP'],
  [41, 'IPv6'],
  [43, 'IPv6 Routing'],
  [44, 'IPv6 Fragment'],
  [46, 'RSVP'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [59, 'IPv6 No Next Header'],
  [60, 'IPv6 Destination Options'],
  [88, 'EIGRP'],
  [89, 'OSPF'],
  [94, 'IPIP'],
  [97, 'EtherIP'],
  [103, 'PIM'],
  [108, 'IPComp'],
  [112, 'VRRP'],
  [115, 'L2TPv3'],
  [132, 'SCTP'],
  [135, 'Mobility'],
  [136, 'UDP-Lite'],
  [137, 'MPLS'],
  [139, 'HIP'],
  [140, 'Shim6'],
]);

/** LINKTYPE values by their names in the registry of tcpdump.org, those that are read or often met. */
const LINK_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'NULL'],
  [1, 'ETHERNET'],
  [9, 'PPP'],
  [12, 'RAW'],
  [14, 'RAW'],
  [50, 'PPP_HDLC'],
  [51, 'PPP_ETHER'],
  [101, 'RAW'],
  [104, 'C_HDLC'],
  [105, 'IEEE802_11'],
  [107, 'FRELAY'],
  [108, 'LOOP'],
  [113, 'LINUX_SLL'],
  [117, 'PFLOG'],
  [127, 'IEEE802_11_RADIOTAP'],
  [147, 'USER0'],
  [187, 'BLUETOOTH_HCI_H4'],
  [189, 'USB_LINUX'],
  [192, 'PPI'],
  [195, 'IEEE802_15_4_WITHFCS'],
  [220, 'USB_LINUX_MMAPPED'],
  [227, 'CAN_SOCKETCAN'],
  [228, 'IPV4'],
  [229, 'IPV6'],
  [239, 'NFLOG'],
  [249, 'USBPCAP'],
  [252, 'WIRESHARK_UPPER_PDU'],
  [276, 'LINUX_SLL2'],
]);

/** IANA "PPP DLL Protocol Numbers". */
const PPP_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0x0021, 'IPv4'],
  [0x0057, 'IPv6'],
  [0x003d, 'PPP Multilink'],
  [0x00fd, 'PPP Compressed'],
  [0x0281, 'MPLS'],
  [0x8021, 'IPCP'],
  [0x8057, 'IPV6CP'],
  [0x80fd, 'CCP'],
  [0xc021, 'LCP'],
  [0xc023, 'PAP'],
  [0xc025, 'LQR'],
  [0xc223, 'CHAP'],
  [0xc227, 'EAP'],
]);

/** IEEE 802.2 LSAP addresses. */
const SERVICE_ACCESS_POINTS: ReadonlyMap<number, string> = new Map([
  [0x00, 'Null LSAP'],
  [0x06, 'IPv4'],
  [0x42, 'STP'],
  [0xaa, 'SNAP'],
  [0xe0, 'IPX'],
  [0xf0, 'NetBIOS'],
  [0xfe, 'ISO network layer'],
  [0xff, 'Global'],
]);

/** IPv4 option types (IANA "IP Option Numbers", copied flag and class included). */
const IPV4_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'End of Options List'],
  [1, 'No Operation'],
  [7, 'Record Route'],
  [68, 'Timestamp'],
  [130, 'Security'],
  [131, 'Loose Source Route'],
  [136, 'Stream Identifier'],
  [137, 'Strict Source Route'],
  [148, 'Router Alert'],
]);

/** IPv6 options (IANA "Destination Options and Hop-by-Hop Options"). */
const IPV6_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0x00, 'Pad1'],
  [0x01, 'PadN'],
  [0x04, 'Tunnel Encapsulation Limit'],
  [0x05, 'Router Alert'],
  [0x07, 'CALIPSO'],
  [0x26, 'Quick-Start'],
  [0x63, 'RPL'],
  [0xc2, 'Jumbo Payload'],
  [0xc9, 'Home Address'],
]);

/** IANA "TCP Option Kind Numbers". */
const TCP_OPTIONS: ReadonlyMap<number, string> = new Map([
  [0, 'End of Option List (EOL)'],
  [1, 'No-Operation (NOP)'],
  [2, 'Maximum segment size'],
  [3, 'Window scale'],
  [4, 'SACK permitted'],
  [5, 'SACK'],
  [8, 'Timestamps'],
  [19, 'TCP MD5 signature'],
  [28, 'User Timeout'],
  [29, 'TCP Authentication Option'],
  [30, 'Multipath TCP'],
  [34, 'TCP Fast Open Cookie'],
]);

/** A 16-bit number as `0x0800`. */
export function hex16(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}

function hex8(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

export function etherTypeName(value: number): string {
  return ETHER_TYPES.get(value) ?? `EtherType ${hex16(value)}`;
}
export function ipProtocolName(value: number): string {
  return IP_PROTOCOLS.get(value) ?? `IP protocol ${value}`;
}
export function linkTypeName(value: number): string {
  return LINK_TYPES.get(value) ?? `link type ${value}`;
}
export function pppProtocolName(value: number): string {
  return PPP_PROTOCOLS.get(value) ?? `PPP protocol ${hex16(value)}`;
}
export function serviceAccessPointName(value: number): string {
  return SERVICE_ACCESS_POINTS.get(value) ?? `LLC SAP ${hex8(value)}`;
}
/** Whether what has the address is known: none of these carries IP. */
export function isKnownAccessPoint(value: number): boolean {
  return SERVICE_ACCESS_POINTS.has(value);
}
export function ipv4OptionName(value: number): string {
  return IPV4_OPTIONS.get(value) ?? `Option ${value}`;
}
export function ipv6OptionName(value: number): string {
  return IPV6_OPTIONS.get(value) ?? `Option ${hex8(value)}`;
}
export function tcpOptionName(value: number): string {
  return TCP_OPTIONS.get(value) ?? `Option ${value}`;
}
