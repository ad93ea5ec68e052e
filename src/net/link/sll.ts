/** Linux cooked captures, version 1 (LINKTYPE_LINUX_SLL, 16 bytes) and 2 (LINKTYPE_LINUX_SLL2, 20 bytes). */
import type { Cursor } from '../../bytes/cursor.js';
import { formatMac } from '../address.js';
import { etherTypeName, hex16 } from '../names.js';
import { etherType, isEtherType, NEXT_LLC, type Next, type Packet, unread } from '../packet.js';

/** Protocol values below 0x0600 are Linux's own; this one is IEEE 802.2 LLC (`ETH_P_802_2`). */
const ETH_P_802_2 = 0x0004;
const PACKET_TYPES = [
  'Unicast to us',
  'Broadcast',
  'Multicast',
  'Unicast to another host',
  'Sent by us',
] as const;

export function parseSll(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Linux cooked capture';
  cursor.open('Linux cooked capture v1');
  explainPacketType(cursor, cursor.u16('Packet type'));
  cursor.u16('Link-layer address type');
  address(cursor, cursor.u16('Link-layer address length'));
  const protocol = protocolField(cursor);
  cursor.close();
  return following(packet, protocol);
}

export function parseSll2(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Linux cooked capture';
  cursor.open('Linux cooked capture v2');
  const protocol = protocolField(cursor);
  cursor.skip(2, 'Reserved');
  cursor.u32('Interface index');
  cursor.u16('Link-layer address type');
  explainPacketType(cursor, cursor.u8('Packet type'));
  address(cursor, cursor.u8('Link-layer address length'));
  cursor.close();
  return following(packet, protocol);
}

function explainPacketType(cursor: Cursor, value: number): void {
  if (cursor.tracing) cursor.explain(`${PACKET_TYPES[value] ?? 'Unknown'} (${value})`);
}

/** The field has eight bytes; as many as `length` says are the address. */
function address(cursor: Cursor, length: number): void {
  if (!cursor.tracing) {
    cursor.skip(8);
    return;
  }
  const bytes = cursor.take(8, 'Source');
  cursor.explain(formatMac(bytes.subarray(0, Math.min(length, 8))));
}

function protocolField(cursor: Cursor): number {
  const value = cursor.u16('Protocol');
  if (cursor.tracing) cursor.explain(`${etherTypeName(value)} (${hex16(value)})`);
  return value;
}

function following(packet: Packet, protocol: number): Next {
  if (isEtherType(protocol)) return etherType(protocol);
  return protocol === ETH_P_802_2 ? NEXT_LLC : unread(packet, `Linux protocol ${hex16(protocol)}`);
}
