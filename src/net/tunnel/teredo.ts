/** Teredo (RFC 4380 §5.1.1): IPv6 in UDP, behind an authentication and an origin indication or neither. */
import type { Cursor } from '../../bytes/cursor.js';
import { NEXT_IP, type Next, type Packet } from '../packet.js';
import { looksLikeIp } from './content.js';

const AUTHENTICATION = 0x0001;
const ORIGIN = 0x0000;
const ORIGIN_LENGTH = 8;
/** Of an authentication but for identifier and value: indicator, two lengths, nonce and confirmation. */
const AUTHENTICATION_FIXED = 13;

function authenticationLength(cursor: Cursor): number {
  if (cursor.peek() !== 0 || cursor.peek(1) !== AUTHENTICATION || cursor.peek(3) < 0) return 0;
  return AUTHENTICATION_FIXED + cursor.peek(2) + cursor.peek(3);
}

function originLength(cursor: Cursor, ahead: number): number {
  return cursor.peek(ahead) === 0 && cursor.peek(ahead + 1) === ORIGIN ? ORIGIN_LENGTH : 0;
}

/** Whether a UDP payload is Teredo: IPv6, whose length fits, behind what may stand before it. */
export function looksLikeTeredo(cursor: Cursor, missing: number): boolean {
  const authentication = authenticationLength(cursor);
  const ahead = authentication + originLength(cursor, authentication);
  // A bubble has no payload (§5.2.7).
  return cursor.peek(ahead) >> 4 === 6 && looksLikeIp(cursor, ahead, missing);
}

export function parseTeredo(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'Teredo';
  cursor.open('Teredo IPv6 over UDP tunneling');
  const authentication = authenticationLength(cursor);
  if (authentication > 0) cursor.skip(authentication, 'Authentication Header');
  const origin = originLength(cursor, 0);
  if (origin > 0) cursor.skip(origin, 'Origin Indication Header');
  cursor.close();
  return NEXT_IP;
}
