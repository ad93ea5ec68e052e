import { indexOfBytes } from '../bytes/text.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { StreamEnd } from '../sip/framing/framer-handler.js';
import { looksLikeTls } from '../tls/detect.js';
import { detectStream, type Known, type StreamProtocol } from './next-protocol.js';
import { asksForTunnel } from './preamble.js';
import { type MessageStream, SipStream, type SipStreamHandler, WebSocketMessages } from './sip-stream.js';

/**
 * Bytes held of a direction whose protocol is not clear yet. A TLS record header or a SIP start line shows within
 * some hundred bytes; keep-alives may come before.
 */
const MAX_UNDECIDED = 16 * 1024;

/** A piece of plaintext, and the frame that carried it. */
export type Held = { readonly data: Uint8Array; readonly frame: FrameRef };

/** Pieces of one direction that do not tell yet what they are. */
class Undecided {
  readonly direction: Direction;
  readonly pieces: Held[] = [];
  /** All of them joined: `#bytes[0..#length)`. Grown by doubling, as pieces may be a byte each. */
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

  constructor(direction: Direction) {
    this.direction = direction;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copies a piece. */
  add(data: Uint8Array, frame: FrameRef): void {
    const start = this.#length;
    this.#length += data.length;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
    }
    this.#bytes.set(data, start);
    this.pieces.push({ data: new Uint8Array(data), frame });
  }
}

/** A piece with the direction that sent it. */
export type Piece = Held & { readonly direction: Direction };

function piecesOf({ direction, pieces }: Undecided): Piece[] {
  return pieces.map((one) => ({ ...one, direction }));
}

/** The pieces without their first `skip` bytes. */
function without(pieces: readonly Held[], skip: number): readonly Held[] {
  if (skip === 0) return pieces;
  let left = skip;
  const rest: Held[] = [];
  for (const { data, frame } of pieces) {
    if (data.length > left) rest.push({ data: data.subarray(left), frame });
    left = Math.max(0, left - data.length);
  }
  return rest;
}

/** Nothing is undecided in most streams, which share this. */
const NONE: readonly Undecided[] = [];

/** Stands for an idle stream, so that this takes no memory of its own: 100,000 connections may wait for their next message. */
function idleStream(direction: Direction): MessageStream {
  return { direction, heldBytes: 0, isIdle: true, push() {}, gap() {}, end() {} };
}

const IDLE: Readonly<Record<Direction, MessageStream>> = {
  client: idleStream('client'),
  server: idleStream('server'),
};

const BIT: Readonly<Record<Direction, number>> = { client: 1, server: 2 };

type Foreign = { readonly [D in Direction]?: { readonly name: string; isTold: boolean } };

export type PlaintextHandler = SipStreamHandler & {
  /** It has become clear what the plaintext is; `foreign`: what another protocol than SIP is called. */
  identified(protocol: StreamProtocol, foreign?: string): void;
  /** SIP text stands inside another protocol, as a page or a log has it: it is not taken for SIP. Told once a direction. */
  sipInside(foreign: string, frame: FrameRef): void;
};

/** Finds messages in the plaintext of both directions of a connection, TLS around it or not. */
export class Plaintext {
  readonly #handler: PlaintextHandler;
  /** Of the direction that carried SIP first, and of the other. */
  #first: MessageStream | undefined;
  #second: MessageStream | undefined;
  #undecided = NONE;
  #protocol: StreamProtocol | 'undecided' = 'undecided';
  /** Directions whose next bytes are not the first ones that were sent, as bits. */
  #begun: number;
  /** Directions that speak another protocol, and whether it was told that it has SIP text in it. */
  #foreign: Foreign | undefined;
  /** Who asked for a tunnel. */
  #asked: Direction | undefined;

  /** `fromStart`: whether the first bytes that come are the first ones that were sent. */
  constructor(handler: PlaintextHandler, fromStart: boolean) {
    this.#handler = handler;
    this.#begun = fromStart ? 0 : BIT.client | BIT.server;
  }

  /** Whether what was seen does not tell yet what it is. */
  get isUndecided(): boolean {
    return this.#protocol === 'undecided';
  }

  /** Whether SIP, or what may carry it, was found. */
  get carriesSip(): boolean {
    return this.#protocol === 'sip' || this.#protocol === 'websocket';
  }

  /** Bytes of memory that unfinished messages and what is undecided hold. */
  get heldBytes(): number {
    let sum = (this.#first?.heldBytes ?? 0) + (this.#second?.heldBytes ?? 0);
    for (const { bytes } of this.#undecided) sum += 2 * bytes.length;
    return sum;
  }

  /** Takes bytes; answers those of TLS where they turn out to be it, which is for the caller to open. */
  push(direction: Direction, data: Uint8Array, frame: FrameRef): Piece[] | undefined {
    if (this.#protocol === 'sip' || this.#protocol === 'websocket') {
      this.#read(direction, data, frame);
      return undefined;
    }
    const held = this.#undecided.find((one) => one.direction === direction);
    held?.add(data, frame);
    const bytes = held?.bytes ?? data;
    let all: readonly Held[] = held?.pieces ?? [{ data, frame }];
    if (asksForTunnel(bytes)) this.#asked ??= direction;
    let { protocol: detected, skip, foreign } = detectStream(bytes, this.#placeOf(direction));
    // Text that announces TLS may have no line end: the next piece tells.
    if (held !== undefined && detected !== 'tls' && looksLikeTls(data) === 'yes') {
      detected = 'tls';
      skip = 0;
      all = [{ data, frame }];
    }
    if (detected === 'tls') {
      this.#forget(direction);
      const others = this.#undecided.filter((one) => looksLikeTls(one.bytes) === 'more');
      return [...others.flatMap(piecesOf), ...without(all, skip).map((one) => ({ ...one, direction }))];
    }
    if (detected === 'sip' || detected === 'websocket') {
      this.#protocol = detected;
      this.#handler.identified(detected);
      this.#forget(direction);
      for (const one of without(all, skip)) this.#read(direction, one.data, one.frame);
      for (const other of this.#undecided) {
        for (const one of other.pieces) this.#read(other.direction, one.data, one.frame);
      }
      this.#undecided = NONE;
      return undefined;
    }
    if (detected === 'more' && bytes.length <= MAX_UNDECIDED) {
      if (held !== undefined) return undefined;
      const begun = new Undecided(direction);
      begun.add(data, frame);
      this.#undecided = [...this.#undecided, begun];
    } else {
      // Later bytes are looked at again: a capture may begin in the middle of something.
      this.#forget(direction);
      this.#begun |= BIT[direction];
      if (foreign !== undefined)
        this.#foreign = { ...this.#foreign, [direction]: { name: foreign, isTold: false } };
      if (this.#protocol === 'undecided') {
        this.#protocol = 'other';
        this.#handler.identified('other', foreign);
      }
      this.#tellSipInside(direction, bytes, frame);
    }
    return undefined;
  }

  /** What is known of a direction before its next bytes are looked at. */
  #placeOf(direction: Direction): Known {
    const isBegun = (this.#begun & BIT[direction]) !== 0;
    const foreign = this.#foreign;
    // Where one side speaks another protocol, what the other side is in the middle of is no SIP message.
    const isForeign = foreign !== undefined && (foreign[direction] !== undefined || isBegun);
    const place = isForeign ? 'foreign' : isBegun ? 'middle' : 'start';
    return { place, answersConnect: this.#asked !== undefined && this.#asked !== direction };
  }

  #tellSipInside(direction: Direction, bytes: Uint8Array, frame: FrameRef): void {
    const foreign =
      this.#foreign?.[direction] ?? this.#foreign?.[direction === 'client' ? 'server' : 'client'];
    if (foreign === undefined || foreign.isTold || indexOfBytes(bytes, 'SIP/2.0') < 0) return;
    foreign.isTold = true;
    this.#handler.sipInside(foreign.name, frame);
  }

  gap(direction: Direction, bytes: number): void {
    this.#forget(direction);
    this.#begun |= BIT[direction];
    if (this.#known(direction) !== undefined) this.#stream(direction).gap(bytes);
  }

  end(end: StreamEnd): void {
    this.#first?.end(end);
    this.#second?.end(end);
  }

  #read(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    const stream = this.#stream(direction);
    stream.push(data, frame);
    if (stream.isIdle) this.#put(IDLE[direction]);
  }

  #forget(direction: Direction): void {
    if (this.#undecided !== NONE)
      this.#undecided = this.#undecided.filter((one) => one.direction !== direction);
  }

  #known(direction: Direction): MessageStream | undefined {
    return this.#first?.direction === direction ? this.#first : this.#second;
  }

  /** The stream of a direction, to be pushed to. */
  #stream(direction: Direction): MessageStream {
    const known = this.#known(direction);
    if (known !== undefined && known !== IDLE[direction]) return known;
    const isJoined = known === undefined && (this.#begun & BIT[direction]) !== 0;
    const stream =
      this.#protocol === 'websocket'
        ? new WebSocketMessages(direction, this.#handler)
        : new SipStream(direction, this.#handler, isJoined);
    this.#put(stream);
    return stream;
  }

  #put(stream: MessageStream): void {
    if (this.#first === undefined || this.#first.direction === stream.direction) this.#first = stream;
    else this.#second = stream;
  }
}
