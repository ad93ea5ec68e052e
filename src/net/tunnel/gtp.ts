/** GTP-U version 1 (3GPP TS 29.281 §5.1): the IP packets of mobile subscribers, VoLTE's SIP among them, in UDP. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, NEXT_IP, type Next, type Packet, stopAt } from '../packet.js';
import { looksLikeEthernet } from './content.js';

/** Version 1, protocol type GTP; then the flags of extension header, sequence number and N-PDU number. */
const VERSION_AND_TYPE = 0x30;
const ANY_OPTIONAL = 0x07;
const EXTENSION = 0x04;
/** Message type of a user packet. */
const G_PDU = 0xff;

/**
 * Whether a UDP payload is a user packet in GTP-U: its first byte, its type and its length. No SIP message is so.
 * `missing` is how much of the payload the snap length cut.
 */
export function looksLikeGtp(cursor: Cursor, missing: number): boolean {
  if ((cursor.peek() & 0xf8) !== VERSION_AND_TYPE || cursor.peek(1) !== G_PDU) return false;
  return ((cursor.peek(2) << 8) | cursor.peek(3)) <= cursor.remaining + missing - 8;
}

export function parseGtp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'GTP-U';
  cursor.open('GPRS Tunneling Protocol');
  const flags = cursor.u8('Flags');
  cursor.u8('Message Type');
  const length = cursor.u16('Length');
  cursor.limit(cursor.offset + 4 + length);
  cursor.u32('TEID');
  if ((flags & ANY_OPTIONAL) !== 0) {
    cursor.u16('Sequence number');
    cursor.u8('N-PDU Number');
    let next = cursor.u8('Next extension header type');
    while ((flags & EXTENSION) !== 0 && next !== 0 && cursor.shortage === undefined) {
      // In units of four bytes, the length and the type of the next one included; 0 is invalid.
      const units = cursor.u8();
      if (units === 0) return stopAt(packet, cursor.offset - 1, 'extension header of length 0');
      cursor.skip(units * 4 - 2, 'Extension header');
      next = cursor.u8();
    }
  }
  cursor.close();
  // A PDU session of 5G may be of Ethernet (3GPP TS 23.501 §5.6.10.2).
  return looksLikeEthernet(cursor, 0, packet.missing) ? linkType(1) : NEXT_IP;
}
