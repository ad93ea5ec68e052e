/**
 * TCP reassembly: decoded segments of a whole capture in, each connection's bytes in order out.
 *
 * - In-order bytes are passed on at once, as views; what waits for a hole is copied. Lost bytes are stated as the
 *   `gap` of the chunk behind them, and the stream goes on.
 * - A hole is a gap when the peer acknowledged what lies behind it (so it had the bytes and the capture has not) and
 *   three segments wait or a second of capture time passed; when the peer was never seen and five seconds passed;
 *   when a limit of held bytes is reached; and at the stream's end. See limits.ts.
 * - Streams are numbered as Wireshark numbers `tcp.stream`: by addresses and ports, anew for a SYN whose sequence
 *   number is not the one that the same side started with.
 * - Both FINs close a stream. A RST closes it after a while, as captures can have segments behind it that were sent
 *   before.
 */
import { ActivityList, Connection } from './connection.js';
import { ConnectionTable } from './connection-table.js';
import { type FlowOwner, TcpFlow } from './flow.js';
import { History } from './history.js';
import { TCP_LIMITS, type TcpLimits } from './limits.js';
import { newStream } from './roles.js';
import {
  ACK,
  type CloseReason,
  type Direction,
  FIN,
  type FrameRef,
  keepFrame,
  RST,
  type StreamFaultCode,
  SYN,
  type TcpHandler,
  type TcpSegment,
  type TcpStream,
} from './types.js';

const FAULT_MESSAGES: Readonly<Record<StreamFaultCode, string>> = {
  'overlap-conflict': 'A retransmission has other bytes than were seen first; the first ones are kept',
  'before-start': 'Bytes lie before the first one of the stream; they are left out',
  'data-after-fin': 'Bytes follow the end of the stream that a FIN stated; they are left out',
  'data-after-close': 'Bytes follow the end of the connection; they are left out',
  'out-of-window': 'A sequence number is further away than any window reaches; the bytes are left out',
  'sequence-jump': 'The sequence numbers went on elsewhere; the bytes between are missing',
  'buffer-limit': 'More waited for missing bytes than is held; they are given up as lost',
};

const EMPTY = new Uint8Array(0);

/** A flow and the connection it belongs to. */
class OwnedFlow extends TcpFlow {
  readonly connection: Connection;

  constructor(connection: Connection, direction: Direction, owner: FlowOwner) {
    super(direction, owner);
    this.connection = connection;
  }
}

export class TcpReassembler {
  readonly #handler: TcpHandler;
  readonly #limits: TcpLimits;
  readonly #owner: FlowOwner;
  readonly #table = new ConnectionTable<Connection>();
  readonly #open = new ActivityList();
  readonly #closed = new ActivityList();
  /** Flows that hold bytes behind a hole, in the order in which they began to. */
  readonly #holding = new Set<OwnedFlow>();
  #nextHolding = this.#holding.values();
  /** Connections with a RST, in the order of its time. */
  readonly #lingering = new Set<Connection>();
  #streams = 0;
  #heldBytes = 0;
  /** Latest capture time in seconds: frames may be out of order. */
  #now = 0;

  constructor(handler: TcpHandler, limits: Partial<TcpLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...TCP_LIMITS, ...limits };
    this.#owner = {
      history: new History(this.#limits.historyBytes),
      limits: this.#limits,
      chunk: (flow, offset, data, gap, frame) => this.#chunk(flow as OwnedFlow, offset, data, gap, frame),
      fault: (flow, code, offset, length, frame) => {
        const { connection, direction } = flow as OwnedFlow;
        this.#fault(connection, direction, code, offset, length, frame);
      },
      held: (flow, bytes) => {
        this.#heldBytes += bytes;
        if (flow.heldBytes > 0) this.#holding.add(flow as OwnedFlow);
        else this.#holding.delete(flow as OwnedFlow);
      },
    };
  }

  /** Connections now in memory, and bytes that wait for holes: for tests of the limits. */
  get usage(): {
    readonly open: number;
    readonly closed: number;
    readonly held: number;
    readonly history: number;
  } {
    return {
      open: this.#open.size,
      closed: this.#closed.size,
      held: this.#heldBytes,
      history: this.#owner.history.size,
    };
  }

  /** Takes the next segment of the capture and answers the stream it belongs to. */
  segment(segment: TcpSegment, frame: FrameRef): TcpStream {
    const time = frame.seconds + frame.nanoseconds / 1e9;
    if (time > this.#now) this.#now = time;
    if (this.#lingering.size > 0) this.#closeLingering();
    let connection = this.#table.find(segment);
    let isForward = this.#table.forward;
    if (connection !== undefined && isNewConnection(connection, isForward, segment)) {
      this.#close(connection, 'reused', frame);
      this.#forget(connection);
      connection = undefined;
      isForward = true;
    }
    connection ??= this.#begin(segment, frame);
    noteBase(connection, isForward, segment);
    const { forward, backward } = connection;
    if (forward === undefined || backward === undefined) {
      this.#closed.touch(connection);
      this.#afterClose(connection, isForward, segment, frame);
      return connection.stream;
    }
    this.#open.touch(connection);
    this.#process(connection, isForward ? forward : backward, isForward ? backward : forward, segment, frame);
    if (this.#holding.size > 0) this.#checkHoles(frame);
    return connection.stream;
  }

  /** Ends the open connection that was idle longest, for a limit of memory; not to be called from a handler. */
  endIdlest(): void {
    const idle = this.#open.oldest;
    if (idle === undefined) return;
    this.#close(idle, 'end', undefined);
    this.#forget(idle);
  }

  /** The capture ended: delivers what waits behind holes and closes all streams, in the order of their numbers. */
  end(): void {
    const left: Connection[] = [];
    for (let at = this.#open.oldest; at !== undefined; at = at.newer) left.push(at);
    left.sort((a, b) => a.stream.index - b.stream.index);
    for (const connection of left) {
      const { resetFrame } = connection;
      this.#close(connection, resetFrame === undefined ? 'end' : 'rst', resetFrame);
    }
  }

  #begin(segment: TcpSegment, frame: FrameRef): Connection {
    const key = this.#table.lastKey();
    if (this.#open.size >= this.#limits.openConnections) this.endIdlest();
    const { stream, opener } = newStream(this.#streams++, segment, frame);
    const connection = new Connection(stream, opener, key);
    const answerer: Direction = opener === 'client' ? 'server' : 'client';
    connection.forward = new OwnedFlow(connection, opener, this.#owner);
    connection.backward = new OwnedFlow(connection, answerer, this.#owner);
    this.#table.add(connection);
    this.#open.add(connection);
    this.#handler.open(stream);
    return connection;
  }

  #process(connection: Connection, flow: TcpFlow, peer: TcpFlow, segment: TcpSegment, frame: FrameRef): void {
    const { flags, sequence } = segment;
    flow.seen = true;
    if ((flags & ACK) !== 0 && (flags & RST) === 0) {
      if (flow.synSeen || (flags & SYN) !== 0) peer.startByAcknowledgment(segment.acknowledgment);
      peer.acknowledge(segment.acknowledgment);
    }
    if ((flags & (FIN | RST)) !== 0) {
      this.#handler.ending?.(connection.stream, flow.direction, (flags & RST) !== 0 ? 'rst' : 'fin', frame);
    }
    if ((flags & RST) !== 0) {
      // A RST's sequence number may be anything, and what it carries is a text for people (RFC 9293 §3.5.3).
      if (connection.resetAt < 0) {
        connection.resetAt = this.#now;
        connection.resetFrame = keepFrame(frame);
        this.#lingering.add(connection);
      }
    } else {
      this.#receive(connection, flow, segment, frame, sequence);
    }
    flow.checkHole(this.#now, peer.seen);
    peer.checkHole(this.#now, flow.seen);
    if (flow.finished && peer.finished) this.#close(connection, 'fin', frame);
  }

  #receive(
    connection: Connection,
    flow: TcpFlow,
    segment: TcpSegment,
    frame: FrameRef,
    sequence: number,
  ): void {
    const { flags, bytes, payloadStart, payloadEnd, missing } = segment;
    let first = sequence;
    if ((flags & SYN) !== 0) {
      flow.syn(sequence);
      first = (sequence + 1) >>> 0;
      // The handshake that was reset is tried again.
      if (connection.resetAt >= 0) {
        connection.resetAt = -1;
        connection.resetFrame = undefined;
        this.#lingering.delete(connection);
      }
    }
    const length = payloadEnd - payloadStart + missing;
    if (length > 0 && connection.resetAt >= 0) {
      connection.resetAt = this.#now;
      this.#lingering.delete(connection);
      this.#lingering.add(connection);
    }
    const data = payloadStart === payloadEnd ? EMPTY : bytes.subarray(payloadStart, payloadEnd);
    flow.accept(first, data, missing, frame, this.#now);
    if ((flags & FIN) !== 0) flow.fin((first + length) >>> 0, frame);
  }

  /** Segments of a closed connection: acknowledgments and repetitions are common, new bytes are a fault. */
  #afterClose(connection: Connection, isForward: boolean, segment: TcpSegment, frame: FrameRef): void {
    const length = segment.payloadEnd - segment.payloadStart;
    if (length <= 1 || (segment.flags & RST) !== 0) return;
    const end = isForward ? connection.forwardEnd : connection.backwardEnd;
    const beyond = (segment.sequence + length - end) | 0;
    if (beyond <= 0) return;
    const sender = isForward === (connection.opener === 'client') ? 'client' : 'server';
    this.#fault(connection, sender, 'data-after-close', 0, Math.min(beyond, length), frame);
  }

  /** One flow that waits is looked at a segment, in turn, so that idle streams get on too at a constant cost. */
  #checkHoles(frame: FrameRef): void {
    let next = this.#nextHolding.next();
    if (next.done === true) {
      this.#nextHolding = this.#holding.values();
      next = this.#nextHolding.next();
    }
    const flow: OwnedFlow | undefined = next.value;
    if (flow !== undefined) {
      const { forward, backward } = flow.connection;
      const peer = flow === forward ? backward : forward;
      flow.checkHole(this.#now, peer?.seen ?? false);
    }
    while (this.#heldBytes > this.#limits.heldBytesTotal) {
      const [longest] = this.#holding;
      if (longest === undefined) return;
      const { offset, length } = longest.firstHole;
      const { connection, direction } = longest;
      this.#fault(connection, direction, 'buffer-limit', offset, length, frame);
      longest.skipHole(this.#now);
    }
  }

  #closeLingering(): void {
    for (const connection of this.#lingering) {
      if (this.#now - connection.resetAt < this.#limits.lingerSeconds) return;
      this.#close(connection, 'rst', connection.resetFrame);
    }
  }

  #close(connection: Connection, how: CloseReason, frame: FrameRef | undefined): void {
    const { forward, backward } = connection;
    if (forward === undefined || backward === undefined) return;
    forward.flush();
    backward.flush();
    connection.forwardEnd = forward.endSequence;
    connection.backwardEnd = backward.endSequence;
    connection.forward = undefined;
    connection.backward = undefined;
    this.#lingering.delete(connection);
    this.#open.remove(connection);
    this.#closed.add(connection);
    this.#handler.close(connection.stream, how, frame);
    const oldest = this.#closed.oldest;
    if (this.#closed.size > this.#limits.closedConnections && oldest !== undefined) this.#forget(oldest);
  }

  /** Takes a closed connection out of memory. */
  #forget(connection: Connection): void {
    this.#closed.remove(connection);
    this.#table.remove(connection);
  }

  #chunk(flow: OwnedFlow, offset: number, data: Uint8Array, gap: number, frame: FrameRef): void {
    this.#handler.chunk({
      stream: flow.connection.stream,
      direction: flow.direction,
      offset,
      data,
      gap,
      frame,
    });
  }

  #fault(
    connection: Connection,
    direction: Direction,
    code: StreamFaultCode,
    offset: number,
    length: number,
    frame: FrameRef,
  ): void {
    if (++connection.faults > this.#limits.faultsPerStream) return;
    const message = FAULT_MESSAGES[code];
    this.#handler.fault(connection.stream, { code, message, direction, offset, length, frame });
  }
}

/** Whether a segment starts a new connection of the same endpoints: a SYN that is not the one they started with. */
function isNewConnection(connection: Connection, isForward: boolean, segment: TcpSegment): boolean {
  if ((segment.flags & (SYN | ACK)) !== SYN) return false;
  const base = isForward ? connection.forwardBase : connection.backwardBase;
  return base >= 0 && base !== segment.sequence;
}

/**
 * Keeps the numbers that both sides started with, by the rule of Wireshark (tcp_analyze_sequence_number), so that
 * streams are numbered alike: of the sender's first segment, and one less than the first acknowledgment of the peer.
 */
function noteBase(connection: Connection, isForward: boolean, segment: TcpSegment): void {
  const { flags, sequence, acknowledgment } = segment;
  const own = (flags & SYN) !== 0 ? sequence : (sequence - 1) >>> 0;
  const peer = (flags & ACK) !== 0 ? (acknowledgment - 1) >>> 0 : -1;
  if (isForward) {
    if (connection.forwardBase < 0) connection.forwardBase = own;
    if (connection.backwardBase < 0) connection.backwardBase = peer;
  } else {
    if (connection.backwardBase < 0) connection.backwardBase = own;
    if (connection.forwardBase < 0) connection.forwardBase = peer;
  }
}
