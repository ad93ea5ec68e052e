/** How records are opened: one implementation a kind of cipher, all behind this interface. */

import type { TlsRecord } from '../record.js';

/** Why a record could not be opened; it is counted and told, and what it held is lost. */
export type OpenFailure = 'bad_length' | 'bad_padding' | 'bad_mac';

/** What is known of the bytes lost before the record at which decryption is tried again. */
export type GapHint = {
  /** Stream bytes between the end of the last record opened and this record's header. */
  readonly lostBytes: number;
  /** Bytes that stand right before this record's header; empty where they are lost too. */
  readonly before: Uint8Array;
  /** Least and greatest number of records that the lost bytes may have been. */
  readonly minimumLost: number;
  readonly maximumLost: number;
  /** Called before each trial; false ends the search. */
  spend(): boolean;
};

export type RecordProtection = {
  /** Number of the next record of this direction under these keys, from 0. */
  sequence: number;
  /** Content type of the record last opened: that of its header, or the one inside (TLS 1.3). */
  readonly contentType: number;
  /** Tells of records of which `open` gets the next one, and so on: a protection may decrypt them all at once. */
  prepare?(records: readonly TlsRecord[]): void;
  /** Opens the next record. Answers its plaintext (valid until the next call) or why there is none; counts it in either case. */
  open(type: number, version: number, fragment: Uint8Array): Uint8Array | OpenFailure;
  /** Opens a record some way after a gap: searches the number that authenticates. Undefined, and no change, where none does. */
  resume(type: number, version: number, fragment: Uint8Array, hint: GapHint): Uint8Array | undefined;
};

/** Writes a record's sequence number, 8 bytes, most significant first. */
export function writeSequence(target: Uint8Array, offset: number, sequence: number): void {
  const high = Math.floor(sequence / 0x1_0000_0000);
  target[offset] = high >>> 24;
  target[offset + 1] = high >>> 16;
  target[offset + 2] = high >>> 8;
  target[offset + 3] = high;
  target[offset + 4] = sequence >>> 24;
  target[offset + 5] = sequence >>> 16;
  target[offset + 6] = sequence >>> 8;
  target[offset + 7] = sequence;
}

/** Whether the first `length` bytes of `a` are those of `b` at `offset`, in a time that does not depend on where they differ. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array, offset: number, length: number): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) difference |= (a[i] as number) ^ (b[offset + i] as number);
  return difference === 0;
}
