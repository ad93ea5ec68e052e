/**
 * VXLAN (RFC 7348 §5), with a group policy (draft-smith-vxlan-group-policy §2.1) and VXLAN-GPE
 * (draft-ietf-nvo3-vxlan-gpe §3): Ethernet or IP in UDP.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { enterNetwork, linkType, NETWORK, NEXT_IP, type Next, type Packet } from '../packet.js';
import { looksLikeEthernet } from './content.js';

const LINKTYPE_ETHERNET = 1;
const FLAG_INSTANCE = 0x08;
const FLAG_NEXT_PROTOCOL = 0x04;
/** The G bit of a group policy, and what may be set in the byte behind it: "don't learn" and "policy applied". */
const FLAG_GROUP_POLICY = 0x80;
const GROUP_POLICY_BITS = 0x48;
/** GPE's Next Protocol values for IPv4 and IPv6. */
const GPE_IPV4 = 1;
const GPE_IPV6 = 2;
const GPE_ETHERNET = 3;

/**
 * Whether a UDP payload is VXLAN: the I flag (and GPE's P) alone set, reserved bits zero; no text starts so. RTP may
 * start as a group policy does, so that Ethernet has to be seen within.
 */
export function looksLikeVxlan(cursor: Cursor, missing: number): boolean {
  const flags = cursor.peek();
  const next = cursor.peek(3);
  if (cursor.peek(7) !== 0) return false;
  if (flags === (FLAG_GROUP_POLICY | FLAG_INSTANCE)) {
    return (cursor.peek(1) & ~GROUP_POLICY_BITS) === 0 && looksLikeEthernet(cursor, 8, missing);
  }
  if (cursor.peek(1) !== 0 || cursor.peek(2) !== 0) return false;
  if (flags === FLAG_INSTANCE) return next === 0;
  return flags === (FLAG_INSTANCE | FLAG_NEXT_PROTOCOL) && next >= GPE_IPV4 && next <= GPE_ETHERNET;
}

export function parseVxlan(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'VXLAN';
  cursor.open('Virtual eXtensible Local Area Network');
  const flags = cursor.u8('Flags');
  const hasPolicy = (flags & FLAG_GROUP_POLICY) !== 0;
  if (hasPolicy) cursor.skip(1, 'Group Policy Flags');
  else cursor.skip(2, 'Reserved');
  const next = hasPolicy ? 0 : cursor.u8('Next Protocol');
  if (hasPolicy) cursor.u16('Group Policy ID');
  const network = cursor.u24('VXLAN Network Identifier (VNI)');
  packet.network = 0;
  enterNetwork(packet, NETWORK.vni, network);
  cursor.u8('Reserved');
  cursor.close();
  return next === GPE_IPV4 || next === GPE_IPV6 ? NEXT_IP : linkType(LINKTYPE_ETHERNET);
}
