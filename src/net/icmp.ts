/** ICMP (RFC 792) and ICMPv6 (RFC 4443): type and code, so that a list can say what was seen. */
import type { Cursor } from '../bytes/cursor.js';
import { type Next, type Packet, seen } from './packet.js';

function parse(cursor: Cursor, packet: Packet, protocol: string, title: string): Next {
  packet.layer = protocol;
  cursor.open(title);
  const type = cursor.u8('Type');
  const code = cursor.u8('Code');
  cursor.u16('Checksum');
  if (cursor.tracing) cursor.close(`Type: ${type}, Code: ${code}`);
  return seen(packet, protocol);
}

export function parseIcmp(cursor: Cursor, packet: Packet): Next {
  return parse(cursor, packet, 'ICMP', 'Internet Control Message Protocol');
}

export function parseIcmpv6(cursor: Cursor, packet: Packet): Next {
  return parse(cursor, packet, 'ICMPv6', 'Internet Control Message Protocol v6');
}
