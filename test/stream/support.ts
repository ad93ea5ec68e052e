/** Segments made by hand and a handler that keeps what reassembly says of them. */

import type { Direction } from '../../src/model/endpoint.js';
import type { FrameRef } from '../../src/model/frame-ref.js';
import { PacketDecoder } from '../../src/net/decoder.js';
import { Defragmenter, type FragmentFault } from '../../src/stream/defragment.js';
import type { TcpLimits } from '../../src/stream/limits.js';
import { TcpReassembler } from '../../src/stream/tcp.js';
import type { CloseReason, StreamChunk, StreamFault, TcpSegment, TcpStream } from '../../src/stream/types.js';
import { ACK, addressBytes, FIN, PSH, RST, SYN } from '../support/packets.js';

export { ACK, FIN, PSH, RST, SYN };

export function frameAt(number: number, seconds = 1_700_000_000 + number / 1000): FrameRef {
  const whole = Math.floor(seconds);
  const nanoseconds = Math.round((seconds - whole) * 1e9) % 1e9;
  return { number, seconds: whole, nanoseconds, timeDigits: 6 };
}

/** Bytes of one direction: what came, where it was lost. */
export type Received = {
  bytes: Buffer;
  readonly gaps: { readonly offset: number; readonly length: number }[];
};

export class Recorder {
  readonly streams: TcpStream[] = [];
  readonly events: string[] = [];
  readonly faults: StreamFault[] = [];
  readonly #received = new Map<string, { parts: Buffer[]; gaps: Received['gaps']; end: number }>();

  open(stream: TcpStream): TcpStream {
    this.streams.push(stream);
    this.events.push(`open ${stream.index}`);
    // A later connection of the same stream counts its bytes anew.
    for (const side of ['client', 'server']) {
      const received = this.#received.get(`${stream.index} ${side}`);
      if (received !== undefined) received.end = 0;
    }
    return stream;
  }

  chunk(stream: TcpStream, { direction, offset, data, gap, frame }: StreamChunk): void {
    const key = `${stream.index} ${direction}`;
    let received = this.#received.get(key);
    if (received === undefined) {
      received = { parts: [], gaps: [], end: 0 };
      this.#received.set(key, received);
    }
    if (offset !== received.end + gap)
      throw new Error(`chunk at ${offset} follows ${received.end} + gap ${gap}`);
    if (gap > 0) received.gaps.push({ offset: received.end, length: gap });
    if (gap === 0 && data.length === 0) throw new Error('a chunk with nothing in it');
    received.parts.push(Buffer.from(data));
    received.end = offset + data.length;
    this.events.push(`${direction} ${gap > 0 ? `gap ${gap} ` : ''}${data.length} @${frame.number}`);
  }

  fault(_stream: TcpStream, fault: StreamFault): void {
    this.faults.push(fault);
  }

  close(stream: TcpStream, how: CloseReason, frame?: FrameRef): void {
    this.events.push(`close ${stream.index} ${how}${frame === undefined ? '' : ` @${frame.number}`}`);
  }

  received(index: number, direction: Direction): Received {
    const received = this.#received.get(`${index} ${direction}`);
    return { bytes: Buffer.concat(received?.parts ?? []), gaps: received?.gaps ?? [] };
  }

  text(direction: Direction, index = 0): string {
    return this.received(index, direction).bytes.toString();
  }
}

export type SegmentOptions = {
  readonly acknowledgment?: number;
  readonly flags?: number;
  readonly missing?: number;
  readonly clientPort?: number;
  readonly serverPort?: number;
  readonly clientAddress?: string;
  readonly serverAddress?: string;
};

/** A segment between 192.0.2.1:40000 and 198.51.100.2:5060. */
export function segment(
  from: Direction,
  sequence: number,
  data: Uint8Array | string,
  options: SegmentOptions = {},
): TcpSegment {
  const { clientAddress = '192.0.2.1', serverAddress = '198.51.100.2' } = options;
  const { clientPort = 40_000, serverPort = 5060 } = options;
  const client = addressBytes(clientAddress);
  const payload = Buffer.from(data);
  // Payload amid other bytes, as in a frame.
  const bytes = Buffer.concat([client, addressBytes(serverAddress), payload, Buffer.from('trailer')]);
  const start = client.length * 2;
  const isClient = from === 'client';
  return {
    network: 0,
    addressBytes: bytes,
    sourceOffset: isClient ? 0 : client.length,
    destinationOffset: isClient ? client.length : 0,
    addressLength: client.length as 4 | 16,
    sourcePort: isClient ? clientPort : serverPort,
    destinationPort: isClient ? serverPort : clientPort,
    sequence: sequence >>> 0,
    acknowledgment: (options.acknowledgment ?? 0) >>> 0,
    flags: options.flags ?? (options.acknowledgment === undefined ? PSH : PSH | ACK),
    bytes,
    payloadStart: start,
    payloadEnd: start + payload.length,
    missing: options.missing ?? 0,
  };
}

/** A reassembler whose segments are numbered as frames, a millisecond apart unless the time is given. */
export class Connection {
  readonly seen = new Recorder();
  readonly reassembler: TcpReassembler<TcpStream>;
  frame = 0;
  time = 1_700_000_000;

  constructor(limits: Partial<TcpLimits> = {}) {
    this.reassembler = new TcpReassembler(this.seen, limits);
  }

  send(
    from: Direction,
    sequence: number,
    data: Uint8Array | string = '',
    options: SegmentOptions = {},
  ): TcpStream {
    this.frame++;
    this.time += 0.001;
    const made = segment(from, sequence, data, options);
    const stream = this.reassembler.segment(made, frameAt(this.frame, this.time));
    // Frames are views of memory that is used again.
    made.bytes.fill(0xee);
    return stream;
  }

  /** SYN, SYN-ACK and ACK: first data bytes have `client + 1` and `server + 1`. */
  handshake(client = 1000, server = 5000, options: SegmentOptions = {}): this {
    this.send('client', client, '', { ...options, flags: SYN });
    this.send('server', server, '', { ...options, flags: SYN | ACK, acknowledgment: client + 1 });
    this.send('client', client + 1, '', { ...options, flags: ACK, acknowledgment: server + 1 });
    return this;
  }

  end(): this {
    this.reassembler.end();
    return this;
  }
}

/** What a whole capture gives, and the stream of each frame with TCP in it. */
export type CaptureResult = {
  readonly seen: Recorder;
  readonly streamOfFrame: ReadonlyMap<number, number>;
  readonly datagrams: { readonly frame: number; readonly payload: Buffer }[];
  readonly fragmentFaults: readonly FragmentFault[];
};

export function readCapture(
  frames: Iterable<FrameRef & { readonly linkType: number; readonly data: Uint8Array }>,
): CaptureResult {
  const seen = new Recorder();
  const reassembler = new TcpReassembler(seen);
  const fragmentFaults: FragmentFault[] = [];
  const defragmenter = new Defragmenter({ fault: (fault) => fragmentFaults.push(fault) });
  const decoder = new PacketDecoder();
  const streamOfFrame = new Map<number, number>();
  const datagrams: CaptureResult['datagrams'] = [];
  for (const frame of frames) {
    decoder.decode(frame.linkType, frame.data);
    while (decoder.outcome === 'fragment') {
      const whole = defragmenter.push(decoder, frame);
      if (whole === undefined) break;
      decoder.decodePayload(whole.protocol, whole.bytes);
    }
    if (decoder.outcome === 'tcp') {
      streamOfFrame.set(frame.number, reassembler.segment(decoder, frame).index);
    } else if (decoder.outcome === 'udp') {
      const { bytes, payloadStart, payloadEnd } = decoder;
      datagrams.push({
        frame: frame.number,
        payload: Buffer.from(bytes.subarray(payloadStart, payloadEnd)),
      });
    }
  }
  reassembler.end();
  defragmenter.end();
  return { seen, streamOfFrame, datagrams, fragmentFaults };
}
