/** UDP (RFC 768). A length of 0 takes all there is: jumbograms (RFC 2675 §4) and segmentation offload. */

import type { Cursor } from '../bytes/cursor.js';
import { counted } from '../bytes/text.js';
import { NEXT_NONE, type Next, type Packet, stopAt, udpPort } from './packet.js';
import { looksLikeGeneve } from './tunnel/geneve.js';
import { looksLikeGtp } from './tunnel/gtp.js';
import { looksLikeVxlan } from './tunnel/vxlan.js';

const HEADER = 8;
/** Tunnels over UDP (IANA "Service Name and Transport Protocol Port Number Registry"). */
const PORT_GTP = 2152;
const PORT_VXLAN = 4789;
const PORT_VXLAN_GPE = 4790;
const PORT_GENEVE = 6081;

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
  const end = length === 0 ? packet.declaredEnd : start + length;
  cursor.limit(end);
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  packet.payloadStart = cursor.offset;
  packet.payloadEnd = cursor.end;
  packet.missing = end > cursor.end ? end - cursor.end : 0;
  packet.protocol = 'UDP';
  packet.outcome = 'udp';
  if (isTunnel(cursor, destinationPort)) {
    if (cursor.tracing) cursor.close(`Src Port: ${sourcePort}, Dst Port: ${destinationPort}`);
    return udpPort(destinationPort);
  }
  if (cursor.tracing) {
    cursor.skip(cursor.remaining, 'UDP payload');
    cursor.explain(describePayload(packet));
    cursor.close(`Src Port: ${sourcePort}, Dst Port: ${destinationPort}`);
  }
  return NEXT_NONE;
}

/** Whether packets lie within: by port and content, as SIP may use any port. */
function isTunnel(cursor: Cursor, port: number): boolean {
  if (port === PORT_VXLAN || port === PORT_VXLAN_GPE) return looksLikeVxlan(cursor);
  if (port === PORT_GENEVE) return looksLikeGeneve(cursor);
  return port === PORT_GTP && looksLikeGtp(cursor);
}

/** `310 bytes`, and how many more were cut. */
export function describePayload(packet: Packet): string {
  const cut = packet.missing === 0 ? '' : `, ${packet.missing} more not captured`;
  return `${counted(packet.payloadEnd - packet.payloadStart, 'byte')}${cut}`;
}
