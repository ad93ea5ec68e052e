/** Cisco HDLC (LINKTYPE_C_HDLC): address, control, and an EtherType. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import { etherType, isEtherType, type Next, type Packet, seen, unread } from '../packet.js';

/** Cisco's own: keepalives (SLARP), which has the number of RARP, and CDP. */
const SLARP = 0x8035;
const CDP = 0x2000;

export function parseCiscoHdlc(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Cisco HDLC';
  cursor.open('Cisco HDLC');
  cursor.u8('Address');
  cursor.u8('Control');
  const protocol = cursor.u16('Protocol');
  if (cursor.tracing) cursor.explain(`${etherTypeName(protocol)} (${hex16(protocol)})`);
  cursor.close();
  if (protocol === SLARP) return seen(packet, 'SLARP');
  if (protocol === CDP) return seen(packet, 'CDP');
  return isEtherType(protocol)
    ? etherType(protocol)
    : unread(packet, `Cisco HDLC protocol ${hex16(protocol)}`);
}
