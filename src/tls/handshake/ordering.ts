/**
 * Puts the records of a handshake into the order of the protocol. A capture of two taps, or of a card with several
 * queues, may have a flight before the one that it answers: such records wait until the other side has gone on.
 */

import { copyBytes } from '../copy.js';
import { HELD_RECORD_OVERHEAD, MAX_EARLY_RECORD_BYTES, MAX_EARLY_RECORDS } from '../limits.js';
import { ContentType } from '../record/record.js';
import type { SessionState, Side } from '../state.js';
import { HandshakeType } from './messages.js';
import { eventOfType } from './progress.js';
import type { HandshakeEvent } from './transitions.js';
import { isOver, mayFollow, next } from './transitions.js';

/** What is known of a record when it comes. */
export type EarlyRecord = { readonly side: Side; readonly type: number; fragment: Uint8Array };

/** Records that came before what they answer, in the order in which they came. */
export class EarlyRecords<R extends EarlyRecord> {
  readonly #state: SessionState;
  readonly #take: (record: R) => void;
  #waiting: R[] = [];
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
    const behind = this.#waiting.some(({ side }) => side === record.side);
    if (!behind && !comesTooEarly(this.#state, record)) return false;
    record.fragment = copyBytes(record.fragment);
    this.#waiting.push(record);
    this.#bytes += record.fragment.length + HELD_RECORD_OVERHEAD;
    if (this.#waiting.length > MAX_EARLY_RECORDS || this.#bytes > MAX_EARLY_RECORD_BYTES) this.giveUp();
    return true;
  }

  /** Hands on the records whose turn has come. */
  release(): void {
    let before: number;
    do {
      before = this.#waiting.length;
      const blocked = new Set<Side>();
      const still: R[] = [];
      for (const record of this.#waiting) {
        if (!blocked.has(record.side) && !comesTooEarly(this.#state, record)) {
          this.#take(record);
          continue;
        }
        blocked.add(record.side);
        still.push(record);
      }
      this.#waiting = still;
    } while (this.#waiting.length > 0 && this.#waiting.length < before);
    if (this.#waiting.length === 0) this.#bytes = 0;
  }

  /** Hands on all records in the order in which they came, and keeps none from here on. */
  giveUp(): void {
    this.#over = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#bytes = 0;
    for (const record of waiting) this.#take(record);
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
