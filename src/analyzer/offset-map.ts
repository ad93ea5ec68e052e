import type { FrameRef } from './events.js';

type Span = { readonly end: number; readonly frame: FrameRef };

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

  /** The frames of the bytes `[start, end)`; spans before `start` are forgotten. */
  take(start: number, end: number): FrameRef[] {
    while (this.#first < this.#spans.length && (this.#spans[this.#first] as Span).end <= start) this.#first++;
    if (this.#first > 32 && this.#first * 2 > this.#spans.length) {
      this.#spans = this.#spans.slice(this.#first);
      this.#first = 0;
    }
    const frames: FrameRef[] = [];
    for (let index = this.#first; index < this.#spans.length; index++) {
      const span = this.#spans[index] as Span;
      if (frames.at(-1) !== span.frame) frames.push(span.frame);
      if (span.end >= end) break;
    }
    return frames;
  }
}

/** Of frames that together carry something, the one that was captured last. */
export function latest(frames: readonly FrameRef[]): FrameRef | undefined {
  let last = frames[0];
  for (const frame of frames) if (last !== undefined && frame.number > last.number) last = frame;
  return last;
}
