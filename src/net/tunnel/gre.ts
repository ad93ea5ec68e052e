/** Generic Routing Encapsulation: version 0 (RFC 2784, RFC 2890) and 1 (PPTP, RFC 2637 §4.1). */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import { etherType, linkType, type Next, type Packet, seen, stopAt } from '../packet.js';

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
/** Version 1 alone. */
const ACKNOWLEDGMENT = 0x0080;
const PROTOCOL_ERSPAN = 0x88be;
const LINKTYPE_ETHERNET = 1;

export function parseGre(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'GRE';
  cursor.open('Generic Routing Encapsulation');
  const start = cursor.offset;
  const flags = cursor.u16('Flags and Version');
  const version = flags & 0x0007;
  const protocol = cursor.u16('Protocol Type');
  if (cursor.tracing) cursor.explain(`${etherTypeName(protocol)} (${hex16(protocol)})`);
  if (version > 1) return stopAt(packet, start, `version ${version} is not known`);
  if ((flags & ROUTING) !== 0) return seen(packet, 'GRE with source routes');
  if ((flags & CHECKSUM) !== 0) {
    cursor.u16('Checksum');
    cursor.u16('Reserved');
  }
  if ((flags & KEY) !== 0) cursor.u32('Key');
  if ((flags & SEQUENCE) !== 0) cursor.u32('Sequence Number');
  if (version === 1 && (flags & ACKNOWLEDGMENT) !== 0) cursor.u32('Acknowledgment Number');
  cursor.close();
  // ERSPAN type I has no sequence number and no header of its own.
  if (protocol === PROTOCOL_ERSPAN && (flags & SEQUENCE) === 0) return linkType(LINKTYPE_ETHERNET);
  return etherType(protocol);
}
