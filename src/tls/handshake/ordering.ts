/**
 * Puts the records of a handshake into the order of the protocol. A capture of two taps, or of a card with several
 * queues, may have a flight before the one that it answers: such records wait until the other side has gone on.
 */

import type { Direction } from '../../model/endpoint.js';
import { copyBytes } from '../copy.js';
import { HELD_RECORD_OVERHEAD, MAX_EARLY_BYTES } from '../limits.js';
import { ContentType } from '../record/record.js';
import type { SessionState, Side } from '../state.js';
import { HandshakeType } from './messages.js';
import { eventOfType } from './progress.js';
import type { HandshakeEvent } from './transitions.js';
import { isOver, mayFollow, next } from './transitions.js';

/** What is known of a record when it comes. */
export type EarlyRecord = { readonly side: Side; readonly type: number; fragment: Uint8Array };

/** What waits for its turn, of one side: a record, or what is done where something else comes behind one. */
type Waiting<R> = {
  readonly side: Side;
  /** Counted over both sides, as they came. */
  readonly order: number;
} & (
  | { readonly kind: 'record'; readonly record: R }
  /** Lost bytes, and the bytes behind them: they are no records before the search after the gap. */
  | { readonly kind: 'gap' | 'bytes'; readonly read: () => void }
);

/** First in, first out, each at the same cost. */
class Queue<T> {
  #items: T[] = [];
  #next = 0;

  get first(): T | undefined {
    return this.#items[this.#next];
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    const item = this.#items[this.#next++];
    if (this.#next < this.#items.length) return item;
    this.#items = [];
    this.#next = 0;
    return item;
  }
}

/** Records that came before what they answer, in the order in which they came. */
export class EarlyRecords<R extends EarlyRecord> {
  readonly #state: SessionState;
  readonly #take: (record: R) => void;
  readonly #waiting: Readonly<Record<Direction, Queue<Waiting<R>>>> = {
    client: new Queue(),
    server: new Queue(),
  };
  #count = 0;
  #bytes = 0;
  /** Nothing is put in order any more: what was waited for did not come. */
  #over = false;

  /** `take` gets each record whose turn has come. */
  constructor(state: SessionState, take: (record: R) => void) {
    this.#state = state;
    this.#take = take;
  }

  /** Bytes of memory that waiting records take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps a record that comes too early, or after another of its side that did; answers whether it was kept. */
  keep(record: R): boolean {
    if (this.#over) return false;
    const { side } = record;
    if (!this.waits(side) && !comesTooEarly(this.#state, record)) return false;
    record.fragment = copyBytes(record.fragment);
    this.#add({ kind: 'record', record, side, order: this.#count++ }, record.fragment.length);
    return true;
  }

  /** Whether records of a side wait. */
  waits({ direction }: Side): boolean {
    return this.#waiting[direction].first !== undefined;
  }

  /** Whether bytes of a side stand behind a gap that waits. */
  isBehindGap({ direction }: Side): boolean {
    const last = this.#waiting[direction].last;
    return last !== undefined && last.kind !== 'record';
  }

  /** Lets a gap, or `bytes` bytes behind one, wait for their turn, which is told by `read`. */
  defer(side: Side, kind: 'gap' | 'bytes', bytes: number, read: () => void): void {
    this.#add({ kind, read, side, order: this.#count++ }, bytes);
  }

  /** Hands on the records whose turn has come. */
  release(): void {
    if (this.#bytes === 0) return;
    const { client, server } = this.#waiting;
    while (this.#releaseFirst(client) || this.#releaseFirst(server)) {}
    if (client.first === undefined && server.first === undefined) this.#bytes = 0;
  }

  /** Hands on all that waits in the order in which it came, and keeps nothing from here on. */
  giveUp(): void {
    this.#over = true;
    const { client, server } = this.#waiting;
    this.#bytes = 0;
    while (true) {
      const [a, b] = [client.first, server.first];
      const from = a === undefined || (b !== undefined && b.order < a.order) ? server : client;
      const next = from.take();
      if (next === undefined) return;
      this.#handOn(next);
    }
  }

  #add(waiting: Waiting<R>, bytes: number): void {
    this.#waiting[waiting.side.direction].add(waiting);
    this.#bytes += bytes + HELD_RECORD_OVERHEAD;
    if (this.#bytes <= MAX_EARLY_BYTES) return;
    this.#state.loseOrder();
    this.giveUp();
  }

  #releaseFirst(queue: Queue<Waiting<R>>): boolean {
    const { first } = queue;
    if (first === undefined) return false;
    if (first.kind !== 'record') {
      // After lost bytes what seems early may well be in its place.
      this.giveUp();
      return false;
    }
    if (comesTooEarly(this.#state, first.record)) return false;
    queue.take();
    this.#handOn(first);
    return true;
  }

  #handOn(waiting: Waiting<R>): void {
    if (waiting.kind === 'record') this.#take(waiting.record);
    else waiting.read();
  }
}

/** Whether a record may not come yet, but may once the other side has sent more. */
function comesTooEarly(state: SessionState, { side, type, fragment }: EarlyRecord): boolean {
  const { handshake } = state;
  const position = handshake?.position ?? 'start';
  // Where bytes are missing or unread, what seems early may well be in its place.
  if (isOver(position) || state.closed !== undefined || state.failed > 0 || state.orphans > 0) return false;
  if (state.connection.lost.length > 0) return false;
  const role = state.role(side);
  const candidates = eventsOf(state, side, type, fragment);
  if (candidates.some((event) => next(position, event, role).kind === 'expected')) return false;
  return candidates.some((event) => mayFollow(position, event, role));
}

const HELLOS = ['server_hello', 'server_hello_13', 'hello_retry_request'] as const;

/** What a record may begin with, as far as can be told before it is opened; none where its place says nothing. */
function eventsOf(
  state: SessionState,
  side: Side,
  type: number,
  fragment: Uint8Array,
): readonly HandshakeEvent[] {
  const { handshake } = state;
  const stage = side.awaiting?.stage ?? (side.protection === undefined ? undefined : side.stage);
  if (type === ContentType.applicationData) {
    // Under TLS 1.3: of the client, all but early data comes after the server's Finished.
    const isFlight = stage === 'handshake' || (stage === undefined && handshake !== undefined);
    return isFlight && state.role(side) === 'client' ? ['finished'] : [];
  }
  if (stage !== undefined) return [];
  if (type === ContentType.changeCipherSpec) {
    // In TLS 1.3 it means nothing (RFC 8446 §D.4): before early data it is in its place.
    return handshake?.isTls13 === true || handshake?.earlyDataOffered === true ? [] : ['change_cipher_spec'];
  }
  const message = fragment[0];
  if (type !== ContentType.handshake || message === undefined || side.assembler.pending) return [];
  if (message === HandshakeType.serverHello || message === HandshakeType.helloRetryRequest) return HELLOS;
  const event = eventOfType(message);
  return event === undefined ? [] : [event];
}
