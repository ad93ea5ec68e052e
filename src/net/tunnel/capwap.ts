/** CAPWAP data packets (RFC 5415 §4): what goes between an access point and its controller, 802.11 or Ethernet, in UDP. */
import type { Cursor } from '../../bytes/cursor.js';
import { parseSwappedIeee80211 } from '../link/ieee80211.js';
import { linkType, type Next, type Packet, seen, unread } from '../packet.js';
import { looksLikeEthernet } from './content.js';

const PREAMBLE_PLAIN = 0x00;
const PREAMBLE_DTLS = 0x01;
/** Of the 24 bits behind the preamble. */
const NATIVE_FRAME = 0x100;
const FRAGMENT = 0x80;
const RADIO_MAC = 0x10;
const WIRELESS_INFORMATION = 0x20;
const KEEP_ALIVE = 0x08;
const RESERVED = 0x07;
/** Wireless binding: IEEE 802.11 (RFC 5416). */
const BINDING_80211 = 1;
const FIXED_HEADER = 8;
const TYPE_DATA = 0x08;
const LINKTYPE_ETHERNET = 1;
const LINKTYPE_80211 = 105;

/** Whether a UDP payload is a CAPWAP data packet: its preamble, a header length that has room, and data of 802.11 or Ethernet. */
export function looksLikeCapwap(cursor: Cursor, missing: number): boolean {
  if (cursor.peek() === PREAMBLE_DTLS)
    return cursor.peek(1) === 0 && cursor.peek(2) === 0 && cursor.peek(3) === 0 && cursor.peek(5) === 0xfe;
  if (cursor.peek() !== PREAMBLE_PLAIN || cursor.peek(7) < 0) return false;
  const fields = (cursor.peek(1) << 16) | (cursor.peek(2) << 8) | cursor.peek(3);
  const header = (fields >> 19) * 4;
  if (header < FIXED_HEADER || header > cursor.remaining || (fields & RESERVED) !== 0) return false;
  if ((fields & (KEEP_ALIVE | FRAGMENT)) !== 0) return true;
  return (fields & NATIVE_FRAME) === 0
    ? looksLikeEthernet(cursor, header, missing)
    : ((fields >> 9) & 0x1f) === BINDING_80211;
}

export function parseCapwap(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'CAPWAP';
  if (cursor.peek() === PREAMBLE_DTLS) return unread(packet, 'CAPWAP, encrypted (DTLS)');
  cursor.open('Control And Provisioning of Wireless Access Points - Data');
  cursor.u8('Preamble');
  const fields = cursor.u24('Header Length, Radio ID, Binding and Flags');
  const header = (fields >> 19) * 4;
  cursor.u16('Fragment ID');
  cursor.u16('Fragment Offset');
  const names =
    (fields & (RADIO_MAC | WIRELESS_INFORMATION)) === 0 ? 'Padding' : 'Radio MAC and Wireless Information';
  if (header > FIXED_HEADER) cursor.skip(header - FIXED_HEADER, names);
  cursor.close();
  if ((fields & KEEP_ALIVE) !== 0) return seen(packet, 'CAPWAP keep-alive');
  if ((fields & FRAGMENT) !== 0) return unread(packet, 'CAPWAP fragment');
  if ((fields & NATIVE_FRAME) === 0) return linkType(LINKTYPE_ETHERNET);
  // Some access points write the two bytes of the frame control the other way round.
  const isSwapped = (cursor.peek() & 0x0f) !== TYPE_DATA && (cursor.peek(1) & 0x0f) === TYPE_DATA;
  return isSwapped ? parseSwappedIeee80211(cursor, packet) : linkType(LINKTYPE_80211);
}
