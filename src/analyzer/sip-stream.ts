import type { Fault } from '../bytes/fault.js';
import { latin1 } from '../bytes/text.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import { SipFramer } from '../sip/framing/framer.js';
import type { SipFramerHandler, SkipReason, StreamEnd } from '../sip/framing/framer-handler.js';
import { looksLikeSip } from '../sip/grammar/start-line.js';
import { type WebSocketHandler, WebSocketStream } from '../websocket/stream.js';
import { type Carriers, OffsetMap } from './offset-map.js';

/** A message cut out of a stream, with the frames that carried it. */
export type FramedMessage = Carriers & {
  readonly bytes: Uint8Array;
  readonly faults: readonly Fault[];
  /** What came with it behind its body, as far as no message begins there. */
  readonly behind?: Uint8Array | undefined;
  /** Whether it came as a WebSocket message (RFC 7118). */
  readonly webSocket: boolean;
};

export type SipStreamHandler = {
  message(direction: Direction, framed: FramedMessage): void;
  /** Bytes between messages that are not SIP. */
  skipped(bytes: number, reason: string, frame: FrameRef | undefined): void;
};

const SKIP_SENTENCES: Readonly<Record<SkipReason, string>> = {
  'not-sip': 'there is no start line where one should be',
  gap: 'they belong to a message of which other bytes are missing from the capture',
  'header-too-long': 'their header section is longer than any that is read',
  'cut-short': 'the stream ends inside a header section',
  'let-go': 'the connection was let go before a message was whole',
};

/** One direction of a stream that carries SIP. */
export type MessageStream = {
  /** Who sends it. */
  readonly direction: Direction;
  /** Bytes of memory that an unfinished message holds. */
  readonly heldBytes: number;
  /** Whether it stands between two messages with nothing to tell, so that a new one would go on as well. */
  readonly isIdle: boolean;
  /** The next bytes; `frame` may be kept. */
  push(data: Uint8Array, frame: FrameRef): void;
  /** `bytes` bytes are lost here. */
  gap(bytes: number): void;
  end(end: StreamEnd): void;
};

/** Most bytes waited for behind a message. */
const WAITING_LIMIT = 64 * 1024;
/** A start line that goes on in the next piece: a method, or the version of a response. */
const LINE_BEGUN = /^(?:[A-Z][A-Z0-9._-]{0,31}|SIP\/[0-9.]*)(?: |$)/;
/** Characters of it that are looked at. */
const LINE_BEGUN_LIMIT = 40;

/** Whether what stands behind a message is as it should be: line ends, a start line, or as much of one as is there. */
function beginsMessage(behind: Uint8Array): boolean {
  let start = 0;
  while (behind[start] === 0x0d || behind[start] === 0x0a) start++;
  const feed = behind.indexOf(0x0a, start);
  if (feed >= 0) return looksLikeSip(behind, start);
  return start === behind.length || LINE_BEGUN.test(latin1(behind, start, start + LINE_BEGUN_LIMIT));
}

/** One direction of a SIP stream, plain or decrypted: finds its messages and the frames that carried each. */
export class SipStream implements MessageStream, SipFramerHandler {
  readonly direction: Direction;
  readonly #handler: SipStreamHandler;
  readonly #framer: SipFramer;
  readonly #offsets = new OffsetMap();
  #end = 0;
  /** A message behind which no other begins: it waits for what is there, which may be the rest of its body. */
  #waiting: (FramedMessage & { readonly behind: Uint8Array }) | undefined;

  /** `isJoined`: bytes may have gone before the first ones that come. */
  constructor(direction: Direction, handler: SipStreamHandler, isJoined = false) {
    this.direction = direction;
    this.#handler = handler;
    this.#framer = new SipFramer(this, isJoined);
  }

  get heldBytes(): number {
    const waiting = this.#waiting;
    const waitingBytes = waiting === undefined ? 0 : waiting.bytes.length + waiting.behind.length;
    return this.#framer.heldBytes + waitingBytes;
  }

  get isIdle(): boolean {
    return this.#waiting === undefined && this.#framer.isIdle;
  }

  push(data: Uint8Array, frame: FrameRef): void {
    this.#end += data.length;
    this.#offsets.add(this.#end, frame);
    if (this.#waiting !== undefined) this.#waitOn(this.#waiting, data);
    this.#framer.push(data);
  }

  gap(bytes: number): void {
    this.#tellWaiting();
    this.#end += bytes;
    this.#framer.gap(bytes);
  }

  end(end: StreamEnd): void {
    this.#tellWaiting();
    this.#framer.end(end);
  }

  #waitOn(waiting: FramedMessage & { readonly behind: Uint8Array }, data: Uint8Array): void {
    const behind = Buffer.concat([waiting.behind, data]);
    this.#waiting = { ...waiting, behind };
    if (behind.length > WAITING_LIMIT) this.#tellWaiting();
  }

  #tellWaiting(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#handler.message(this.direction, waiting);
  }

  message(
    bytes: Uint8Array,
    start: number,
    end: number,
    faults: readonly Fault[],
    behind?: Uint8Array,
  ): void {
    this.#tellWaiting();
    const carriers = this.#offsets.take(start, end);
    if (carriers === undefined) return;
    const { frame, frames } = carriers;
    const framed = { bytes, frame, frames, faults, behind, webSocket: false };
    if (behind === undefined || beginsMessage(behind)) this.#handler.message(this.direction, framed);
    else this.#waiting = { ...framed, bytes: new Uint8Array(bytes), behind: new Uint8Array(behind) };
  }

  skipped(bytes: number, start: number, reason: SkipReason): void {
    this.#tellWaiting();
    const frame = this.#offsets.take(start, start + bytes)?.frame;
    this.#handler.skipped(bytes, SKIP_SENTENCES[reason], frame);
  }

  /** A connection may carry nothing else for days: what is known of the frames before is let go. */
  keepAlive(_kind: 'ping' | 'pong', offset: number): void {
    this.#offsets.take(offset, offset);
  }
}

/** One direction of a WebSocket connection: each of its messages is one SIP message (RFC 7118 §5). */
export class WebSocketMessages implements MessageStream, WebSocketHandler {
  readonly direction: Direction;
  readonly #handler: SipStreamHandler;
  readonly #stream = new WebSocketStream(this);
  readonly #offsets = new OffsetMap();
  #end = 0;

  constructor(direction: Direction, handler: SipStreamHandler) {
    this.direction = direction;
    this.#handler = handler;
  }

  get heldBytes(): number {
    return this.#stream.heldBytes;
  }

  /** A new one would wait for the HTTP head. */
  get isIdle(): boolean {
    return false;
  }

  push(data: Uint8Array, frame: FrameRef): void {
    this.#end += data.length;
    this.#offsets.add(this.#end, frame);
    this.#stream.push(data);
  }

  gap(bytes: number): void {
    this.#end += bytes;
    this.#stream.gap(bytes);
  }

  end(end: StreamEnd): void {
    this.#stream.end(end === 'let-go' ? SKIP_SENTENCES[end] : undefined);
  }

  message(bytes: Uint8Array, start: number, end: number): void {
    const carriers = this.#offsets.take(start, end);
    // Keep-alives of SIP outbound (RFC 7118 §6) and other protocols are WebSocket messages too.
    if (carriers === undefined || !looksLikeSip(bytes)) return;
    const { frame, frames } = carriers;
    this.#handler.message(this.direction, { bytes, frame, frames, faults: [], webSocket: true });
  }

  skipped(bytes: number, start: number, reason: string): void {
    this.#handler.skipped(bytes, reason, this.#offsets.take(start, start + bytes)?.frame);
  }
}
