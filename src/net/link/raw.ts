/** Link types without a header: the packet starts with IP, whose version stands in the first four bits. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherType, type Next, type Packet, stopAt } from '../packet.js';

export function parseRaw(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Raw IP';
  const version = cursor.peek() >> 4;
  if (version === 4) return etherType(0x0800);
  if (version === 6) return etherType(0x86dd);
  if (cursor.remaining === 0) {
    cursor.u8();
    return 0;
  }
  return stopAt(packet, cursor.offset, `IP version ${version} is neither 4 nor 6`);
}
