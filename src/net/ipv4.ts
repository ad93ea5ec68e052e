/**
 * IPv4 (RFC 791 §3.1). The total length cuts what the link layer padded; 0 stands for "all there is", as captures
 * taken before TCP segmentation offload have it. The header checksum is not required to be right.
 */

import type { Cursor } from '../bytes/cursor.js';
import { counted } from '../bytes/text.js';
import { formatAddress } from './address.js';
import { ipProtocolName, ipv4OptionName } from './names.js';
import { ipProtocol, NEXT_NONE, type Next, type Packet, stopAt } from './packet.js';

const MINIMUM_HEADER = 20;
const MORE_FRAGMENTS = 0x2000;
const FLAG_NAMES = [
  [0x8000, 'Reserved bit'],
  [0x4000, "Don't fragment"],
  [MORE_FRAGMENTS, 'More fragments'],
] as const;

export function parseIpv4(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv4';
  cursor.open('Internet Protocol Version 4');
  const { tracing } = cursor;
  const start = cursor.offset;
  const versionAndLength = cursor.u8('Version and Header Length');
  const headerLength = (versionAndLength & 0x0f) * 4;
  if (tracing) cursor.explain(`Version: ${versionAndLength >> 4}, Header Length: ${headerLength} bytes`);
  cursor.u8('Differentiated Services Field');
  const totalLength = cursor.u16('Total Length');
  const identification = cursor.u16('Identification');
  const fragmentField = cursor.u16('Flags and Fragment Offset');
  const offset = (fragmentField & 0x1fff) * 8;
  if (tracing) cursor.explain(describeFragmentField(fragmentField, offset));
  cursor.u8('Time to Live');
  const protocol = cursor.u8('Protocol');
  if (tracing) cursor.explain(`${ipProtocolName(protocol)} (${protocol})`);
  cursor.u16('Header Checksum');
  const addresses = cursor.offset;
  if (tracing) traceAddresses(cursor);
  else cursor.skip(8);
  if (cursor.shortage !== undefined) return NEXT_NONE;
  if (versionAndLength >> 4 !== 4) return stopAt(packet, start, `version is ${versionAndLength >> 4}, not 4`);
  if (headerLength < MINIMUM_HEADER) {
    return stopAt(packet, start, `header length ${headerLength} is below ${MINIMUM_HEADER}`);
  }
  if (totalLength !== 0 && totalLength < headerLength) {
    return stopAt(
      packet,
      start + 2,
      `total length ${totalLength} is below the header length ${headerLength}`,
    );
  }
  if (headerLength > MINIMUM_HEADER) {
    if (tracing) traceOptions(cursor, headerLength - MINIMUM_HEADER);
    else cursor.skip(headerLength - MINIMUM_HEADER);
    if (cursor.shortage !== undefined) return NEXT_NONE;
  }
  packet.addressBytes = cursor.bytes;
  packet.sourceOffset = addresses;
  packet.destinationOffset = addresses + 4;
  packet.addressLength = 4;
  if (tracing) cursor.close(describeAddresses(packet));
  packet.declaredEnd = totalLength === 0 ? cursor.end : start + totalLength;
  cursor.limit(packet.declaredEnd);
  const more = (fragmentField & MORE_FRAGMENTS) !== 0;
  if (!more && offset === 0) return ipProtocol(protocol);
  const missing = Math.max(0, packet.declaredEnd - cursor.end);
  packet.fragment = {
    identification,
    protocol,
    offset,
    more,
    data: cursor.rest('Fragment data'),
    missing,
  };
  packet.protocol = 'IPv4 fragment';
  packet.outcome = 'fragment';
  return NEXT_NONE;
}

/** `Src: 127.0.0.1, Dst: 127.0.0.1`, as heads an IP layer. */
export function describeAddresses(packet: Packet): string {
  const { addressBytes, sourceOffset, destinationOffset, addressLength } = packet;
  const source = formatAddress(addressBytes, sourceOffset, addressLength);
  return `Src: ${source}, Dst: ${formatAddress(addressBytes, destinationOffset, addressLength)}`;
}

function describeFragmentField(field: number, offset: number): string {
  const flags = FLAG_NAMES.filter(([bit]) => (field & bit) !== 0).map(([, name]) => name);
  return `Flags: ${flags.length === 0 ? 'none' : flags.join(', ')}, Fragment Offset: ${offset}`;
}

function traceAddresses(cursor: Cursor): void {
  cursor.explain(formatAddress(cursor.take(4, 'Source Address'), 0, 4));
  cursor.explain(formatAddress(cursor.take(4, 'Destination Address'), 0, 4));
}

/** Reads the options (RFC 791 §3.1); one whose length is wrong takes all that is left. */
function traceOptions(cursor: Cursor, length: number): void {
  const end = cursor.offset + length;
  cursor.open('Options');
  while (cursor.offset < end && cursor.remaining > 0) {
    const type = cursor.peek();
    const stated = type < 2 ? 1 : cursor.peek(1);
    const size = stated < 1 || (type >= 2 && stated < 2) ? end - cursor.offset : stated;
    cursor.skip(Math.min(size, end - cursor.offset), ipv4OptionName(type));
  }
  cursor.skip(end - cursor.offset);
  cursor.close(counted(length, 'byte'));
}
