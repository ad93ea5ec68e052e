/** IPv6 extension headers (RFC 8200 §4) and the Authentication Header (RFC 4302 §2), each a layer of its own. */
import type { Cursor } from '../bytes/cursor.js';
import { ipProtocolName, ipv6OptionName } from './names.js';
import { ipProtocol, NEXT_NONE, type Next, type Packet, stopAt } from './packet.js';

const OPTION_PAD1 = 0x00;
const OPTION_JUMBO_PAYLOAD = 0xc2;
/** A jumbo payload is longer than the Payload Length field can say (RFC 2675 §3). */
const MINIMUM_JUMBO = 65_536;

/** Reads the byte that names what follows. */
function nextHeaderField(cursor: Cursor): number {
  const value = cursor.u8('Next Header');
  if (cursor.tracing) cursor.explain(`${ipProtocolName(value)} (${value})`);
  return value;
}

/** Length of a header's rest in bytes: the field counts units of eight after the first eight, two of which are read. */
function extensionRest(cursor: Cursor): number {
  const units = cursor.u8('Length');
  if (cursor.tracing) cursor.explain(`${units} (${units * 8 + 8} bytes)`);
  return units * 8 + 6;
}

export function parseHopByHop(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv6 Hop-by-Hop';
  cursor.open('IPv6 Hop-by-Hop Option');
  const start = cursor.offset - 2;
  const nextHeader = nextHeaderField(cursor);
  const jumbo = options(cursor, extensionRest(cursor));
  cursor.close();
  if (jumbo !== undefined && cursor.shortage === undefined) {
    if (jumbo < MINIMUM_JUMBO) return stopAt(packet, start, `jumbo payload length ${jumbo} is below 65536`);
    // The length counts from the end of the IPv6 header, where this header starts.
    packet.declaredEnd = start + 2 + jumbo;
    cursor.limit(packet.declaredEnd);
  }
  return ipProtocol(nextHeader);
}

export function parseDestinationOptions(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv6 Destination Options';
  cursor.open('Destination Options for IPv6');
  const nextHeader = nextHeaderField(cursor);
  options(cursor, extensionRest(cursor));
  cursor.close();
  return ipProtocol(nextHeader);
}

export function parseRouting(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv6 Routing';
  cursor.open('Routing Header for IPv6');
  const nextHeader = nextHeaderField(cursor);
  const rest = extensionRest(cursor);
  cursor.u8('Type');
  cursor.u8('Segments Left');
  cursor.skip(rest - 2, 'Type-specific Data');
  cursor.close();
  return ipProtocol(nextHeader);
}

export function parseFragmentHeader(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv6 Fragment';
  cursor.open('Fragment Header for IPv6');
  const protocol = nextHeaderField(cursor);
  cursor.u8('Reserved octet');
  const field = cursor.u16('Offset and Flags');
  const offset = field & 0xfff8;
  const more = (field & 1) === 1;
  if (cursor.tracing) cursor.explain(`Offset: ${offset}, More Fragments: ${more ? 'Yes' : 'No'}`);
  const identification = cursor.u32('Identification');
  cursor.close();
  if (cursor.shortage !== undefined) return NEXT_NONE;
  // An atomic fragment is a whole datagram, whatever its identification (RFC 6946 §4).
  if (offset === 0 && !more) return ipProtocol(protocol);
  const missing = Math.max(0, packet.declaredEnd - cursor.end);
  packet.fragment = { identification, protocol, offset, more, data: cursor.rest('Fragment data'), missing };
  packet.protocol = 'IPv6 fragment';
  packet.outcome = 'fragment';
  return NEXT_NONE;
}

export function parseAuthentication(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'AH';
  cursor.open('Authentication Header');
  const start = cursor.offset;
  const nextHeader = nextHeaderField(cursor);
  // In units of four bytes, minus two (RFC 4302 §2.2).
  const length = (cursor.u8('Length') + 2) * 4;
  cursor.u16('Reserved');
  cursor.u32('AH SPI');
  cursor.u32('AH Sequence');
  if (length < 12) return stopAt(packet, start, `length ${length} is below 12`);
  cursor.skip(length - 12, 'AH ICV');
  cursor.close();
  return ipProtocol(nextHeader);
}

/** Walks the options of a header in `length` bytes; answers the jumbo payload length where one is stated. */
function options(cursor: Cursor, length: number): number | undefined {
  const end = cursor.offset + length;
  let jumbo: number | undefined;
  while (cursor.offset < end && cursor.remaining > 0) {
    const type = cursor.peek();
    const name = cursor.tracing ? ipv6OptionName(type) : undefined;
    if (type === OPTION_PAD1) {
      cursor.skip(1, name);
      continue;
    }
    const size = cursor.peek(1);
    if (type === OPTION_JUMBO_PAYLOAD && size === 4 && cursor.offset + 6 <= end) {
      cursor.open('Jumbo Payload');
      cursor.skip(2);
      jumbo = cursor.u32('Payload Length');
      cursor.close();
      continue;
    }
    cursor.skip(Math.min(size < 0 ? 2 : size + 2, end - cursor.offset), name);
  }
  // Reaches past the end of the bytes where the options do, so that the shortage is told.
  cursor.skip(end - cursor.offset);
  return jumbo;
}
