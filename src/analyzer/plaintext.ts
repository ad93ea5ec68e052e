import type { Direction } from '../stream/types.js';
import type { FrameRef } from './events.js';
import { detectStream, type StreamProtocol } from './next-protocol.js';
import type { MessageStream } from './sip-stream.js';

/**
 * Bytes held of a direction whose protocol is not clear yet. A TLS record header or a SIP start line shows within
 * some hundred bytes; keep-alives may come before.
 */
const MAX_UNDECIDED = 16 * 1024;

/** A piece of plaintext, and the frame that carried it. */
export type Held = { readonly data: Uint8Array; readonly frame: FrameRef };

/** Pieces of one direction that do not tell yet what they are. */
class Undecided {
  readonly pieces: Held[] = [];
  /** All of them joined: `#bytes[0..#length)`. Grown by doubling, as pieces may be a byte each. */
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;

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

/** Opens one direction of a stream that carries SIP. */
export type OpenStream = (direction: Direction, protocol: SipCarrier) => MessageStream;

/** What SIP messages come in on a stream. */
export type SipCarrier = 'sip' | 'websocket';

/** Finds messages in the plaintext of both directions of a connection, TLS around it or not. */
export class Plaintext {
  readonly #open: OpenStream;
  readonly #identified: (protocol: StreamProtocol) => void;
  readonly #streams = new Map<Direction, MessageStream>();
  readonly #undecided = new Map<Direction, Undecided>();
  #protocol: StreamProtocol | 'undecided' = 'undecided';

  constructor(open: OpenStream, identified: (protocol: StreamProtocol) => void) {
    this.#open = open;
    this.#identified = identified;
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
    let sum = 0;
    for (const stream of this.#streams.values()) sum += stream.heldBytes;
    for (const { bytes } of this.#undecided.values()) sum += 2 * bytes.length;
    return sum;
  }

  /** Takes bytes; answers `tls` where they turn out to be TLS, which is for the caller to open. */
  push(direction: Direction, data: Uint8Array, frame: FrameRef): Held[] | undefined {
    if (this.#protocol === 'sip' || this.#protocol === 'websocket') {
      this.#stream(direction, this.#protocol).push(data, frame);
      return undefined;
    }
    const held = this.#undecided.get(direction);
    held?.add(data, frame);
    const bytes = held?.bytes ?? data;
    const all = held?.pieces ?? [{ data, frame }];
    const detected = detectStream(bytes);
    if (detected === 'tls') {
      this.#undecided.delete(direction);
      return all;
    }
    if (detected === 'sip' || detected === 'websocket') {
      this.#protocol = detected;
      this.#identified(detected);
      this.#undecided.delete(direction);
      for (const one of all) this.#stream(direction, detected).push(one.data, one.frame);
      for (const [other, { pieces }] of this.#undecided) {
        for (const one of pieces) this.#stream(other, detected).push(one.data, one.frame);
      }
      this.#undecided.clear();
      return undefined;
    }
    if (detected === 'more' && bytes.length <= MAX_UNDECIDED) {
      if (held !== undefined) return undefined;
      const begun = new Undecided();
      begun.add(data, frame);
      this.#undecided.set(direction, begun);
    } else {
      // Later bytes are looked at again: a capture may begin in the middle of something.
      this.#undecided.delete(direction);
      if (this.#protocol === 'undecided') {
        this.#protocol = 'other';
        this.#identified('other');
      }
    }
    return undefined;
  }

  gap(direction: Direction, bytes: number): void {
    this.#undecided.delete(direction);
    this.#streams.get(direction)?.gap(bytes);
  }

  end(): void {
    for (const stream of this.#streams.values()) stream.end();
  }

  #stream(direction: Direction, protocol: SipCarrier): MessageStream {
    let stream = this.#streams.get(direction);
    if (stream === undefined) {
      stream = this.#open(direction, protocol);
      this.#streams.set(direction, stream);
    }
    return stream;
  }
}
