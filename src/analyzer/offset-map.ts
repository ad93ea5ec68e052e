import type { FrameRef } from '../model/frame-ref.js';

type Span = { readonly end: number; readonly frame: FrameRef };

/** What carried a range of bytes. */
export type Carriers = {
  /** The frame captured last of them. */
  readonly frame: FrameRef;
  /** Numbers of them all, in the order of the bytes. */
  readonly frames: readonly number[];
};

/**
 * Which frames carried which bytes of a stream. Spans are added in the order of the stream and let go once the
 * messages in them have been taken.
 */
export class OffsetMap {
  #spans: Span[] = [];
  #first = 0;

  /** Bytes up to `end` (an offset in the stream) came in `frame`. */
  add(end: number, frame: FrameRef): void {
    this.#spans.push({ end, frame });
  }

  /** What carried the bytes `[start, end)`, if anything did; spans before `start` are forgotten. */
  take(start: number, end: number): Carriers | undefined {
    this.#forget(start);
    const spans = this.#spans;
    let span = spans[this.#first];
    if (span === undefined) return undefined;
    let latest = span.frame;
    const frames = [latest.number];
    for (let index = this.#first + 1; span.end < end && index < spans.length; index++) {
      span = spans[index] as Span;
      const { frame } = span;
      if (frame.number !== frames.at(-1)) frames.push(frame.number);
      if (frame.number > latest.number) latest = frame;
    }
    return { frame: latest, frames };
  }

  #forget(start: number): void {
    while (this.#first < this.#spans.length && (this.#spans[this.#first] as Span).end <= start) this.#first++;
    if (this.#first > 32 && this.#first * 2 > this.#spans.length) {
      this.#spans = this.#spans.slice(this.#first);
      this.#first = 0;
    }
  }
}
