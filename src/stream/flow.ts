/**
 * One direction of a TCP connection: segments in any order in, bytes in order out.
 *
 * Sequence numbers become stream offsets (doubles), so that nothing here wraps. The first byte seen for an offset
 * wins (RFC 9293 §3.10.7.4 lets a receiver trim what it has); a later one that differs is a fault. What cannot be
 * delivered yet is copied and held, sorted and without overlaps.
 */
import { FlowHistory, type History } from './history.js';
import { HELD_OVERHEAD, MAX_WINDOW, STRAYS_BEFORE_JUMP, type TcpLimits } from './limits.js';
import { type Direction, type FrameRef, keepFrame, type StreamFaultCode } from './types.js';

/** A range that waits for a hole before it; `data` is undefined where the snap length cut the bytes. */
type Held = {
  readonly start: number;
  readonly end: number;
  readonly data: Uint8Array | undefined;
  readonly frame: FrameRef;
};

/** Where a flow's bytes and faults go, and the memory that all flows share. */
export type FlowOwner = {
  chunk(flow: TcpFlow, offset: number, data: Uint8Array, gap: number, frame: FrameRef): void;
  fault(flow: TcpFlow, code: StreamFaultCode, offset: number, length: number, frame: FrameRef): void;
  /** Held memory grew (or shrank) by `bytes`; `flow` holds something or nothing now. */
  held(flow: TcpFlow, bytes: number): void;
  readonly history: History;
  readonly limits: TcpLimits;
};

const NOTHING: Held[] = [];
const EMPTY = new Uint8Array(0);

/** How sure the place of the first byte is: not at all, by the peer's acknowledgment, or by own segments. */
type Start = 'unknown' | 'acknowledged' | 'seen';

export class TcpFlow {
  readonly direction: Direction;
  /** Whether any segment of this direction was seen. */
  seen = false;
  synSeen = false;
  /** All bytes up to the FIN were delivered or told lost. */
  finished = false;
  readonly #owner: FlowOwner;
  readonly #history = new FlowHistory();
  #start: Start = 'unknown';
  /** Sequence number of the next byte to deliver, and its offset. */
  #sequence = 0;
  #offset = 0;
  #held: Held[] = NOTHING;
  #heldBytes = 0;
  /** Capture time at which the present first hole showed. */
  #holeSince = 0;
  /** Offset up to which the peer acknowledged bytes that were seen, and what it said beyond those. */
  #acknowledged = 0;
  #claimed = 0;
  #finOffset = -1;
  #finFrame: FrameRef | undefined;
  #strays = 0;

  constructor(direction: Direction, owner: FlowOwner) {
    this.direction = direction;
    this.#owner = owner;
  }

  /** Sequence number behind the last byte delivered. */
  get endSequence(): number {
    return this.#sequence;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** A SYN with this sequence number: the first byte has the next one. */
  syn(sequence: number): void {
    this.synSeen = true;
    if (this.#start !== 'seen' || (this.#offset === 0 && this.#held.length === 0)) {
      this.#begin(sequence + 1, 'seen');
    }
  }

  /** The peer, whose SYN was seen, acknowledges up to here before anything of this direction was seen. */
  startByAcknowledgment(acknowledgment: number): void {
    if (this.#start === 'unknown') this.#begin(acknowledgment, 'acknowledged');
  }

  /** The peer acknowledged all before this sequence number. */
  acknowledge(acknowledgment: number): void {
    if (this.#start === 'unknown') return;
    const offset = this.#offsetOf(acknowledgment);
    if (offset <= this.#acknowledged) return;
    this.#claimed = offset;
    this.#believeAcknowledgment();
  }

  /**
   * Takes a segment's bytes: `data` from `sequence` on, then `missing` bytes that were not captured. `data` is a
   * view that may be passed on but is copied before it is held. `now` is the capture time in seconds.
   */
  accept(sequence: number, data: Uint8Array, missing: number, frame: FrameRef, now: number): void {
    const length = data.length + missing;
    this.#locate(sequence, length);
    const start = this.#offsetOf(sequence);
    const { length: captured } = data;
    // In order, nothing held, nothing cut: nearly every segment.
    if (start === this.#offset && this.#held.length === 0 && missing === 0 && this.#finOffset < 0) {
      this.#strays = 0;
      if (captured > 0) this.#deliver(data, 0, frame);
      return;
    }
    if (length === 0) return;
    // A keep-alive repeats the last byte, whose value is of no meaning (RFC 9293 §3.8.4).
    if (length === 1 && start === this.#offset - 1) return;
    if (this.#isStray(start, sequence, length, frame)) return;
    this.#take(this.#offsetOf(sequence), data, missing, frame, now);
  }

  /** A FIN at this sequence number: nothing comes from there on. */
  fin(sequence: number, frame: FrameRef): void {
    if (this.#start === 'unknown') return;
    const offset = this.#offsetOf(sequence);
    if (this.#finOffset >= 0 || offset < this.#offset || offset - this.#offset > MAX_WINDOW) return;
    this.#finOffset = offset;
    this.#finFrame = keepFrame(frame);
    this.#checkFinished();
  }

  /** Declares the first hole a gap where the rules say so (see limits.ts). Called as time goes by. */
  checkHole(now: number, peerSeen: boolean): void {
    if (this.#held.length === 0) return;
    this.#believeAcknowledgment();
    const { limits } = this.#owner;
    while (this.#held.length > 0) {
      const first = this.#held[0] as Held;
      const waited = now - this.#holeSince;
      const isLost =
        this.#acknowledged >= first.start
          ? this.#held.length >= limits.gapSegments || waited >= limits.gapSeconds || this.#finOffset >= 0
          : !peerSeen && waited >= limits.oneSidedGapSeconds;
      if (!isLost) return;
      this.skipHole(now);
    }
  }

  /** Declares the first hole a gap and delivers what follows it. */
  skipHole(now: number): void {
    const first = this.#held[0];
    if (first === undefined) return;
    this.#drain(first.start - this.#offset);
    this.#holeSince = now;
  }

  /** Declares all holes gaps: nothing more will come. A FIN behind lost bytes makes those a gap too. */
  flush(): void {
    while (this.#held.length > 0) this.skipHole(0);
    const lost = this.#finOffset - this.#offset;
    if (this.#finOffset < 0 || lost <= 0 || this.#finFrame === undefined) return;
    this.#advance(lost);
    this.#owner.chunk(this, this.#offset, EMPTY, lost, this.#finFrame);
  }

  /** First hole and the range behind it, for a message: offset and bytes lost so far. */
  get firstHole(): { readonly offset: number; readonly length: number } {
    return { offset: this.#offset, length: (this.#held[0]?.start ?? this.#offset) - this.#offset };
  }

  #begin(sequence: number, start: Start): void {
    this.#sequence = sequence >>> 0;
    this.#start = start;
  }

  /** Sees to it that the place of the first byte is known, from the first segment at the latest. */
  #locate(sequence: number, length: number): void {
    if (this.#start === 'seen') {
      if (length === 0 || this.synSeen || this.#offset > 0 || this.#held.length > 0) return;
      // No byte was seen yet: a pure acknowledgment came before data that was captured late, or was a keep-alive.
      const start = this.#offsetOf(sequence);
      const isEarlier = start < 0 && !(start === -1 && length === 1);
      const isAfterKeepAlive = start === 1 && this.#claimed === 1;
      if (isEarlier || isAfterKeepAlive) this.#begin(sequence, 'seen');
      return;
    }
    const isBelievable =
      this.#start === 'acknowledged' &&
      this.#offsetOf(sequence) >= -1 &&
      this.#offsetOf(sequence) <= this.#owner.limits.heldBytesPerFlow;
    if (isBelievable) this.#start = 'seen';
    else this.#begin(sequence, 'seen');
  }

  /** Offset of a sequence number: the one nearest to the next byte, before it or after it. */
  #offsetOf(sequence: number): number {
    return this.#offset + ((sequence - this.#sequence) | 0);
  }

  /** An acknowledgment counts once bytes up to it were seen (a FIN takes one number more): forged ones name any. */
  #believeAcknowledgment(): void {
    const highest = this.#held.at(-1)?.end ?? this.#offset;
    if (this.#claimed > this.#acknowledged && this.#claimed <= highest + 1)
      this.#acknowledged = this.#claimed;
  }

  #advance(bytes: number): void {
    this.#offset += bytes;
    this.#sequence = (this.#sequence + bytes) >>> 0;
    this.#checkFinished();
  }

  #checkFinished(): void {
    if (this.#finOffset >= 0 && this.#offset >= this.#finOffset) this.finished = true;
  }

  /** Whether a segment lies where no window reaches. After several in a row the stream is taken to go on there. */
  #isStray(start: number, sequence: number, length: number, frame: FrameRef): boolean {
    if (Math.abs(start - this.#offset) <= MAX_WINDOW) {
      this.#strays = 0;
      return false;
    }
    if (++this.#strays < STRAYS_BEFORE_JUMP) {
      this.#owner.fault(this, 'out-of-window', start, length, frame);
      return true;
    }
    this.#strays = 0;
    while (this.#held.length > 0) this.skipHole(0);
    const jumped = (sequence - this.#sequence) >>> 0;
    this.#owner.fault(this, 'sequence-jump', this.#offset, jumped, frame);
    this.#advance(jumped);
    this.#owner.chunk(this, this.#offset, EMPTY, jumped, frame);
    return false;
  }

  /** The general case: cuts off what is known already, then delivers or holds the rest. */
  #take(start: number, data: Uint8Array, missing: number, frame: FrameRef, now: number): void {
    const capturedEnd = start + data.length;
    let from = start;
    if (from < this.#offset) {
      this.#compareDelivered(start, data, frame);
      from = this.#offset;
    }
    let end = capturedEnd + missing;
    if (this.#finOffset >= 0 && end > this.#finOffset) {
      this.#owner.fault(
        this,
        'data-after-fin',
        Math.max(from, this.#finOffset),
        end - this.#finOffset,
        frame,
      );
      end = this.#finOffset;
    }
    let kept: FrameRef | undefined;
    // Ranges not held yet, left to right: `index` is the first held one that ends after `from`.
    let index = this.#firstEndingAfter(from);
    while (from < end) {
      const next = this.#held[index];
      if (next !== undefined && next.start <= from) {
        this.#compareHeld(next, start, data, frame);
        from = next.end;
        index++;
        continue;
      }
      const isCaptured = from < capturedEnd;
      const to = Math.min(end, next?.start ?? end, isCaptured ? capturedEnd : end);
      const bytes = isCaptured ? data.subarray(from - start, to - start) : undefined;
      if (from === this.#offset && index === 0) {
        if (bytes === undefined) this.#lose(to - from, frame);
        else this.#deliver(bytes, 0, frame);
        // What was held directly behind waits for the loop's end, so that it is compared first.
      } else {
        kept ??= keepFrame(frame);
        this.#hold(index, { start: from, end: to, data: bytes && new Uint8Array(bytes), frame: kept }, now);
        index++;
      }
      from = to;
    }
    if (this.#held.length === 0) return;
    if ((this.#held[0] as Held).start <= this.#offset) {
      this.#drain(0);
      this.#holeSince = now;
    }
    this.#holdWithinLimits(frame, now);
  }

  #compareDelivered(start: number, data: Uint8Array, frame: FrameRef): void {
    if (start < 0) this.#owner.fault(this, 'before-start', start, Math.min(-start, data.length), frame);
    const at = this.#history.firstDifference(this.#owner.history, data, start);
    if (at < 0) return;
    const length = Math.min(start + data.length, this.#offset) - at;
    this.#owner.fault(this, 'overlap-conflict', at, length, frame);
  }

  #compareHeld(held: Held, start: number, data: Uint8Array, frame: FrameRef): void {
    if (held.data === undefined) return;
    const from = Math.max(held.start, start);
    const to = Math.min(held.end, start + data.length);
    for (let at = from; at < to; at++) {
      if (held.data[at - held.start] === data[at - start]) continue;
      this.#owner.fault(this, 'overlap-conflict', at, to - at, frame);
      return;
    }
  }

  #deliver(data: Uint8Array, gap: number, frame: FrameRef): void {
    const offset = this.#offset;
    this.#advance(data.length);
    this.#history.append(this.#owner.history, data, offset);
    this.#owner.chunk(this, offset, data, gap, frame);
  }

  #lose(bytes: number, frame: FrameRef): void {
    this.#advance(bytes);
    this.#owner.chunk(this, this.#offset, EMPTY, bytes, frame);
  }

  #hold(index: number, held: Held, now: number): void {
    if (this.#held.length === 0) {
      this.#held = [];
      this.#holeSince = now;
    }
    if (index === this.#held.length) this.#held.push(held);
    else this.#held.splice(index, 0, held);
    this.#account((held.data?.length ?? 0) + HELD_OVERHEAD);
  }

  #account(bytes: number): void {
    this.#heldBytes += bytes;
    this.#owner.held(this, bytes);
  }

  /** Index of the first held range that ends after `offset`. */
  #firstEndingAfter(offset: number): number {
    const held = this.#held;
    // Mostly the new range lies behind all others.
    if (held.length === 0 || (held[held.length - 1] as Held).end <= offset) return held.length;
    let low = 0;
    let high = held.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((held[middle] as Held).end > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** Delivers what is held without a hole, after `gap` lost bytes. */
  #drain(gap: number): void {
    let lost = gap;
    let count = 0;
    let freed = 0;
    if (lost > 0) this.#advance(lost);
    for (; count < this.#held.length; count++) {
      const { start, end, data, frame } = this.#held[count] as Held;
      if (start > this.#offset) break;
      freed += (data?.length ?? 0) + HELD_OVERHEAD;
      if (data === undefined) {
        const bytes = end - this.#offset;
        this.#advance(bytes);
        this.#owner.chunk(this, this.#offset, EMPTY, bytes + lost, frame);
      } else {
        this.#deliver(data, lost, frame);
      }
      lost = 0;
    }
    if (count === this.#held.length) this.#held = NOTHING;
    else if (count === 1) this.#held.shift();
    else if (count > 0) this.#held.splice(0, count);
    this.#account(-freed);
  }

  #holdWithinLimits(frame: FrameRef, now: number): void {
    const { heldBytesPerFlow, heldSegmentsPerFlow } = this.#owner.limits;
    while (this.#heldBytes > heldBytesPerFlow || this.#held.length > heldSegmentsPerFlow) {
      const { offset, length } = this.firstHole;
      this.#owner.fault(this, 'buffer-limit', offset, length, frame);
      this.skipHole(now);
    }
  }
}
