/** Tags between the addresses of Ethernet and the type of what follows, other than VLANs. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import { enterNetwork, linkType, NETWORK, type Next, type Packet } from '../packet.js';
import { typeOrLength } from './ethernet.js';

const LINKTYPE_ETHERNET = 1;

function following(cursor: Cursor): Next {
  const value = cursor.u16('Type');
  if (cursor.tracing) {
    cursor.explain(`${etherTypeName(value)} (${hex16(value)})`);
    cursor.close();
  }
  return typeOrLength(cursor, value);
}

/** VN-Tag: between a switch and the virtual interfaces of a network card. */
export function parseVnTag(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'VN-Tag';
  cursor.open('VN-Tag');
  cursor.u32('Destination and Source Interface');
  return following(cursor);
}

/** E-TAG (IEEE 802.1BR §7.5). */
export function parseETag(cursor: Cursor, packet: Packet): Next {
  packet.layer = '802.1BR';
  cursor.open('802.1BR E-Tag');
  cursor.skip(6, 'Tag Control Information');
  return following(cursor);
}

/** Cisco MetaData: version, length, one option and a security group tag. */
export function parseCiscoMetadata(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Cisco MetaData';
  cursor.open('Cisco MetaData');
  cursor.u8('Version');
  cursor.u8('Length');
  cursor.u16('Options');
  cursor.u16('SGT');
  return following(cursor);
}

/** The I-TAG of a provider's backbone (IEEE 802.1Q §9.7): a service instance, and the customer's frame with its addresses. */
export function parseITag(cursor: Cursor, packet: Packet): Next {
  packet.layer = '802.1ah';
  cursor.open('IEEE 802.1ah');
  const control = cursor.u32('Tag Control Information');
  enterNetwork(packet, NETWORK.serviceInstance, control & 0xff_ffff);
  if (cursor.tracing) cursor.close(`I-SID: ${control & 0xff_ffff}`);
  return linkType(LINKTYPE_ETHERNET);
}
