import type { Direction } from '../stream/types.js';
import type { FrameRef } from './events.js';
import { detectStream, type StreamProtocol } from './next-protocol.js';
import type { MessageStream } from './sip-stream.js';

/**
 * Bytes held of a direction whose protocol is not clear yet. A TLS record header or a SIP start line shows within
 * some hundred bytes; keep-alives may come before.
 */
const MAX_UNDECIDED = 16 * 1024;

export type Held = { readonly data: Uint8Array; readonly frame: FrameRef };

/** Opens one direction of a stream that carries SIP. */
export type OpenStream = (direction: Direction, protocol: SipCarrier) => MessageStream;

/** What SIP messages come in on a stream. */
export type SipCarrier = 'sip' | 'websocket';

/** Finds messages in the plaintext of both directions of a connection, TLS around it or not. */
export class Plaintext {
  readonly #open: OpenStream;
  readonly #identified: (protocol: StreamProtocol) => void;
  readonly #streams = new Map<Direction, MessageStream>();
  readonly #held = new Map<Direction, Held[]>();
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

  /** Takes bytes; answers `tls` where they turn out to be TLS, which is for the caller to open. */
  push(direction: Direction, data: Uint8Array, frame: FrameRef): Held[] | undefined {
    if (this.#protocol === 'sip' || this.#protocol === 'websocket') {
      this.#stream(direction, this.#protocol).push(data, frame);
      return undefined;
    }
    const held = this.#held.get(direction);
    const detected =
      held === undefined ? detectStream(data) : detectStream(joined([...held, { data, frame }]));
    const all = [...(held ?? []), { data, frame }];
    if (detected === 'tls') {
      this.#held.delete(direction);
      return all;
    }
    if (detected === 'sip' || detected === 'websocket') {
      this.#protocol = detected;
      this.#identified(detected);
      this.#held.delete(direction);
      for (const one of all) this.#stream(direction, detected).push(one.data, one.frame);
      for (const [other, waiting] of this.#held) {
        for (const one of waiting) this.#stream(other, detected).push(one.data, one.frame);
      }
      this.#held.clear();
      return undefined;
    }
    const size = all.reduce((sum, one) => sum + one.data.length, 0);
    if (detected === 'more' && size <= MAX_UNDECIDED) {
      this.#held.set(direction, [...(held ?? []), { data: new Uint8Array(data), frame }]);
    } else {
      // Later bytes are looked at again: a capture may begin in the middle of something.
      this.#held.delete(direction);
      if (this.#protocol === 'undecided') {
        this.#protocol = 'other';
        this.#identified('other');
      }
    }
    return undefined;
  }

  gap(direction: Direction, bytes: number): void {
    this.#held.delete(direction);
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

function joined(pieces: readonly Held[]): Uint8Array {
  return Buffer.concat(pieces.map(({ data }) => data));
}
