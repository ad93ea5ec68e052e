/** ERSPAN types II and III (draft-foschiano-erspan §4): a header before a mirrored Ethernet frame. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, type Next, type Packet } from '../packet.js';

const LINKTYPE_ETHERNET = 1;
const PLATFORM_SUBHEADER = 0x0001;

export function parseErspan2(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'ERSPAN';
  cursor.open('Encapsulated Remote Switch Packet ANalysis Type II');
  cursor.u16('Version and Vlan');
  cursor.u16('Span ID');
  cursor.u32('Index');
  cursor.close();
  return linkType(LINKTYPE_ETHERNET);
}

export function parseErspan3(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'ERSPAN';
  cursor.open('Encapsulated Remote Switch Packet ANalysis Type III');
  cursor.u16('Version and Vlan');
  cursor.u16('Span ID');
  cursor.u32('Timestamp');
  cursor.u16('Security Group Tag');
  const flags = cursor.u16('Flags');
  if ((flags & PLATFORM_SUBHEADER) !== 0) cursor.skip(8, 'Platform specific subheader');
  cursor.close();
  return linkType(LINKTYPE_ETHERNET);
}
