/**
 * One TLS connection, decrypted as far as the keys go.
 *
 * In: the bytes of either direction in order, each with the frame that carried them, and the gaps between them. Out:
 * application data through the handler, and all that is known of the connection in `connection`, which is up to date
 * after every call. Records whose keys are not known yet are held (within limits) and opened when they turn up: from
 * another connection of the same session, or from a key log that is still being written.
 */

import type { WorkBudget } from '../model/budget.js';
import type { Direction } from '../model/endpoint.js';
import type { FrameRef } from '../model/frame-ref.js';
import type { LostBytes, TlsConnection, TlsStep } from './connection.js';
import type { TlsContext, TlsHandler } from './context.js';
import { copyBytes } from './copy.js';
import { takeSsl2Hello } from './handshake/effects.js';
import { flushEarlyData } from './handshake/hellos.js';
import { EarlyRecords } from './handshake/ordering.js';
import { MAX_LISTED, MAX_PLAINTEXT, MAX_STEPS, TLS_SESSION_OVERHEAD } from './limits.js';
import { changeCipher, recordFailed, takeContent } from './record/content.js';
import { countUnread, HeldRecords } from './record/held.js';
import { openRecord } from './record/opening.js';
import type { OpenFailure } from './record/protection/protection.js';
import type { TlsRecord } from './record/record.js';
import { ContentType, RecordReader, SSL2_HELLO } from './record/record.js';
import type { Candidate } from './record/resync.js';
import { Resync } from './record/resync.js';
import { contentTypeName } from './registries/names.js';
import type { RecordItem, Side } from './state.js';
import { SessionState } from './state.js';
import { judge } from './verdict.js';

const EMPTY = new Uint8Array(0);

/** A record as it came. */
type ArrivedRecord = Pick<RecordItem, 'side' | 'type' | 'version' | 'fragment' | 'frame' | 'gap'> & {
  /** What is inside, where it was opened in finding it. */
  readonly content: Uint8Array | undefined;
};

export class TlsSession {
  readonly #state: SessionState;
  readonly #readers: { readonly client: RecordReader; readonly server: RecordReader };
  readonly #held: HeldRecords;
  #frame: FrameRef = { number: 0, seconds: 0, nanoseconds: 0, timeDigits: 6 };
  /** Bytes that the reader could not take for a record. */
  #refused: Uint8Array = EMPTY;
  readonly #maximumSteps: number;
  readonly #early: EarlyRecords<ArrivedRecord>;

  constructor(context: TlsContext, handler: TlsHandler) {
    this.#state = new SessionState(context, handler, judge);
    this.#maximumSteps = context.maximumSteps ?? MAX_STEPS;
    this.#held = new HeldRecords(this.#state, (item, opened) => this.#opened(item, opened));
    this.#early = new EarlyRecords(this.#state, (record) => this.#take(record));
    const reader = (side: Side) =>
      new RecordReader({
        records: (records) => this.#records(side, records),
        malformed: (bytes) => {
          this.#refused = this.#refused.length === 0 ? bytes : Buffer.concat([this.#refused, bytes]);
        },
      });
    const { client, server } = this.#state.sides;
    this.#readers = { client: reader(client), server: reader(server) };
  }

  /** What is known so far; the object stays the same and is filled as bytes come. */
  get connection(): TlsConnection {
    return this.#state.connection;
  }

  /** What judging this connection may still cost. */
  get budget(): WorkBudget {
    return this.#state.budget;
  }

  /** Whether records are held for keys that may still turn up. */
  get isWaiting(): boolean {
    return this.#held.any;
  }

  /**
   * Bytes of memory that an unfinished handshake holds, about: hellos as objects and what is buffered of records and
   * messages. Records held for their keys are not among them: they have a limit of their own.
   */
  get heldBytes(): number {
    const { client, server } = this.#readers;
    return TLS_SESSION_OVERHEAD + client.pending + server.pending + this.#early.bytes + this.#state.heldBytes;
  }

  /** Lines of an NSS key log with the secrets that opened this connection: secret, for `siplens keys` alone. */
  keyLogLines(): string[] {
    return [...this.#state.keyLogLines];
  }

  /** The next bytes that `direction` sent, only looked at during the call; `frame` is kept. */
  push(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    this.#at(frame);
    const side = this.#state.sides[direction];
    if (this.#early.isBehindGap(side)) {
      const kept = copyBytes(data);
      this.#early.defer(side, 'bytes', kept.length, () => this.#readLate(direction, kept, frame));
    } else this.#read(direction, data);
    this.#early.release();
  }

  /** Bytes behind a gap that waited for its turn. */
  #readLate(direction: Direction, data: Uint8Array, frame: FrameRef): void {
    this.#at(frame);
    this.#read(direction, data);
  }

  #read(direction: Direction, data: Uint8Array): void {
    const side = this.#state.sides[direction];
    const reader = this.#readers[direction];
    let bytes = data;
    while (bytes.length > 0) {
      if (side.searching !== undefined) {
        const rest = this.#search(side, side.searching, bytes);
        if (rest === undefined) break;
        bytes = rest;
        reader.restart();
        continue;
      }
      reader.push(bytes);
      bytes = this.#refused;
      this.#refused = EMPTY;
      if (bytes.length === 0) break;
      this.#state.fault('not-a-record', `Bytes from the ${direction} are no TLS record.`, this.#frame);
      // Something plain may stand before the first record, as STARTTLS has it: nothing is lost then.
      if (side.records > 0) this.#lose(side, 0, 0, undefined);
      else side.searching = new Resync(0, undefined, 0);
    }
  }

  /** Whether a TLS record of `direction` was seen. */
  hasRecordsOf(direction: Direction): boolean {
    return this.#state.sides[direction].records > 0;
  }

  /** `direction` answers in plain text: `line` is how it begins. What it sends is not for `push`. */
  plainAnswer(direction: Direction, line: string, frame: FrameRef): void {
    this.#at(frame);
    const state = this.#state;
    if (state.plainAnswer !== undefined) return;
    state.plainAnswer = { line, frame };
    state.fault(
      'plain-answer',
      `The ${state.role(state.sides[direction])} answers the ClientHello in plain text: ${line}`,
      frame,
    );
  }

  /** `bytes` that `direction` sent are not in the capture; `frame` is the next one that came. */
  gap(direction: Direction, bytes: number, frame: FrameRef): void {
    const side = this.#state.sides[direction];
    if (this.#early.waits(side)) {
      this.#early.defer(side, 'gap', 0, () => this.#gap(direction, bytes, frame));
      return;
    }
    this.#endSearch(direction);
    // What was waited for may be among the lost bytes.
    this.#early.giveUp();
    this.#gap(direction, bytes, frame);
  }

  #gap(direction: Direction, bytes: number, frame: FrameRef): void {
    this.#at(frame);
    const reader = this.#readers[direction];
    const { pending, missing } = reader;
    reader.restart();
    this.#lose(this.#state.sides[direction], pending, bytes, missing);
  }

  /** No more bytes come. What is held goes on waiting for its keys. */
  end(): void {
    this.#endSearches();
    this.#early.giveUp();
    this.#endSearches();
    if (this.#state.earlyData !== undefined) flushEarlyData(this.#state);
    this.#state.ended = true;
  }

  #endSearches(): void {
    this.#endSearch('client');
    this.#endSearch('server');
  }

  #at(frame: FrameRef): void {
    if (frame.number === this.#frame.number) return;
    this.#frame = frame;
    this.#state.connection.firstFrame ??= this.#frame;
  }

  #lose(side: Side, begun: number, bytes: number, missing: number | undefined): void {
    const state = this.#state;
    const lost: LostBytes = {
      direction: side.direction,
      frame: this.#frame,
      bytes,
      resynchronised: false,
    };
    if (state.connection.lost.length < MAX_LISTED) state.connection.lost.push(lost);
    side.assembler.clear();
    if (side.inflater !== undefined) side.inflateBroken = true;
    const { handshake } = state;
    if (handshake !== undefined && !handshake.isFinished) {
      handshake.gap = true;
      handshake.transcript.complete = false;
    }
    if (side.searching === undefined) side.searching = new Resync(begun, missing, bytes);
    else side.searching.lose(bytes);
    state.tellLost(side, this.#frame);
  }

  /** Nothing follows what a search still holds: it may have waited for the rest of a record that is none. */
  #endSearch(direction: Direction): void {
    const side = this.#state.sides[direction];
    while (side.searching !== undefined) {
      const rest = this.#search(side, side.searching);
      if (rest === undefined) return;
      this.#readers[direction].restart();
      this.#read(direction, rest);
    }
  }

  /** Looks for the next record after a gap, in `data` or in the last bytes; answers the bytes behind it. */
  #search(side: Side, resync: Resync, data?: Uint8Array): Uint8Array | undefined {
    if (this.#state.trials <= 0) return undefined;
    const accept = (candidate: Candidate): boolean => this.#accept(side, candidate);
    const rest = data === undefined ? resync.end(accept) : resync.push(data, accept);
    if (rest === undefined) return undefined;
    side.searching = undefined;
    for (const lost of this.#state.connection.lost) {
      if (lost.direction === side.direction) lost.resynchronised = true;
    }
    return rest;
  }

  #accept(side: Side, candidate: Candidate): boolean {
    const state = this.#state;
    const { type, version, fragment, gap } = candidate;
    if (side.protection === undefined && side.awaiting === undefined) {
      if (!candidate.certain && !candidate.followed) return false;
      const { handshake } = state;
      if (
        type === ContentType.applicationData &&
        handshake?.serverHello !== undefined &&
        !handshake.isTls13
      ) {
        // ChangeCipherSpec is among what was lost.
        changeCipher(state, { side, frame: this.#frame }, handshake);
      }
    }
    if (side.protection !== undefined) {
      const spend = () => state.trials-- > 0;
      const content = side.protection.resume(type, version, fragment, { ...gap, spend });
      if (content === undefined) return false;
      this.#record(side, type, version, fragment, gap, content);
      return true;
    }
    if (side.awaiting !== undefined && !candidate.certain && !candidate.followed) return false;
    this.#record(side, type, version, fragment, gap);
    return true;
  }

  /** Records of the reader, which follow one another. */
  #records(side: Side, records: readonly TlsRecord[]): void {
    if (records.length > 1) side.protection?.prepare?.(records);
    for (const { type, version, fragment } of records) this.#record(side, type, version, fragment, undefined);
  }

  /** A record of the reader, or (with `gap`) one found after lost bytes, perhaps opened in finding it. */
  #record(
    side: Side,
    type: number,
    version: number,
    fragment: Uint8Array,
    gap: RecordItem['gap'],
    content?: Uint8Array,
  ): void {
    side.records++;
    const record = { side, type, version, fragment, frame: this.#frame, gap, content };
    if (!this.#early.keep(record)) this.#take(record);
  }

  /** A record in its turn. */
  #take({ side, type, version, fragment, frame, gap, content }: ArrivedRecord): void {
    const number = ++this.#state.connection.records;
    const step = this.#step(side, type, version, fragment.length, frame, number);
    const item: RecordItem = { side, type, version, fragment, frame, number, step, gap };
    if (type === SSL2_HELLO) {
      takeSsl2Hello(this.#state, item);
      return;
    }
    if (!this.#isProtected(item)) {
      takeContent(this.#state, item, type, fragment);
      if (this.#held.any) this.#held.open();
      return;
    }
    if (step !== undefined) {
      step.encrypted = true;
      step.opened = false;
    }
    this.#state.encrypted++;
    this.#state.firstEncrypted ??= frame;
    if (content !== undefined) {
      this.#opened(item, content);
      return;
    }
    const opened = openRecord(this.#state, item);
    if (opened === undefined) this.#held.hold(item);
    else this.#opened(item, opened);
  }

  #step(
    side: Side,
    type: number,
    recordVersion: number,
    length: number,
    frame: FrameRef,
    record: number,
  ): TlsStep | undefined {
    const { connection } = this.#state;
    if (connection.steps.length >= this.#maximumSteps) {
      connection.stepsOmitted++;
      return undefined;
    }
    const contentType = type === SSL2_HELLO ? ContentType.handshake : type;
    const step: TlsStep = {
      record,
      frame,
      direction: side.direction,
      contentType,
      contentTypeName: contentTypeName(contentType),
      recordVersion,
      length,
      encrypted: false,
      opened: true,
      messages: [],
    };
    connection.steps.push(step);
    return step;
  }

  /** Whether a record is under encryption, as far as its place and header say. */
  #isProtected({ side, type }: RecordItem): boolean {
    const { protection, awaiting } = side;
    if (protection === undefined && awaiting === undefined) return false;
    const stage = awaiting?.stage ?? side.stage;
    // TLS 1.3 encrypts under application_data alone; others are plain: the dummy ChangeCipherSpec, a second
    // ClientHello, alerts of one who has no keys yet.
    return stage === 'tls12' || type === ContentType.applicationData;
  }

  #opened(item: RecordItem, opened: Uint8Array | OpenFailure): void {
    const { side } = item;
    const state = this.#state;
    if (typeof opened === 'string') {
      countUnread(state, item, state.handshake);
      recordFailed(state, item, opened);
      return;
    }
    const type = side.protection?.contentType ?? item.type;
    let content = opened;
    if (side.inflater !== undefined) {
      const inflated = side.inflateBroken ? undefined : side.inflater.push(opened, MAX_PLAINTEXT);
      if (inflated === undefined) {
        side.inflateBroken = true;
        recordFailed(state, item, 'bad_compression');
        return;
      }
      content = inflated;
    }
    state.opened++;
    const { step } = item;
    if (step !== undefined) {
      step.opened = true;
      if (type !== item.type) step.innerType = type;
    }
    takeContent(state, item, type, content);
  }
}
