/**
 * BSD loopback: LINKTYPE_NULL (address family in the byte order of the capturing machine) and LINKTYPE_LOOP (in
 * network order). The family's number is small, so its order shows by which half is zero.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { etherType, type Next, type Packet, unread } from '../packet.js';

const AF_INET = 2;
/** AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, Darwin: the number differs by system. */
const AF_INET6: readonly number[] = [10, 24, 28, 30];

export function parseNull(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Null/Loopback';
  cursor.open('Null/Loopback');
  const value = cursor.u32('Family');
  const family = value > 0xffff ? (value >>> 24) | ((value >>> 8) & 0xff00) : value;
  const isIpv6 = AF_INET6.includes(family);
  if (cursor.tracing) {
    cursor.explain(`${family === AF_INET ? 'IP' : isIpv6 ? 'IPv6' : 'unknown'} (${family})`);
    cursor.close();
  }
  if (family === AF_INET) return etherType(0x0800);
  if (isIpv6) return etherType(0x86dd);
  // Some loopback drivers write an EtherType where the family belongs.
  if (family >= 0x0600) return etherType(family);
  return unread(packet, `address family ${family}`);
}
