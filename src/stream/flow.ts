/**
 * One direction of a TCP connection: segments in any order in, bytes in order out.
 *
 * Sequence numbers become stream offsets (doubles), so that nothing here wraps. The first byte seen for an offset
 * wins (RFC 9293 §3.10.7.4 lets a receiver trim what it has); a later one that differs is a fault. What cannot be
 * delivered yet is copied and held, sorted and without overlaps.
 */

import { type FrameRef, keepFrame } from '../model/frame-ref.js';
import { type Disorder, FlowRow, type FlowTable, type Held, Start } from './flow-table.js';
import type { History } from './history.js';
import { HELD_OVERHEAD, MAX_WINDOW, NEAR_BYTES, STRAYS_BEFORE_JUMP, type TcpLimits } from './limits.js';
import type { StreamFaultCode } from './types.js';

/** Where a flow's bytes and faults go, and the memory that all flows share. */
export type FlowOwner = {
  chunk(flow: TcpFlow, offset: number, data: Uint8Array, gap: number, frame: FrameRef): void;
  fault(flow: TcpFlow, code: StreamFaultCode, offset: number, length: number, frame: FrameRef): void;
  /** Held memory grew (or shrank) by `bytes`; `flow` holds something or nothing now. */
  held(flow: TcpFlow, bytes: number): void;
  readonly history: History;
  readonly limits: TcpLimits;
};

const NOTHING: readonly Held[] = [];
const EMPTY = new Uint8Array(0);

/** A flow at work: its state stands in the table, in the row that `row` names. */
export class TcpFlow extends FlowRow {
  readonly #owner: FlowOwner;

  constructor(table: FlowTable, owner: FlowOwner) {
    super(table);
    this.#owner = owner;
  }

  /** Sequence number behind the last byte delivered. */
  get endSequence(): number {
    return this.sequence;
  }

  get heldBytes(): number {
    return this.disorder?.heldBytes ?? 0;
  }

  get synSeen(): boolean {
    return this.start === Start.syn;
  }

  /** Whether bytes of it were delivered or told lost. */
  get hasBytes(): boolean {
    return this.offset > 0;
  }

  /** Whether nothing waits for a hole or an end. */
  get isOrderly(): boolean {
    return this.disorder === undefined;
  }

  /** Whether all bytes up to the FIN were delivered or told lost. */
  get finished(): boolean {
    const finOffset = this.#finOffset;
    return finOffset >= 0 && this.offset >= finOffset;
  }

  /**
   * Where a sequence number lies: within what the flow may have sent (or not to be told, as nothing of it was seen), before
   * its first byte, ahead of what was seen, or further ahead than bytes are waited for.
   */
  reach(sequence: number): 'near' | 'before' | 'ahead' | 'far' {
    if (this.start === Start.unknown) return 'near';
    const offset = this.#offsetOf(sequence);
    if (offset < -NEAR_BYTES) return 'before';
    const beyond = offset - this.offset;
    if (beyond <= NEAR_BYTES) return 'near';
    return beyond > this.#owner.limits.heldBytesPerFlow ? 'far' : 'ahead';
  }

  /** A SYN with this sequence number: the first byte has the next one. */
  syn(sequence: number): void {
    if (this.start < Start.seen || (this.offset === 0 && this.#held.length === 0)) {
      this.sequence = sequence + 1;
    }
    this.start = Start.syn;
  }

  /** The peer, whose SYN was seen or not, acknowledged all before this sequence number. */
  acknowledge(acknowledgment: number, peerSynSeen: boolean): void {
    if (this.start === Start.unknown) {
      if (peerSynSeen) this.#begin(acknowledgment, Start.acknowledged);
      return;
    }
    const offset = this.#offsetOf(acknowledgment);
    if (offset <= this.acknowledged) return;
    this.claimed = offset;
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
    if (start === this.offset && missing === 0 && this.#isOpen) {
      this.strays = 0;
      if (captured > 0) this.#deliver(data, 0, frame);
      return;
    }
    if (length === 0) return;
    // A keep-alive repeats the last byte, whose value is of no meaning (RFC 9293 §3.8.4).
    if (length === 1 && start === this.offset - 1) return;
    if (this.#isStray(start, sequence, length, frame)) return;
    this.#take(this.#offsetOf(sequence), data, missing, frame, now);
  }

  /** A FIN at this sequence number: nothing comes from there on. */
  fin(sequence: number, frame: FrameRef): void {
    if (this.start === Start.unknown) return;
    const offset = this.#offsetOf(sequence);
    if (this.#finOffset >= 0 || offset < this.offset || offset - this.offset > MAX_WINDOW) return;
    const disorder = this.#makeDisorder();
    disorder.finOffset = offset;
    disorder.finFrame = keepFrame(frame);
  }

  /** Declares the first hole a gap where the rules say so (see limits.ts). Called as time goes by. */
  checkHole(now: number, peerSeen: boolean): void {
    const { disorder } = this;
    if (disorder === undefined || disorder.held.length === 0) return;
    this.#believeAcknowledgment();
    const { limits } = this.#owner;
    while (disorder.held.length > 0) {
      const first = disorder.held[0] as Held;
      const waited = now - disorder.holeSince;
      const isLost =
        this.acknowledged >= first.start
          ? disorder.held.length >= limits.gapSegments ||
            waited >= limits.gapSeconds ||
            disorder.finOffset >= 0
          : !peerSeen && waited >= limits.oneSidedGapSeconds;
      if (!isLost) return;
      this.skipHole(now);
    }
  }

  /** Declares the first hole a gap and delivers what follows it. */
  skipHole(now: number): void {
    const { disorder } = this;
    const first = disorder?.held[0];
    if (disorder === undefined || first === undefined) return;
    this.#drain(disorder, first.start - this.offset);
    disorder.holeSince = now;
  }

  /** Declares all holes gaps: nothing more will come. A FIN behind lost bytes makes those a gap too. */
  flush(): void {
    const { disorder } = this;
    if (disorder === undefined) return;
    while (disorder.held.length > 0) this.skipHole(0);
    const { finOffset, finFrame } = disorder;
    this.disorder = undefined;
    const lost = finOffset - this.offset;
    if (finOffset < 0 || lost <= 0 || finFrame === undefined) return;
    this.#advance(lost);
    this.#owner.chunk(this, this.offset, EMPTY, lost, finFrame);
  }

  /** First hole and the range behind it, for a message: offset and bytes lost so far. */
  get firstHole(): { readonly offset: number; readonly length: number } {
    const { offset } = this;
    return { offset, length: (this.#held[0]?.start ?? offset) - offset };
  }

  /** Whether no bytes wait, and no end is known. */
  get #isOpen(): boolean {
    const { disorder } = this;
    return disorder === undefined || (disorder.held.length === 0 && disorder.finOffset < 0);
  }

  get #held(): readonly Held[] {
    return this.disorder?.held ?? NOTHING;
  }

  get #finOffset(): number {
    return this.disorder?.finOffset ?? -1;
  }

  #makeDisorder(): Disorder {
    let { disorder } = this;
    if (disorder === undefined) {
      disorder = { held: [], heldBytes: 0, holeSince: 0, finOffset: -1, finFrame: undefined };
      this.disorder = disorder;
    }
    return disorder;
  }

  #begin(sequence: number, start: number): void {
    this.sequence = sequence;
    this.start = start;
  }

  /** Sees to it that the place of the first byte is known, from the first segment at the latest. */
  #locate(sequence: number, length: number): void {
    if (this.start === Start.syn) return;
    if (this.start === Start.seen) {
      if (length === 0 || this.offset > 0 || this.#held.length > 0) return;
      // No byte was seen yet: a pure acknowledgment came before data that was captured late, or was a keep-alive.
      const start = this.#offsetOf(sequence);
      const isEarlier = start < 0 && !(start === -1 && length === 1);
      const isAfterKeepAlive = start === 1 && this.claimed === 1;
      if (isEarlier || isAfterKeepAlive) this.sequence = sequence;
      return;
    }
    const isBelievable =
      this.start === Start.acknowledged &&
      this.#offsetOf(sequence) >= -1 &&
      this.#offsetOf(sequence) <= this.#owner.limits.heldBytesPerFlow;
    if (isBelievable) this.start = Start.seen;
    else this.#begin(sequence, Start.seen);
  }

  /** Offset of a sequence number: the one nearest to the next byte, before it or after it. */
  #offsetOf(sequence: number): number {
    return this.offset + ((sequence - this.sequence) | 0);
  }

  /** An acknowledgment counts once bytes up to it were seen (a FIN takes one number more): forged ones name any. */
  #believeAcknowledgment(): void {
    const { claimed } = this;
    if (claimed <= this.acknowledged) return;
    const highest = this.#held.at(-1)?.end ?? this.offset;
    if (claimed <= highest + 1) this.acknowledged = claimed;
  }

  #advance(bytes: number): void {
    this.offset += bytes;
    this.sequence += bytes;
  }

  /** Whether a segment lies where no window reaches. After several in a row the stream is taken to go on there. */
  #isStray(start: number, sequence: number, length: number, frame: FrameRef): boolean {
    if (Math.abs(start - this.offset) <= MAX_WINDOW) {
      this.strays = 0;
      return false;
    }
    if (++this.strays < STRAYS_BEFORE_JUMP) {
      this.#owner.fault(this, 'out-of-window', start, length, frame);
      return true;
    }
    this.strays = 0;
    while (this.#held.length > 0) this.skipHole(0);
    const jumped = (sequence - this.sequence) >>> 0;
    this.#owner.fault(this, 'sequence-jump', this.offset, jumped, frame);
    this.#advance(jumped);
    this.#owner.chunk(this, this.offset, EMPTY, jumped, frame);
    return false;
  }

  /** The general case: cuts off what is known already, then delivers or holds the rest. */
  #take(start: number, data: Uint8Array, missing: number, frame: FrameRef, now: number): void {
    const capturedEnd = start + data.length;
    let from = start;
    if (from < this.offset) {
      this.#compareDelivered(start, data, frame);
      from = this.offset;
    }
    let end = capturedEnd + missing;
    const finOffset = this.#finOffset;
    if (finOffset >= 0 && end > finOffset) {
      this.#owner.fault(this, 'data-after-fin', Math.max(from, finOffset), end - finOffset, frame);
      end = finOffset;
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
      if (from === this.offset && index === 0) {
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
    const { disorder } = this;
    if (disorder === undefined || disorder.held.length === 0) return;
    if ((disorder.held[0] as Held).start <= this.offset) {
      this.#drain(disorder, 0);
      disorder.holeSince = now;
    }
    this.#holdWithinLimits(disorder, frame, now);
  }

  #compareDelivered(start: number, data: Uint8Array, frame: FrameRef): void {
    if (start < 0) this.#owner.fault(this, 'before-start', start, Math.min(-start, data.length), frame);
    const at = this.#owner.history.firstDifference(this.piece, data, start);
    if (at < 0) return;
    const length = Math.min(start + data.length, this.offset) - at;
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
    const { offset } = this;
    this.#advance(data.length);
    this.piece = this.#owner.history.append(this.piece, data, offset);
    this.#owner.chunk(this, offset, data, gap, frame);
  }

  #lose(bytes: number, frame: FrameRef): void {
    this.#advance(bytes);
    this.#owner.chunk(this, this.offset, EMPTY, bytes, frame);
  }

  #hold(index: number, held: Held, now: number): void {
    const disorder = this.#makeDisorder();
    if (disorder.held.length === 0) disorder.holeSince = now;
    if (index === disorder.held.length) disorder.held.push(held);
    else disorder.held.splice(index, 0, held);
    this.#account(disorder, (held.data?.length ?? 0) + HELD_OVERHEAD);
  }

  #account(disorder: Disorder, bytes: number): void {
    disorder.heldBytes += bytes;
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
  #drain(disorder: Disorder, gap: number): void {
    const { held } = disorder;
    let lost = gap;
    let count = 0;
    let freed = 0;
    if (lost > 0) this.#advance(lost);
    for (; count < held.length; count++) {
      const { start, end, data, frame } = held[count] as Held;
      if (start > this.offset) break;
      freed += (data?.length ?? 0) + HELD_OVERHEAD;
      if (data === undefined) {
        const bytes = end - this.offset;
        this.#advance(bytes);
        this.#owner.chunk(this, this.offset, EMPTY, bytes + lost, frame);
      } else {
        this.#deliver(data, lost, frame);
      }
      lost = 0;
    }
    if (count === held.length) disorder.held = [];
    else if (count === 1) held.shift();
    else if (count > 0) held.splice(0, count);
    this.#account(disorder, -freed);
  }

  #holdWithinLimits(disorder: Disorder, frame: FrameRef, now: number): void {
    const { heldBytesPerFlow, heldSegmentsPerFlow } = this.#owner.limits;
    while (disorder.heldBytes > heldBytesPerFlow || disorder.held.length > heldSegmentsPerFlow) {
      const { offset, length } = this.firstHole;
      this.#owner.fault(this, 'buffer-limit', offset, length, frame);
      this.skipHole(now);
    }
  }
}
