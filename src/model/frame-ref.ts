/** When and where a frame was captured: what is kept of it. A captured frame fits. */
export type FrameRef = {
  /** From 1 within the file. */
  readonly number: number;
  /** Unix epoch, UTC. */
  readonly seconds: number;
  /** 0..999_999_999 */
  readonly nanoseconds: number;
  /** Decimal digits of the second that the capture has. */
  readonly timeDigits: number;
};

/** A FrameRef that pins no frame data, for keeping beyond a call. */
export function keepFrame(frame: FrameRef): FrameRef {
  const { number, seconds, nanoseconds, timeDigits } = frame;
  return { number, seconds, nanoseconds, timeDigits };
}
