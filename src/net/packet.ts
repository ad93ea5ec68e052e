/**
 * What one layer's parser hands to the next.
 *
 * A parser gets a cursor at the first byte of its header and the packet state. It reads its header (leaving the
 * cursor at its payload and lowering the cursor's end to the length that the header states), writes what it found
 * into the state and answers what comes next as one number, so that no layer costs an allocation. It does not look
 * at `cursor.shortage`: the decoder does, after every layer.
 */
import type { Cursor } from '../bytes/cursor.js';
import type { ParseError } from '../bytes/fault.js';

/**
 * How far decoding got. `pdu` is the payload of a TCP stream that another program cut out; `other` a packet that carries
 * nothing of interest (ARP, ICMP); `unread` one that may, in a form that is not decoded; `stopped` one that is broken.
 */
export type Outcome = 'udp' | 'tcp' | 'pdu' | 'fragment' | 'other' | 'unread' | 'stopped';

/** A piece of an IP datagram (RFC 791 §3.2, RFC 8200 §4.5). */
export type Fragment = {
  readonly identification: number;
  /** Protocol of the payload; of the first fragment alone it can be relied on for IPv6. */
  readonly protocol: number;
  /** Place of `data` in the payload, in bytes. */
  readonly offset: number;
  /** Whether more fragments follow. */
  readonly more: boolean;
  /** A view of the frame. */
  readonly data: Uint8Array;
  /** Bytes after `data` that the snap length cut. */
  readonly missing: number;
};

/** Where the parsers write; see PacketDecoder for the meaning of what stays after decoding. */
export type Packet = {
  outcome: Outcome;
  /** Layer being read, for errors. */
  layer: string;
  protocol: string;
  /** Which network the packet is of, where a tag tells (see `enterNetwork`); 0 where none does. */
  network: number;
  /** End of the innermost IP payload as stated, which lies behind the cursor's end where the frame was cut. */
  declaredEnd: number;
  addressBytes: Uint8Array;
  sourceOffset: number;
  destinationOffset: number;
  addressLength: 4 | 16;
  sourcePort: number;
  destinationPort: number;
  payloadStart: number;
  payloadEnd: number;
  missing: number;
  /** Bytes of the frame that the snap length cut. */
  cut: number;
  /** Bytes that the UDP length states beyond the IP payload: nobody sent them. */
  overstated: number;
  sequence: number;
  acknowledgment: number;
  flags: number;
  fragment: Fragment | undefined;
  stop: ParseError | undefined;
};

export type LayerParser = (cursor: Cursor, packet: Packet) => Next;

/** What follows: a number space in the upper bits, a code point of it in the lower 16. */
export type Next = number;

/** Nothing follows that is decoded here. */
export const NEXT_NONE: Next = 0;

const ETHER_TYPE = 0x1_0000;
const IP_PROTOCOL = 0x2_0000;
const LINK_TYPE = 0x3_0000;
const PPP_PROTOCOL = 0x4_0000;
const UDP_PORT = 0x5_0000;
const INTERNAL = 0x6_0000;

/** IEEE 802 EtherType. */
export function etherType(value: number): Next {
  return ETHER_TYPE | value;
}

/** IANA protocol number, for the IPv4 Protocol and IPv6 Next Header fields. */
export function ipProtocol(value: number): Next {
  return IP_PROTOCOL | value;
}

/** LINKTYPE as in capture files, which has 16 bits; what does not fit becomes 65535, which names nothing. */
export function linkType(value: number): Next {
  return LINK_TYPE | (value >= 0 && value <= 0xffff ? value : 0xffff);
}

/** PPP protocol number (RFC 1661 §2, IANA PPP numbers). */
export function pppProtocol(value: number): Next {
  return PPP_PROTOCOL | value;
}

/** IANA port number of a tunnel over UDP. */
export function udpPort(value: number): Next {
  return UDP_PORT | value;
}

/** IEEE 802.2 LLC, which has a length in place of a type before it. */
export const NEXT_LLC: Next = INTERNAL | 1;
/** IPv4 or IPv6, told by the version in the first four bits. */
export const NEXT_IP: Next = INTERNAL | 2;

/** Stops with a reason other than shortage: a header that contradicts itself. */
export function stopAt(packet: Packet, offset: number, message: string): Next {
  packet.stop = { layer: packet.layer, message, offset };
  packet.protocol = packet.layer;
  packet.outcome = 'stopped';
  return NEXT_NONE;
}

/** Ends with a protocol that is named but not decoded. */
export function seen(packet: Packet, protocol: string): Next {
  packet.protocol = protocol;
  packet.outcome = 'other';
  return NEXT_NONE;
}

/** Ends with something that may carry IP, but is not decoded: an unknown type, or encryption. `what` names it. */
export function unread(packet: Packet, what: string): Next {
  packet.protocol = what;
  packet.outcome = 'unread';
  return NEXT_NONE;
}

/** What tells networks apart whose addresses may be the same. */
export const NETWORK = { vlan: 1, vni: 2, greKey: 3, serviceInstance: 4 } as const;

/**
 * Takes the packet to be of a network within the one known so far; tags stack. The number is a hash: what is compared is
 * equality alone.
 */
export function enterNetwork(packet: Packet, kind: number, id: number): void {
  const mixed = Math.imul(packet.network ^ kind, 0x01000193) ^ id;
  packet.network = Math.imul(mixed ^ (mixed >>> 15), 0x85eb_ca6b) | 0 || 1;
}

/** Whether a 16-bit field after the addresses is an EtherType and not an IEEE 802.3 length. */
export function isEtherType(value: number): boolean {
  return value >= 0x0600;
}
