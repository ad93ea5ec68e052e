/**
 * One direction of a WebSocket connection (RFC 6455): the HTTP head of the opening handshake, then frames. A server may
 * refuse first, as with 401, and accept a later request on the same connection (§4.2.2).
 *
 * In: the bytes of the direction in order, with the gaps between them. Out: each data message whole and unmasked, with
 * the range of stream offsets that carried it. A fault ends a message, never the stream; after lost bytes nothing tells
 * where a frame begins, so the rest is passed over and told.
 */
import { ByteQueue } from '../bytes/queue.js';
import { indexOfBytes, latin1 } from '../bytes/text.js';

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

const HTTP_START = 'HTTP/1.';
/** Of `GET`. */
const LETTER_G = 0x47;

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
  /** Bytes of a refusal's body that are still to come. */
  #body: number | 'to_next_head' = 0;
  /** No frame has come since the head. */
  #isFresh = false;
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
    while (this.#phase === 'frames' ? this.#takeFrame() : this.#takeHead()) {
      // Each turn takes one head, or one frame.
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
    // What is left of a refusal's body is no message.
    if (this.#body !== 0) this.#skip(this.#queue.length);
    this.#drop(reason);
  }

  /** Passes an HTTP head over, and the body of a refusal; answers whether more can be taken. */
  #takeHead(): boolean {
    if (this.#phase !== 'head') return false;
    if (!this.#takeBody()) return false;
    const bytes = this.#queue.peek();
    const end = indexOfBytes(bytes, '\r\n\r\n');
    if (end < 0) {
      if (bytes.length > MAX_HEAD) this.#give('the head of the WebSocket handshake has no end');
      return false;
    }
    const refusal = refusedBody(latin1(bytes.subarray(0, end)));
    this.#skip(end + 4);
    if (refusal !== undefined) {
      this.#body = refusal;
      return true;
    }
    this.#phase = 'frames';
    this.#isFresh = true;
    return true;
  }

  /** Passes over the body of an answer that refuses; answers whether all of it has come. */
  #takeBody(): boolean {
    if (this.#body === 'to_next_head') {
      const start = indexOfBytes(this.#queue.peek(), HTTP_START);
      // The last bytes may be the beginning of the next head.
      this.#skip(start < 0 ? Math.max(0, this.#queue.length - HTTP_START.length) : start);
      if (start < 0) return false;
      this.#body = 0;
      return true;
    }
    const count = Math.min(this.#body, this.#queue.length);
    this.#skip(count);
    this.#body -= count;
    return this.#body === 0;
  }

  /** Takes one whole frame; answers whether there was one. */
  #takeFrame(): boolean {
    // The longest header has fourteen bytes (RFC 6455 §5.2).
    const header = this.#queue.peek(14);
    // The client asks again: no frame begins with this byte, as its opcode is reserved.
    if (this.#isFresh && header[0] === LETTER_G) {
      this.#phase = 'head';
      return true;
    }
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
    this.#isFresh = false;
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

/** Length of the body behind the head of an answer that refuses; undefined for requests and acceptance. */
function refusedBody(head: string): number | 'to_next_head' | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
  if (status === undefined || status === '101') return undefined;
  // RFC 9112 §6.3.
  if (status.startsWith('1') || status === '204' || status === '304') return 0;
  const length = /^content-length:[ \t]*(\d{1,15})[ \t]*$/im.exec(head)?.[1];
  return length === undefined || /^transfer-encoding:/im.test(head) ? 'to_next_head' : Number(length);
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
