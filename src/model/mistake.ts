/** A mistake of a sender, or of something on the way, that explains why a signature fails or a body cannot be read. */
export type Mistake = {
  /** Stable and lower-case, as `crlf-before-boundary`. */
  readonly code: string;
  /** One sentence that names the mistake and who made it. */
  readonly sentence: string;
  /** The bytes with the mistake undone, where undoing gives a whole structure or readable content. */
  readonly repaired?: Uint8Array;
};
