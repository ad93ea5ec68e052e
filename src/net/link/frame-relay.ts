/** Frame Relay (LINKTYPE_FRELAY): an address of Q.922, then RFC 2427 §4 (control, NLPID) or, as Cisco has it, an EtherType. */
import type { Cursor } from '../../bytes/cursor.js';
import { hex16 } from '../names.js';
import {
  etherType,
  isEtherType,
  linkType,
  type Next,
  type Packet,
  pppProtocol,
  seen,
  stopAt,
  unread,
} from '../packet.js';

const CONTROL_UI = 0x03;
const NLPID_PADDING = 0x00;
const NLPID_Q933 = 0x08;
const NLPID_SNAP = 0x80;
const NLPID_IPV6 = 0x8e;
const NLPID_IPV4 = 0xcc;
const NLPID_PPP = 0xcf;
const OUI_ETHERTYPE = 0x000000;
const OUI_BRIDGED = 0x0080c2;
/** Bridged Ethernet, with its frame check sequence and without (RFC 2427 §4.2). */
const BRIDGED_ETHERNET: readonly number[] = [0x0001, 0x0007];
const LINKTYPE_ETHERNET = 1;
/** Bytes that an address may have (Q.922 §3.3.1). */
const MAX_ADDRESS = 4;

export function parseFrameRelay(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Frame Relay';
  cursor.open('Frame Relay');
  const start = cursor.offset;
  let byte = cursor.u8('Address');
  // The lowest bit is set in the last byte.
  for (let length = 1; (byte & 1) === 0; length++) {
    if (cursor.shortage !== undefined) return 0;
    if (length === MAX_ADDRESS) return stopAt(packet, start, `address of more than ${MAX_ADDRESS} bytes`);
    byte = cursor.u8('Address');
  }
  if (cursor.peek() !== CONTROL_UI) return ciscoType(cursor, packet);
  cursor.u8('Control field');
  if (cursor.peek() === NLPID_PADDING) cursor.u8('Padding');
  const nlpid = cursor.u8('NLPID');
  if (nlpid === NLPID_SNAP) return snap(cursor, packet);
  cursor.close();
  if (nlpid === NLPID_IPV4) return etherType(0x0800);
  if (nlpid === NLPID_IPV6) return etherType(0x86dd);
  if (nlpid === NLPID_PPP) return pppProtocol(cursor.u16('Protocol'));
  if (nlpid === NLPID_Q933) return seen(packet, 'Q.933');
  return unread(packet, `Frame Relay NLPID 0x${nlpid.toString(16).padStart(2, '0')}`);
}

function ciscoType(cursor: Cursor, packet: Packet): Next {
  const value = cursor.u16('Type');
  cursor.close();
  return isEtherType(value) ? etherType(value) : unread(packet, `Frame Relay type ${hex16(value)}`);
}

function snap(cursor: Cursor, packet: Packet): Next {
  const oui = cursor.u24('Organization Code');
  const identifier = cursor.u16('Protocol ID');
  cursor.close();
  if (oui === OUI_ETHERTYPE && isEtherType(identifier)) return etherType(identifier);
  if (oui === OUI_BRIDGED && BRIDGED_ETHERNET.includes(identifier)) return linkType(LINKTYPE_ETHERNET);
  return unread(packet, `SNAP ${oui.toString(16).padStart(6, '0')} ${hex16(identifier)}`);
}
