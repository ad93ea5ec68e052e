/** What the reader of an output took before it was given up. */
export type Unread = {
  readonly bytes: number;
  /** Whether they may be followed by a part of what was given last, so that a line is cut. */
  readonly mayBeCut: boolean;
};

/** Where records or packets go. The caller of the engine opens it. */
export type Sink = {
  /** Takes a piece; copies what are bytes. */
  write(piece: string | Uint8Array): void;
  /** Waits until the output can take more. */
  flush(): Promise<void>;
  /** Waits until all is written. */
  drain(): Promise<void>;
  /** The output is whole. */
  finish(): void;
  /** The output is given up. */
  discard(): void;
  /** What the reader of a pipe took, where it was given up. */
  unread?(): Unread | undefined;
};

/** What became of packets for a pipe whose reader was given up, as a clause. */
export function describeUnreadPackets(path: string, { bytes }: Unread): string {
  return `the reader of ${path} took only the first ${bytes} bytes of the packets, and perhaps a part of the next`;
}
