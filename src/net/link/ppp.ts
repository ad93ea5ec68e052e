/** PPP (RFC 1661): an optional HDLC-like address and control (RFC 1662), then the protocol number. */
import type { Cursor } from '../../bytes/cursor.js';
import { hex16, pppProtocolName } from '../names.js';
import { type Next, type Packet, pppProtocol } from '../packet.js';

const ALL_STATIONS = 0xff;
const UNNUMBERED_INFORMATION = 0x03;

export function parsePpp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'PPP';
  cursor.open('Point-to-Point Protocol');
  if (cursor.peek() === ALL_STATIONS && cursor.peek(1) === UNNUMBERED_INFORMATION) {
    cursor.u8('Address');
    cursor.u8('Control');
  }
  // The lowest bit of a protocol's last byte is set: one byte is a compressed field (RFC 1661 §6.5).
  const protocol = (cursor.peek() & 1) === 1 ? cursor.u8('Protocol') : cursor.u16('Protocol');
  if (cursor.tracing) cursor.explain(`${pppProtocolName(protocol)} (${hex16(protocol)})`);
  cursor.close();
  return pppProtocol(protocol);
}
