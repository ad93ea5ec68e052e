import { describeError } from '../bytes/fault.js';
import { counted, utf8 } from '../bytes/text.js';
import type { Frame } from '../capture/frame.js';
import { type CaptureHandler, type CaptureProblem, TLS_KEY_LOG } from '../capture/reader.js';
import { streamFinding } from '../checks/fault-rules.js';
import { checkConnection } from '../checks/table.js';
import { hostOfRequest, judgeConnection } from '../checks/tls/verdict.js';
import type { Direction, Transport } from '../model/endpoint.js';
import type { Finding } from '../model/finding.js';
import type { FrameRef } from '../model/frame-ref.js';
import { keepFrame } from '../model/frame-ref.js';
import { formatAddress } from '../net/address.js';
import { PacketDecoder } from '../net/decoder.js';
import type { StreamEnd } from '../sip/framing/framer-handler.js';
import { looksLikeSip } from '../sip/message.js';
import { Defragmenter, type IncompleteDatagram } from '../stream/defragment.js';
import { TcpReassembler } from '../stream/tcp.js';
import type { StreamChunk, TcpStream } from '../stream/types.js';
import type { TlsSession } from '../tls/session.js';
import { failedAttempt } from './attempts.js';
import { type Connection, NO_FINDINGS, newConnection } from './connection.js';
import type { AnalysisContext } from './context.js';
import { datagramFaults } from './datagram-faults.js';
import type { Listener, SipMessageEvent } from './events.js';
import {
  type AnalyzerLimits,
  LET_GO,
  MAX_HELD_BYTES,
  MAX_STREAM_FINDINGS,
  MAX_WAITING_CONNECTIONS,
  MAX_WAITING_FINDINGS,
} from './limits.js';
import { isMadePacket } from './made-packets.js';
import { type SipMessageFacts, sipMessageEvent } from './sip-event.js';
import type { FramedMessage } from './sip-stream.js';
import { countLost, countProtocol, countUnread, emptyStatistics, type Statistics } from './statistics.js';
import { StreamAnalysis, type StreamHandler } from './stream-analysis.js';

export type { AnalyzerLimits };

/** What listens beside events: the plaintext of connections, for `follow`. */
export type Tap = {
  /** Bytes in their order; `insideTls` tells what TLS carried. */
  readonly data: (
    stream: TcpStream,
    direction: Direction,
    data: Uint8Array,
    frame: FrameRef,
    insideTls: boolean,
  ) => void;
  /** Bytes are lost before `frame`: so many of TCP; undefined where a record of TLS, or more of them, cannot be read. */
  readonly lost: (
    stream: TcpStream,
    direction: Direction,
    bytes: number | undefined,
    frame: FrameRef,
  ) => void;
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
  /** For datagrams that are given up while the decoder holds another packet. */
  #secondDecoder: PacketDecoder | undefined;
  readonly #defragmenter: Defragmenter;
  readonly #reassembler: TcpReassembler<Connection>;
  readonly #streamHandler: StreamHandler<Connection>;

  /** The frame at hand. */
  #current: Frame | undefined;
  /** Capture time of the last frame. */
  #lastSeconds = 0;
  #madeTold = false;
  readonly #maximumWaiting: number;
  readonly #maximumHeld: number;
  /** Of memory, by all open connections. */
  #heldBytes = 0;
  /** Closed and waiting, in the order in which they closed. */
  readonly #waiting = new Set<Connection>();

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
      incomplete: (part) => this.#incompleteDatagram(part),
    });
    this.#reassembler = new TcpReassembler(
      {
        open: newConnection,
        chunk: (connection, chunk) => this.#chunk(connection, chunk),
        fault: (connection, { code, message, frame }) =>
          this.#streamFault(connection, { code, message, frame: frame.number }),
        ending: (connection, direction, how, frame) => {
          const { endings } = connection;
          const isKnown = endings.some((ending) => ending.how === how && ending.direction === direction);
          if (!isKnown) connection.endings = [...endings, { how, direction, frame: keepFrame(frame) }];
        },
        close: (connection, how) => this.#close(connection, how === 'let-go' ? how : 'cut-short'),
      },
      limits.tcp,
    );
    this.#streamHandler = {
      message: (connection, direction, framed, tls) =>
        this.#streamMessage(connection, direction, framed, tls),
      skipped: (connection, bytes, reason, frame) => {
        const message = `${counted(bytes, 'byte')} of the stream ${bytes === 1 ? 'is' : 'are'} no SIP message: ${reason}`;
        this.#streamFault(connection, { code: 'skipped', message, frame: frame?.number });
      },
      identified: (connection, protocol, foreign) => {
        if (protocol === 'other') countProtocol(this.statistics, foreign ?? 'TCP');
        else this.#tellWaiting(connection);
      },
      sipInside: ({ stream }, foreign, frame) => {
        const message = `SIP text stands inside ${foreign} on this connection: it is not taken for SIP between its endpoints`;
        countProtocol(this.statistics, `SIP text inside ${foreign}`);
        this.#tellFinding(streamFinding({ code: 'sip-inside', message, frame: frame.number }, stream.index));
      },
      ...(tap === undefined
        ? {}
        : {
            plaintext: ({ stream }, direction, data, frame, insideTls) =>
              tap.data(stream, direction, data, frame, insideTls),
            lost: ({ stream }, direction, bytes, frame) => tap.lost(stream, direction, bytes, frame),
          }),
    };
  }

  frame(frame: Frame): void {
    const { statistics } = this;
    this.#current = frame;
    this.#lastSeconds = frame.seconds;
    statistics.frames++;
    statistics.bytes += frame.capturedLength;
    const decoder = this.#decoder;
    decoder.decode(frame.linkType, frame.data, frame.originalLength - frame.capturedLength);
    let frames: readonly number[] | undefined;
    while (decoder.outcome === 'fragment') {
      const whole = this.#defragmenter.push(decoder, frame);
      if (whole === undefined) return;
      frames = whole.frames;
      decoder.decodePayload(whole.protocol, whole.bytes);
    }
    if (decoder.outcome === 'udp' || decoder.outcome === 'pdu') this.#datagram(decoder, frame, frames);
    else if (decoder.outcome === 'tcp') {
      this.#reassembler.segment(decoder, frame);
      if (this.#heldBytes > this.#maximumHeld) this.#endIdleConnections();
    } else {
      this.#countOther(frame);
    }
  }

  /** Counts a frame without a datagram or segment. */
  #countOther(frame: FrameRef): void {
    const { outcome, protocol, stop } = this.#decoder;
    countProtocol(this.statistics, protocol);
    if (stop !== undefined) countUnread(this.statistics, describeError(stop), frame.number);
    else if (outcome === 'unread') countUnread(this.statistics, protocol, frame.number);
  }

  /** Shows a datagram of which fragments are missing as far as it goes. */
  #incompleteDatagram({ addresses, protocol, bytes, total, frames, frame }: IncompleteDatagram): void {
    this.#secondDecoder ??= new PacketDecoder();
    const decoder = this.#secondDecoder;
    decoder.resume(addresses);
    decoder.decodePayload(protocol, bytes, total);
    if (decoder.outcome === 'udp') this.#datagram(decoder, frame, frames, true);
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
    for (const _ of this.ending());
  }

  /** The same in steps, for those who have other things to do between. */
  *ending(): Generator<void> {
    this.#current = undefined;
    yield* this.#reassembler.ending();
    this.#defragmenter.end();
  }

  /** Whether connections are held for a secret that another file may bring; after `end`. */
  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Lets go of all that is open without telling it: reading was stopped in the middle. */
  abandon(): void {
    this.#waiting.clear();
  }

  /** The run is over, after `end`: what waited is told as it stands, in the order in which it began. */
  finish(): void {
    for (const _ of this.finishing());
  }

  /** The same in steps. */
  *finishing(): Generator<void> {
    const waiting = [...this.#waiting].sort((a, b) => a.stream.index - b.stream.index);
    for (const connection of waiting) {
      this.#tellConnection(connection);
      yield;
    }
  }

  /** Whether a message comes in a packet that was never sent; the first such is told. */
  #isMade(): boolean {
    const frame = this.#current;
    if (frame === undefined || !isMadePacket(frame)) return false;
    if (!this.#madeTold) {
      this.#madeTold = true;
      const message =
        'an application made the packets of this capture, whatever carried the messages: how they travelled is not judged';
      this.#tellFinding(streamFinding({ code: 'made-packet', message, frame: frame.number }));
    }
    return true;
  }

  #datagram(
    decoder: PacketDecoder,
    frame: FrameRef,
    frames: readonly number[] | undefined,
    isIncomplete = false,
  ): void {
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
      transport: decoder.outcome === 'pdu' ? 'tcp' : 'udp',
      source: {
        address: formatAddress(addressBytes, sourceOffset, addressLength),
        port: decoder.sourcePort,
      },
      destination: {
        address: formatAddress(addressBytes, destinationOffset, addressLength),
        port: decoder.destinationPort,
      },
      tcpStream: undefined,
      network: decoder.network,
      tls: undefined,
      isMade: !isIncomplete && this.#isMade(),
      framingFaults: datagramFaults(decoder, isIncomplete),
    });
  }

  #tellMessage(
    bytes: Uint8Array,
    facts: SipMessageFacts & { readonly frame: FrameRef },
  ): SipMessageEvent | undefined {
    const event = sipMessageEvent(bytes, facts, this.#context);
    if (!event.ok) {
      countUnread(this.statistics, describeError(event.error), facts.frame.number);
      return undefined;
    }
    this.statistics.messages++;
    const { plainMessage } = this.#context;
    this.#listener(event.value, plainMessage.read(bytes) ? plainMessage : undefined);
    return event.value;
  }

  #chunk(connection: Connection, { direction, data, gap, frame }: StreamChunk): void {
    connection.analysis ??= this.#analysisOf(connection);
    const { analysis } = connection;
    if (gap > 0) {
      analysis.gap(direction, gap, frame);
      const message = `${counted(gap, 'byte')} from the ${direction} ${gap === 1 ? 'is' : 'are'} missing from the capture`;
      this.#streamFault(connection, { code: 'gap', message, frame: frame.number });
    }
    if (data.length > 0) analysis.push(direction, data, frame);
    this.#count(connection, analysis.heldBytes);
  }

  #analysisOf(connection: Connection): StreamAnalysis<Connection> {
    const isWhole = connection.stream.rolesBy !== 'ports';
    return new StreamAnalysis(connection, this.#context, this.#streamHandler, isWhole);
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
    connection: Connection,
    direction: Direction,
    framed: FramedMessage,
    tls: TlsSession | undefined,
  ): void {
    const plain: Transport = framed.webSocket ? 'ws' : 'tcp';
    const secured: Transport = framed.webSocket ? 'wss' : 'tls';
    const { stream } = connection;
    const fromClient = direction === 'client';
    const event = this.#tellMessage(framed.bytes, {
      file: this.file,
      frame: framed.frame,
      frames: framed.frames,
      transport: tls === undefined ? plain : secured,
      source: fromClient ? stream.client : stream.server,
      destination: fromClient ? stream.server : stream.client,
      tcpStream: stream.index,
      network: stream.network,
      tls: tls?.connection,
      isMade: this.#isMade(),
      framingFaults: framed.faults,
      behind: framed.behind,
    });
    if (event === undefined || connection.intended !== undefined) return;
    if (direction !== tls?.connection.clientDirection) return;
    const host = hostOfRequest(event.message);
    if (host !== undefined) connection.intended = host;
  }

  #close(connection: Connection, end: StreamEnd): void {
    const { analysis } = connection;
    connection.end = end;
    const failure = failedAttempt(connection, this.#lastSeconds);
    if (failure !== undefined) this.#tellOf(connection, streamFinding(failure, connection.stream.index));
    if (end === 'let-go') this.#streamFault(connection, { code: end, message: LET_GO, frame: undefined });
    analysis?.end(end);
    // What waits for its secret has limits of its own.
    this.#count(connection, 0);
    if (analysis?.isWaiting !== true) {
      this.#tellConnection(connection);
      return;
    }
    this.#waiting.add(connection);
    const [longest] = this.#waiting;
    if (this.#waiting.size > this.#maximumWaiting && longest !== undefined) this.#tellConnection(longest);
  }

  #tellConnection(connection: Connection): void {
    const { stream, analysis, intended, endings } = connection;
    analysis?.finish(connection.end);
    this.#waiting.delete(connection);
    // Closed connections are remembered, for segments that come late: what they carried is let go.
    Object.assign(connection, newConnection(stream), { isOver: true });
    if (analysis?.tls === undefined) return;
    const session = analysis.tls;
    const tls = session.connection;
    const { anchors, certificates, crls, policies, judgeAt } = this.#context;
    const verdict = judgeConnection(tls, {
      anchors,
      others: certificates,
      crls,
      policies,
      budget: session.budget,
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
      tcp: { firstFrame: stream.firstFrame, endings },
      findings,
      keyLogLines: () => session.keyLogLines(),
    });
  }

  #streamFault(
    connection: Connection,
    fault: { readonly code: string; readonly message: string; readonly frame: number | undefined },
  ): void {
    const { analysis, isOver, waiting } = connection;
    if (isOver) return;
    const finding = streamFinding(fault, connection.stream.index);
    if (analysis?.isRelevant === true) this.#tellOf(connection, finding);
    else if (waiting.length < MAX_WAITING_FINDINGS) connection.waiting = [...waiting, finding];
  }

  #tellWaiting(connection: Connection): void {
    if (connection.isOver) return;
    const { waiting } = connection;
    connection.waiting = NO_FINDINGS;
    for (const finding of waiting) this.#tellOf(connection, finding);
  }

  #tellOf(connection: Connection, finding: Finding): void {
    connection.told++;
    if (connection.told <= MAX_STREAM_FINDINGS) this.#tellFinding(finding);
    if (connection.told === MAX_STREAM_FINDINGS) {
      const { index } = connection.stream;
      const message = `more than ${MAX_STREAM_FINDINGS} findings about this connection; the rest is left out`;
      this.#tellFinding(streamFinding({ code: 'too-many-findings', message }, index));
    }
  }

  #tellFinding(finding: Finding): void {
    this.statistics.findings++;
    countLost(this.statistics, finding);
    this.#listener({ type: 'finding', file: this.file, finding });
  }
}
