/** VXLAN (RFC 7348 §5) and VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe §3): Ethernet or IP in UDP. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, NEXT_IP, type Next, type Packet } from '../packet.js';

const LINKTYPE_ETHERNET = 1;
const FLAG_INSTANCE = 0x08;
const FLAG_NEXT_PROTOCOL = 0x04;
/** GPE's Next Protocol values for IPv4 and IPv6. */
const GPE_IPV4 = 1;
const GPE_IPV6 = 2;
const GPE_ETHERNET = 3;

/** Whether a UDP payload is VXLAN: the I flag (and GPE's P) alone set, reserved bits zero. No text starts so. */
export function looksLikeVxlan(cursor: Cursor): boolean {
  const flags = cursor.peek();
  const next = cursor.peek(3);
  if (cursor.peek(1) !== 0 || cursor.peek(2) !== 0 || cursor.peek(7) !== 0) return false;
  if (flags === FLAG_INSTANCE) return next === 0;
  return flags === (FLAG_INSTANCE | FLAG_NEXT_PROTOCOL) && next >= GPE_IPV4 && next <= GPE_ETHERNET;
}

export function parseVxlan(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'VXLAN';
  cursor.open('Virtual eXtensible Local Area Network');
  cursor.u8('Flags');
  cursor.skip(2, 'Reserved');
  const next = cursor.u8('Next Protocol');
  cursor.u24('VXLAN Network Identifier (VNI)');
  cursor.u8('Reserved');
  cursor.close();
  return next === GPE_IPV4 || next === GPE_IPV6 ? NEXT_IP : linkType(LINKTYPE_ETHERNET);
}
