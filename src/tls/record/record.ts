/**
 * The record layer: RFC 8446 §5.1, RFC 5246 §6.2.1, and the SSLv2 framing of a first ClientHello (RFC 5246 Appendix E.2).
 *
 * In: the bytes of one direction as they come. Out: records, each as a view of the bytes pushed where it lies whole in
 * one push, else of a copy. Bytes that cannot be a record end the reading: `malformed` is called, and what follows is
 * for resync.ts.
 */
import { Cursor } from '../../bytes/cursor.js';
import { MAX_FRAGMENT } from '../limits.js';
import { codePoint, contentTypeName, versionName } from '../registries/names.js';

export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
} as const;

/** The pseudo content type under which an SSLv2 ClientHello is handed on; its fragment begins with the message type. */
export const SSL2_HELLO = 0x100;

/** Length of a record's header. */
export const RECORD_HEADER = 5;

const EMPTY = new Uint8Array(0);

/** Where a record that came in pieces is put together, until the next one; an SSLv2 hello may have 2^15 bytes. */
const whole = new Uint8Array(2 + 0x7fff);

/** Fields of a record's header. */
export type RecordHeader = { readonly type: number; readonly version: number; readonly length: number };

/** Reads a record's header; the same code makes the field tree. */
export function readRecordHeader(cursor: Cursor): RecordHeader {
  const type = cursor.u8('content_type');
  cursor.explain(`${contentTypeName(type)} (${type})`);
  const version = cursor.u16('version');
  cursor.explain(`${versionName(version)} (${codePoint(version)})`);
  return { type, version, length: cursor.u16('length') };
}

/** Whether bytes at `at` (five are there) could head a record. */
export function plausibleHeader(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at] as number;
  const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
  return (
    type >= 20 &&
    type <= 24 &&
    bytes[at + 1] === 3 &&
    (bytes[at + 2] as number) <= 4 &&
    length <= MAX_FRAGMENT &&
    (length > 0 || type === ContentType.applicationData)
  );
}

/** Length of an SSLv2 CLIENT-HELLO with its two-byte header, 0 where the bytes are none, -1 where there are too few to say. */
export function ssl2HelloLength(bytes: Uint8Array, at = 0): number {
  const first = bytes[at];
  if (first === undefined) return -1;
  if ((first & 0x80) === 0) return 0;
  if (bytes.length - at < 11) {
    const message = bytes[at + 2];
    return message === undefined || message === 1 ? -1 : 0;
  }
  const cursor = new Cursor(bytes, at);
  const length = cursor.u16() & 0x7fff;
  const message = cursor.u8();
  const version = cursor.u16();
  const suites = cursor.u16();
  const id = cursor.u16();
  const challenge = cursor.u16();
  const fits =
    message === 1 &&
    (version === 0x0002 || (version >= 0x0300 && version <= 0x0304)) &&
    suites > 0 &&
    suites % 3 === 0 &&
    (id === 0 || id === 16) &&
    challenge >= 16 &&
    challenge <= 32 &&
    length === 9 + suites + id + challenge;
  return fits ? length + 2 : 0;
}

/** A record as it was sent: its header, and what the header announces. */
export type TlsRecord = { readonly type: number; readonly version: number; readonly fragment: Uint8Array };

export type RecordSink = {
  /** All records that a push completed, at least one. */
  records(records: readonly TlsRecord[]): void;
  /** These bytes head no record (a second call brings those that follow). Nothing more is read until `restart`. */
  malformed(bytes: Uint8Array): void;
};

/** Cuts one direction into records. */
export class RecordReader {
  readonly #sink: RecordSink;
  /** Start of a record that is not yet whole: `#held[0..#heldLength)`. Grows with what comes, not by what is announced. */
  #held: Uint8Array = EMPTY;
  #heldLength = 0;
  /** Whole length of the record held; -1 while its header is not whole. */
  #recordLength = -1;
  /** Whether the next bytes are the first of this direction. */
  #atStart = true;
  #stopped = false;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Bytes of an unfinished record that are held. */
  get pending(): number {
    return this.#heldLength;
  }

  /** Of the unfinished record: bytes that are still to come; undefined where its header is not whole. */
  get missing(): number | undefined {
    return this.#heldLength > 0 && this.#recordLength > 0 ? this.#recordLength - this.#heldLength : undefined;
  }

  push(data: Uint8Array): void {
    let at = 0;
    while (this.#heldLength > 0 && at < data.length) at = this.#fill(data, at);
    const records: TlsRecord[] = [];
    let length = -1;
    while (!this.#stopped && at < data.length) {
      length = this.#lengthAt(data, at);
      if (length <= 0 || at + length > data.length) break;
      records.push(this.#cut(data, at, length));
      at += length;
    }
    if (records.length > 0) this.#sink.records(records);
    if (at === data.length) return;
    // Where a record begun in an earlier push turned out to be none, these bytes follow what was handed back of it.
    if (this.#stopped) this.#sink.malformed(data.subarray(at));
    else if (length === 0) this.#stop(data.subarray(at));
    else {
      this.#append(data.subarray(at));
      this.#recordLength = length;
    }
  }

  /** Forgets an unfinished record and reads on at a record boundary. */
  restart(): void {
    this.#forget();
    this.#atStart = false;
    this.#stopped = false;
  }

  /** Whole length of the record at `at`; 0 where there is none, -1 where there are too few bytes to say. */
  #lengthAt(bytes: Uint8Array, at: number): number {
    if (this.#atStart && ((bytes[at] as number) & 0x80) !== 0) return ssl2HelloLength(bytes, at);
    if (bytes.length - at < RECORD_HEADER) return -1;
    if (!plausibleHeader(bytes, at)) return 0;
    return RECORD_HEADER + (((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number));
  }

  /** Adds to the unfinished record; answers where in `data` to go on. */
  #fill(data: Uint8Array, at: number): number {
    // Byte by byte until the length is known, so that nothing of the next record is taken.
    const wanted = this.#recordLength > 0 ? this.#recordLength - this.#heldLength : 1;
    const count = Math.min(wanted, data.length - at);
    const added = data.subarray(at, at + count);
    if (this.#recordLength > 0) {
      if (count === wanted) this.#complete(added);
      else this.#append(added);
      return at + count;
    }
    this.#append(added);
    const held = this.#held.subarray(0, this.#heldLength);
    this.#recordLength = this.#lengthAt(held, 0);
    if (this.#recordLength === 0) this.#stop(held);
    else if (this.#recordLength === this.#heldLength) this.#complete(EMPTY);
    return at + count;
  }

  /** Hands on the record that ends with `rest`. */
  #complete(rest: Uint8Array): void {
    whole.set(this.#held.subarray(0, this.#heldLength));
    whole.set(rest, this.#heldLength);
    const length = this.#heldLength + rest.length;
    this.#forget();
    this.#sink.records([this.#cut(whole, 0, length)]);
  }

  #append(bytes: Uint8Array): void {
    const needed = this.#heldLength + bytes.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2, 64));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldLength);
    this.#heldLength = needed;
  }

  #forget(): void {
    this.#held = EMPTY;
    this.#heldLength = 0;
    this.#recordLength = -1;
  }

  #cut(bytes: Uint8Array, at: number, length: number): TlsRecord {
    if (this.#atStart) {
      this.#atStart = false;
      if (((bytes[at] as number) & 0x80) !== 0) {
        const version = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
        return { type: SSL2_HELLO, version, fragment: bytes.subarray(at + 2, at + length) };
      }
    }
    return {
      type: bytes[at] as number,
      version: ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number),
      fragment: bytes.subarray(at + RECORD_HEADER, at + length),
    };
  }

  #stop(bytes: Uint8Array): void {
    this.#stopped = true;
    this.#forget();
    this.#sink.malformed(bytes);
  }
}
