/** UDP (RFC 768). A length of 0 takes all there is: jumbograms (RFC 2675 §4) and segmentation offload. */

import type { Cursor } from '../bytes/cursor.js';
import { counted } from '../bytes/text.js';
import { NEXT_NONE, type Next, type Packet, stopAt } from './packet.js';
import { tunnelOverUdp } from './tunnel/over-udp.js';

const HEADER = 8;

export function parseUdp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'UDP';
  cursor.open('User Datagram Protocol');
  const start = cursor.offset;
  const sourcePort = cursor.u16('Source Port');
  const destinationPort = cursor.u16('Destination Port');
  const length = cursor.u16('Length');
  const room = packet.declaredEnd - start;
  if (cursor.tracing && length > room)
    cursor.explain(`${length} (more than the ${room} bytes of the IP payload)`);
  cursor.u16('Checksum');
  if (cursor.shortage !== undefined) return NEXT_NONE;
  if (length !== 0 && length < HEADER)
    return stopAt(packet, start + 4, `length ${length} is below ${HEADER}`);
  // No more of it was sent than the IP payload has, whatever the length says.
  const end = length === 0 || length > room ? packet.declaredEnd : start + length;
  cursor.limit(end);
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  packet.payloadStart = cursor.offset;
  packet.payloadEnd = cursor.end;
  packet.missing = end > cursor.end ? end - cursor.end : 0;
  packet.overstated = length > room ? length - room : 0;
  packet.protocol = 'UDP';
  packet.outcome = 'udp';
  const tunnel = tunnelOverUdp(cursor, sourcePort, destinationPort, packet.missing);
  if (tunnel !== NEXT_NONE) {
    if (cursor.tracing) cursor.close(`Src Port: ${sourcePort}, Dst Port: ${destinationPort}`);
    return tunnel;
  }
  if (cursor.tracing) {
    cursor.skip(cursor.remaining, 'UDP payload');
    cursor.explain(describePayload(packet));
    cursor.close(`Src Port: ${sourcePort}, Dst Port: ${destinationPort}`);
  }
  return NEXT_NONE;
}

/** `310 bytes`, and how many more were cut. */
export function describePayload(packet: Packet): string {
  const cut = packet.missing === 0 ? '' : `, ${packet.missing} more not captured`;
  return `${counted(packet.payloadEnd - packet.payloadStart, 'byte')}${cut}`;
}
