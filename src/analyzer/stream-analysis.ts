import { latin1, printable } from '../bytes/text.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import { keepFrame } from '../model/frame-ref.js';
import type { StreamEnd } from '../sip/framing/framer-handler.js';
import { TlsSession } from '../tls/session.js';
import type { AnalysisContext } from './context.js';
import type { StreamProtocol } from './next-protocol.js';
import { type Held, Plaintext, type PlaintextHandler } from './plaintext.js';
import type { FramedMessage } from './sip-stream.js';

/** What TCP connections carried, as it comes to light; `T` is what their owner keeps of each. */
export type StreamHandler<T> = {
  message(owner: T, direction: Direction, framed: FramedMessage, tls: TlsSession | undefined): void;
  /** Bytes of a SIP stream that belong to no message. */
  skipped(owner: T, bytes: number, reason: string, frame: FrameRef | undefined): void;
  /** The protocol of a connection has become clear; `foreign`: what another one than SIP is called. */
  identified(owner: T, protocol: StreamProtocol, foreign?: string): void;
  /** SIP text stands inside another protocol, and is not taken for SIP. */
  sipInside(owner: T, foreign: string, frame: FrameRef): void;
  /** Bytes of the application are lost here: so many of TCP, or (inside TLS) as many as their records had. */
  lost?(owner: T, direction: Direction, bytes: number | undefined, frame: FrameRef): void;
  /** Bytes of the application, plain or decrypted, in their order. */
  plaintext?(owner: T, direction: Direction, data: Uint8Array, frame: FrameRef, insideTls: boolean): void;
};

/** Plain bytes that may turn out to be TLS. */
type Untapped = Held & { readonly direction: Direction };

/** One TCP connection: decides what it carries, opens TLS, and cuts out the SIP messages. */
export class StreamAnalysis<T> implements PlaintextHandler {
  readonly #owner: T;
  readonly #context: AnalysisContext;
  readonly #handler: StreamHandler<T>;
  /** What TCP carries, or, once that is TLS, what TLS does. */
  #plaintext: Plaintext;
  #tls: TlsSession | undefined;
  /** Plain bytes that the tap has not got yet, as they may turn out to be TLS; no more than what is undecided. */
  #untapped: Untapped[] | undefined;

  /** Of a peer that answers TLS in plain text. */
  #answer: { readonly direction: Direction; readonly plaintext: Plaintext } | undefined;

  /** `fromStart`: whether the first bytes of both directions are the first ones that were sent. */
  constructor(owner: T, context: AnalysisContext, handler: StreamHandler<T>, fromStart: boolean) {
    this.#plaintext = new Plaintext(this, fromStart);
    this.#owner = owner;
    this.#context = context;
    this.#handler = handler;
  }

  get tls(): TlsSession | undefined {
    return this.#tls;
  }

  /** Whether the connection carries something that siplens looks into. */
  get isRelevant(): boolean {
    return this.#tls !== undefined || this.#plaintext.carriesSip;
  }

  /** Bytes of memory that unfinished messages and handshakes of the connection hold, about. */
  get heldBytes(): number {
    return this.#plaintext.heldBytes + (this.#tls?.heldBytes ?? 0) + (this.#answer?.plaintext.heldBytes ?? 0);
  }

  /** The next bytes that `direction` sent; `data` and `frame` are only looked at during the call. */
  push(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    const kept = keepFrame(frame);
    if (this.#tls !== undefined) {
      if (!this.#takePlainAnswer(this.#tls, direction, data, kept)) this.#tls.push(direction, data, kept);
      return;
    }
    const pieces = this.#plaintext.push(direction, data, kept);
    if (pieces === undefined) {
      this.#tapPlain(direction, data, kept);
      return;
    }
    this.#untapped = undefined;
    const tls = this.#openTls();
    this.#tls = tls;
    for (const one of pieces) tls.push(one.direction, one.data, one.frame);
  }

  gap(direction: Direction, bytes: number, frame: FrameRef): void {
    this.#flushTap();
    this.#handler.lost?.(this.#owner, direction, bytes, frame);
    if (this.#answer?.direction === direction) this.#answer.plaintext.gap(direction, bytes);
    else if (this.#tls !== undefined) this.#tls.gap(direction, bytes, keepFrame(frame));
    else this.#plaintext.gap(direction, bytes);
  }

  /** The connection is over, or no more of it is read. */
  end(end: StreamEnd): void {
    this.#flushTap();
    this.#tls?.end();
    if (!this.isWaiting) this.finish(end);
  }

  /** Whether TLS records are held for a secret that another connection or file may still bring. */
  get isWaiting(): boolean {
    return this.#tls?.isWaiting ?? false;
  }

  /** Nothing that could open held records will come any more. */
  finish(end: StreamEnd): void {
    this.#plaintext.end(end);
    this.#answer?.plaintext.end(end);
  }

  message(direction: Direction, framed: FramedMessage): void {
    this.#handler.message(this.#owner, direction, framed, this.#tls);
  }

  skipped(bytes: number, reason: string, frame: FrameRef | undefined): void {
    this.#handler.skipped(this.#owner, bytes, reason, frame);
  }

  identified(protocol: StreamProtocol, foreign?: string): void {
    this.#handler.identified(this.#owner, protocol, foreign);
  }

  sipInside(foreign: string, frame: FrameRef): void {
    this.#handler.sipInside(this.#owner, foreign, frame);
  }

  /** Takes what a peer says in plain text where TLS was offered to it, and tells why; answers whether it is that. */
  #takePlainAnswer(tls: TlsSession, direction: Direction, data: Uint8Array, frame: FrameRef): boolean {
    if (this.#answer === undefined) {
      if (tls.hasRecordsOf(direction) || data.length === 0) return false;
      const line = textLine(data);
      if (line === undefined) return false;
      tls.plainAnswer(direction, line, frame);
      const plaintext = new Plaintext(
        {
          message: (sender, framed) => this.#handler.message(this.#owner, sender, framed, undefined),
          skipped: (bytes, reason, at) => this.skipped(bytes, reason, at),
          identified: () => {},
          sipInside: (foreign, at) => this.sipInside(foreign, at),
        },
        true,
      );
      this.#answer = { direction, plaintext };
    }
    if (this.#answer.direction !== direction) return false;
    this.#handler.plaintext?.(this.#owner, direction, data, frame, false);
    this.#answer.plaintext.push(direction, data, frame);
    return true;
  }

  /** Tells plain bytes once it is clear that they are no beginning of TLS. */
  #tapPlain(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    const { plaintext } = this.#handler;
    if (plaintext === undefined) return;
    if (this.#plaintext.isUndecided) {
      this.#untapped ??= [];
      this.#untapped.push({ direction, data: new Uint8Array(data), frame });
      return;
    }
    this.#flushTap();
    plaintext(this.#owner, direction, data, frame, false);
  }

  #flushTap(): void {
    if (this.#untapped === undefined) return;
    const waiting = this.#untapped;
    this.#untapped = undefined;
    for (const { direction, data, frame } of waiting)
      this.#handler.plaintext?.(this.#owner, direction, data, frame, false);
  }

  #openTls(): TlsSession {
    const inside = new Plaintext(this, true);
    this.#plaintext = inside;
    this.identified('tls');
    return new TlsSession(
      { keys: this.#context.keyring, sessions: this.#context.sessions, work: this.#context.work },
      {
        applicationData: (direction, data, frame) => {
          this.#handler.plaintext?.(this.#owner, direction, data, frame, true);
          inside.push(direction, data, frame);
        },
        lost: (direction, frame) => {
          this.#handler.lost?.(this.#owner, direction, undefined, frame);
          inside.gap(direction, 0);
        },
      },
    );
  }
}

/** An answer is quoted by this much of its first line. */
const LINE_TOLD = 60;

/** The first line of SIP or HTTP, made safe to show; undefined for all else, which may be damaged TLS. */
function textLine(data: Uint8Array): string | undefined {
  const start = latin1(data.subarray(0, LINE_TOLD));
  return /^(?:SIP\/2\.0|HTTP\/1\.[01]) \d{3}/.test(start)
    ? printable(/^[^\r\n]*/.exec(start)?.[0] ?? '')
    : undefined;
}
