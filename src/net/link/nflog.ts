/**
 * LINKTYPE_NFLOG: packets logged by Linux netfilter. A header of four bytes, then type-length-value items in the
 * byte order of the capturing machine, one of which is the packet from its IP header on.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { NEXT_IP, type Next, type Packet, seen, stopAt } from '../packet.js';

const TYPE_PAYLOAD = 9;
const ITEM_HEADER = 4;

export function parseNflog(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'NFLOG';
  cursor.open('Linux Netfilter NFLOG');
  cursor.u8('Family');
  cursor.u8('Version');
  cursor.u16('Resource id');
  while (cursor.remaining > 0) {
    const start = cursor.offset;
    const rawLength = cursor.u16('TLV length');
    const rawType = cursor.u16('TLV type');
    // Types are small: the order in which the upper byte of the type is zero is the machine's.
    const swapped = rawType > 0xff;
    const length = swapped ? swap16(rawLength) : rawLength;
    const type = swapped ? swap16(rawType) : rawType;
    if (cursor.shortage !== undefined) return 0;
    if (length < ITEM_HEADER)
      return stopAt(packet, start, `item of ${length} bytes is shorter than its header`);
    if (type === TYPE_PAYLOAD) {
      cursor.close();
      cursor.limit(start + length);
      return NEXT_IP;
    }
    // Items start at multiples of four; the last one need not be padded.
    const padded = Math.min(
      (length - ITEM_HEADER + 3) & ~3,
      Math.max(length - ITEM_HEADER, cursor.remaining),
    );
    cursor.skip(padded, 'TLV value');
  }
  cursor.close();
  return seen(packet, 'NFLOG without packet');
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
