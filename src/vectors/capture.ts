/** A capture file, written: frames as Ethernet, IPv4, UDP and TCP have them, with right lengths and checksums. */

import type { Endpoint } from '../model/endpoint.js';

/** Microseconds between two frames. */
const FRAME_INTERVAL = 750;
/** DLT_EN10MB. */
const ETHERNET = 1;
/** Largest segment: 1500 bytes of Ethernet less the headers of IPv4 and TCP. */
const SEGMENT_SIZE = 1460;

const FIN = 0x01;
const SYN = 0x02;
const PSH = 0x08;
const ACK = 0x10;
const UDP = 17;
const TCP = 6;

/** Gathers the frames of one capture; microsecond pcap, little-endian. */
export class CaptureWriter {
  readonly #pieces: Uint8Array[] = [fileHeader()];
  #frames = 0;
  #microseconds: number;
  readonly #startSeconds: number;

  /** `startSeconds`: Unix time of the first frame. */
  constructor(startSeconds: number) {
    this.#startSeconds = startSeconds;
    this.#microseconds = 0;
  }

  /** One datagram; answers the number of its frame. */
  udp(from: Endpoint, to: Endpoint, payload: Uint8Array): number {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(from.port, 0);
    header.writeUInt16BE(to.port, 2);
    header.writeUInt16BE(8 + payload.length, 4);
    const datagram = Buffer.concat([header, payload]);
    // RFC 768: a sum of zero is sent as all ones, as zero says that there is none.
    datagram.writeUInt16BE(transportChecksum(from, to, UDP, datagram) || 0xffff, 6);
    return this.#packet(from, to, UDP, datagram);
  }

  /** A TCP connection with its handshake; its initial sequence numbers are given. */
  connect(
    client: Endpoint,
    server: Endpoint,
    sequences: readonly [client: number, server: number],
  ): Connection {
    return new Connection(client, server, sequences, (from, to, segment) =>
      this.#packet(from, to, TCP, segment),
    );
  }

  /** The file so far. */
  bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces));
  }

  #packet(from: Endpoint, to: Endpoint, protocol: number, payload: Uint8Array): number {
    const header = Buffer.alloc(20);
    header.writeUInt8(0x45, 0);
    header.writeUInt16BE(20 + payload.length, 2);
    header.writeUInt16BE(0x4000, 6);
    header.writeUInt8(64, 8);
    header.writeUInt8(protocol, 9);
    header.set(addressOctets(from.address), 12);
    header.set(addressOctets(to.address), 16);
    header.writeUInt16BE(checksum(header), 10);
    const ethernet = Buffer.from('0200000000020200000000010800', 'hex');
    const frame = Buffer.concat([ethernet, header, payload]);
    // Ethernet has no frame shorter than 60 bytes and its checksum.
    const padded = Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(this.#startSeconds + Math.floor(this.#microseconds / 1e6), 0);
    record.writeUInt32LE(this.#microseconds % 1e6, 4);
    record.writeUInt32LE(padded.length, 8);
    record.writeUInt32LE(padded.length, 12);
    this.#microseconds += FRAME_INTERVAL;
    this.#pieces.push(record, padded);
    return ++this.#frames;
  }
}

export type Side = 'client' | 'server';

/** One TCP connection of a capture. */
export class Connection {
  readonly #ends: Record<Side, Endpoint>;
  readonly #next: Record<Side, number>;
  readonly #packet: (from: Endpoint, to: Endpoint, segment: Uint8Array) => number;

  constructor(
    client: Endpoint,
    server: Endpoint,
    [clientSequence, serverSequence]: readonly [number, number],
    packet: (from: Endpoint, to: Endpoint, segment: Uint8Array) => number,
  ) {
    this.#ends = { client, server };
    this.#next = { client: clientSequence, server: serverSequence };
    this.#packet = packet;
    this.#segment('client', SYN);
    this.#next.client = plus(clientSequence, 1);
    this.#segment('server', SYN | ACK);
    this.#next.server = plus(serverSequence, 1);
    this.#segment('client', ACK);
  }

  /** Sends data in as many segments as it needs, and the other side's ACK; answers the frame of the last of them. */
  send(side: Side, data: Uint8Array): number {
    let frame = 0;
    for (let at = 0; at < data.length; at += SEGMENT_SIZE) {
      const piece = data.subarray(at, at + SEGMENT_SIZE);
      frame = this.#segment(side, PSH | ACK, piece);
      this.#next[side] = plus(this.#next[side], piece.length);
    }
    this.#segment(other(side), ACK);
    return frame;
  }

  /** Both sides end it in order, `first` before the other. */
  close(first: Side): void {
    for (const side of [first, other(first)]) {
      this.#segment(side, FIN | ACK);
      this.#next[side] = plus(this.#next[side], 1);
    }
    this.#segment(first, ACK);
  }

  #segment(side: Side, flags: number, data: Uint8Array = new Uint8Array(0)): number {
    const from = this.#ends[side];
    const to = this.#ends[other(side)];
    const header = Buffer.alloc(20);
    header.writeUInt16BE(from.port, 0);
    header.writeUInt16BE(to.port, 2);
    header.writeUInt32BE(this.#next[side], 4);
    header.writeUInt32BE((flags & ACK) === 0 ? 0 : this.#next[other(side)], 8);
    header.writeUInt8(5 << 4, 12);
    header.writeUInt8(flags, 13);
    header.writeUInt16BE(0xffff, 14);
    const segment = Buffer.concat([header, data]);
    segment.writeUInt16BE(transportChecksum(from, to, TCP, segment), 16);
    return this.#packet(from, to, segment);
  }
}

function other(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

/** Sequence numbers wrap at 2^32. */
function plus(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 32;
}

function fileHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(ETHERNET, 20);
  return header;
}

function addressOctets(address: string): Uint8Array {
  return Uint8Array.from(address.split('.').map(Number));
}

/** The Internet checksum (RFC 1071) over the pseudo header (RFC 9293 §3.1) and what follows it. */
function transportChecksum(from: Endpoint, to: Endpoint, protocol: number, data: Uint8Array): number {
  const pseudo = Buffer.alloc(4);
  pseudo.writeUInt8(protocol, 1);
  pseudo.writeUInt16BE(data.length, 2);
  return checksum(Buffer.concat([addressOctets(from.address), addressOctets(to.address), pseudo, data]));
}

function checksum(data: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < data.length; at += 2) sum += ((data[at] as number) << 8) | (data[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
