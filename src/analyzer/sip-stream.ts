import type { Fault } from '../bytes/fault.js';
import { SipFramer } from '../sip/framer.js';
import type { SkipReason } from '../sip/framer-handler.js';
import { looksLikeSip } from '../sip/start-line.js';
import { WebSocketStream } from '../websocket/stream.js';
import type { FrameRef } from './events.js';
import { latest, OffsetMap } from './offset-map.js';

/** A message cut out of a stream. */
export type FramedMessage = {
  readonly bytes: Uint8Array;
  /** The frame captured last of those that carried it. */
  readonly frame: FrameRef;
  readonly frames: readonly number[];
  readonly faults: readonly Fault[];
  /** Whether it came as a WebSocket message (RFC 7118). */
  readonly webSocket: boolean;
};

export type SipStreamHandler = {
  message(framed: FramedMessage): void;
  /** Bytes between messages that are not SIP. */
  skipped(bytes: number, reason: string, frame: FrameRef | undefined): void;
};

const SKIP_SENTENCES: Readonly<Record<SkipReason, string>> = {
  'not-sip': 'there is no start line where one should be',
  gap: 'they belong to a message of which other bytes are missing from the capture',
  'header-too-long': 'their header section is longer than any that is read',
  'cut-short': 'the stream ends inside a header section',
};

/** One direction of a stream that carries SIP. */
export type MessageStream = {
  /** Bytes of memory that an unfinished message holds. */
  readonly heldBytes: number;
  push(data: Uint8Array, frame: FrameRef): void;
  /** `bytes` bytes are lost here. */
  gap(bytes: number): void;
  end(): void;
};

/** One direction of a SIP stream, plain or decrypted: finds its messages and the frames that carried each. */
export class SipStream implements MessageStream {
  readonly #framer: SipFramer;
  readonly #offsets = new OffsetMap();
  #end = 0;
  #lastFrame: FrameRef | undefined;

  constructor(handler: SipStreamHandler) {
    this.#framer = new SipFramer({
      message: (bytes, start, end, faults) => {
        const carried = this.#offsets.take(start, end);
        const frame = latest(carried) ?? this.#lastFrame;
        if (frame === undefined) return;
        const frames = carried.map(({ number }) => number);
        handler.message({ bytes, frame, frames, faults, webSocket: false });
      },
      skipped: (bytes, start, reason) => {
        handler.skipped(
          bytes,
          SKIP_SENTENCES[reason],
          latest(this.#offsets.take(start, start + bytes)) ?? this.#lastFrame,
        );
      },
      // A connection may carry nothing else for days: what is known of the frames before is let go.
      keepAlive: (_, offset) => this.#offsets.take(offset, offset),
    });
  }

  get heldBytes(): number {
    return this.#framer.heldBytes;
  }

  push(data: Uint8Array, frame: FrameRef): void {
    this.#end += data.length;
    this.#lastFrame = frame;
    this.#offsets.add(this.#end, frame);
    this.#framer.push(data);
  }

  gap(bytes: number): void {
    this.#end += bytes;
    this.#framer.gap(bytes);
  }

  end(): void {
    this.#framer.end();
  }
}

/** One direction of a WebSocket connection: each of its messages is one SIP message (RFC 7118 §5). */
export class WebSocketMessages implements MessageStream {
  readonly #stream: WebSocketStream;
  readonly #offsets = new OffsetMap();
  #end = 0;
  #lastFrame: FrameRef | undefined;

  constructor(handler: SipStreamHandler) {
    this.#stream = new WebSocketStream({
      message: (bytes, start, end) => {
        const carried = this.#offsets.take(start, end);
        const frame = latest(carried) ?? this.#lastFrame;
        // Keep-alives of SIP outbound (RFC 7118 §6) and other protocols are WebSocket messages too.
        if (frame === undefined || !looksLikeSip(bytes)) return;
        handler.message({
          bytes,
          frame,
          frames: carried.map(({ number }) => number),
          faults: [],
          webSocket: true,
        });
      },
      skipped: (bytes, start, reason) => {
        handler.skipped(bytes, reason, latest(this.#offsets.take(start, start + bytes)) ?? this.#lastFrame);
      },
    });
  }

  get heldBytes(): number {
    return this.#stream.heldBytes;
  }

  push(data: Uint8Array, frame: FrameRef): void {
    this.#end += data.length;
    this.#lastFrame = frame;
    this.#offsets.add(this.#end, frame);
    this.#stream.push(data);
  }

  gap(bytes: number): void {
    this.#end += bytes;
    this.#stream.gap(bytes);
  }

  end(): void {
    this.#stream.end();
  }
}
