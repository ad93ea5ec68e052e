/**
 * Whether what lies behind a header is IP or Ethernet, by its content: for tunnels that say no more of themselves than
 * that a port is theirs. Random bytes pass about once in a million times.
 *
 * `ahead` is the place from the next byte on, `missing` how many bytes the snap length cut from the payload.
 */
import type { Cursor } from '../../bytes/cursor.js';

const ETHERNET_HEADER = 14;
const VLAN_TAG = 4;
/** Tags looked through. */
const MAX_TAGS = 2;
const MAX_LENGTH_FIELD = 1500;

/** A two-byte number ahead, below 0 where it is not there. */
function peek16(cursor: Cursor, ahead: number): number {
  return cursor.peek(ahead + 1) < 0 ? -1 : (cursor.peek(ahead) << 8) | cursor.peek(ahead + 1);
}

/**
 * IPv4 whose header has the right checksum, or IPv6 whose length is that of what there is; where `missing` is Infinity, as
 * nothing around states a length, the first bytes alone have to fit.
 */
export function looksLikeIp(cursor: Cursor, ahead: number, missing: number): boolean {
  const room = cursor.remaining + missing - ahead;
  const first = cursor.peek(ahead);
  if (first >> 4 === 4) {
    const header = (first & 0x0f) * 4;
    const total = peek16(cursor, ahead + 2);
    if (header < 20 || total < header || total > room) return false;
    if (room === Infinity) return true;
    // No checksum is one that a network card was to fill in.
    return isSumRight(cursor, ahead, header) || (peek16(cursor, ahead + 10) === 0 && total === room);
  }
  const payload = peek16(cursor, ahead + 4);
  return first >> 4 === 6 && payload > 0 && (room === Infinity || payload + 40 === room);
}

/** Whether the 16-bit words of an IPv4 header add up to all ones (RFC 1071 §1). */
function isSumRight(cursor: Cursor, ahead: number, length: number): boolean {
  let sum = 0;
  for (let at = 0; at < length; at += 2) {
    const word = peek16(cursor, ahead + at);
    if (word < 0) return false;
    sum += word;
  }
  return ((sum & 0xffff) + (sum >>> 16)) % 0xffff === 0;
}

/** An Ethernet frame with IP, ARP or spanning tree within, behind VLAN tags or not; or MPLS or PPPoE, by their types. */
export function looksLikeEthernet(cursor: Cursor, ahead: number, missing: number): boolean {
  let at = ahead + ETHERNET_HEADER;
  let type = peek16(cursor, at - 2);
  for (let tags = 0; tags < MAX_TAGS && (type === 0x8100 || type === 0x88a8); tags++) {
    at += VLAN_TAG;
    type = peek16(cursor, at - 2);
  }
  switch (type) {
    case 0x0800:
      return cursor.peek(at) >> 4 === 4 && looksLikeIp(cursor, at, missing);
    case 0x86dd:
      return cursor.peek(at) >> 4 === 6 && looksLikeIp(cursor, at, missing);
    case 0x0806:
      return peek16(cursor, at) === 1 && peek16(cursor, at + 2) === 0x0800;
    case 0x8847:
    case 0x8864:
      return true;
    default:
      return type > 2 && type <= MAX_LENGTH_FIELD && isLlc(cursor, at);
  }
}

/** Spanning tree or SNAP. */
function isLlc(cursor: Cursor, ahead: number): boolean {
  const points = peek16(cursor, ahead);
  return (points === 0x4242 || points === 0xaaaa) && cursor.peek(ahead + 2) === 0x03;
}

/** Whether the next bytes are text, as SIP is: whatever the port, that is no tunnel. */
export function startsAsText(cursor: Cursor): boolean {
  for (let at = 0; at < 8; at++) {
    const byte = cursor.peek(at);
    if ((byte < 0x20 || byte > 0x7e) && byte !== 0x0d && byte !== 0x0a && byte !== 0x09) return false;
  }
  return true;
}
