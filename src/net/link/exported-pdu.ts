/**
 * LINKTYPE_WIRESHARK_UPPER_PDU: what Wireshark exports above some layer, behind tags that name the protocol, the addresses
 * and the ports. The payload is looked at by content, as that of any datagram is.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { latin1 } from '../../bytes/text.js';
import { ipProtocol, linkType, NEXT_IP, NEXT_NONE, type Next, type Packet, unread } from '../packet.js';

const TAG_END = 0;
const TAG_PROTOCOL = 12;
const TAG_IPV4_SOURCE = 20;
const TAG_IPV4_DESTINATION = 21;
const TAG_IPV6_SOURCE = 22;
const TAG_IPV6_DESTINATION = 23;
const TAG_PORT_TYPE = 24;
const TAG_SOURCE_PORT = 25;
const TAG_DESTINATION_PORT = 26;
const PORT_TYPE_UDP = 3;
const LINKTYPE_ETHERNET = 1;
/** A name of a dissector has letters, digits and marks; other bytes are not repeated to the user. */
const NAME = /^[\w.-]{1,40}$/;

const LOWER_LAYERS: ReadonlyMap<string, Next> = new Map([
  ['ip', NEXT_IP],
  ['ipv6', NEXT_IP],
  ['eth', linkType(LINKTYPE_ETHERNET)],
  ['eth_maybefcs', linkType(LINKTYPE_ETHERNET)],
  ['eth_withoutfcs', linkType(LINKTYPE_ETHERNET)],
  ['udp', ipProtocol(17)],
  ['tcp', ipProtocol(6)],
]);

/** What the tags tell. */
type Told = {
  name: string;
  portType: number;
  /** Bytes that each address has; 0 where there is none. */
  source: number;
  destination: number;
};

export function parseExportedPdu(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Exported PDU';
  cursor.open('EXPORTED_PDU');
  const told: Told = { name: '', portType: 0, source: 0, destination: 0 };
  while (cursor.shortage === undefined) {
    const tag = cursor.u16('Tag');
    const length = cursor.u16('Length');
    const start = cursor.offset;
    cursor.skip(length, 'Value');
    if (tag === TAG_END || cursor.shortage !== undefined) break;
    take(told, packet, tag, cursor.bytes.subarray(start, start + length), start);
  }
  if (cursor.shortage !== undefined) return NEXT_NONE;
  const { name, portType, source, destination } = told;
  const lower = LOWER_LAYERS.get(name);
  if (lower !== undefined) {
    cursor.close();
    return lower;
  }
  packet.payloadStart = cursor.offset;
  packet.payloadEnd = cursor.end;
  packet.missing = packet.cut;
  if (cursor.tracing) cursor.skip(cursor.remaining, 'Payload');
  cursor.close();
  const what = name === '' ? 'exported PDU' : `exported PDU (${name})`;
  if (source === 0 || source !== destination) return unread(packet, `${what} without addresses`);
  packet.addressBytes = cursor.bytes;
  packet.addressLength = source === 4 ? 4 : 16;
  packet.protocol = what;
  packet.outcome = portType === PORT_TYPE_UDP ? 'udp' : 'pdu';
  return NEXT_NONE;
}

function take(told: Told, packet: Packet, tag: number, value: Uint8Array, start: number): void {
  const { length } = value;
  if (tag === TAG_PROTOCOL) told.name = nameOf(value);
  else if (length === 4 && tag === TAG_PORT_TYPE) told.portType = port(value);
  else if (length === 4 && tag === TAG_SOURCE_PORT) packet.sourcePort = port(value);
  else if (length === 4 && tag === TAG_DESTINATION_PORT) packet.destinationPort = port(value);
  else if (tag === (length === 4 ? TAG_IPV4_SOURCE : TAG_IPV6_SOURCE) && isAddress(length)) {
    told.source = length;
    packet.sourceOffset = start;
  } else if (tag === (length === 4 ? TAG_IPV4_DESTINATION : TAG_IPV6_DESTINATION) && isAddress(length)) {
    told.destination = length;
    packet.destinationOffset = start;
  }
}

function isAddress(length: number): boolean {
  return length === 4 || length === 16;
}

/** A name, which zeros fill up; empty where it is none. */
function nameOf(value: Uint8Array): string {
  const text = latin1(value, 0, Math.min(value.length, 64)).replace(/\0+$/, '');
  return NAME.test(text) ? text : '';
}

/** The lower half of four bytes. */
function port(value: Uint8Array): number {
  return ((value[2] as number) << 8) | (value[3] as number);
}
