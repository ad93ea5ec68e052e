/** What goes into and comes out of reassembly. */
import type { Direction, Endpoint } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';

/** Addresses of an IP packet, as a packet decoder leaves them. */
export type IpAddresses = {
  /** Which network of several with the same addresses (VLAN, VNI, GRE key), as a hash; 0 fits any. */
  readonly network: number;
  readonly addressBytes: Uint8Array;
  readonly sourceOffset: number;
  readonly destinationOffset: number;
  readonly addressLength: 4 | 16;
};

/** A decoded TCP segment; a packet decoder that found one fits. */
export type TcpSegment = IpAddresses & {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Unsigned 32 bits. */
  readonly sequence: number;
  readonly acknowledgment: number;
  /** Control bits, FIN is 1. */
  readonly flags: number;
  /** Payload: `bytes[payloadStart..payloadEnd)`, a view that is copied where it is kept. */
  readonly bytes: Uint8Array;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  /** Payload bytes after those, which the snap length cut. */
  readonly missing: number;
};

/** Control bits (RFC 9293 §3.1). */
export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

/** A TCP connection. */
export type TcpStream = {
  /** From 0 within the capture, as Wireshark numbers `tcp.stream`. */
  readonly index: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  /** What tells the client: its SYN, the SYN-ACK of the server, or the port numbers alone. */
  readonly rolesBy: 'syn' | 'syn-ack' | 'ports';
  /** Network of the first segment: see IpAddresses. */
  readonly network: number;
  /** Frame of the first segment. */
  readonly firstFrame: FrameRef;
  /** The SYNs of a connection of which nothing else was seen but a RST; undefined once it was answered. */
  readonly attempts: Attempts | undefined;
};

/** SYNs without an answer (RFC 9293 §3.8.3). */
export type Attempts = {
  /** Copies of one SYN, as a mirror port makes them, count once. */
  readonly count: number;
  /** Capture time of the last one, in seconds since 1970. */
  readonly last: number;
};

/** Bytes of one direction, in order. */
export type StreamChunk = {
  /** Who sent them. */
  readonly direction: Direction;
  /** Place of `data` in the direction's bytes, from 0 after the SYN (or from what was first seen); lost bytes count. */
  readonly offset: number;
  /** Valid during the call. Empty where a gap is all there is to tell, as at the end of a stream. */
  readonly data: Uint8Array;
  /** Bytes lost just before `data`. */
  readonly gap: number;
  /** The segment that carried it. */
  readonly frame: FrameRef;
};

export type StreamFaultCode =
  /** A retransmitted byte differs from the one seen first, which stays. */
  | 'overlap-conflict'
  /** Bytes that lie before the first one seen of a connection whose start was not captured. */
  | 'before-start'
  /** Bytes behind the end that a FIN stated; they are left out. */
  | 'data-after-fin'
  /** Bytes of a connection that was closed; they are left out. */
  | 'data-after-close'
  /** A sequence number further away than any window reaches; left out unless others follow. */
  | 'out-of-window'
  /** The sequence numbers went on elsewhere. */
  | 'sequence-jump'
  /** More was waiting for a hole to be filled than is held: the hole became a gap. */
  | 'buffer-limit';

/** What was wrong with the segments of a stream. */
export type StreamFault = {
  readonly code: StreamFaultCode;
  /** One sentence for a person. */
  readonly message: string;
  readonly direction: Direction;
  /** First byte concerned, in the direction's bytes; below 0 before the first one seen. */
  readonly offset: number;
  readonly length: number;
  readonly frame: FrameRef;
};

/**
 * How a stream ended: both FINs, a RST, the end of the capture, a new connection of the same addresses and ports; or it
 * went on, and a limit let go of it.
 */
export type CloseReason = 'fin' | 'rst' | 'end' | 'reused' | 'let-go';

/**
 * Takes what comes to light. `T` is what it keeps of a connection: `open` makes it, and it comes with all that is told
 * of that connection, so that nothing has to be looked up.
 */
export type TcpHandler<T> = {
  open(stream: TcpStream): T;
  chunk(kept: T, chunk: StreamChunk): void;
  /** May come after `close` too, of a segment that came late. */
  fault(kept: T, fault: StreamFault): void;
  /** A segment with FIN or RST that `direction` sent, repetitions too; before the bytes that it carries. */
  ending?(kept: T, direction: Direction, how: 'fin' | 'rst', frame: FrameRef): void;
  /** Comes once a stream, after its last chunk; `frame` is the segment that ended it, where one did. */
  close(kept: T, how: CloseReason, frame?: FrameRef): void;
};
