import type { AnalysisContext } from '../analyzer/context.js';
import type { EntityEvent, SipMessageEvent } from '../analyzer/events.js';
import { sipMessageEvent } from '../analyzer/sip-event.js';
import type { Frame } from '../capture/frame.js';
import { toRecord } from '../report/records/to-record.js';
import type { SessionStore } from '../store/session-store.js';
import { PositionReader } from './position-reader.js';

/** Events kept for rows that were looked at: a screen shows one or two, and goes back and forth. */
const KEPT_EVENTS = 16;

export type RowEvent = SipMessageEvent | EntityEvent;

/** Makes a message out of its row again: from the file, or from the copy that the store has. */
export class RowEvents {
  readonly #store: SessionStore;
  readonly #context: AnalysisContext;
  readonly #pathOf: (file: string) => string | undefined;
  readonly #readers = new Map<string, PositionReader>();
  readonly #kept = new Map<number, RowEvent>();

  constructor(store: SessionStore, context: AnalysisContext, pathOf: (file: string) => string | undefined) {
    this.#store = store;
    this.#context = context;
    this.#pathOf = pathOf;
  }

  /** Bytes of a message; undefined where they are not there any more. */
  bytesOf(row: number): Uint8Array | undefined {
    const { messages } = this.#store;
    const place = messages.bytesPlace(row);
    if (place.kind !== 'file') return this.#store.copiedBytes(row);
    return this.#reader(messages.file(row))?.read(place.offset, place.length);
  }

  /** The event of a row, whole; undefined where its bytes are not there any more. */
  eventOf(row: number): RowEvent | undefined {
    const known = this.#kept.get(row);
    if (known !== undefined) return known;
    const event = this.#store.entityOf(row) ?? this.#build(row);
    if (event === undefined) return undefined;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < KEPT_EVENTS) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(row, event);
    return event;
  }

  /** The frame that completes a message, where it can be read again. */
  frameOf(row: number): Frame | undefined {
    const { messages } = this.#store;
    const place = messages.framePlace(row);
    const reference = messages.frame(row);
    if (place === undefined || reference === undefined) return undefined;
    const data = this.#reader(messages.file(row))?.read(place.offset, place.capturedLength);
    if (data === undefined) return undefined;
    const { capturedLength, originalLength, linkType, offset } = place;
    return { ...reference, capturedLength, originalLength, linkType, data, fileOffset: offset };
  }

  /** The record of a row with the names that a filter reads; bodies and findings only where it reads them. */
  recordOf(row: number, names: ReadonlySet<string>): object | undefined {
    const event = this.#store.entityOf(row) ?? this.#build(row);
    if (event === undefined) return undefined;
    if (event.type === 'entity' || names.has('**')) return toRecord(event);
    const { file, frame, frames, transport, source, destination, tcpStream, tls, message, framingFaults } =
      event;
    return toRecord({
      type: 'sip_message',
      file,
      frame,
      frames,
      transport,
      source,
      destination,
      tcpStream,
      tls,
      message,
      framingFaults,
      body: names.has('body') ? event.body : undefined,
      identityHeaders: names.has('identity_headers') ? event.identityHeaders : [],
      findings: names.has('findings') ? event.findings : [],
    });
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
    this.#kept.clear();
  }

  #build(index: number): SipMessageEvent | undefined {
    const bytes = this.bytesOf(index);
    if (bytes === undefined) return undefined;
    const row = this.#store.messages.row(index);
    const event = sipMessageEvent(
      bytes,
      {
        file: row.file,
        frame: row.frame,
        frames: this.#store.framesOf(index),
        transport: row.transport,
        source: row.source,
        destination: row.destination,
        tcpStream: row.tcpStream,
        tls: this.#store.connections.row(row.connection)?.connection,
        isMade: this.#store.isMade(index),
        framingFaults: this.#store.framingFaultsOf(index),
      },
      this.#context,
    );
    return event.ok ? event.value : undefined;
  }

  #reader(file: string): PositionReader | undefined {
    const known = this.#readers.get(file);
    if (known !== undefined) return known;
    const path = this.#pathOf(file);
    if (path === undefined) return undefined;
    const reader = new PositionReader(path);
    this.#readers.set(file, reader);
    return reader;
  }
}
