/** IEEE 802.1Q tags, one or several (QinQ): tag control information and the type that follows. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import { enterNetwork, NETWORK, type Next, type Packet } from '../packet.js';
import { typeOrLength } from './ethernet.js';

export function parseVlan(cursor: Cursor, packet: Packet): Next {
  packet.layer = '802.1Q';
  cursor.open('802.1Q Virtual LAN');
  const control = cursor.u16('Tag Control Information');
  if (cursor.tracing) {
    cursor.explain(`Priority: ${control >> 13}, DEI: ${(control >> 12) & 1}, ID: ${control & 0xfff}`);
  }
  // VLAN 0 is a priority alone (IEEE 802.1Q §9.6).
  if ((control & 0xfff) !== 0) enterNetwork(packet, NETWORK.vlan, control & 0xfff);
  const value = cursor.u16('Type');
  if (cursor.tracing) {
    cursor.explain(`${etherTypeName(value)} (${hex16(value)})`);
    cursor.close(`PRI: ${control >> 13}, DEI: ${(control >> 12) & 1}, ID: ${control & 0xfff}`);
  }
  return typeOrLength(cursor, value);
}
