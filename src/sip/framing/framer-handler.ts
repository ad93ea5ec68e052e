/** What SipFramer gives, and to whom. */
import type { Fault } from '../../bytes/fault.js';

/** Largest header section. SIP sets none; a whole datagram has 64 KiB and stacks refuse much less. */
export const HEADER_LIMIT = 256 * 1024;

/** Why bytes are in no message. */
export type SkipReason =
  /** No start line where one should be, or after a gap. */
  | 'not-sip'
  /** The beginning (or the rest) of a message of which other bytes are lost. */
  | 'gap'
  /** A header section larger than HEADER_LIMIT. */
  | 'header-too-long'
  /** The stream ended in a header section. */
  | 'cut-short'
  /** Nothing more of the stream is read, which went on. */
  | 'let-go';

/** Why no more bytes come. */
export type StreamEnd = Extract<SkipReason, 'cut-short' | 'let-go'>;

export type SipFramerHandler = {
  /**
   * One message, from its start line to its body's end. Offsets count the bytes of the stream, lost ones too. The
   * faults are those of its bounds that parseSipMessage cannot know; their offsets count from the message's start.
   * `behind` is what came in the same piece behind a body of known length; undefined where nothing did.
   */
  message(
    bytes: Uint8Array,
    startOffset: number,
    endOffset: number,
    faults: readonly Fault[],
    behind?: Uint8Array,
  ): void;
  /** Bytes that are in no message; of a message broken by a gap, `headerBytes` of them are header section. */
  skipped(bytes: number, startOffset: number, reason: SkipReason, headerBytes?: number): void;
  /** CRLFCRLF between messages (ping), or a CRLF on its own, as far as one push shows it (pong). */
  keepAlive?(kind: 'ping' | 'pong', offset: number): void;
};
