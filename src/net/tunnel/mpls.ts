/** One entry of an MPLS label stack (RFC 3032 §2.1). The first four bits of what lies under the last one say what it is. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherType, linkType, NEXT_IP, type Next, type Packet, unread } from '../packet.js';
import { looksLikeEthernet, looksLikeIp } from './content.js';

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
  // Behind a link layer no length says how much there is.
  const missing = packet.outcome === 'udp' ? packet.missing : Number.POSITIVE_INFINITY;
  // Addresses of Ethernet may start with 4 or 6, where a pseudowire has no control word (RFC 4928 §3).
  if ((version === 4 || version === 6) && looksLikeIp(cursor, 0, missing)) return NEXT_IP;
  const isBare = looksLikeEthernet(cursor, 0, missing);
  if (isBare && !(version === 0 && looksLikeEthernet(cursor, 4, missing))) return linkType(LINKTYPE_ETHERNET);
  if (version === 4 || version === 6) return NEXT_IP;
  // A control word starts with zero bits so that it is no IP (RFC 4385 §3); what it most often carries is Ethernet (RFC 4448).
  if (version === 0) {
    cursor.open('PW Ethernet Control Word');
    cursor.skip(2, 'Flags and length');
    cursor.u16('Sequence Number');
    cursor.close();
    return linkType(LINKTYPE_ETHERNET);
  }
  return unread(packet, 'MPLS with a payload that is neither IP nor Ethernet');
}

/** Labels looked through for what lies under them. */
const MAX_LABELS = 8;

/** Whether a UDP payload is MPLS (RFC 7510 §3): labels, and IP or Ethernet under the last one. */
export function looksLikeMpls(cursor: Cursor, missing: number): boolean {
  for (let at = 0; at < 4 * MAX_LABELS; at += 4) {
    if (cursor.peek(at + 3) < 0) return false;
    if ((cursor.peek(at + 2) & 1) === 0) continue;
    return (
      [0, 4].some((word) => looksLikeEthernet(cursor, at + 4 + word, missing)) ||
      looksLikeIp(cursor, at + 4, missing)
    );
  }
  return false;
}
