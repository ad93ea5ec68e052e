/** TCP header (RFC 9293 §3.1). Options are read for trees alone. */

import type { Cursor } from '../bytes/cursor.js';
import { counted } from '../bytes/text.js';
import { tcpOptionName } from './names.js';
import { NEXT_NONE, type Next, type Packet, stopAt } from './packet.js';
import { describePayload } from './udp.js';

const MINIMUM_HEADER = 20;

/** Control bits (RFC 9293 §3.1, RFC 3168, RFC 3540), lowest first. */
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG', 'ECE', 'CWR', 'AE'] as const;

export function parseTcp(cursor: Cursor, packet: Packet): Next {
  packet.layer = 'TCP';
  cursor.open('Transmission Control Protocol');
  const { tracing } = cursor;
  const start = cursor.offset;
  const sourcePort = cursor.u16('Source Port');
  const destinationPort = cursor.u16('Destination Port');
  const sequence = cursor.u32('Sequence Number (raw)');
  const acknowledgment = cursor.u32('Acknowledgment number (raw)');
  const offsetAndFlags = cursor.u16('Header Length and Flags');
  const headerLength = (offsetAndFlags >> 12) * 4;
  const flags = offsetAndFlags & 0x01ff;
  if (tracing) cursor.explain(`Header Length: ${headerLength} bytes, Flags: ${describeFlags(flags)}`);
  cursor.u16('Window');
  if (cursor.shortage !== undefined) return NEXT_NONE;
  if (headerLength < MINIMUM_HEADER) {
    return stopAt(packet, start + 12, `header length ${headerLength} is below ${MINIMUM_HEADER}`);
  }
  const payload = start + headerLength;
  if (payload > packet.declaredEnd) {
    return stopAt(
      packet,
      start + 12,
      `header length ${headerLength} is more than the IP payload of ${packet.declaredEnd - start} bytes`,
    );
  }
  // Where the snap length cut the header behind the window, what matters of it is still known.
  if (cursor.remaining >= 4) {
    cursor.u16('Checksum');
    cursor.u16('Urgent Pointer');
    const options = Math.min(headerLength - MINIMUM_HEADER, cursor.remaining);
    if (tracing) traceOptions(cursor, options);
    else cursor.skip(options);
  } else {
    cursor.skip(cursor.remaining);
  }
  packet.sourcePort = sourcePort;
  packet.destinationPort = destinationPort;
  packet.sequence = sequence;
  packet.acknowledgment = acknowledgment;
  packet.flags = flags;
  packet.payloadStart = cursor.offset;
  packet.payloadEnd = cursor.end;
  packet.missing = Math.max(0, packet.declaredEnd - Math.max(payload, cursor.end));
  packet.protocol = 'TCP';
  packet.outcome = 'tcp';
  if (tracing) {
    cursor.skip(cursor.remaining, 'TCP payload');
    cursor.explain(describePayload(packet));
    const length = packet.payloadEnd - packet.payloadStart + packet.missing;
    cursor.close(
      `Src Port: ${sourcePort}, Dst Port: ${destinationPort}, Seq: ${sequence}, Ack: ${acknowledgment}, Len: ${length}`,
    );
  }
  return NEXT_NONE;
}

function describeFlags(flags: number): string {
  const names = FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0);
  return names.length === 0 ? 'none' : names.join(', ');
}

/** Reads the options (RFC 9293 §3.2); one whose length is wrong takes all that is left. */
function traceOptions(cursor: Cursor, length: number): void {
  if (length === 0) return;
  const end = cursor.offset + length;
  cursor.open('Options');
  while (cursor.offset < end) {
    const kind = cursor.peek();
    const stated = kind < 2 ? 1 : cursor.peek(1);
    const size = kind >= 2 && stated < 2 ? end - cursor.offset : stated;
    cursor.skip(Math.min(size, end - cursor.offset), tcpOptionName(kind));
  }
  cursor.close(counted(length, 'byte'));
}
