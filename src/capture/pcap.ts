/**
 * Classic pcap (draft-ietf-opsawg-pcap), read by pcap-parser.
 *
 * In: the bytes of a file in chunks of any size. Out: frames, as views of the chunk they came in; only a frame or
 * header that lies across two chunks is copied. Either byte order, micro- or nanoseconds, and the two modified
 * formats that have a magic of their own (their longer record header is passed over).
 *
 * pcap-parser is guarded here against what it does not look after itself:
 * - It knows one magic and mistakes some versions: the file header is judged here and handed on in the form it knows.
 * - It reads from a stream: it gets a bare emitter, so that parsing happens within our own `push`.
 * - It joins what is left with each new chunk, which is quadratic for small chunks: it only ever gets bytes that
 *   begin where its state begins, and its rest is taken from it before the next.
 * - It believes any length: one beyond `MAX_CAPTURED_LENGTH` is turned, before it is acted upon, into one that is
 *   never reached.
 * - It is silent about a file that ends early: bytes are counted.
 *
 * And spared what costs it most: it tells its three events a frame to us alone, past Node's emitter (60 ns a frame), and
 * makes no name of a method for each number that it reads (see PcapWindow).
 */
import { type PcapParser, type PcapParserBytes, type PcapParserRecord, parse } from 'pcap-parser';
import { toHex } from '../bytes/hex.js';
import { Carry } from './carry.js';
import { MAX_CAPTURED_LENGTH } from './limits.js';
import { BIG_ENDIAN, LITTLE_ENDIAN } from './order.js';
import { PcapWindow } from './pcap-window.js';
import { plainBytes } from './plain.js';
import type { CaptureHandler, CaptureReader } from './reader.js';

const FILE_HEADER_LENGTH = 24;
const RECORD_HEADER_LENGTH = 16;
/** Interface index, protocol and packet type, which the modified formats put after the record header. */
const MODIFIED_HEADER_EXTRA = 8;
/** Of the link-type field: 16 bits are the type, these must be zero, the others tell of a frame check sequence. */
const LINK_TYPE_RESERVED = 0x03ff0000;

type Variant = { readonly nanoseconds: boolean; readonly extra: number };
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { nanoseconds: false, extra: 0 }],
  [0xa1b23c4d, { nanoseconds: true, extra: 0 }],
  [0xa1b2cd34, { nanoseconds: false, extra: MODIFIED_HEADER_EXTRA }],
  [0xa1b234cd, { nanoseconds: false, extra: MODIFIED_HEADER_EXTRA }],
]);

/** When the two lengths of a record stand the wrong way round: always before version 2.3, in some writers of 2.3. */
type LengthOrder = 'right' | 'swapped' | 'larger-is-original';

export class PcapReader implements CaptureReader {
  readonly #handler: CaptureHandler;
  readonly #parser: PcapParser;
  readonly #carry = new Carry();
  readonly #window = new PcapWindow();
  #feed: (bytes: PcapParserBytes) => void = () => {};
  stopped = false;
  /** Bytes consumed, from the start of the file. */
  #offset = 0;
  /** Bytes needed before the next step, and whether that step is the data of a frame whose header has been read. */
  #wanted = FILE_HEADER_LENGTH;
  #inData = false;
  #frames = 0;
  #linkType = 0;
  #nanoseconds = false;
  #extra = 0;
  #lengthOrder: LengthOrder = 'right';
  #record: PcapParserRecord | undefined;

  constructor(handler: CaptureHandler) {
    this.#handler = handler;
    this.#parser = parse({
      pause() {},
      resume() {},
      on: (event, listener) => {
        if (event === 'data') this.#feed = listener;
      },
    });
    this.#parser.emit = (event, value) => {
      if (event === 'packetHeader') this.#begin(value);
      else if (event === 'packetData') this.#finish(value);
      else if (event === 'error') this.#stop(`pcap-parser says: ${value.message}`, this.#offset);
      return true;
    };
  }

  push(bytes: Uint8Array): void {
    const chunk = plainBytes(bytes);
    let start = 0;
    while (!this.stopped && start < chunk.length) {
      if (this.#carry.length === 0 && this.#offset > 0 && chunk.length - start >= this.#wanted) {
        start += this.#parse(chunk, start);
        continue;
      }
      start += this.#carry.fill(chunk, start, this.#wanted);
      if (this.#carry.length < this.#wanted) return;
      const element = this.#carry.bytes;
      this.#carry.clear();
      if (this.#offset === 0) this.#readFileHeader(element);
      else this.#parse(element, 0);
    }
  }

  end(): void {
    if (this.stopped) return;
    const had = this.#carry.length;
    if (this.#offset === 0) {
      this.#stop(`the file ends after ${had} of the ${FILE_HEADER_LENGTH} bytes of a pcap header`, 0);
    } else if (this.#inData || had > 0) {
      const part = this.#inData ? 'data' : 'header';
      const start = this.#inData ? this.#offset - RECORD_HEADER_LENGTH : this.#offset;
      const frame = this.#inData ? this.#frames : this.#frames + 1;
      this.#stop(
        `frame ${frame} at byte ${start} is cut short: the file ends after ${had} of the ${this.#wanted} bytes of its ${part}`,
        start,
        frame,
      );
    }
    this.stopped = true;
  }

  /** Lets the parser have `bytes` from `start` on, where it stands in the file; answers how many it consumed. */
  #parse(bytes: Uint8Array, start: number): number {
    const length = bytes.length - start;
    this.#feed(this.#window.set(bytes, start));
    // With null it takes the next bytes as they are; with as much as an empty rest it would join and copy them.
    this.#parser.buffer = null;
    return length - this.#window.length;
  }

  #readFileHeader(bytes: Uint8Array): void {
    const littleEndian = bytes[0] !== 0xa1;
    const order = littleEndian ? LITTLE_ENDIAN : BIG_ENDIAN;
    const variant = VARIANTS.get(order.u32(bytes, 0));
    if (variant === undefined) {
      this.#stop(`this is not a pcap file: its magic is ${toHex(bytes.subarray(0, 4))}`, 0);
      return;
    }
    const major = order.u16(bytes, 4);
    const minor = order.u16(bytes, 6);
    // Minor versions above 4 do not exist; like Wireshark we expect the next one to be readable all the same.
    if (major < 2) {
      this.#stop(`pcap version ${major}.${minor} at byte 4 is not supported`, 4);
      return;
    }
    const linkField = order.u32(bytes, 20);
    if ((linkField & LINK_TYPE_RESERVED) !== 0) {
      const reserved = (linkField & LINK_TYPE_RESERVED).toString(16).padStart(8, '0');
      this.#stop(`the reserved bits of the link type at byte 20 are not zero (0x${reserved})`, 20);
      return;
    }
    this.#linkType = linkField & 0xffff;
    this.#nanoseconds = variant.nanoseconds;
    this.#extra = variant.extra;
    if (major === 2 && minor < 3) this.#lengthOrder = 'swapped';
    if (major === 2 && minor === 3) this.#lengthOrder = 'larger-is-original';

    const known = Buffer.from(bytes);
    known.writeUInt32BE(littleEndian ? 0xd4c3b2a1 : 0xa1b2c3d4, 0);
    known.writeUInt32BE(littleEndian ? 0x02000400 : 0x00020004, 4);
    this.#offset = FILE_HEADER_LENGTH;
    this.#wanted = RECORD_HEADER_LENGTH;
    this.#parse(known, 0);
    this.#window.order = order;
    this.#parser.endianness = '';
  }

  /** A record header has been read; what is changed in it here is what the parser goes by. */
  #begin(record: PcapParserRecord): void {
    const start = this.#offset;
    this.#frames++;
    const { capturedLength, originalLength } = record;
    if (
      this.#lengthOrder === 'swapped' ||
      (this.#lengthOrder === 'larger-is-original' && capturedLength > originalLength)
    ) {
      record.capturedLength = originalLength;
      record.originalLength = capturedLength;
    }
    if (record.capturedLength > MAX_CAPTURED_LENGTH) {
      this.#stop(
        `frame ${this.#frames} at byte ${start} claims ${record.capturedLength} captured bytes, more than the ${MAX_CAPTURED_LENGTH} a capture holds: nothing after it was read`,
        start,
        this.#frames,
      );
      record.capturedLength = Number.POSITIVE_INFINITY;
      return;
    }
    record.capturedLength += this.#extra;
    this.#record = record;
    this.#offset = start + RECORD_HEADER_LENGTH;
    this.#wanted = record.capturedLength;
    this.#inData = true;
  }

  #finish(data: Uint8Array): void {
    const record = this.#record as PcapParserRecord;
    const fileOffset = this.#offset + this.#extra;
    this.#offset += data.length;
    this.#wanted = RECORD_HEADER_LENGTH;
    this.#inData = false;
    let seconds = record.timestampSeconds;
    let fraction = record.timestampMicroseconds;
    const units = this.#nanoseconds ? 1_000_000_000 : 1_000_000;
    if (fraction >= units) {
      seconds += Math.floor(fraction / units);
      fraction %= units;
    }
    this.#handler.frame({
      number: this.#frames,
      seconds,
      nanoseconds: this.#nanoseconds ? fraction : fraction * 1000,
      timeDigits: this.#nanoseconds ? 9 : 6,
      capturedLength: data.length - this.#extra,
      originalLength: record.originalLength,
      linkType: this.#linkType,
      data: this.#extra === 0 ? data : data.subarray(this.#extra),
      fileOffset,
    });
  }

  #stop(message: string, offset: number, frame?: number): void {
    this.stopped = true;
    this.#handler.problem({ message, offset, ...(frame === undefined ? {} : { frame }), fatal: true });
  }
}
