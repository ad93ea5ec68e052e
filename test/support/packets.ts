/** Encoders of the layers below SIP, with right lengths and checksums; for captures that tests make up. */

export type Endpoint = { readonly address: string; readonly port: number };

export const IP_UDP = 17;
export const IP_TCP = 6;

/** TCP flags, RFC 9293 §3.1. */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

export type TcpFields = {
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  readonly window?: number;
};

/** Four bytes of `10.0.0.1`, or sixteen of `2001:db8::1`. */
export function addressBytes(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.split('::');
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((each) => Number.parseInt(each, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.concat([...before, ...zeros, ...after].map((group) => uint16(group)));
}

/** A UDP datagram, checksum included (RFC 768). */
export function udpDatagram(from: Endpoint, to: Endpoint, payload: Uint8Array): Buffer {
  const header = Buffer.concat([uint16(from.port), uint16(to.port), uint16(8 + payload.length), uint16(0)]);
  const datagram = Buffer.concat([header, payload]);
  // A sum of zero is sent as all ones: zero says that there is none.
  datagram.writeUInt16BE(transportChecksum(from.address, to.address, IP_UDP, datagram) || 0xffff, 6);
  return datagram;
}

/** A TCP segment without options, checksum included (RFC 9293). */
export function tcpSegment(from: Endpoint, to: Endpoint, fields: TcpFields, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(fields.sequence >>> 0, 4);
  header.writeUInt32BE(fields.acknowledgment >>> 0, 8);
  header.writeUInt8(5 << 4, 12);
  header.writeUInt8(fields.flags, 13);
  header.writeUInt16BE(fields.window ?? 0xffff, 14);
  const segment = Buffer.concat([header, payload]);
  segment.writeUInt16BE(transportChecksum(from.address, to.address, IP_TCP, segment), 16);
  return segment;
}

export type Fragment = { readonly identification: number; readonly offset: number; readonly more: boolean };

/** An IPv4 or IPv6 packet, by the kind of its addresses; `fragment.offset` in bytes, a multiple of eight. */
export function ipPacket(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
  fragment?: Fragment,
): Buffer {
  const packet = source.includes(':') ? ipv6Packet : ipv4Packet;
  return packet(source, destination, protocol, payload, fragment);
}

function ipv4Packet(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
  fragment?: Fragment,
): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(fragment?.identification ?? 0, 4);
  header.writeUInt16BE(fragment === undefined ? 0x4000 : fragmentField(fragment, 0x2000, 0), 6);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  addressBytes(source).copy(header, 12);
  addressBytes(destination).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

function ipv6Packet(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
  fragment?: Fragment,
): Buffer {
  const extension = Buffer.alloc(fragment === undefined ? 0 : 8);
  if (fragment !== undefined) {
    extension.writeUInt8(protocol, 0);
    extension.writeUInt16BE(fragmentField(fragment, 1, 3), 2);
    extension.writeUInt32BE(fragment.identification, 4);
  }
  const header = Buffer.alloc(40);
  header.writeUInt8(0x60, 0);
  header.writeUInt16BE(extension.length + payload.length, 4);
  header.writeUInt8(fragment === undefined ? protocol : 44, 6);
  header.writeUInt8(64, 7);
  addressBytes(source).copy(header, 8);
  addressBytes(destination).copy(header, 24);
  return Buffer.concat([header, extension, payload]);
}

function fragmentField({ offset, more }: Fragment, moreBit: number, shift: number): number {
  if (offset % 8 !== 0) throw new RangeError('fragments begin at multiples of eight bytes');
  return ((offset / 8) << shift) | (more ? moreBit : 0);
}

/** An Ethernet frame around an IP packet, padded to the 60 bytes that a frame has at least; `vlans` outermost first. */
export function ethernetFrame(packet: Uint8Array, vlans: readonly number[] = []): Buffer {
  const etherType = (packet[0] as number) >> 4 === 6 ? 0x86dd : 0x0800;
  const tags = vlans.flatMap((vlan) => [uint16(0x8100), uint16(vlan)]);
  const addresses = Buffer.from('020000000002020000000001', 'hex');
  const frame = Buffer.concat([addresses, ...tags, uint16(etherType), packet]);
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]);
}

/** The Internet checksum (RFC 1071) over the pseudo header (RFC 9293 §3.1, RFC 8200 §8.1) and what follows it. */
function transportChecksum(source: string, destination: string, protocol: number, data: Buffer): number {
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(data.length, 0);
  pseudo.writeUInt8(protocol, 7);
  return checksum(Buffer.concat([addressBytes(source), addressBytes(destination), pseudo, data]));
}

function checksum(data: Buffer): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 2) sum += ((data[at] as number) << 8) | (data[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
