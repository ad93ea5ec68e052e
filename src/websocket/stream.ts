/**
 * One direction of a WebSocket connection (RFC 6455): the HTTP head of the opening handshake, then frames.
 *
 * In: the bytes of the direction in order, with the gaps between them. Out: each data message whole and unmasked, with
 * the range of stream offsets that carried it. A fault ends a message, never the stream; after lost bytes nothing tells
 * where a frame begins, so the rest is passed over and told.
 */
import { ByteQueue } from '../bytes/queue.js';
import { indexOfBytes } from '../bytes/text.js';

/** Longest HTTP head: servers refuse more than 8 to 16 KiB. */
const MAX_HEAD = 64 * 1024;
/** Longest message put together: as long as the longest body of a SIP message on a stream. */
export const MAX_MESSAGE = 64 * 1024 * 1024;

export type WebSocketHandler = {
  /** A text or binary message; `start` and `end` are stream offsets. The bytes are the handler's own. */
  message(bytes: Uint8Array, start: number, end: number): void;
  /** Bytes that could not be read as frames, with the reason as a clause. */
  skipped(bytes: number, start: number, reason: string): void;
};

const CONTINUATION = 0;
const TEXT = 1;
const BINARY = 2;
const FIRST_CONTROL = 8;

type Frame = {
  readonly length: number;
  readonly headerLength: number;
  readonly mask: Uint8Array | undefined;
};

export class WebSocketStream {
  readonly #handler: WebSocketHandler;
  readonly #queue = new ByteQueue();
  #phase: 'head' | 'frames' | 'lost' = 'head';
  /** Stream offset of the first byte in the queue. */
  #offset = 0;
  /** Fragments of the message at hand. */
  #fragments: Uint8Array[] = [];
  #fragmentBytes = 0;
  #messageStart = 0;
  /** Whether the message at hand is one that is put together. */
  #open = false;

  constructor(handler: WebSocketHandler) {
    this.#handler = handler;
  }

  /** Bytes of memory that an unfinished message holds. */
  get heldBytes(): number {
    return this.#queue.length + this.#fragmentBytes;
  }

  push(data: Uint8Array): void {
    if (this.#phase === 'lost') {
      this.#handler.skipped(
        data.length,
        this.#offset,
        'they follow lost bytes, and nothing tells where a frame begins',
      );
      this.#offset += data.length;
      return;
    }
    // Held beyond the call, so copied: `data` is a view of memory that is used again.
    this.#queue.push(new Uint8Array(data));
    if (this.#phase === 'head' && !this.#takeHead()) return;
    while (this.#takeFrame()) {
      // Each turn takes one frame.
    }
  }

  /** `bytes` bytes of the stream are lost here. */
  gap(bytes: number): void {
    this.#drop('they belong to a message of which other bytes are lost');
    this.#offset += bytes;
    this.#phase = 'lost';
  }

  /** No more bytes come, for `reason`. */
  end(reason = 'the stream ends before a message is whole'): void {
    this.#drop(reason);
  }

  /** Passes the HTTP head over; answers whether frames can begin. */
  #takeHead(): boolean {
    const bytes = this.#queue.peek();
    const end = indexOfBytes(bytes, '\r\n\r\n');
    if (end < 0) {
      if (bytes.length > MAX_HEAD) this.#give('the head of the WebSocket handshake has no end');
      return false;
    }
    this.#skip(end + 4);
    this.#phase = 'frames';
    return true;
  }

  /** Takes one whole frame; answers whether there was one. */
  #takeFrame(): boolean {
    // The longest header has fourteen bytes (RFC 6455 §5.2).
    const header = this.#queue.peek(14);
    const frame = readHeader(header);
    if (frame === undefined) return false;
    const { headerLength, length, mask } = frame;
    if (length > MAX_MESSAGE) {
      this.#give(`a WebSocket frame says that it has ${length} bytes`);
      return false;
    }
    const whole = headerLength + length;
    if (this.#queue.length < whole) return false;
    const first = header[0] as number;
    const start = this.#offset;
    const payload = this.#queue.peek(whole).slice(headerLength);
    this.#skip(whole);
    if (mask !== undefined) unmask(payload, mask);
    this.#take(first, payload, start);
    return true;
  }

  #take(first: number, payload: Uint8Array, start: number): void {
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    // Control frames may stand between the fragments of a message (§5.4).
    if (opcode >= FIRST_CONTROL) return;
    if (opcode === TEXT || opcode === BINARY) {
      if (this.#open) this.#passOver(start, 'another WebSocket message begins before theirs is whole');
      this.#messageStart = start;
      this.#open = true;
      if ((first & 0x40) !== 0) {
        this.#open = false;
        this.#handler.skipped(
          payload.length,
          start,
          'the WebSocket message is compressed (RFC 7692), which is not opened',
        );
      } else if ((first & 0x30) !== 0) {
        this.#open = false;
        this.#handler.skipped(
          payload.length,
          start,
          'the WebSocket frame uses an extension that is not known',
        );
      }
    } else if (opcode !== CONTINUATION) {
      this.#handler.skipped(payload.length, start, `WebSocket opcode ${opcode} is reserved`);
      return;
    }
    if (!this.#open) return;
    this.#fragments.push(payload);
    this.#fragmentBytes += payload.length;
    if (this.#fragmentBytes > MAX_MESSAGE) {
      this.#passOver(this.#offset, 'the WebSocket message is longer than any that is held');
    } else if (final) {
      const [only] = this.#fragments;
      const message =
        this.#fragments.length === 1 && only !== undefined ? only : Buffer.concat(this.#fragments);
      this.#close();
      this.#handler.message(message, this.#messageStart, this.#offset);
    }
  }

  /** The message at hand is over. */
  #close(): void {
    this.#open = false;
    this.#fragments = [];
    this.#fragmentBytes = 0;
  }

  /** Tells of bytes up to `end` that are not read, the fragments of the message at hand among them. */
  #passOver(end: number, reason: string): void {
    const start = this.#open ? this.#messageStart : this.#offset;
    this.#close();
    if (end > start) this.#handler.skipped(end - start, start, reason);
  }

  /** Passes over all that is held. */
  #drop(reason: string): void {
    const end = this.#offset + this.#queue.length;
    this.#passOver(end, reason);
    this.#queue.clear();
    this.#offset = end;
  }

  #skip(count: number): void {
    this.#queue.skip(count);
    this.#offset += count;
  }

  #give(reason: string): void {
    this.#drop(reason);
    this.#phase = 'lost';
  }
}

/** The header of a frame (RFC 6455 §5.2), or undefined where it is not all there. */
function readHeader(bytes: Uint8Array): Frame | undefined {
  const second = bytes[1];
  if (second === undefined) return undefined;
  const masked = (second & 0x80) !== 0;
  let length = second & 0x7f;
  let headerLength = 2;
  if (length === 126) headerLength = 4;
  else if (length === 127) headerLength = 10;
  const maskStart = headerLength;
  if (masked) headerLength += 4;
  if (bytes.length < headerLength) return undefined;
  if (maskStart > 2) {
    length = 0;
    for (let at = 2; at < maskStart; at++) length = length * 256 + (bytes[at] as number);
  }
  return { length, headerLength, mask: masked ? bytes.slice(maskStart, headerLength) : undefined };
}

function unmask(payload: Uint8Array, mask: Uint8Array): void {
  for (let at = 0; at < payload.length; at++)
    payload[at] = (payload[at] as number) ^ (mask[at & 3] as number);
}

/** Whether a direction begins with the HTTP head of a WebSocket opening handshake, request or response. */
export function looksLikeWebSocket(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  const start = Buffer.from(bytes.subarray(0, 12)).toString('latin1');
  const isHttp = start.startsWith('GET ') || start.startsWith('HTTP/1.1 101');
  if (!isHttp) return 'GET '.startsWith(start) || 'HTTP/1.1 101'.startsWith(start) ? 'more' : 'no';
  const head = Buffer.from(bytes.subarray(0, MAX_HEAD)).toString('latin1');
  const end = head.indexOf('\r\n\r\n');
  if (end < 0) return bytes.length > MAX_HEAD ? 'no' : 'more';
  return /^upgrade:[ \t]*websocket[ \t]*$/im.test(head.slice(0, end)) ? 'yes' : 'no';
}
