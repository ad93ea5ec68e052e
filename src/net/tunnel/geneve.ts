/** Geneve (RFC 8926 §3.4): Ethernet or another EtherType's payload in UDP. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16 } from '../names.js';
import { enterNetwork, etherType, isEtherType, NETWORK, type Next, type Packet } from '../packet.js';

/** Whether a UDP payload is Geneve: version 0, reserved bits zero, an EtherType. No text starts so. */
export function looksLikeGeneve(cursor: Cursor): boolean {
  return (
    cursor.peek() >> 6 === 0 &&
    (cursor.peek(1) & 0x3f) === 0 &&
    isEtherType((cursor.peek(2) << 8) | cursor.peek(3)) &&
    cursor.peek(7) === 0
  );
}

export function parseGeneve(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Geneve';
  cursor.open('Generic Network Virtualization Encapsulation');
  // In units of four bytes.
  const options = (cursor.u8('Version and Options Length') & 0x3f) * 4;
  cursor.u8('Flags');
  const protocol = cursor.u16('Protocol Type');
  if (cursor.tracing) cursor.explain(`${etherTypeName(protocol)} (${hex16(protocol)})`);
  const network = cursor.u24('Virtual Network Identifier (VNI)');
  packet.network = 0;
  enterNetwork(packet, NETWORK.vni, network);
  cursor.u8('Reserved');
  cursor.skip(options, 'Options');
  cursor.close();
  return etherType(protocol);
}
