/**
 * Finding the next record after lost bytes. A gap that lies inside one record leaves its end known; after others every
 * plausible header is tried in turn, and the caller says by decryption or by what follows whether it is one.
 */
import { ByteQueue } from '../../bytes/queue.js';
import { copyBytes } from '../copy.js';
import { MAX_FRAGMENT } from '../limits.js';
import type { GapBefore } from '../state.js';
import { plausibleHeader, RECORD_HEADER } from './record.js';

/** Fewest bytes a protected record takes: header and the shortest MAC or tag (CCM_8). */
const LEAST_RECORD = RECORD_HEADER + 8;

/** Bytes before a record that may hold its IV: the last block of the one before, and SHA-384's MAC behind it. */
const KEPT_BEFORE = 16 + 48;

export type Candidate = {
  readonly type: number;
  readonly version: number;
  readonly fragment: Uint8Array;
  readonly gap: GapBefore;
  /** Whether a plausible header, or nothing yet, follows. */
  readonly followed: boolean;
  /** Whether the place is a record boundary for sure. */
  readonly certain: boolean;
};

export class Resync {
  /** Bytes since the last record boundary that are no longer here. */
  #lostBytes: number;
  /** Bytes to pass over until the known end of the record in which the gap lies; undefined: unknown. */
  #skip: number | undefined;
  readonly #queue = new ByteQueue();
  /** Next offset of `#queue` to look at. */
  #at = 0;

  /** `begun`: bytes of the record that the gap interrupts; `missing`: those it still lacks, where that is known; `lost`: the gap. */
  constructor(begun: number, missing: number | undefined, lost: number) {
    this.#lostBytes = begun + lost;
    this.#skip = missing !== undefined && lost <= missing && begun > 0 ? missing - lost : undefined;
  }

  /** More bytes are lost before the boundary was found. */
  lose(bytes: number): void {
    const held = this.#queue.length;
    this.#lostBytes += held + bytes;
    this.#queue.clear();
    this.#at = 0;
    if (this.#skip !== undefined)
      this.#skip = this.#skip >= held + bytes ? this.#skip - held - bytes : undefined;
  }

  /** Adds bytes and offers candidates to `accept`; answers the bytes behind the one accepted, or undefined while none is. */
  push(data: Uint8Array, accept: (candidate: Candidate) => boolean): Uint8Array | undefined {
    this.#queue.push(copyBytes(data));
    return this.#scan(accept, false);
  }

  /** As `push` where no more bytes come: what looks like the header of a record that lacks some is none. */
  end(accept: (candidate: Candidate) => boolean): Uint8Array | undefined {
    return this.#scan(accept, true);
  }

  #scan(accept: (candidate: Candidate) => boolean, isEnd: boolean): Uint8Array | undefined {
    const joined = this.#queue.peek();
    for (; this.#at + RECORD_HEADER <= joined.length; this.#at++) {
      const at = this.#at;
      const certain = this.#skip !== undefined && at === this.#skip;
      if (this.#skip !== undefined && at < this.#skip) {
        this.#at = Math.min(this.#skip, joined.length) - 1;
        continue;
      }
      if (!plausibleHeader(joined, at)) continue;
      const length = ((joined[at + 3] as number) << 8) | (joined[at + 4] as number);
      const end = at + RECORD_HEADER + length;
      if (end > joined.length) {
        if (isEnd) continue;
        break;
      }
      const followed = end + RECORD_HEADER > joined.length || plausibleHeader(joined, end);
      const lostBytes = this.#lostBytes + at;
      const candidate: Candidate = {
        type: joined[at] as number,
        version: ((joined[at + 1] as number) << 8) | (joined[at + 2] as number),
        fragment: joined.subarray(at + RECORD_HEADER, end),
        followed,
        certain,
        gap: {
          lostBytes,
          before: joined.subarray(Math.max(0, at - KEPT_BEFORE), at),
          minimumLost: certain ? 1 : Math.ceil(lostBytes / (MAX_FRAGMENT + RECORD_HEADER)),
          maximumLost: certain ? 1 : Math.floor(lostBytes / LEAST_RECORD),
        },
      };
      if (accept(candidate)) return joined.subarray(end);
    }
    this.#trim();
    return undefined;
  }

  /** Drops what was looked at, but for the block that may be an IV. */
  #trim(): void {
    const drop = Math.min(this.#at, this.#queue.length) - KEPT_BEFORE;
    if (drop <= 0) return;
    this.#queue.skip(drop);
    this.#at -= drop;
    this.#lostBytes += drop;
    if (this.#skip !== undefined) this.#skip -= drop;
  }
}
