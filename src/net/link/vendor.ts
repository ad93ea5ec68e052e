/** Link types of one system or vendor: OpenBSD's enc interface, Juniper's Ethernet, Apple's PKTAP. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, NEXT_IP, type Next, type Packet, stopAt, unread } from '../packet.js';
import { little32 } from './little-endian.js';

const LINKTYPE_ETHERNET = 1;

/** LINKTYPE_ENC: address family, SPI and flags of four bytes each, then the packet that IPsec opened. */
export function parseEnc(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'ENC';
  cursor.open('Encapsulating Interface');
  cursor.u32('Address Family');
  cursor.u32('SPI');
  cursor.u32('Flags');
  cursor.close();
  return NEXT_IP;
}

const JUNIPER_MAGIC = 0x4d4743;
const JUNIPER_NO_LINK_LAYER = 0x02;
const JUNIPER_EXTENSIONS = 0x80;

/** LINKTYPE_JUNIPER_ETHER: magic, flags, extensions; then Ethernet, or four bytes and IP where the link layer was cut. */
export function parseJuniper(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Juniper Ethernet';
  cursor.open('Juniper Ethernet');
  const start = cursor.offset;
  const magic = cursor.u24('Magic Number');
  const flags = cursor.u8('Flags');
  if (cursor.shortage !== undefined) return 0;
  if (magic !== JUNIPER_MAGIC) return stopAt(packet, start, 'no magic number');
  if ((flags & JUNIPER_EXTENSIONS) !== 0) cursor.skip(cursor.u16('Extension(s) Total length'), 'Extensions');
  const isIp = (flags & JUNIPER_NO_LINK_LAYER) !== 0;
  if (isIp) cursor.skip(4, 'Protocol');
  cursor.close();
  return isIp ? NEXT_IP : linkType(LINKTYPE_ETHERNET);
}

const PKTAP_PACKET = 1;
/** Length, record type and link type. */
const PKTAP_READ = 12;

/** LINKTYPE_PKTAP: a header in little-endian order, whose length it states, then a packet of the link type that it states. */
export function parsePktap(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'PKTAP';
  cursor.open('PKTAP packet header');
  const start = cursor.offset;
  const length = little32(cursor, 'Header length');
  const record = little32(cursor, 'Record type');
  const type = little32(cursor, 'DLT');
  if (cursor.shortage !== undefined) return 0;
  if (length < PKTAP_READ) return stopAt(packet, start, `length ${length} is below ${PKTAP_READ}`);
  cursor.skip(length - PKTAP_READ, 'Process and Interface');
  cursor.close();
  return record === PKTAP_PACKET ? linkType(type) : unread(packet, `PKTAP record ${record}`);
}
