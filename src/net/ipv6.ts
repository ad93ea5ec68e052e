/** IPv6 (RFC 8200 §3). Extension headers are layers of their own: see ipv6-extensions.ts. */
import type { Cursor } from '../bytes/cursor.js';
import { formatAddress } from './address.js';
import { describeAddresses } from './ipv4.js';
import { ipProtocolName } from './names.js';
import { ipProtocol, NEXT_NONE, type Next, type Packet, stopAt } from './packet.js';

export function parseIpv6(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'IPv6';
  cursor.open('Internet Protocol Version 6');
  const { tracing } = cursor;
  const start = cursor.offset;
  const first = cursor.u32('Version, Traffic Class and Flow Label');
  const version = first >>> 28;
  if (tracing) {
    cursor.explain(
      `Version: ${version}, Traffic Class: 0x${((first >>> 20) & 0xff).toString(16).padStart(2, '0')}, ` +
        `Flow Label: 0x${(first & 0xfffff).toString(16).padStart(5, '0')}`,
    );
  }
  const payloadLength = cursor.u16('Payload Length');
  const nextHeader = cursor.u8('Next Header');
  if (tracing) cursor.explain(`${ipProtocolName(nextHeader)} (${nextHeader})`);
  cursor.u8('Hop Limit');
  const addresses = cursor.offset;
  if (tracing) {
    cursor.explain(formatAddress(cursor.take(16, 'Source Address'), 0, 16));
    cursor.explain(formatAddress(cursor.take(16, 'Destination Address'), 0, 16));
  } else {
    cursor.skip(32);
  }
  if (cursor.shortage !== undefined) return NEXT_NONE;
  if (version !== 6) return stopAt(packet, start, `version is ${version}, not 6`);
  packet.addressBytes = cursor.bytes;
  packet.sourceOffset = addresses;
  packet.destinationOffset = addresses + 16;
  packet.addressLength = 16;
  if (tracing) cursor.close(describeAddresses(packet));
  // 0 stands for a jumbogram, whose length a hop-by-hop option states (RFC 2675 §2), or for segmentation offload.
  packet.declaredEnd = payloadLength === 0 ? cursor.end : cursor.offset + payloadLength;
  cursor.limit(packet.declaredEnd);
  return ipProtocol(nextHeader);
}
