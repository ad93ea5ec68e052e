import {
  ACK,
  type Endpoint,
  ethernetFrame,
  FIN,
  IP_TCP,
  IP_UDP,
  ipPacket,
  PSH,
  RST,
  SYN,
  type TcpFields,
  tcpSegment,
  udpDatagram,
} from './packets.js';

/**
 * Captures for tests: classic pcap files of UDP datagrams and TCP connections that another dissector finds right.
 *
 *     const capture = new CaptureBuilder();
 *     capture.udp(alice, bob, invite);
 *     const tcp = capture.connect(alice, bob);
 *     tcp.send('client', options, { segmentSize: 100, order: [1, 0, 0, 3] });   // swapped, one again, one lost
 *     tcp.close();
 *     const file = capture.toBytes();
 */

export type { Endpoint } from './packets.js';

export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;

export type CaptureOptions = {
  readonly bigEndian?: boolean;
  /** Nanosecond magic; microseconds else. */
  readonly nanoseconds?: boolean;
  /** Ethernet by default; raw IP and BSD loopback (in the file's byte order) else. */
  readonly linkType?: typeof LINKTYPE_ETHERNET | typeof LINKTYPE_RAW | typeof LINKTYPE_NULL;
  /** VLANs around every packet, outermost first; on Ethernet. */
  readonly vlans?: readonly number[];
  /** Bytes kept of a frame. */
  readonly snapLength?: number;
  /** Time of the first frame, in seconds since 1970; each frame comes a millisecond after the one before. */
  readonly start?: number;
};

/** How pieces (fragments, segments) are put into the capture. */
export type PieceOptions = {
  /**
   * Indexes of the pieces in the order in which they are captured: left out is lost, twice is retransmitted. All of
   * them in their order by default.
   */
  readonly order?: readonly number[];
};

export class CaptureBuilder {
  readonly #options: CaptureOptions;
  readonly #frames: Uint8Array[] = [];
  #vlans: readonly (readonly number[])[];
  #identification = 1;
  #initialSequence = 1000;

  constructor(options: CaptureOptions = {}) {
    this.#options = options;
    this.#vlans = [options.vlans ?? []];
  }

  /** Frames so far; also the number of the last one. */
  get frameCount(): number {
    return this.#frames.length;
  }

  /** Adds a frame, link header and all. */
  frame(data: Uint8Array): this {
    this.#frames.push(data);
    return this;
  }

  /** The frames so far. */
  frames(): readonly Uint8Array[] {
    return this.#frames;
  }

  /** Puts packets from here on into these VLANs; several lists of tags give a copy of each packet for each. */
  within(...vlans: readonly (readonly number[])[]): this {
    this.#vlans = vlans;
    return this;
  }

  /** Adds an IP packet behind the link header. */
  packet(packet: Uint8Array): this {
    for (const vlans of this.#vlans) this.frame(this.#link(packet, vlans));
    return this;
  }

  /** Adds a UDP datagram, in fragments of `fragmentSize` bytes (a multiple of eight) where that is given. */
  udp(
    from: Endpoint,
    to: Endpoint,
    payload: Uint8Array | string,
    options: PieceOptions & { readonly fragmentSize?: number } = {},
  ): this {
    const datagram = udpDatagram(from, to, Buffer.from(payload));
    if (options.fragmentSize === undefined) {
      return this.packet(ipPacket(from.address, to.address, IP_UDP, datagram));
    }
    const identification = this.#identification++;
    const pieces = cut(datagram, options.fragmentSize);
    for (const index of options.order ?? pieces.keys()) {
      const { start, data } = pieceAt(pieces, index);
      const fragment = { identification, offset: start, more: index < pieces.length - 1 };
      this.packet(ipPacket(from.address, to.address, IP_UDP, data, fragment));
    }
    return this;
  }

  /** Adds a TCP segment as given. */
  tcp(from: Endpoint, to: Endpoint, fields: TcpFields, payload: Uint8Array | string = ''): this {
    const segment = tcpSegment(from, to, fields, Buffer.from(payload));
    return this.packet(ipPacket(from.address, to.address, IP_TCP, segment));
  }

  /** Adds the handshake of a TCP connection (unless it shall be missing), and goes on with what is returned. */
  connect(client: Endpoint, server: Endpoint, options: ConnectionOptions = {}): ConnectionBuilder {
    this.#initialSequence += 100_000;
    const first = this.#initialSequence;
    const { clientSequence = first, serverSequence = first + 50_000, handshake = true } = options;
    return new ConnectionBuilder(this, client, server, clientSequence, serverSequence, handshake);
  }

  /** The file. */
  toBytes(): Buffer {
    const { nanoseconds = false, linkType = LINKTYPE_ETHERNET, snapLength = 262_144 } = this.#options;
    const { start = 1_700_000_000 } = this.#options;
    const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
    const version = this.#options.bigEndian === true ? (2 << 16) | 4 : (4 << 16) | 2;
    const pieces: Uint8Array[] = [this.#words(magic, version, 0, 0, snapLength, linkType)];
    this.#frames.forEach((frame, index) => {
      const kept = frame.subarray(0, snapLength);
      const fraction = (index % 1000) * (nanoseconds ? 1_000_000 : 1000);
      pieces.push(this.#words(start + Math.floor(index / 1000), fraction, kept.length, frame.length), kept);
    });
    return Buffer.concat(pieces);
  }

  #link(packet: Uint8Array, vlans: readonly number[]): Uint8Array {
    const { linkType = LINKTYPE_ETHERNET } = this.#options;
    if (linkType === LINKTYPE_ETHERNET) return ethernetFrame(packet, vlans);
    if (linkType === LINKTYPE_RAW) return packet;
    // Address families of BSD: 2 for IPv4 and, of the several for IPv6, Darwin's 30.
    const family = (packet[0] as number) >> 4 === 6 ? 30 : 2;
    return Buffer.concat([this.#words(family), packet]);
  }

  /** 32-bit numbers in the file's byte order. */
  #words(...values: number[]): Buffer {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, index) => {
      if (this.#options.bigEndian === true) bytes.writeUInt32BE(value >>> 0, index * 4);
      else bytes.writeUInt32LE(value >>> 0, index * 4);
    });
    return bytes;
  }
}

export type ConnectionOptions = {
  /** Initial sequence numbers; near 2^32 they wrap. */
  readonly clientSequence?: number;
  readonly serverSequence?: number;
  /** Whether SYN, SYN-ACK and ACK are in the capture. Yes by default. */
  readonly handshake?: boolean;
};

export type Side = 'client' | 'server';

/** A TCP connection being captured; its sides' sequence numbers go on from call to call. */
export class ConnectionBuilder {
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly #capture: CaptureBuilder;
  /** Next sequence number of each side. */
  readonly #next: Record<Side, number>;

  constructor(
    capture: CaptureBuilder,
    client: Endpoint,
    server: Endpoint,
    clientSequence: number,
    serverSequence: number,
    handshake: boolean,
  ) {
    this.client = client;
    this.server = server;
    this.#capture = capture;
    this.#next = { client: clientSequence, server: serverSequence };
    if (handshake) this.segment('client', SYN);
    this.#next.client = plus(clientSequence, 1);
    if (handshake) this.segment('server', SYN | ACK);
    this.#next.server = plus(serverSequence, 1);
    if (handshake) this.segment('client', ACK);
  }

  /** Sends data in segments of `segmentSize` bytes (1448 by default); the other side's ACK follows them. */
  send(
    side: Side,
    payload: Uint8Array | string,
    options: PieceOptions & { readonly segmentSize?: number; readonly acknowledge?: boolean } = {},
  ): this {
    const data = Buffer.from(payload);
    const first = this.#next[side];
    const pieces = cut(data, options.segmentSize ?? 1448);
    for (const index of options.order ?? pieces.keys()) {
      const piece = pieceAt(pieces, index);
      this.segment(side, PSH | ACK, piece.data, plus(first, piece.start));
    }
    this.#next[side] = plus(first, data.length);
    if (options.acknowledge !== false) this.segment(other(side), ACK);
    return this;
  }

  /** Data that was sent and not captured. */
  lose(side: Side, bytes: number): this {
    this.#next[side] = plus(this.#next[side], bytes);
    return this;
  }

  /** Both sides end the connection in order, `first` before the other. */
  close(first: Side = 'client'): this {
    for (const side of [first, other(first)]) {
      this.segment(side, FIN | ACK);
      this.#next[side] = plus(this.#next[side], 1);
    }
    return this.segment(first, ACK);
  }

  reset(side: Side): this {
    return this.segment(side, RST | ACK);
  }

  /** One segment as given, at the side's next sequence number or another; moves nothing on. */
  segment(side: Side, flags: number, data: Uint8Array | string = '', sequence = this.#next[side]): this {
    const [from, to] = side === 'client' ? [this.client, this.server] : [this.server, this.client];
    const acknowledgment = (flags & ACK) === 0 ? 0 : this.#next[other(side)];
    this.#capture.tcp(from, to, { sequence, acknowledgment, flags }, data);
    return this;
  }
}

type Piece = { readonly start: number; readonly data: Buffer };

function cut(data: Buffer, size: number): Piece[] {
  const pieces: Piece[] = [];
  for (let start = 0; start < data.length; start += size) {
    pieces.push({ start, data: data.subarray(start, start + size) });
  }
  return pieces;
}

function pieceAt(pieces: readonly Piece[], index: number): Piece {
  const piece = pieces[index];
  if (piece === undefined) throw new RangeError(`there is no piece ${index}, only ${pieces.length}`);
  return piece;
}

function other(side: Side): Side {
  return side === 'client' ? 'server' : 'client';
}

/** Sequence numbers wrap at 2^32. */
function plus(sequence: number, bytes: number): number {
  return (sequence + bytes) % 2 ** 32;
}
