import type { Fault } from '../bytes/fault.js';
import { SipFramer } from '../sip/framer.js';
import type { SkipReason } from '../sip/framer-handler.js';
import type { FrameRef } from './events.js';
import { latest, OffsetMap } from './offset-map.js';

/** A message cut out of a stream. */
export type FramedMessage = {
  readonly bytes: Uint8Array;
  /** The frame captured last of those that carried it. */
  readonly frame: FrameRef;
  readonly frames: readonly number[];
  readonly faults: readonly Fault[];
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

/** One direction of a SIP stream, plain or decrypted: finds its messages and the frames that carried each. */
export class SipStream {
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
        handler.message({ bytes, frame, frames: carried.map(({ number }) => number), faults });
      },
      skipped: (bytes, start, reason) => {
        handler.skipped(
          bytes,
          SKIP_SENTENCES[reason],
          latest(this.#offsets.take(start, start + bytes)) ?? this.#lastFrame,
        );
      },
    });
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
