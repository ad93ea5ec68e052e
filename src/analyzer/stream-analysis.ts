import type { Direction, TcpStream } from '../stream/types.js';
import { TlsSession } from '../tls/session.js';
import type { AnalysisContext } from './context.js';
import type { FrameRef } from './events.js';
import type { StreamProtocol } from './next-protocol.js';
import { Plaintext } from './plaintext.js';
import { type FramedMessage, SipStream, WebSocketMessages } from './sip-stream.js';

/** What one TCP connection carried, as it comes to light. */
export type StreamHandler = {
  message(stream: TcpStream, direction: Direction, framed: FramedMessage, tls: TlsSession | undefined): void;
  /** Bytes of a SIP stream that belong to no message. */
  skipped(stream: TcpStream, bytes: number, reason: string, frame: FrameRef | undefined): void;
  /** The protocol of a connection has become clear. */
  identified(stream: TcpStream, protocol: StreamProtocol): void;
  /** Bytes of the application, plain or decrypted, in their order. */
  plaintext?(
    stream: TcpStream,
    direction: Direction,
    data: Uint8Array,
    frame: FrameRef,
    insideTls: boolean,
  ): void;
};

/** One TCP connection: decides what it carries, opens TLS, and cuts out the SIP messages. */
export class StreamAnalysis {
  readonly stream: TcpStream;
  readonly #context: AnalysisContext;
  readonly #handler: StreamHandler;
  readonly #plain: Plaintext;
  #tls: TlsSession | undefined;
  /** Plain bytes that the tap has not got yet, as they may turn out to be TLS; no more than what is undecided. */
  #untapped: { readonly direction: Direction; readonly data: Uint8Array; readonly frame: FrameRef }[] = [];
  /** What the TLS connection carries. */
  #inside: Plaintext | undefined;

  constructor(stream: TcpStream, context: AnalysisContext, handler: StreamHandler) {
    this.stream = stream;
    this.#context = context;
    this.#handler = handler;
    this.#plain = this.#plaintext(() => undefined);
  }

  get tls(): TlsSession | undefined {
    return this.#tls;
  }

  /** Whether the connection carries something that siplens looks into. */
  get isRelevant(): boolean {
    return this.#tls !== undefined || this.#plain.carriesSip;
  }

  /** Bytes of memory that unfinished messages and handshakes of the connection hold, about. */
  get heldBytes(): number {
    return this.#plain.heldBytes + (this.#tls?.heldBytes ?? 0) + (this.#inside?.heldBytes ?? 0);
  }

  push(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    if (this.#tls !== undefined) {
      this.#tls.push(direction, data, frame);
      return;
    }
    const tls = this.#plain.push(direction, data, frame);
    if (tls === undefined) {
      this.#tapPlain(direction, data, frame);
      return;
    }
    this.#untapped = [];
    this.#tls = this.#openTls();
    for (const one of tls) this.#tls.push(direction, one.data, one.frame);
  }

  gap(direction: Direction, bytes: number, frame: FrameRef): void {
    if (this.#tls !== undefined) this.#tls.gap(direction, bytes, frame);
    else this.#plain.gap(direction, bytes);
  }

  /** Tells plain bytes once it is clear that they are no beginning of TLS. */
  #tapPlain(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    const { plaintext } = this.#handler;
    if (plaintext === undefined) return;
    if (this.#plain.isUndecided) {
      this.#untapped.push({ direction, data: new Uint8Array(data), frame });
      return;
    }
    this.#flushTap();
    plaintext(this.stream, direction, data, frame, false);
  }

  #flushTap(): void {
    const waiting = this.#untapped;
    this.#untapped = [];
    for (const { direction, data, frame } of waiting)
      this.#handler.plaintext?.(this.stream, direction, data, frame, false);
  }

  /** The connection is over. */
  end(): void {
    this.#flushTap();
    this.#plain.end();
    this.#tls?.end();
    if (!this.isWaiting) this.finish();
  }

  /** Whether TLS records are held for a secret that another connection or file may still bring. */
  get isWaiting(): boolean {
    return this.#tls?.isWaiting ?? false;
  }

  /** Nothing that could open held records will come any more. */
  finish(): void {
    this.#inside?.end();
  }

  #openTls(): TlsSession {
    const inside = this.#plaintext(() => this.#tls);
    this.#inside = inside;
    this.#handler.identified(this.stream, 'tls');
    return new TlsSession(
      { keys: this.#context.keyring, sessions: this.#context.sessions },
      {
        applicationData: (direction, data, frame) => {
          this.#handler.plaintext?.(this.stream, direction, data, frame, true);
          inside.push(direction, data, frame);
        },
        lost: (direction) => inside.gap(direction, 0),
      },
    );
  }

  #plaintext(tls: () => TlsSession | undefined): Plaintext {
    const { stream } = this;
    const handler = this.#handler;
    return new Plaintext(
      (direction, protocol) =>
        new (protocol === 'sip' ? SipStream : WebSocketMessages)({
          message: (framed) => handler.message(stream, direction, framed, tls()),
          skipped: (bytes, reason, frame) => handler.skipped(stream, bytes, reason, frame),
        }),
      (protocol) => handler.identified(stream, protocol),
    );
  }
}
