/**
 * Messages out of one direction of a stream (RFC 3261 §18.3: Content-Length bounds them).
 *
 * In: bytes in any pieces, and gaps where bytes are lost. Out, to the handler: each message's bytes, what was passed
 * over and why, keep-alives (RFC 5626 §3.5.1). Out of step (after a gap, or in bytes that are no SIP) it looks for
 * the next line that is beyond doubt a start line. Cost: linear in the bytes, in whatever pieces they come. A message
 * that lies in one pushed piece is a view of it; pieces of others are copied, up to the limits below.
 */
import type { Fault } from '../../bytes/fault.js';
import { latin1 } from '../../bytes/text.js';
import { BODY_LIMIT, type BodyBounds, boundStreamBody, readBodyBounds } from '../grammar/content-length.js';
import { findStartLine, isTokenByte, LONGEST_START_LINE, looksLikeSip } from '../grammar/start-line.js';
import { bodyNotWhole, bodyTooLong } from './framer-faults.js';
import { HEADER_LIMIT, type SipFramerHandler, type SkipReason, type StreamEnd } from './framer-handler.js';
import { HeaderEnd } from './header-end.js';
import { hasCutMethod, isWholeHeader, lastStartLine, Resuming } from './resuming.js';
import { SkippedBytes } from './skipped-bytes.js';

/**
 * What the bytes at hand are: a line that may begin a message; a header section; a body of known length; a body up
 * to the next start line; the rest of a body of which a part is lost.
 */
type Phase = 'line' | 'header' | 'body' | 'open-body' | 'lost-body';

const CR = 0x0d;
const EMPTY = new Uint8Array(0);
/** Most messages have none, and share this. */
const NO_FAULTS: readonly Fault[] = [];

export class SipFramer {
  readonly #handler: SipFramerHandler;
  #phase: Phase = 'line';
  /** Whether the last message ended just here, so that anything that may be SIP is taken for it. */
  #inStep = true;
  /** Stream offset of the byte after all that was pushed. */
  #offset = 0;
  /** Beginning of the message (or line) at hand that earlier pushes brought: #held[0..#heldLength), our own copy. */
  #held: Uint8Array = EMPTY;
  #heldLength = 0;
  /** The piece being read, where in it the message at hand begins, and the next byte to look at. */
  #data: Uint8Array = EMPTY;
  #start = 0;
  #next = 0;
  /** The piece as text, one character a byte, once line feeds are looked for. */
  #text: string | undefined;
  readonly #headerEnd = new HeaderEnd();
  #headerLength = 0;
  /** Body bytes still to come. */
  #missing = 0;
  /** Open body: where its last line begins, from the message's start. */
  #lineStart = 0;
  #faults = NO_FAULTS;
  /** From the first bytes that are passed over: most streams have none. */
  #skipped: SkippedBytes | undefined;
  #blankLines = 0;
  /** After lost bytes, until the next message is found. */
  #resuming: Resuming | undefined;
  /** Whether the stream was joined, perhaps in the middle of a message, and none was seen yet. */
  #isJoined: boolean;

  /** `isJoined`: bytes may have gone before the first ones that come. */
  constructor(handler: SipFramerHandler, isJoined = false) {
    this.#handler = handler;
    this.#isJoined = isJoined;
  }

  /** Bytes of memory that an unfinished message holds, with the room it may grow in. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Whether it stands between two messages, in step and with nothing to tell: a new one would go on as well. */
  get isIdle(): boolean {
    const isTold = this.#skipped === undefined || this.#skipped.isEmpty;
    return this.#phase === 'line' && this.#inStep && this.#heldLength === 0 && isTold;
  }

  /** The next bytes of the stream. Views of `data` are given to the handler; nothing of it is kept. */
  push(data: Uint8Array): void {
    this.#data = data;
    this.#start = 0;
    this.#next = 0;
    this.#offset += data.length;
    while (this.#next < data.length) this.#step();
    this.#hold();
    this.#data = EMPTY;
    this.#text = undefined;
    this.#start = 0;
    this.#next = 0;
    this.#tellPong();
  }

  /** `bytes` bytes of the stream are lost here: drops the message at hand and finds the next. */
  gap(bytes: number): void {
    if (bytes <= 0) return;
    const phase = this.#phase;
    const missing = this.#missing;
    const header = phase === 'header' ? this.#held.subarray(0, this.#heldLength) : undefined;
    this.#drop('gap');
    this.#skipped?.tell();
    this.#offset += bytes;
    if ((phase === 'body' || phase === 'lost-body') && bytes <= missing) {
      // The lost bytes are all of this body: its end is still known.
      this.#missing = missing - bytes;
      this.#phase = this.#missing > 0 ? 'lost-body' : 'line';
      this.#inStep = true;
      return;
    }
    this.#phase = 'line';
    this.#inStep = false;
    const lineStarts = this.#headerEnd.boundLines;
    this.#resuming = new Resuming(header === undefined ? undefined : { bytes: header, lineStarts });
  }

  /** No more bytes come. A message whose body is not whole is given with a fault; part of a header section is skipped. */
  end(end: StreamEnd = 'cut-short'): void {
    if (this.#phase === 'body') {
      this.#addFault(bodyNotWhole(end, this.#missing, this.#heldLength));
      this.#emit();
    } else if (this.#phase === 'open-body') this.#emit();
    else this.#drop(end);
    this.#skipped?.tell();
    this.#phase = 'line';
    this.#inStep = true;
  }

  /** In text the engine finds a character faster than in bytes. */
  get #pieceText(): string {
    this.#text ??= latin1(this.#data);
    return this.#text;
  }

  #step(): void {
    const phase = this.#phase;
    if (phase === 'line') this.#readLine();
    else if (phase === 'header') this.#readHeader();
    else if (phase === 'body') this.#readBody();
    else if (phase === 'open-body') this.#readOpenBody();
    else this.#readLostBody();
  }

  #addFault(fault: Fault): void {
    this.#faults = [...this.#faults, fault];
  }

  /** Bytes of the message at hand, so far looked at. */
  get #length(): number {
    return this.#heldLength + this.#next - this.#start;
  }

  /** Stream offset of the message at hand. */
  get #unitOffset(): number {
    return this.#offset - this.#data.length + this.#start - this.#heldLength;
  }

  /** Looks for the end of a line, and whether a message begins with it (or, out of step, in it). */
  #readLine(): void {
    const data = this.#data;
    const feed = this.#pieceText.indexOf('\n', this.#next);
    this.#next = feed < 0 ? data.length : feed + 1;
    if (feed < 0) {
      if (this.#length <= 2 * LONGEST_START_LINE) return;
      // No start line is so long: what findStartLine would not look at is passed over.
      this.#inStep = false;
      this.#skipFront(this.#length - LONGEST_START_LINE, 'not-sip');
      return;
    }
    if (this.#heldLength > 0) this.#hold();
    const unit = this.#heldLength > 0 ? this.#held : data;
    const from = this.#heldLength > 0 ? 0 : this.#start;
    const to = this.#heldLength > 0 ? this.#heldLength : this.#next;
    if (this.#inStep) {
      const length = to - from;
      if (length === 1 || (length === 2 && unit[from] === CR)) {
        this.#countBlankLine();
        return;
      }
      this.#tellPong();
      if (length <= LONGEST_START_LINE && looksLikeSip(unit, from, to)) {
        this.#startHeader();
        return;
      }
      this.#inStep = false;
    }
    const found = findStartLine(unit, from, to - 1);
    const resuming = this.#resuming;
    if (resuming !== undefined && (found < 0 || (found === from && resuming.isInBody))) {
      let body: number | undefined;
      if (found < 0) body = resuming.line(unit, from, to);
      else resuming.passStartLine();
      this.#skipFront(to - from, 'gap');
      this.#goOnAfter(body);
      return;
    }
    this.#skipFront((found < 0 ? to : found) - from, resuming === undefined ? 'not-sip' : 'gap');
    if (found < 0) return;
    this.#skipped?.tell();
    this.#startHeader();
  }

  #startHeader(): void {
    this.#phase = 'header';
    this.#headerEnd.begin();
  }

  /** Looks for the empty line from where the last piece ended. */
  #readHeader(): void {
    const before = this.#heldLength - this.#start;
    const stop = Math.min(this.#data.length, HEADER_LIMIT - before + 1);
    const end = this.#headerEnd.find(this.#data, this.#pieceText, this.#next, stop, before);
    this.#next = end < 0 ? stop : end;
    if (end >= 0) this.#startBody();
    else if (before + stop > HEADER_LIMIT) {
      this.#drop('header-too-long');
      this.#inStep = false;
      this.#phase = 'line';
    }
  }

  /** Lost bytes broke the message whose body of so many octets follows: behind it all is in step again. */
  #goOnAfter(octets: number | undefined): void {
    if (octets === undefined) return;
    this.#resuming = undefined;
    this.#inStep = true;
    this.#missing = octets;
    if (octets > 0) this.#phase = 'lost-body';
    else this.#skipped?.tell();
  }

  /** Whether the header section at hand, found after lost bytes or where a stream was joined, is that of a message. */
  #isMessage(): boolean {
    const section = (): string =>
      this.#heldLength > 0
        ? latin1(this.#held, 0, this.#heldLength)
        : latin1(this.#data, this.#start, this.#next);
    const resuming = this.#resuming;
    const isJoined = this.#isJoined;
    this.#isJoined = false;
    if (resuming === undefined) return !isJoined || !hasCutMethod(section());
    const later = lastStartLine(section());
    if (later > 0) {
      this.#skipFront(later, 'gap');
      const { boundLines } = this.#headerEnd;
      this.#headerEnd.boundLines = boundLines.filter((start) => start > later).map((start) => start - later);
    }
    return isWholeHeader(section());
  }

  /** The header section is whole: how far does the body go? */
  #startBody(): void {
    if (this.#heldLength > 0) this.#hold();
    if ((this.#resuming !== undefined || this.#isJoined) && !this.#isMessage()) {
      this.#passHeader();
      return;
    }
    this.#resuming = undefined;
    const length = this.#length;
    const bytes = this.#heldLength > 0 ? this.#held : this.#data;
    const from = this.#heldLength > 0 ? 0 : this.#start;
    this.#headerLength = length;
    this.#lineStart = length;
    this.#faults = NO_FAULTS;
    const { lengths, hasContentType } = this.#readBounds(bytes, from, length);
    const bounds = boundStreamBody(lengths, hasContentType, length);
    if (bounds.fault !== undefined) this.#addFault(bounds.fault);
    if (bounds.octets === undefined) this.#phase = 'open-body';
    else if (bounds.octets === 0) this.#finish();
    else {
      this.#missing = bounds.octets;
      this.#phase = 'body';
    }
  }

  #readBounds(bytes: Uint8Array, from: number, length: number): BodyBounds {
    const { boundLines } = this.#headerEnd;
    const lineStarts = from === 0 ? boundLines : boundLines.map((start) => from + start);
    return readBodyBounds(bytes, lineStarts, from + length);
  }

  /** The header section at hand is in the body of a message, or has lost its start: it is passed over, with its body. */
  #passHeader(): void {
    const isHeld = this.#heldLength > 0;
    const bounds = this.#readBounds(isHeld ? this.#held : this.#data, isHeld ? 0 : this.#start, this.#length);
    this.#resuming ??= new Resuming();
    const octets = this.#resuming.passHeader(bounds);
    this.#phase = 'line';
    this.#inStep = false;
    this.#skipUnit('gap');
    this.#goOnAfter(octets);
  }

  #readBody(): void {
    const count = Math.min(this.#missing, this.#data.length - this.#next);
    this.#next += count;
    this.#missing -= count;
    if (this.#missing === 0) this.#finish();
  }

  #readLostBody(): void {
    const count = Math.min(this.#missing, this.#data.length - this.#next);
    this.#next += count;
    this.#missing -= count;
    this.#skipUnit('gap');
    if (this.#missing === 0) {
      this.#skipped?.tell();
      this.#phase = 'line';
    }
  }

  /** Takes whole lines until one of them is a start line. */
  #readOpenBody(): void {
    const data = this.#data;
    const feed = this.#pieceText.indexOf('\n', this.#next);
    this.#next = feed < 0 ? data.length : feed + 1;
    if (feed >= 0) {
      const lineInData = this.#start + this.#lineStart - this.#heldLength;
      const isHeld = this.#lineStart < this.#heldLength;
      // A line that an earlier piece began is looked at in the held bytes; it is too long to matter or short enough to copy.
      if (isHeld) this.#hold();
      const unit = isHeld ? this.#held : data;
      const from = isHeld ? this.#lineStart : lineInData;
      const to = isHeld ? this.#heldLength : this.#next;
      const found = findStartLine(unit, from, to - 1);
      if (found >= 0) {
        this.#cutBefore(this.#lineStart + found - from);
        return;
      }
      this.#lineStart = this.#length;
    }
    if (this.#length - this.#headerLength <= BODY_LIMIT) return;
    this.#addFault(bodyTooLong(this.#length));
    this.#emit();
    this.#inStep = false;
    this.#phase = 'line';
  }

  /** What stands `length` bytes into the message at hand, up to the last byte read, is the next message's start line. */
  #cutBefore(length: number): void {
    if (length < this.#heldLength) {
      // All up to and with the start line is held: the line stays held as the next message's beginning.
      const line = this.#held.slice(length, this.#heldLength);
      const offset = this.#unitOffset;
      const bytes = this.#held.subarray(0, length);
      this.#held = line;
      this.#heldLength = line.length;
      this.#handler.message(bytes, offset, offset + length, this.#faults);
    } else {
      const lineEnd = this.#next;
      this.#next = this.#start + length - this.#heldLength;
      this.#emit();
      this.#next = lineEnd;
    }
    this.#faults = NO_FAULTS;
    this.#startHeader();
  }

  /** The message at hand is whole and in step. */
  #finish(): void {
    this.#emit();
    this.#phase = 'line';
    this.#inStep = true;
  }

  /** Gives the bytes at hand as a message and begins anew after them. */
  #emit(): void {
    const offset = this.#unitOffset;
    let bytes: Uint8Array;
    if (this.#heldLength === 0) {
      // Segments mostly are one message each.
      const isWholePiece = this.#start === 0 && this.#next === this.#data.length;
      bytes = isWholePiece ? this.#data : this.#data.subarray(this.#start, this.#next);
    } else {
      this.#hold();
      bytes = this.#held.subarray(0, this.#heldLength);
    }
    const faults = this.#faults;
    this.#faults = NO_FAULTS;
    // Behind a body of known length may stand the rest of it, where that length is too small.
    const behind =
      this.#phase === 'body' && this.#next < this.#data.length ? this.#data.subarray(this.#next) : undefined;
    this.#clear();
    this.#handler.message(bytes, offset, offset + bytes.length, faults, behind);
  }

  /** Forgets the bytes at hand; held ones may be the handler's now and are not written to again. */
  #clear(): void {
    this.#start = this.#next;
    this.#held = EMPTY;
    this.#heldLength = 0;
  }

  /** Copies what the piece has of the message at hand to the held bytes. */
  #hold(): void {
    const count = this.#next - this.#start;
    if (count === 0) return;
    const length = this.#heldLength + count;
    if (length > this.#held.length) {
      // Doubling keeps the copying linear; a body of known length is not given more room than it will fill.
      let room = Math.max(length, this.#held.length * 2, 512);
      if (this.#phase === 'body') room = Math.min(room, Math.max(length, length + this.#missing));
      const grown = new Uint8Array(room);
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(this.#data.subarray(this.#start, this.#next), this.#heldLength);
    this.#heldLength = length;
    this.#start = this.#next;
  }

  /** The first `count` bytes at hand are in no message. */
  #skip(count: number, reason: SkipReason): void {
    this.#skipped ??= new SkippedBytes(this.#handler);
    this.#skipped.add(count, this.#unitOffset, reason);
  }

  /** The bytes at hand are in no message. */
  #skipUnit(reason: SkipReason): void {
    const length = this.#length;
    if (length > 0) this.#skip(length, reason);
    this.#clear();
  }

  /** The first `count` bytes at hand are in no message; the others stay at hand. */
  #skipFront(count: number, reason: SkipReason): void {
    if (count <= 0) return;
    this.#tellPong();
    this.#skip(count, reason);
    const inHeld = Math.min(count, this.#heldLength);
    this.#held.copyWithin(0, inHeld, this.#heldLength);
    this.#heldLength -= inHeld;
    this.#start += count - inHeld;
  }

  /** Gives up the message at hand. */
  #drop(reason: SkipReason): void {
    this.#tellPong();
    const isMessage = this.#phase === 'header' || this.#phase === 'body' || this.#phase === 'open-body';
    const length = this.#length;
    if (isMessage && length > 0) {
      this.#skipped?.tell();
      const offset = this.#unitOffset;
      const headerBytes = this.#phase === 'header' ? length : this.#headerLength;
      this.#clear();
      this.#handler.skipped(length, offset, reason, headerBytes);
    } else this.#skipUnit(this.#mayBeStartLine() ? reason : 'not-sip');
    this.#faults = NO_FAULTS;
  }

  /** Whether the bytes at hand are, in step, the beginning of a start line. */
  #mayBeStartLine(): boolean {
    const first = this.#heldLength > 0 ? this.#held[0] : this.#data[this.#start];
    return this.#phase !== 'line' || (this.#inStep && isTokenByte(first ?? 0));
  }

  #countBlankLine(): void {
    const end = this.#unitOffset + this.#length;
    this.#clear();
    this.#blankLines++;
    if (this.#blankLines === 2) {
      this.#blankLines = 0;
      this.#handler.keepAlive?.('ping', end - 4);
    }
  }

  #tellPong(): void {
    if (this.#blankLines === 0) return;
    this.#blankLines = 0;
    const end = this.#offset - this.#data.length + this.#start - this.#heldLength;
    this.#handler.keepAlive?.('pong', Math.max(0, end - 2));
  }
}
