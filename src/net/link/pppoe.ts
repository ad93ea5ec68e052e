/** PPPoE session and discovery packets (RFC 2516 §4). */
import type { Cursor } from '../../bytes/cursor.js';
import { type LayerParser, linkType, type Next, type Packet, seen } from '../packet.js';

const LINKTYPE_PPP = 9;
const CODE_SESSION_DATA = 0;

function header(cursor: Cursor, packet: Packet, name: string): number {
  packet.layer = 'PPPoE';
  cursor.open(name);
  cursor.u8('Version and Type');
  const code = cursor.u8('Code');
  cursor.u16('Session ID');
  const length = cursor.u16('Payload Length');
  cursor.close();
  cursor.limit(cursor.offset + length);
  return code;
}

export const parsePppoeSession: LayerParser = (cursor: Cursor, packet: Packet): Next => {
  const code = header(cursor, packet, 'PPP-over-Ethernet Session');
  return code === CODE_SESSION_DATA ? linkType(LINKTYPE_PPP) : seen(packet, 'PPPoE Session');
};

export const parsePppoeDiscovery: LayerParser = (cursor: Cursor, packet: Packet): Next => {
  header(cursor, packet, 'PPP-over-Ethernet Discovery');
  return seen(packet, 'PPPoE Discovery');
};
