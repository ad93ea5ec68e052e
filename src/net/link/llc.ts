/** IEEE 802.2 LLC and SNAP (RFC 1042), as far as needed to find IP or to say what else it is. */
import type { Cursor } from '../../bytes/cursor.js';
import { etherTypeName, hex16, isKnownAccessPoint, serviceAccessPointName } from '../names.js';
import { etherType, isEtherType, type Next, type Packet, seen, unread } from '../packet.js';

const SAP_SNAP = 0xaa;
const SAP_IP = 0x06;
/** Unnumbered Information, and Exchange Identification with and without its poll bit. */
const CONTROL_UI = 0x03;
const CONTROL_XID = 0xaf;
const CONTROL_XID_POLL = 0xbf;
/** OUIs whose protocol identifier is an EtherType: Ethernet encapsulation, and bridged tunnels (RFC 1042, 802.1H). */
const OUI_ENCAPSULATED_ETHERNET = 0x000000;
const OUI_BRIDGE_TUNNEL = 0x0000f8;
/** Cisco (CDP, VTP), Apple (AppleTalk), Extreme (EDP), Nortel: protocols between switches. */
const CONTROL_OUIS: readonly number[] = [0x00000c, 0x080007, 0x00e02b, 0x000081];

export function parseLlc(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'LLC';
  // Novell's "raw 802.3" has no LLC header; its IPX checksum is always 0xffff.
  if (cursor.peek() === 0xff && cursor.peek(1) === 0xff) return seen(packet, 'IPX');
  cursor.open('Logical-Link Control');
  const destination = cursor.u8('DSAP');
  if (cursor.tracing) cursor.explain(serviceAccessPointName(destination & 0xfe));
  const source = cursor.u8('SSAP');
  if (cursor.tracing) cursor.explain(serviceAccessPointName(source & 0xfe));
  const control = cursor.u8('Control field');
  // Information and supervisory formats have two control bytes: their lowest bits are not both set.
  if ((control & 0x03) !== 0x03) cursor.u8('Control field, second byte');
  if (destination === SAP_SNAP && source === SAP_SNAP && control === CONTROL_UI) {
    const oui = cursor.u24('Organization Code');
    const identifier = cursor.u16('Protocol ID');
    if (cursor.tracing) cursor.explain(`${etherTypeName(identifier)} (${hex16(identifier)})`);
    cursor.close();
    if ((oui === OUI_ENCAPSULATED_ETHERNET || oui === OUI_BRIDGE_TUNNEL) && isEtherType(identifier)) {
      return etherType(identifier);
    }
    return CONTROL_OUIS.includes(oui)
      ? seen(packet, 'SNAP')
      : unread(packet, `SNAP ${hex16(identifier)} of ${oui.toString(16).padStart(6, '0')}`);
  }
  cursor.close();
  if (control === CONTROL_XID || control === CONTROL_XID_POLL) return seen(packet, 'LLC XID');
  if (destination === SAP_IP && control === CONTROL_UI) return etherType(0x0800);
  return isKnownAccessPoint(destination & 0xfe)
    ? seen(packet, serviceAccessPointName(destination & 0xfe))
    : unread(packet, serviceAccessPointName(destination & 0xfe));
}
