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

import { type FrameRef, keepFrame } from '../model/frame-ref.js';
import { ActivityList, Connection, type Opening } from './connection.js';
import { ConnectionTable } from './connection-table.js';
import { type FlowOwner, TcpFlow } from './flow.js';
import { FlowTable } from './flow-table.js';
import { History } from './history.js';
import { TCP_LIMITS, type TcpLimits } from './limits.js';
import { Endpoints } from './roles.js';
import {
  ACK,
  type CloseReason,
  FIN,
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

export class TcpReassembler<T> {
  readonly #handler: TcpHandler<T>;
  readonly #limits: TcpLimits;
  readonly #history: History;
  readonly #endpoints = new Endpoints();
  readonly #table = new ConnectionTable<Connection<T>>();
  readonly #open = new ActivityList<T>();
  readonly #closed = new ActivityList<T>();
  /** Two rows a connection: see forwardRow. */
  readonly #flows = new FlowTable();
  /** The flow of the segment at hand and that of its peer. */
  readonly #flow: TcpFlow;
  readonly #peer: TcpFlow;
  /** Rows of flows that hold bytes behind a hole, in the order in which they began to. */
  readonly #holding = new Set<number>();
  #nextHolding = this.#holding.values();
  /** Connections with a RST, in the order of its time. */
  readonly #lingering = new Set<Connection<T>>();
  #streams = 0;
  #heldBytes = 0;
  /** Latest capture time in seconds: frames may be out of order. */
  #now = 0;

  constructor(handler: TcpHandler<T>, limits: Partial<TcpLimits> = {}) {
    this.#handler = handler;
    this.#limits = { ...TCP_LIMITS, ...limits };
    this.#history = new History(this.#limits.historyBytes);
    const owner: FlowOwner = {
      history: this.#history,
      limits: this.#limits,
      chunk: (flow, offset, data, gap, frame) => {
        const connection = this.#connectionOf(flow);
        const direction = connection.sender(isForwardFlow(flow.row));
        this.#handler.chunk(connection.kept, { direction, offset, data, gap, frame });
      },
      fault: (flow, code, offset, length, frame) => {
        this.#fault(this.#connectionOf(flow), isForwardFlow(flow.row), code, offset, length, frame);
      },
      held: ({ row, heldBytes }, bytes) => {
        this.#heldBytes += bytes;
        if (heldBytes > 0) this.#holding.add(row);
        else this.#holding.delete(row);
      },
    };
    this.#flow = new TcpFlow(this.#flows, owner);
    this.#peer = new TcpFlow(this.#flows, owner);
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
      history: this.#history.size,
    };
  }

  /** Takes the next segment of the capture and answers the stream it belongs to. `frame` is copied where it is kept. */
  segment(segment: TcpSegment, frame: FrameRef): TcpStream {
    const time = frame.seconds + frame.nanoseconds / 1e9;
    if (time > this.#now) this.#now = time;
    if (this.#lingering.size > 0) this.#closeLingering();
    const connection = this.#find(segment, frame) ?? this.#begin(segment, frame);
    noteBase(this.#flow, this.#peer, segment);
    if (connection.closed) {
      this.#closed.touch(connection);
      this.#afterClose(connection, segment, frame);
      return connection;
    }
    this.#open.touch(connection);
    this.#process(connection, segment, frame);
    if (this.#holding.size > 0) this.#checkHoles(frame);
    return connection;
  }

  /** Ends the open connection that was idle longest, for a limit of memory; not to be called from a handler. */
  endIdlest(): void {
    const idle = this.#open.oldest;
    if (idle === undefined) return;
    this.#close(idle, 'let-go', undefined);
    this.#forget(idle);
  }

  /** The capture ended: delivers what waits behind holes and closes all streams, in the order of their numbers. */
  end(): void {
    for (const _ of this.ending());
  }

  /** The same, connection by connection, for those who have other things to do between. */
  *ending(): Generator<void> {
    const left: Connection<T>[] = [];
    for (let at = this.#open.oldest; at !== undefined; at = at.newer) left.push(at);
    left.sort((a, b) => a.index - b.index);
    for (const connection of left) {
      const { reset } = connection;
      this.#close(connection, reset === undefined ? 'end' : 'rst', reset?.frame);
      yield;
    }
  }

  /** The connection of a segment, where it is known and not begun anew by it; its flows are in hand then. */
  #find(segment: TcpSegment, frame: FrameRef): Connection<T> | undefined {
    const connection = this.#table.find(segment);
    if (connection === undefined) return undefined;
    this.#select(forwardRow(connection) + (this.#table.forward ? 0 : 1));
    const isReused = startsAnew(this.#flow, segment);
    if (!isReused && !goesOnElsewhere(this.#flow, this.#peer, segment)) return connection;
    const sender = connection.sender(isForwardFlow(this.#flow.row));
    this.#close(connection, 'reused', frame);
    this.#forget(connection);
    if (isReused) return undefined;
    // Wireshark counts the two as one stream: they share its number.
    const { client, server, network, index } = connection;
    return this.#enter(segment, frame, { client, server, network, rolesBy: 'ports', opener: sender }, index);
  }

  /** Begins a connection with its first segment, which was looked for; its flows are in hand then. */
  #begin(segment: TcpSegment, frame: FrameRef): Connection<T> {
    return this.#enter(segment, frame, this.#endpoints.opening(segment), this.#streams++);
  }

  #enter(segment: TcpSegment, frame: FrameRef, opening: Opening, index: number): Connection<T> {
    if (this.#open.size >= this.#limits.openConnections) this.endIdlest();
    const connection = new Connection(index, opening, frame, this.#handler);
    this.#table.add(connection, segment);
    this.#open.add(connection);
    this.#select(forwardRow(connection));
    this.#flows.begin(this.#flow.row);
    this.#flows.begin(this.#peer.row);
    return connection;
  }

  /** Takes the flow in that row in hand, and its peer. */
  #select(row: number): void {
    this.#flow.row = row;
    this.#peer.row = row ^ 1;
  }

  #connectionOf(flow: TcpFlow): Connection<T> {
    return this.#table.at(flow.row >> 1);
  }

  #process(connection: Connection<T>, segment: TcpSegment, frame: FrameRef): void {
    const flow = this.#flow;
    const peer = this.#peer;
    const { flags } = segment;
    if ((flags & (SYN | ACK | RST)) === SYN) this.#attempt(connection);
    else if ((flags & RST) === 0) connection.attempts = undefined;
    flow.see();
    if ((flags & (ACK | RST)) === ACK) {
      peer.acknowledge(segment.acknowledgment, flow.synSeen || (flags & SYN) !== 0);
    }
    if ((flags & (FIN | RST)) !== 0) {
      const sender = connection.sender(isForwardFlow(flow.row));
      this.#handler.ending?.(connection.kept, sender, (flags & RST) !== 0 ? 'rst' : 'fin', frame);
    }
    if ((flags & RST) !== 0) {
      // A RST's sequence number may be anything, and what it carries is a text for people (RFC 9293 §3.5.3).
      if (connection.reset === undefined) {
        connection.reset = { at: this.#now, frame: keepFrame(frame) };
        this.#lingering.add(connection);
      }
    } else {
      this.#receive(connection, segment, frame);
    }
    if (flow.isOrderly && peer.isOrderly) return;
    flow.checkHole(this.#now, peer.seen);
    peer.checkHole(this.#now, flow.seen);
    if (flow.finished && peer.finished) this.#close(connection, 'fin', frame);
  }

  /** Counts a SYN, as long as nothing else came. */
  #attempt(connection: Connection<T>): void {
    const { attempts } = connection;
    if (attempts === undefined) {
      if (!this.#flow.seen && !this.#peer.seen) connection.attempts = { count: 1, last: this.#now };
    } else if (this.#now - attempts.last >= REPEATED_SYN_SECONDS) {
      attempts.count++;
      attempts.last = this.#now;
    }
  }

  #receive(connection: Connection<T>, segment: TcpSegment, frame: FrameRef): void {
    const flow = this.#flow;
    const { sequence, flags, bytes, payloadStart, payloadEnd, missing } = segment;
    let first = sequence;
    if ((flags & SYN) !== 0) {
      flow.syn(sequence);
      first = (sequence + 1) >>> 0;
      // The handshake that was reset is tried again.
      if (connection.reset !== undefined) {
        connection.reset = undefined;
        this.#lingering.delete(connection);
      }
    }
    const length = payloadEnd - payloadStart + missing;
    if (length > 0 && connection.reset !== undefined) {
      connection.reset.at = this.#now;
      this.#lingering.delete(connection);
      this.#lingering.add(connection);
    }
    const data = payloadStart === payloadEnd ? EMPTY : bytes.subarray(payloadStart, payloadEnd);
    flow.accept(first, data, missing, frame, this.#now);
    if ((flags & FIN) !== 0) flow.fin((first + length) >>> 0, frame);
  }

  /** Segments of a closed connection: acknowledgments and repetitions are common, new bytes are a fault. */
  #afterClose(connection: Connection<T>, segment: TcpSegment, frame: FrameRef): void {
    const length = segment.payloadEnd - segment.payloadStart;
    if (length <= 1 || (segment.flags & RST) !== 0) return;
    const beyond = (segment.sequence + length - this.#flow.endSequence) | 0;
    if (beyond <= 0) return;
    const isForward = isForwardFlow(this.#flow.row);
    this.#fault(connection, isForward, 'data-after-close', 0, Math.min(beyond, length), frame);
  }

  /** One flow that waits is looked at a segment, in turn, so that idle streams get on too at a constant cost. */
  #checkHoles(frame: FrameRef): void {
    const flow = this.#flow;
    let next = this.#nextHolding.next();
    if (next.done === true) {
      this.#nextHolding = this.#holding.values();
      next = this.#nextHolding.next();
    }
    if (next.done !== true) {
      this.#select(next.value);
      flow.checkHole(this.#now, this.#peer.seen);
    }
    while (this.#heldBytes > this.#limits.heldBytesTotal) {
      const [longest] = this.#holding;
      if (longest === undefined) return;
      this.#select(longest);
      const { offset, length } = flow.firstHole;
      const connection = this.#connectionOf(flow);
      this.#fault(connection, isForwardFlow(longest), 'buffer-limit', offset, length, frame);
      flow.skipHole(this.#now);
    }
  }

  #closeLingering(): void {
    for (const connection of this.#lingering) {
      const { reset } = connection;
      if (reset === undefined || this.#now - reset.at < this.#limits.lingerSeconds) return;
      this.#close(connection, 'rst', reset.frame);
    }
  }

  #close(connection: Connection<T>, how: CloseReason, frame: FrameRef | undefined): void {
    if (connection.closed) return;
    this.#select(forwardRow(connection));
    this.#flow.flush();
    this.#peer.flush();
    connection.closed = true;
    this.#lingering.delete(connection);
    this.#open.remove(connection);
    this.#closed.add(connection);
    this.#handler.close(connection.kept, how, frame);
    const oldest = this.#closed.oldest;
    if (this.#closed.size > this.#limits.closedConnections && oldest !== undefined) this.#forget(oldest);
  }

  /** Takes a closed connection out of memory. */
  #forget(connection: Connection<T>): void {
    if (this.#table.remove(connection)) this.#closed.remove(connection);
  }

  #fault(
    connection: Connection<T>,
    isForward: boolean,
    code: StreamFaultCode,
    offset: number,
    length: number,
    frame: FrameRef,
  ): void {
    if (++connection.faults > this.#limits.faultsPerStream) return;
    const direction = connection.sender(isForward);
    const message = FAULT_MESSAGES[code];
    this.#handler.fault(connection.kept, { code, message, direction, offset, length, frame });
  }
}

/** A SYN is sent again after a second (RFC 6298 §2); copies of one stand closer together. */
const REPEATED_SYN_SECONDS = 0.2;

/** Row of the flow that goes the way of the connection's first segment; that of the other follows. */
function forwardRow({ row }: Connection<unknown>): number {
  return 2 * row;
}

/** Whether the flow in that row goes the way of its connection's first segment. */
function isForwardFlow(row: number): boolean {
  return (row & 1) === 0;
}

/** Whether a segment starts a new connection of the same endpoints: a SYN that is not the one they started with. */
function startsAnew(flow: TcpFlow, segment: TcpSegment): boolean {
  if ((segment.flags & (SYN | ACK)) !== SYN) return false;
  return flow.base >= 0 && flow.base !== segment.sequence;
}

/**
 * Whether a segment belongs to a later connection of the same endpoints whose SYN was not captured: both of its numbers lie
 * before what this connection can have had, or so far ahead that no loss explains it; less far for a SYN-ACK or a
 * ClientHello, as the numbers of a connection begin anywhere (RFC 9293 §3.4.1).
 */
function goesOnElsewhere(flow: TcpFlow, peer: TcpFlow, segment: TcpSegment): boolean {
  const { sequence, acknowledgment, flags, bytes, payloadStart, payloadEnd } = segment;
  if (sequence === flow.endSequence || (flags & (ACK | RST)) !== ACK) return false;
  const isSyn = (flags & SYN) !== 0;
  if (isSyn ? !flow.hasBytes && !peer.hasBytes : payloadStart === payloadEnd) return false;
  const own = flow.reach(sequence);
  const other = peer.reach(acknowledgment);
  if (own === 'near' || other === 'near') return false;
  if (isSyn || own !== 'ahead' || other !== 'ahead') return true;
  return bytes[payloadStart] === HANDSHAKE_RECORD && bytes[payloadStart + 5] === CLIENT_HELLO;
}

/** First byte of a TLS record of the handshake, and the type of a ClientHello behind its header (RFC 5246 §6.2.1, §7.4). */
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;

/**
 * Keeps the numbers that both sides started with, by the rule of Wireshark (tcp_analyze_sequence_number), so that
 * streams are numbered alike: of the sender's first segment, and one less than the first acknowledgment of the peer.
 */
function noteBase(flow: TcpFlow, peer: TcpFlow, segment: TcpSegment): void {
  const { flags, sequence, acknowledgment } = segment;
  if (flow.base < 0) flow.base = (flags & SYN) !== 0 ? sequence : (sequence - 1) >>> 0;
  if (peer.base < 0 && (flags & ACK) !== 0) peer.base = (acknowledgment - 1) >>> 0;
}
