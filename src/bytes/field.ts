/** Named bytes that a tree's fields and a hex view point into: a frame, a reassembled stream, CMS content. */
export type ByteSource = {
  /** As it heads a hex view: `Frame 10`, `Decrypted TLS`, `CMS content`. */
  readonly name: string;
  readonly bytes: Uint8Array;
};

/** A node of the tree that `show` prints: a name, a value to read, and the bytes it came from. */
export type Field = {
  readonly name: string;
  /** Display text; not yet escaped for a terminal. */
  readonly value?: string;
  /** Offset into `source.bytes`. */
  readonly start: number;
  /** Bytes covered; 0 for a derived field. */
  readonly length: number;
  readonly source: ByteSource;
  readonly children: readonly Field[];
  /** Set on fields that carry a finding. */
  readonly severity?: 'info' | 'note' | 'warning' | 'error';
};

/** A field that is not read from bytes but follows from them. */
export function derivedField(
  source: ByteSource,
  name: string,
  value?: string,
  children: readonly Field[] = [],
): Field {
  return { name, ...(value === undefined ? {} : { value }), start: 0, length: 0, source, children };
}
