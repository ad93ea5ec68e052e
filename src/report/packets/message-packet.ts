/**
 * SIP messages as packets of their own, so that tools without the keys show them: what came through TLS or in pieces
 * becomes one UDP datagram between the same addresses and ports, or TCP segments where it is too long for one.
 */
import type { SipMessageEvent } from '../../analyzer/events.js';
import type { Endpoint } from '../../model/endpoint.js';
import type { WrittenFrame } from './pcapng.js';

/** LINKTYPE_RAW: a packet begins with its IP header. */
const LINKTYPE_RAW = 101;
/**
 * All packets are of one interface, whatever the precision of their captures: libpcap reads no second one of LINKTYPE_RAW,
 * as it compares it with what that is called on the machine at hand.
 */
const TIME_DIGITS = 9;
/** Longest UDP payload that an IPv4 packet carries: 65,535 bytes with both headers. */
const MAX_DATAGRAM = 65_535 - 20 - 8;
/** Payload of a TCP segment: what fits the same packet with a TCP header, and a bit less. */
const MAX_SEGMENT = 60_000;
const UDP = 17;
const TCP = 6;
const PSH_ACK = 0x18;

/** Next sequence numbers by direction, for the TCP segments of one output. */
export type Sequences = Map<string, number>;

/** Directions whose sequence numbers are remembered; the numbers of those forgotten begin anew. */
const MAX_SEQUENCES = 10_000;

/** The packets of a message in their order; none where the message came without addresses (a file of its own). */
export function messagePackets(event: SipMessageEvent, sequences: Sequences): WrittenFrame[] {
  const { source, destination, frame, message, transport } = event;
  if (source === undefined || destination === undefined || frame === undefined) return [];
  const comment = `${event.file} frame ${frame.number}${transport === undefined ? '' : `, ${transport}`}`;
  const written = (data: Uint8Array): WrittenFrame => ({
    seconds: frame.seconds,
    nanoseconds: frame.nanoseconds,
    timeDigits: TIME_DIGITS,
    linkType: LINKTYPE_RAW,
    originalLength: data.length,
    data,
    comment,
  });
  const { bytes } = message;
  if (bytes.length <= MAX_DATAGRAM) {
    return [written(ipPacket(source, destination, UDP, udpHeader(source, destination, bytes), bytes))];
  }
  const key = `${source.address} ${source.port} ${destination.address} ${destination.port}`;
  const reverse = `${destination.address} ${destination.port} ${source.address} ${source.port}`;
  if (sequences.size >= MAX_SEQUENCES) sequences.clear();
  let sequence = sequences.get(key) ?? 1;
  const acknowledgment = sequences.get(reverse) ?? 1;
  const packets: WrittenFrame[] = [];
  for (let at = 0; at < bytes.length; at += MAX_SEGMENT) {
    const part = bytes.subarray(at, at + MAX_SEGMENT);
    const header = tcpHeader(source, destination, sequence, acknowledgment);
    packets.push(written(ipPacket(source, destination, TCP, header, part)));
    sequence = (sequence + part.length) >>> 0;
  }
  sequences.set(key, sequence);
  return packets;
}

function udpHeader(source: Endpoint, destination: Endpoint, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(source.port, 0);
  header.writeUInt16BE(destination.port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return header;
}

function tcpHeader(
  source: Endpoint,
  destination: Endpoint,
  sequence: number,
  acknowledgment: number,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source.port, 0);
  header.writeUInt16BE(destination.port, 2);
  header.writeUInt32BE(sequence, 4);
  header.writeUInt32BE(acknowledgment, 8);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(PSH_ACK, 13);
  header.writeUInt16BE(0xffff, 14);
  return header;
}

/** An IP packet with right checksums (RFC 791, RFC 8200 §8.1; that of UDP is needed with IPv6). */
function ipPacket(
  source: Endpoint,
  destination: Endpoint,
  protocol: number,
  header: Buffer,
  payload: Uint8Array,
): Buffer {
  const from = addressBytes(source.address);
  const to = addressBytes(destination.address);
  const transport = Buffer.concat([header, payload]);
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(transport.length, 0);
  pseudo.writeUInt8(protocol, 7);
  const sum = checksum(Buffer.concat([from, to, pseudo, transport]));
  // A UDP checksum of 0 says that there is none; what comes to 0 is written as its other form (RFC 768).
  transport.writeUInt16BE(protocol === UDP && sum === 0 ? 0xffff : sum, protocol === UDP ? 6 : 16);
  const head = Buffer.alloc(from.length === 4 ? 20 : 40);
  if (from.length === 4) {
    head.writeUInt8(0x45, 0);
    head.writeUInt16BE(20 + transport.length, 2);
    head.writeUInt8(64, 8);
    head.writeUInt8(protocol, 9);
    from.copy(head, 12);
    to.copy(head, 16);
    head.writeUInt16BE(checksum(head), 10);
  } else {
    head.writeUInt8(0x60, 0);
    head.writeUInt16BE(transport.length, 4);
    head.writeUInt8(protocol, 6);
    head.writeUInt8(64, 7);
    from.copy(head, 8);
    to.copy(head, 24);
  }
  return Buffer.concat([head, transport]);
}

/** Four or sixteen bytes of an address as `formatAddress` writes it (RFC 5952). */
function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = new Array<number>(Math.max(0, 16 - before.length - after.length)).fill(0);
  return Buffer.from([...before, ...zeros, ...after]);
}

function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] as number) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
