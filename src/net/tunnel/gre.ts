/** Generic Routing Encapsulation: version 0 (RFC 2784, RFC 2890) and 1 (PPTP, RFC 2637 §4.1). */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import {
  enterNetwork,
  etherType,
  linkType,
  NETWORK,
  type Next,
  type Packet,
  stopAt,
  unread,
} from '../packet.js';
import { looksLikeEthernet, looksLikeIp } from './content.js';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
/** Version 1 alone. */
const ACKNOWLEDGMENT = 0x0080;
const PROTOCOL_ERSPAN = 0x88be;
const PROTOCOL_ETHERNET = 0x6558;
/** WCCP (draft-wilson-wrec-wccp-v2 §4.12): packets that a router redirects to a cache. */
const PROTOCOL_WCCP = 0x883e;
const LINKTYPE_ETHERNET = 1;

/** Whether a UDP payload is GRE (RFC 8086 §3): version 0, no bits that are reserved, and what it says within. */
export function looksLikeGre(cursor: Cursor, missing: number): boolean {
  const flags = cursor.peek();
  if (flags < 0 || (flags & 0x4f) !== 0 || cursor.peek(1) !== 0) return false;
  const words = [CHECKSUM, KEY, SEQUENCE].filter((bit) => ((flags << 8) & bit) !== 0).length;
  const protocol = (cursor.peek(2) << 8) | cursor.peek(3);
  const within = 4 + 4 * words;
  if (protocol === PROTOCOL_ETHERNET) return looksLikeEthernet(cursor, within, missing);
  return (protocol === 0x0800 || protocol === 0x86dd) && looksLikeIp(cursor, within, missing);
}

export function parseGre(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'GRE';
  cursor.open('Generic Routing Encapsulation');
  const start = cursor.offset;
  const flags = cursor.u16('Flags and Version');
  const version = flags & 0x0007;
  const protocol = cursor.u16('Protocol Type');
  if (cursor.tracing) cursor.explain(`${etherTypeName(protocol)} (${hex16(protocol)})`);
  if (version > 1) return stopAt(packet, start, `version ${version} is not known`);
  if ((flags & ROUTING) !== 0) return unread(packet, 'GRE with source routes');
  if ((flags & CHECKSUM) !== 0) {
    cursor.u16('Checksum');
    cursor.u16('Reserved');
  }
  if ((flags & KEY) !== 0) {
    const key = cursor.u32('Key');
    // That of version 1 holds a length and the number of a call, which differs by direction.
    if (version === 0) enterNetwork(packet, NETWORK.greKey, key);
  }
  if ((flags & SEQUENCE) !== 0) cursor.u32('Sequence Number');
  if (version === 1 && (flags & ACKNOWLEDGMENT) !== 0) cursor.u32('Acknowledgment Number');
  cursor.close();
  if (protocol === PROTOCOL_WCCP) {
    // Version 2 has a header, which begins with zero bits; version 1 has none.
    if (cursor.peek() >> 4 !== 4) cursor.skip(4, 'WCCP Redirect Header');
    return etherType(0x0800);
  }
  // ERSPAN type I has no sequence number and no header of its own.
  if (protocol === PROTOCOL_ERSPAN && (flags & SEQUENCE) === 0) return linkType(LINKTYPE_ETHERNET);
  return etherType(protocol);
}
