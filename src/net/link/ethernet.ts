/** Ethernet II and IEEE 802.3 frames, without preamble; a frame check sequence at the end is cut by the lengths within. */
import type { Cursor } from '../../bytes/cursor.js';
import { formatMac } from '../address.js';
import { etherTypeName, hex16 } from '../names.js';
import { etherType, isEtherType, NEXT_LLC, type Next, type Packet } from '../packet.js';

export function parseEthernet(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Ethernet';
  const { tracing } = cursor;
  if (!tracing) {
    cursor.skip(12);
    return typeOrLength(cursor, cursor.u16());
  }
  const isLength = !isEtherType((cursor.peek(12) << 8) | cursor.peek(13));
  cursor.open(isLength ? 'IEEE 802.3 Ethernet' : 'Ethernet II');
  const destination = formatMac(cursor.take(6, 'Destination'));
  cursor.explain(destination);
  const source = formatMac(cursor.take(6, 'Source'));
  cursor.explain(source);
  const value = cursor.u16(isLength ? 'Length' : 'Type');
  if (!isLength) cursor.explain(`${etherTypeName(value)} (${hex16(value)})`);
  cursor.close(`Src: ${source}, Dst: ${destination}`);
  return typeOrLength(cursor, value);
}

/** What follows a field that is an EtherType from 0x0600 on and a length below (IEEE 802.3 §3.2.6). */
export function typeOrLength(cursor: Cursor, value: number): Next {
  if (isEtherType(value)) return etherType(value);
  cursor.limit(cursor.offset + value);
  return NEXT_LLC;
}
