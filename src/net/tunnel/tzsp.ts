/** TZSP, the TaZmen Sniffer Protocol: frames that an access point or router mirrors in UDP. */
import type { Cursor } from '../../bytes/cursor.js';
import { linkType, type Next, type Packet, seen, unread } from '../packet.js';

const VERSION = 1;
/** Types: a received frame, and one to be sent; the others carry none. */
const TYPES = 5;
const RECEIVED = 0;
const TRANSMIT = 1;
const TAG_PADDING = 0;
const TAG_END = 1;
const LINKTYPES: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [18, 105],
]);

/** Whether a UDP payload is TZSP: version, type, and a protocol below 256. No text starts so. */
export function looksLikeTzsp(cursor: Cursor): boolean {
  const type = cursor.peek(1);
  return (
    cursor.peek() === VERSION && type >= 0 && type <= TYPES && cursor.peek(2) === 0 && cursor.peek(3) >= 0
  );
}

export function parseTzsp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'TZSP';
  cursor.open('TaZmen Sniffer Protocol');
  cursor.u8('Version');
  const type = cursor.u8('Type');
  const protocol = cursor.u16('Encapsulates');
  if (type !== RECEIVED && type !== TRANSMIT) return seen(packet, 'TZSP');
  while (cursor.shortage === undefined) {
    const tag = cursor.u8('Tag');
    if (tag === TAG_END) break;
    if (tag !== TAG_PADDING) cursor.skip(cursor.u8('Tag Length'), 'Tag Value');
  }
  cursor.close();
  const next = LINKTYPES.get(protocol);
  return next === undefined ? unread(packet, `TZSP with protocol ${protocol}`) : linkType(next);
}
