import { closeSync, openSync, writeSync } from 'node:fs';

/**
 * Writes a classic pcap (Ethernet, microseconds) as it is made, a megabyte at a time, so that a capture of any size
 * needs no memory. Checksums of IP and TCP are right; UDP has none, which IPv4 allows.
 */
export class CaptureFile {
  #descriptor;
  #buffer = Buffer.alloc(1 << 20);
  #length = 0;
  #seconds = 1_700_000_000;
  #microseconds = 0;
  #identification = 1;
  frames = 0;
  bytes = 24;

  constructor(path) {
    this.#descriptor = openSync(path, 'w');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    this.#put(header);
  }

  /** Time that passes before the next frame, in microseconds; 20 by default. */
  wait(microseconds) {
    this.#microseconds += microseconds;
    while (this.#microseconds >= 1_000_000) {
      this.#microseconds -= 1_000_000;
      this.#seconds++;
    }
  }

  udp(from, to, payload) {
    const packet = this.#ip(from, to, 17, 8 + payload.length);
    const at = 14 + 20;
    packet.writeUInt16BE(from.port, at);
    packet.writeUInt16BE(to.port, at + 2);
    packet.writeUInt16BE(8 + payload.length, at + 4);
    packet.set(payload, at + 8);
    this.#frame(packet);
  }

  tcp(from, to, { sequence, acknowledgment, flags }, payload = EMPTY) {
    const length = 20 + payload.length;
    const packet = this.#ip(from, to, 6, length);
    const at = 14 + 20;
    packet.writeUInt16BE(from.port, at);
    packet.writeUInt16BE(to.port, at + 2);
    packet.writeUInt32BE(sequence >>> 0, at + 4);
    packet.writeUInt32BE(acknowledgment >>> 0, at + 8);
    packet[at + 12] = 5 << 4;
    packet[at + 13] = flags;
    packet.writeUInt16BE(0xffff, at + 14);
    packet.set(payload, at + 20);
    let sum = 6 + length;
    for (let word = 26; word < 34; word += 2) sum += packet.readUInt16BE(word);
    packet.writeUInt16BE(checksum(packet, at, at + length, sum), at + 16);
    this.#frame(packet);
  }

  close() {
    this.#flush();
    closeSync(this.#descriptor);
  }

  #ip(from, to, protocol, length) {
    const packet = Buffer.alloc(14 + 20 + length);
    MAC.copy(packet);
    packet[14] = 0x45;
    packet.writeUInt16BE(20 + length, 16);
    packet.writeUInt16BE(this.#identification++ & 0xffff, 18);
    packet[22] = 64;
    packet[23] = protocol;
    writeAddress(packet, 26, from.address);
    writeAddress(packet, 30, to.address);
    packet.writeUInt16BE(checksum(packet, 14, 34, 0), 24);
    return packet;
  }

  #frame(data) {
    this.wait(20);
    const header = Buffer.alloc(16);
    header.writeUInt32LE(this.#seconds, 0);
    header.writeUInt32LE(this.#microseconds, 4);
    header.writeUInt32LE(data.length, 8);
    header.writeUInt32LE(data.length, 12);
    this.#put(header);
    this.#put(data);
    this.frames++;
    this.bytes += 16 + data.length;
  }

  #put(bytes) {
    if (this.#length + bytes.length > this.#buffer.length) this.#flush();
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #flush() {
    for (let at = 0; at < this.#length; )
      at += writeSync(this.#descriptor, this.#buffer, at, this.#length - at);
    this.#length = 0;
  }
}

const EMPTY = Buffer.alloc(0);
const MAC = Buffer.from('0200000000020200000000010800', 'hex');
const SYN = 2;
const FIN = 1;
const ACK = 16;
const PSH = 8;

/** One TCP connection of a capture. */
export class TcpFlow {
  #next = { client: 1000, server: 5000 };

  constructor(capture, client, server) {
    this.capture = capture;
    this.ends = { client, server };
    this.#segment('client', SYN);
    this.#next.client++;
    this.#segment('server', SYN | ACK);
    this.#next.server++;
    this.#segment('client', ACK);
  }

  /** Sends in segments of 1448 bytes, the other side's ACK behind them. */
  send(side, data, segmentSize = 1448) {
    for (let at = 0; at < data.length; at += segmentSize) {
      this.#segment(side, PSH | ACK, data.subarray(at, at + segmentSize));
      this.#next[side] = (this.#next[side] + Math.min(segmentSize, data.length - at)) >>> 0;
    }
    this.#segment(other(side), ACK);
  }

  close() {
    this.#segment('client', FIN | ACK);
    this.#next.client++;
    this.#segment('server', FIN | ACK);
    this.#next.server++;
    this.#segment('client', ACK);
  }

  #segment(side, flags, data) {
    const acknowledgment = (flags & ACK) === 0 ? 0 : this.#next[other(side)];
    const fields = { sequence: this.#next[side], acknowledgment, flags };
    this.capture.tcp(this.ends[side], this.ends[other(side)], fields, data);
  }
}

function other(side) {
  return side === 'client' ? 'server' : 'client';
}

/** An address `10.x.y.z` of a number. */
export function addressOf(number) {
  return `10.${(number >> 16) & 0xff}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

function writeAddress(packet, at, address) {
  const parts = address.split('.');
  for (let index = 0; index < 4; index++) packet[at + index] = Number(parts[index]);
}

function checksum(bytes, start, end, first) {
  let sum = first;
  for (let at = start; at < end; at += 2) sum += (bytes[at] << 8) | (at + 1 < end ? bytes[at + 1] : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
