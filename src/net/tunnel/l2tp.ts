/** L2TP: version 2 over UDP (RFC 2661 §3.1), version 3 over UDP (RFC 3931 §4.1.2) and over IP (§4.1.1). */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, NEXT_IP, type Next, type Packet, seen, stopAt, unread } from '../packet.js';
import { looksLikeEthernet, looksLikeIp } from './content.js';

const CONTROL = 0x8000;
const LENGTH = 0x4000;
const SEQUENCE = 0x0800;
const OFFSET = 0x0200;
const VERSION = 0x000f;
/** Bits that are reserved in version 2 (RFC 2661 §3.1). */
const RESERVED_V2 = 0x34f0;
const RESERVED_V3_DATA = 0xfff0;
const LINKTYPE_ETHERNET = 1;
const LINKTYPE_PPP = 9;
/** Lengths that cookie and sublayer have together (RFC 3931 §4.1, §4.6): nothing in a packet says which. */
const V3_HEADERS = [0, 4, 8, 12] as const;

/** Whether a UDP payload is L2TP: version, reserved bits and, where it is stated, the length. No text starts so. */
export function looksLikeL2tp(cursor: Cursor, missing: number): boolean {
  const flags = (cursor.peek() << 8) | cursor.peek(1);
  if (cursor.peek(3) < 0) return false;
  const length = (cursor.peek(2) << 8) | cursor.peek(3);
  const isLengthRight = length === cursor.remaining + missing;
  if ((flags & VERSION) === 3) {
    return (flags & CONTROL) !== 0 ? isLengthRight : (flags & RESERVED_V3_DATA) === 0 && length === 0;
  }
  if ((flags & VERSION) !== 2 || (flags & RESERVED_V2) !== 0) return false;
  return (flags & LENGTH) === 0 ? (flags & CONTROL) === 0 : isLengthRight;
}

export function parseL2tp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'L2TP';
  cursor.open('Layer 2 Tunneling Protocol');
  const start = cursor.offset;
  const flags = cursor.u16('Flags and Version');
  if ((flags & CONTROL) !== 0) return seen(packet, 'L2TP control');
  if ((flags & VERSION) === 3) {
    cursor.u16('Reserved');
    return session(cursor, packet, packet.missing);
  }
  if ((flags & LENGTH) !== 0) cursor.limit(start + cursor.u16('Length'));
  cursor.u16('Tunnel ID');
  cursor.u16('Session ID');
  if ((flags & SEQUENCE) !== 0) {
    cursor.u16('Ns');
    cursor.u16('Nr');
  }
  if ((flags & OFFSET) !== 0) cursor.skip(cursor.u16('Offset Size'), 'Offset Pad');
  cursor.close();
  return linkType(LINKTYPE_PPP);
}

/** IP protocol 115: a session number of 0 is a control message. */
export function parseL2tpOverIp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'L2TPv3';
  cursor.open('Layer 2 Tunneling Protocol version 3');
  const isControl = [0, 1, 2, 3].every((at) => cursor.peek(at) === 0);
  if (isControl) {
    cursor.u32('Session ID');
    return seen(packet, 'L2TPv3 control');
  }
  return session(cursor, packet, Math.max(0, packet.declaredEnd - cursor.end));
}

/** A data message of version 3, from its session on: where Ethernet, PPP or IP begins is found by content. */
function session(cursor: Cursor, packet: Packet, missing: number): Next {
  const start = cursor.offset;
  if (cursor.u32('Session ID') === 0) return stopAt(packet, start, 'session 0 in a data message');
  if (cursor.shortage !== undefined) return 0;
  for (const size of V3_HEADERS) {
    const next = contentAt(cursor, size, missing);
    if (next === undefined) continue;
    if (size > 0) cursor.skip(size, 'Cookie and Sublayer');
    cursor.close();
    return next;
  }
  return unread(packet, 'L2TPv3 with a payload that is neither Ethernet, PPP nor IP');
}

function contentAt(cursor: Cursor, ahead: number, missing: number): Next | undefined {
  if (looksLikeEthernet(cursor, ahead, missing)) return linkType(LINKTYPE_ETHERNET);
  if (looksLikeIp(cursor, ahead, missing)) return NEXT_IP;
  const isPpp =
    cursor.peek(ahead) === 0xff && cursor.peek(ahead + 1) === 0x03 && cursor.peek(ahead + 2) === 0;
  return isPpp && looksLikeIp(cursor, ahead + 4, missing) ? linkType(LINKTYPE_PPP) : undefined;
}
