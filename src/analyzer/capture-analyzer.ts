import { describeError, type Fault } from '../bytes/fault.js';
import { counted, utf8 } from '../bytes/text.js';
import type { Frame } from '../capture/frame.js';
import { type CaptureHandler, type CaptureProblem, TLS_KEY_LOG } from '../capture/reader.js';
import { streamFinding } from '../checks/fault-rules.js';
import type { Finding } from '../checks/finding.js';
import type { Transport } from '../checks/subject.js';
import { checkConnection } from '../checks/table.js';
import { hostOfRequest, type IntendedHost, judgeConnection } from '../checks/tls-verdict.js';
import { formatAddress } from '../net/address.js';
import { PacketDecoder } from '../net/decoder.js';
import { looksLikeSip } from '../sip/message.js';
import { Defragmenter } from '../stream/defragment.js';
import { TcpReassembler } from '../stream/tcp.js';
import type { Direction, TcpStream } from '../stream/types.js';
import type { TlsSession } from '../tls/session.js';
import type { AnalysisContext } from './context.js';
import type { FrameRef, Listener, SipMessageEvent } from './events.js';
import {
  type AnalyzerLimits,
  MAX_HELD_BYTES,
  MAX_STREAM_FINDINGS,
  MAX_WAITING_CONNECTIONS,
  MAX_WAITING_FINDINGS,
} from './limits.js';
import { type SipMessageFacts, sipMessageEvent } from './sip-event.js';
import type { FramedMessage } from './sip-stream.js';
import { countProtocol, countStop, emptyStatistics, type Statistics } from './statistics.js';
import { StreamAnalysis, type StreamHandler } from './stream-analysis.js';

export type { AnalyzerLimits };

/** What listens beside events: the plaintext of connections, for `follow`; `insideTls` tells what TLS carried. */
export type Tap = (
  stream: TcpStream,
  direction: Direction,
  data: Uint8Array,
  frame: FrameRef,
  insideTls: boolean,
) => void;

/** Analysis of one TCP connection with the findings about its transport. */
type Connection = {
  readonly analysis: StreamAnalysis;
  waiting: Finding[];
  told: number;
  /** Of memory, as its analysis said last. */
  heldBytes: number;
  /** Where the first request inside wants to go. */
  intended?: IntendedHost;
  endings: { how: 'fin' | 'rst'; direction: Direction; frame: FrameRef }[];
};

/**
 * Takes the frames of one capture and tells its listener what they carry: SIP messages, TLS connections, findings,
 * problems. Synchronous; `end` brings out what was still open.
 */
export class CaptureAnalyzer implements CaptureHandler {
  readonly statistics: Statistics = emptyStatistics();
  /** The file that events are of; whoever puts captures together changes it between frames. */
  file: string;
  readonly #context: AnalysisContext;
  readonly #listener: Listener;
  readonly #decoder = new PacketDecoder();
  readonly #defragmenter: Defragmenter;
  readonly #reassembler: TcpReassembler;
  readonly #connections = new Map<TcpStream, Connection>();
  readonly #streamHandler: StreamHandler;

  readonly #maximumWaiting: number;
  readonly #maximumHeld: number;
  /** Of memory, by all open connections. */
  #heldBytes = 0;
  /** Closed and waiting, in the order in which they closed. */
  readonly #waiting = new Set<TcpStream>();

  constructor(
    file: string,
    context: AnalysisContext,
    listener: Listener,
    tap?: Tap,
    limits: AnalyzerLimits = {},
  ) {
    this.#maximumWaiting = limits.waitingConnections ?? MAX_WAITING_CONNECTIONS;
    this.#maximumHeld = limits.heldBytes ?? MAX_HELD_BYTES;
    this.file = file;
    this.#context = context;
    this.#listener = listener;
    this.#defragmenter = new Defragmenter({
      fault: ({ code, message, frame }) =>
        this.#tellFinding(streamFinding({ code, message, frame: frame.number })),
    });
    this.#reassembler = new TcpReassembler(
      {
        open: (stream) => this.#open(stream),
        chunk: (chunk) => {
          const connection = this.#connections.get(chunk.stream);
          if (connection === undefined) return;
          const { analysis } = connection;
          if (chunk.gap > 0) {
            analysis.gap(chunk.direction, chunk.gap, chunk.frame);
            const message = `${counted(chunk.gap, 'byte')} from the ${chunk.direction} ${chunk.gap === 1 ? 'is' : 'are'} missing from the capture`;
            const finding = { code: 'gap', message, frame: chunk.frame.number };
            this.#streamFault(chunk.stream, streamFinding(finding, chunk.stream.index));
          }
          if (chunk.data.length > 0) analysis.push(chunk.direction, chunk.data, chunk.frame);
          this.#count(connection, analysis.heldBytes);
        },
        fault: (stream, { code, message, frame }) =>
          this.#streamFault(stream, streamFinding({ code, message, frame: frame.number }, stream.index)),
        ending: (stream, direction, how, frame) => {
          const endings = this.#connections.get(stream)?.endings;
          const known = endings?.some((ending) => ending.how === how && ending.direction === direction);
          if (known === false) endings?.push({ how, direction, frame: frameRef(frame) });
        },
        close: (stream) => this.#close(stream),
      },
      limits.tcp,
    );
    this.#streamHandler = {
      message: (stream, direction, framed, tls) => this.#streamMessage(stream, direction, framed, tls),
      skipped: (stream, bytes, reason, frame) => {
        const fault = {
          code: 'skipped',
          message: `${counted(bytes, 'byte')} of the stream ${bytes === 1 ? 'is' : 'are'} no SIP message: ${reason}`,
        };
        this.#streamFault(stream, streamFinding({ ...fault, frame: frame?.number }, stream.index));
      },
      identified: (stream, protocol) => {
        if (protocol === 'other') countProtocol(this.statistics, 'TCP');
        else this.#tellWaiting(stream);
      },
      ...(tap === undefined ? {} : { plaintext: tap }),
    };
  }

  frame(frame: Frame): void {
    const { statistics } = this;
    statistics.frames++;
    statistics.bytes += frame.capturedLength;
    const decoder = this.#decoder;
    decoder.decode(frame.linkType, frame.data);
    let frames: readonly number[] | undefined;
    while (decoder.outcome === 'fragment') {
      const whole = this.#defragmenter.push(decoder, frame);
      if (whole === undefined) return;
      frames = whole.frames;
      decoder.decodePayload(whole.protocol, whole.bytes);
    }
    if (decoder.outcome === 'udp') this.#datagram(frame, frames);
    else if (decoder.outcome === 'tcp') {
      this.#reassembler.segment(decoder, frameRef(frame));
      if (this.#heldBytes > this.#maximumHeld) this.#endIdleConnections();
    } else {
      countProtocol(statistics, decoder.protocol);
      if (decoder.stop !== undefined) countStop(statistics, describeError(decoder.stop), frame.number);
    }
  }

  secrets(type: number, bytes: Uint8Array): void {
    if (type !== TLS_KEY_LOG) return;
    this.#context.keyring.addKeyLog(utf8(bytes));
    this.#context.sessions.retry();
  }

  problem(problem: CaptureProblem): void {
    this.statistics.problems++;
    this.#listener({
      type: 'error',
      file: this.file,
      message: problem.message,
      offset: problem.offset,
      ...(problem.frame === undefined ? {} : { frame: problem.frame }),
    });
  }

  /**
   * The capture is over: unfinished messages, open connections and incomplete datagrams are told. Connections whose
   * secret may still come with another file wait for `finish`.
   */
  end(): void {
    this.#reassembler.end();
    this.#defragmenter.end();
  }

  /** Whether connections are held for a secret that another file may bring; after `end`. */
  get isWaiting(): boolean {
    return this.#connections.size > 0;
  }

  /** Lets go of all that is open without telling it: reading was stopped in the middle. */
  abandon(): void {
    this.#connections.clear();
  }

  /** The run is over: what waited is told as it stands. */
  finish(): void {
    for (const stream of [...this.#connections.keys()]) this.#tellConnection(stream);
  }

  #datagram(frame: Frame, frames: readonly number[] | undefined): void {
    const decoder = this.#decoder;
    const { bytes, payloadStart, payloadEnd } = decoder;
    if (!looksLikeSip(bytes, payloadStart, payloadEnd)) {
      countProtocol(this.statistics, decoder.protocol);
      return;
    }
    const { addressBytes, sourceOffset, destinationOffset, addressLength } = decoder;
    this.#tellMessage(bytes.subarray(payloadStart, payloadEnd), {
      file: this.file,
      frame,
      frames: frames ?? [frame.number],
      transport: 'udp',
      source: {
        address: formatAddress(addressBytes, sourceOffset, addressLength),
        port: decoder.sourcePort,
      },
      destination: {
        address: formatAddress(addressBytes, destinationOffset, addressLength),
        port: decoder.destinationPort,
      },
      tcpStream: undefined,
      tls: undefined,
      framingFaults: decoder.missing === 0 ? [] : [cutBySnapLength(decoder.missing, bytes.length)],
    });
  }

  #tellMessage(
    bytes: Uint8Array,
    facts: SipMessageFacts & { readonly frame: FrameRef },
  ): SipMessageEvent | undefined {
    const event = sipMessageEvent(bytes, facts, this.#context);
    if (!event.ok) {
      countStop(this.statistics, describeError(event.error), facts.frame.number);
      return undefined;
    }
    this.statistics.messages++;
    this.#listener(event.value);
    return event.value;
  }

  #open(stream: TcpStream): void {
    const analysis = new StreamAnalysis(stream, this.#context, this.#streamHandler);
    this.#connections.set(stream, { analysis, waiting: [], told: 0, heldBytes: 0, endings: [] });
  }

  /** The connection that was active last stays: it has limits of its own. */
  #endIdleConnections(): void {
    const { open } = this.#reassembler.usage;
    for (let left = open; this.#heldBytes > this.#maximumHeld && left > 1; left--) {
      this.#reassembler.endIdlest();
    }
  }

  /** Keeps the sum of what connections hold. */
  #count(connection: Connection, heldBytes: number): void {
    this.#heldBytes += heldBytes - connection.heldBytes;
    connection.heldBytes = heldBytes;
  }

  #streamMessage(
    stream: TcpStream,
    direction: Direction,
    framed: FramedMessage,
    tls: TlsSession | undefined,
  ): void {
    const plain: Transport = framed.webSocket ? 'ws' : 'tcp';
    const secured: Transport = framed.webSocket ? 'wss' : 'tls';
    const fromClient = direction === 'client';
    const event = this.#tellMessage(framed.bytes, {
      file: this.file,
      frame: framed.frame,
      frames: framed.frames,
      transport: tls === undefined ? plain : secured,
      source: fromClient ? stream.client : stream.server,
      destination: fromClient ? stream.server : stream.client,
      tcpStream: stream.index,
      tls: tls?.connection,
      framingFaults: framed.faults,
    });
    const connection = this.#connections.get(stream);
    const isWanted = connection !== undefined && connection.intended === undefined;
    if (!isWanted || event === undefined || direction !== tls?.connection.clientDirection) return;
    const host = hostOfRequest(event.message);
    if (host !== undefined) connection.intended = host;
  }

  #close(stream: TcpStream): void {
    const connection = this.#connections.get(stream);
    if (connection === undefined) return;
    connection.analysis.end();
    // What waits for its secret has limits of its own.
    this.#count(connection, 0);
    if (!connection.analysis.isWaiting) {
      this.#tellConnection(stream);
      return;
    }
    this.#waiting.add(stream);
    const [longest] = this.#waiting;
    if (this.#waiting.size > this.#maximumWaiting && longest !== undefined) this.#tellConnection(longest);
  }

  #tellConnection(stream: TcpStream): void {
    const connection = this.#connections.get(stream);
    if (connection === undefined) return;
    const { analysis, intended, endings } = connection;
    analysis.finish();
    this.#connections.delete(stream);
    this.#waiting.delete(stream);
    if (analysis.tls === undefined) return;
    const session = analysis.tls;
    const tls = session.connection;
    const { anchors, certificates, judgeAt } = this.#context;
    const verdict = judgeConnection(tls, {
      anchors,
      others: certificates,
      atSeconds: judgeAt ?? (tls.certificateFrame ?? stream.firstFrame).seconds,
      ...(intended === undefined ? {} : { request: intended }),
    });
    const findings = checkConnection({ tcpStream: stream.index, connection: tls, verdict });
    this.statistics.connections++;
    if (tls.decryption.status === 'decrypted') this.statistics.connectionsOpened++;
    this.statistics.findings += findings.length;
    this.#listener({
      type: 'tls_connection',
      file: this.file,
      tcpStream: stream.index,
      client: stream.client,
      server: stream.server,
      connection: tls,
      verdict,
      tcp: { firstFrame: frameRef(stream.firstFrame), endings },
      findings,
      keyLogLines: () => session.keyLogLines(),
    });
  }

  #streamFault(stream: TcpStream, finding: Finding): void {
    const connection = this.#connections.get(stream);
    if (connection === undefined) return;
    if (connection.analysis.isRelevant) this.#tellOf(connection, finding);
    else if (connection.waiting.length < MAX_WAITING_FINDINGS) connection.waiting.push(finding);
  }

  #tellWaiting(stream: TcpStream): void {
    const connection = this.#connections.get(stream);
    if (connection === undefined) return;
    const { waiting } = connection;
    connection.waiting = [];
    for (const finding of waiting) this.#tellOf(connection, finding);
  }

  #tellOf(connection: Connection, finding: Finding): void {
    connection.told++;
    if (connection.told <= MAX_STREAM_FINDINGS) this.#tellFinding(finding);
    if (connection.told === MAX_STREAM_FINDINGS) {
      const { index } = connection.analysis.stream;
      const message = `more than ${MAX_STREAM_FINDINGS} findings about this connection; the rest is left out`;
      this.#tellFinding(streamFinding({ code: 'too-many-findings', message }, index));
    }
  }

  #tellFinding(finding: Finding): void {
    this.statistics.findings++;
    this.#listener({ type: 'finding', file: this.file, finding });
  }
}

function cutBySnapLength(missing: number, at: number): Fault {
  const message = `the capture cut the last ${counted(missing, 'byte')} of the datagram (snap length)`;
  return { code: 'cut-by-snap-length', message, start: at, length: 0 };
}

/** The part of a frame that outlives the call. */
export function frameRef(frame: FrameRef): FrameRef {
  const { number, seconds, nanoseconds, timeDigits } = frame;
  return { number, seconds, nanoseconds, timeDigits };
}
