/**
 * ESP (RFC 4303 §2), where its payload is not encrypted (RFC 2410 NULL, RFC 4543 GMAC). Nothing in a packet says so: as RFC
 * 5879 §8 has it, each length that the integrity check value may have is tried, and padding, next header and the lengths
 * within must all fit. What does not fit is encrypted, and told as not read.
 */
import type { Cursor } from '../../bytes/cursor.js';
import { ipProtocol, type Next, type Packet, seen, unread } from '../packet.js';
import { looksLikeIp } from './content.js';

const HEADER = 8;
/**
 * Lengths of the integrity check value in bytes with what stands before the payload: HMAC cut to 96 bits (RFC 2403, 2404),
 * SHA-2 (RFC 4868), none, and GMAC with its IV of eight bytes.
 */
const FORMS = [
  { icv: 12, iv: 0 },
  { icv: 16, iv: 0 },
  { icv: 24, iv: 0 },
  { icv: 32, iv: 0 },
  { icv: 20, iv: 0 },
  { icv: 0, iv: 0 },
  { icv: 16, iv: 8 },
] as const;

const IPV4 = 4;
const TCP = 6;
const UDP = 17;
const IPV6 = 41;

type PlainPayload = { readonly start: number; readonly end: number; readonly next: number };

export function parseEsp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'ESP';
  cursor.open('Encapsulating Security Payload');
  const declared = packet.outcome === 'udp' ? packet.missing : packet.declaredEnd - cursor.end;
  cursor.u32('ESP SPI');
  cursor.u32('ESP Sequence');
  if (cursor.shortage !== undefined) return unread(packet, 'ESP, cut short');
  if (declared > 0) {
    cursor.close();
    return unread(packet, 'ESP, cut short: its trailer would say whether it is encrypted');
  }
  const plain = plainPayload(cursor, packet);
  if (plain === undefined) {
    cursor.close();
    return unread(packet, 'ESP, encrypted');
  }
  cursor.skip(plain.start - cursor.offset, 'ESP IV');
  cursor.close('NULL encryption');
  cursor.limit(plain.end);
  packet.declaredEnd = plain.end;
  return ipProtocol(plain.next);
}

/** Whether a payload on UDP port 4500 is ESP, IKE behind four zero bytes, or a keepalive (RFC 3948 §2). */
export function looksLikeUdpEncapsulation(cursor: Cursor): boolean {
  return cursor.remaining > HEADER || (cursor.remaining === 1 && cursor.peek() === 0xff);
}

export function parseUdpEncapsulation(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'UDP encapsulation of IPsec';
  if (cursor.remaining === 1) return seen(packet, 'NAT keepalive');
  const isIke = [0, 1, 2, 3].every((at) => cursor.peek(at) === 0);
  return isIke ? seen(packet, 'IKE') : parseEsp(cursor, packet);
}

/** The payload of a packet whose header has been read, if it is not encrypted. */
function plainPayload(cursor: Cursor, packet: Packet): PlainPayload | undefined {
  for (const { icv, iv } of FORMS) {
    const trailer = cursor.remaining - icv - 2;
    if (trailer < iv) continue;
    const padding = cursor.peek(trailer);
    const next = cursor.peek(trailer + 1);
    const length = trailer - iv - padding;
    if (length <= 0 || !isPadding(cursor, trailer - padding, padding)) continue;
    if (isPayload(cursor, packet, iv, length, next)) {
      const start = cursor.offset + iv;
      return { start, end: start + length, next };
    }
  }
  return undefined;
}

/** The bytes 1, 2, 3 and so on (RFC 4303 §2.4), which most write; or zeros. */
function isPadding(cursor: Cursor, ahead: number, length: number): boolean {
  for (let at = 0; at < length; at++) {
    const byte = cursor.peek(ahead + at);
    if (byte !== at + 1 && byte !== 0) return false;
  }
  return true;
}

function isPayload(cursor: Cursor, packet: Packet, ahead: number, length: number, next: number): boolean {
  // What lies behind the payload counts as cut off, with its sign turned.
  const behind = length - (cursor.remaining - ahead);
  switch (next) {
    case UDP:
      return ((cursor.peek(ahead + 4) << 8) | cursor.peek(ahead + 5)) === length && length >= 8;
    case TCP:
      return isTcp(cursor, packet, ahead, length);
    case IPV4:
    case IPV6:
      return cursor.peek(ahead) >> 4 === (next === IPV4 ? 4 : 6) && looksLikeIp(cursor, ahead, behind);
    default:
      return false;
  }
}

/** A TCP header whose length fits and whose checksum is right; there is no other length in it. */
function isTcp(cursor: Cursor, packet: Packet, ahead: number, length: number): boolean {
  const header = (cursor.peek(ahead + 12) >> 4) * 4;
  if (header < 20 || header > length) return false;
  let sum = TCP + length;
  const { addressBytes, sourceOffset, destinationOffset, addressLength } = packet;
  for (let at = 0; at < addressLength; at += 2) {
    for (const place of [sourceOffset + at, destinationOffset + at])
      sum += ((addressBytes[place] as number) << 8) | (addressBytes[place + 1] as number);
  }
  for (let at = 0; at < length; at++) {
    const byte = cursor.peek(ahead + at);
    sum += at % 2 === 0 ? byte << 8 : byte;
  }
  return sum % 0xffff === 0;
}
