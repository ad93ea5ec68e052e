/** One entry of an MPLS label stack (RFC 3032 §2.1). The first four bits of what lies under the last one say what it is. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherType, linkType, NEXT_IP, type Next, type Packet, seen } from '../packet.js';

const ETHERTYPE_MPLS = 0x8847;
const LINKTYPE_ETHERNET = 1;

export function parseMpls(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'MPLS';
  cursor.open('MultiProtocol Label Switching Header');
  const entry = cursor.u32('Label stack entry');
  const bottom = (entry & 0x100) !== 0;
  if (cursor.tracing) {
    const text = `Label: ${entry >>> 12}, Exp: ${(entry >> 9) & 7}, S: ${bottom ? 1 : 0}, TTL: ${entry & 0xff}`;
    cursor.explain(text);
    cursor.close(text);
  }
  if (!bottom) return etherType(ETHERTYPE_MPLS);
  const version = cursor.peek() >> 4;
  if (version === 4 || version === 6) return NEXT_IP;
  // A control word starts with zero bits so that it is no IP (RFC 4385 §3); what it most often carries is Ethernet (RFC 4448).
  if (version === 0) {
    cursor.open('PW Ethernet Control Word');
    cursor.skip(2, 'Flags and length');
    cursor.u16('Sequence Number');
    cursor.close();
    return linkType(LINKTYPE_ETHERNET);
  }
  return seen(packet, 'MPLS');
}
