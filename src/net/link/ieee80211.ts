/** Data frames of IEEE 802.11 (§9.2, §9.3.2), with radiotap (https://www.radiotap.org) or PPI before them or not. */
import type { Cursor } from '../../bytes/cursor.js';
import { formatMac } from '../address.js';
import { linkType, NEXT_LLC, type Next, type Packet, seen, stopAt, unread } from '../packet.js';
import { little16, little32 } from './little-endian.js';

const FRAME_TYPES = ['802.11 management', '802.11 control', '802.11 data', '802.11 extension'] as const;
const TYPE_DATA = 2;
/** Of the subtype of data frames. */
const NO_DATA = 0x4;
const QOS = 0x8;
/** Of the second byte of the frame control. */
const TO_DS = 0x01;
const FROM_DS = 0x02;
const MORE_FRAGMENTS = 0x04;
const PROTECTED = 0x40;
const ORDER = 0x80;
/** In the QoS control: several frames in one. */
const A_MSDU = 0x80;
/** Destination, source and length before each of these. */
const SUBFRAME_HEADER = 14;

export function parseIeee80211(cursor: Cursor, packet: Packet): Next {
  return dataFrame(cursor, packet, false, 1);
}

/** The two bytes of the frame control the other way round, as some access points write them in CAPWAP. */
export function parseSwappedIeee80211(cursor: Cursor, packet: Packet): Next {
  return dataFrame(cursor, packet, true, 1);
}

/** `alignment`: what the header is padded to a multiple of, for what follows it. */
function dataFrame(cursor: Cursor, packet: Packet, isSwapped: boolean, alignment: number): Next {
  packet.layer = '802.11';
  cursor.open('IEEE 802.11');
  const start = cursor.offset;
  const first = cursor.u8('Frame Control');
  const second = cursor.u8('Frame Control Flags');
  const kind = isSwapped ? second : first;
  const flags = isSwapped ? first : second;
  if (cursor.shortage !== undefined) return 0;
  const type = (kind >> 2) & 3;
  if ((kind & 3) !== 0) return stopAt(packet, start, `version is ${kind & 3}, not 0`);
  if (type !== TYPE_DATA) return seen(packet, FRAME_TYPES[type] as string);
  const subtype = kind >> 4;
  cursor.u16('Duration');
  for (const name of ['Address 1', 'Address 2', 'Address 3']) address(cursor, name);
  const fragment = cursor.u16('Sequence and Fragment Number');
  if ((flags & TO_DS) !== 0 && (flags & FROM_DS) !== 0) address(cursor, 'Address 4');
  const isQos = (subtype & QOS) !== 0;
  const qos = isQos ? cursor.u8('QoS Control') : 0;
  if (isQos) cursor.skip(1, 'QoS Control');
  if (isQos && (flags & ORDER) !== 0) cursor.u32('HT Control');
  const padding = -(cursor.offset - start) & (alignment - 1);
  if (padding > 0) cursor.skip(padding, 'Padding');
  cursor.close();
  if (cursor.shortage !== undefined) return 0;
  if ((subtype & NO_DATA) !== 0) return seen(packet, '802.11 data without payload');
  if ((flags & PROTECTED) !== 0) return unread(packet, '802.11 data, encrypted');
  // Its number is in the lower bits of the first byte, in little-endian order.
  if ((flags & MORE_FRAGMENTS) !== 0 || ((fragment >> 8) & 0x0f) !== 0)
    return unread(packet, '802.11 fragment');
  return (qos & A_MSDU) === 0 ? NEXT_LLC : aggregate(cursor, packet);
}

/** An A-MSDU (§9.3.2.2): of one frame that frame, of several none, as a packet is one here. */
function aggregate(cursor: Cursor, packet: Packet): Next {
  const end = cursor.offset + SUBFRAME_HEADER + ((cursor.peek(12) << 8) | cursor.peek(13));
  // The last one is not padded; a frame check sequence may follow.
  if (cursor.end - end > 4 + 3) return unread(packet, '802.11 data of several frames (A-MSDU)');
  cursor.skip(SUBFRAME_HEADER, 'A-MSDU Subframe Header');
  cursor.limit(end);
  return NEXT_LLC;
}

function address(cursor: Cursor, name: string): void {
  if (!cursor.tracing) cursor.skip(6);
  else cursor.explain(formatMac(cursor.take(6, name)));
}

/** Bits of radiotap's first word of what is present. */
const RADIOTAP_TSFT = 0x1;
const RADIOTAP_FLAGS = 0x2;
const RADIOTAP_MORE = 0x8000_0000;
/** Of its flags: the 802.11 header is padded to four bytes. */
const DATA_PAD = 0x20;

export function parseRadiotap(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'radiotap';
  cursor.open('Radiotap Header');
  const start = cursor.offset;
  const version = cursor.u8('Header revision');
  cursor.u8('Header pad');
  const length = little16(cursor, 'Header length');
  let present = little32(cursor, 'Present flags');
  const fields = present;
  while ((present & RADIOTAP_MORE) !== 0 && cursor.shortage === undefined)
    present = little32(cursor, 'Present flags');
  if (cursor.shortage !== undefined) return 0;
  if (version !== 0) return stopAt(packet, start, `version is ${version}, not 0`);
  if (length < cursor.offset - start)
    return stopAt(packet, start + 2, `length ${length} is below its own fields`);
  const flags = radiotapFlags(cursor, start, fields);
  cursor.skip(start + length - cursor.offset, 'Fields');
  cursor.close();
  if (cursor.shortage !== undefined) return 0;
  return dataFrame(cursor, packet, false, (flags & DATA_PAD) === 0 ? 1 : 4);
}

/** The flags stand first, or behind a timestamp of eight bytes, which starts at a multiple of eight. */
function radiotapFlags(cursor: Cursor, start: number, fields: number): number {
  if ((fields & RADIOTAP_FLAGS) === 0) return 0;
  let at = cursor.offset - start;
  if ((fields & RADIOTAP_TSFT) !== 0) at = ((at + 7) & ~7) + 8;
  return Math.max(0, cursor.peek(start + at - cursor.offset));
}

/** PPI (LINKTYPE_PPI): fields of its own, then a packet of the link type that it states. */
export function parsePpi(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'PPI';
  cursor.open('Per-Packet Information');
  const start = cursor.offset;
  const version = cursor.u8('Version');
  cursor.u8('Flags');
  const length = little16(cursor, 'Header length');
  const type = little32(cursor, 'DLT');
  if (cursor.shortage !== undefined) return 0;
  if (version !== 0) return stopAt(packet, start, `version is ${version}, not 0`);
  if (length < 8) return stopAt(packet, start + 2, `length ${length} is below 8`);
  cursor.skip(length - 8, 'Fields');
  cursor.close();
  return linkType(type);
}
