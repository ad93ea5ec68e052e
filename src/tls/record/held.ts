/** Records whose keys are not known yet: held within limits, and opened when the keys turn up. */

import { copyBytes } from '../copy.js';
import type { HandshakeState } from '../handshake/handshake-state.js';
import { advance } from '../handshake/progress.js';
import { sessionKeysWanted } from '../keys/secrets.js';
import { HELD_CONNECTION_OVERHEAD, HELD_RECORD_OVERHEAD, MAX_HELD_PER_CONNECTION } from '../limits.js';
import type { RecordItem, SessionState } from '../state.js';
import { openRecord } from './opening.js';
import type { OpenFailure } from './protection/protection.js';
import { ContentType } from './record.js';

/** The records of one connection that wait for their keys, of both directions, in their order. */
export class HeldRecords {
  readonly #state: SessionState;
  readonly #opened: (item: RecordItem, opened: Uint8Array | OpenFailure) => void;
  #held: RecordItem[] = [];
  #bytes = 0;
  #opening = false;
  readonly #waiter = { retry: () => this.#retry(), release: () => this.#release() };

  /** `opened` gets each record that could be opened, or failed to be, in its order. */
  constructor(state: SessionState, opened: (item: RecordItem, opened: Uint8Array | OpenFailure) => void) {
    this.#state = state;
    this.#opened = opened;
  }

  /** Whether any record is held. */
  get any(): boolean {
    return this.#held.length > 0;
  }

  /** Takes a record that cannot be opened; where no key can help, or there is no room, only tells that it is lost. */
  hold(item: RecordItem): void {
    const state = this.#state;
    const handshake = item.side.awaiting?.handshake;
    state.closed ??= handshake;
    countUnread(state, item, handshake);
    if (item.type === ContentType.applicationData && handshake !== undefined) {
      handshake.sentData = true;
      const isLast = handshake.isTls13 && state.role(item.side) === 'client';
      if (isLast || handshake.isUsed) state.connection.established = true;
    }
    if (state.released || handshake?.negotiated === undefined || handshake.suite?.bulk === undefined) {
      state.tellLost(item.side, item.frame);
      return;
    }
    const first = this.#held.length === 0 ? HELD_CONNECTION_OVERHEAD : 0;
    const cost = item.fragment.length + HELD_RECORD_OVERHEAD + first;
    this.#bytes += cost;
    if (this.#bytes > MAX_HELD_PER_CONNECTION) {
      state.context.sessions.forget(this.#waiter);
      this.#release();
      state.tellLost(item.side, item.frame);
      return;
    }
    item.fragment = copyBytes(item.fragment);
    this.#held.push(item);
    state.context.sessions.hold(this.#waiter, cost, sessionKeysWanted(handshake));
  }

  /** Opens what can be opened of the held records, in their order. */
  open(): void {
    // What is opened may wake other connections, and they this one.
    if (this.#opening) return;
    this.#opening = true;
    const waiting = this.#held;
    const still: RecordItem[] = [];
    this.#held = still;
    for (const item of waiting) {
      const opened = openRecord(this.#state, item);
      if (opened === undefined) still.push(item);
      else this.#opened(item, opened);
    }
    this.#opening = false;
    if (still.length === 0) {
      this.#bytes = 0;
      this.#state.closed = undefined;
      this.#state.context.sessions.forget(this.#waiter);
    }
  }

  #release(): void {
    this.#state.released = true;
    this.#held = [];
  }

  #retry(): boolean {
    const { client, server } = this.#state.sides;
    for (const side of [client, server]) if (side.awaiting !== undefined) side.awaiting.tried = false;
    this.open();
    if (this.#state.reopened) this.#state.handler.caughtUp?.();
    this.#state.reopened = false;
    return this.#held.length === 0;
  }
}

/** A handshake record moves the handshake on though it cannot be read: it is a Finished, by its place. */
export function countUnread(
  state: SessionState,
  item: RecordItem,
  handshake: HandshakeState | undefined,
): void {
  if (item.type !== ContentType.handshake || handshake === undefined || item.counted === true) return;
  advance(state, item, handshake, 'encrypted_handshake');
  item.counted = true;
}
