/** EtherIP (RFC 3378 §3): version 3 and twelve reserved bits, then an Ethernet frame. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, type Next, type Packet, stopAt } from '../packet.js';

const LINKTYPE_ETHERNET = 1;

export function parseEtherIp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'EtherIP';
  cursor.open('Ethernet in IP');
  const start = cursor.offset;
  const version = cursor.u16('Version and Reserved') >> 12;
  cursor.close();
  if (cursor.shortage === undefined && version !== 3)
    return stopAt(packet, start, `version is ${version}, not 3`);
  return linkType(LINKTYPE_ETHERNET);
}
