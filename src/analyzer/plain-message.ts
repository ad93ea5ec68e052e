import { LimitedCache } from '../bytes/limited-cache.js';
import { parseContentType } from '../mime/content-type.js';
import { MessageIndex } from '../sip/fast/fast-path.js';
import { CONTENT_TYPE, headerIndex } from '../sip/header-check.js';
import { isComposite } from './body.js';

const CONTENT_TRANSFER_ENCODING = headerIndex('content-transfer-encoding');

/** Content-Type values that were asked about, and the longest that is kept: stacks have a few. */
const MAX_KNOWN = 64;
const MAX_KNOWN_LENGTH = 128;

/** Multiparts have bodies inside; each has a boundary of its own, so that its value is never known. */
const MULTIPART = /^multipart\//i;

/** Printable ASCII, tab and line ends. */
const TEXT = new Uint8Array(256).fill(1, 0x20, 0x7f);
TEXT[0x09] = 1;
TEXT[0x0a] = 1;
TEXT[0x0d] = 1;

/**
 * The index of one message at a time, for the fast path (docs/fast-path.md), in memory that is used again for the next.
 * A context has one, and hands it to its listener with the event of the message that it holds.
 */
export class PlainMessage {
  readonly index = new MessageIndex();
  readonly #leafTypes = new LimitedCache<string, boolean>(MAX_KNOWN);
  /** The bytes of which `#hasPlainText` is known. */
  #asked: Uint8Array | undefined;
  #hasPlainText = false;
  readonly #maxText: number;

  /** A body longer than `maxText` is cut in outputs, and does not count as plain text. */
  constructor(maxText = Number.POSITIVE_INFINITY) {
    this.#maxText = maxText;
  }

  /** Reads a message and answers whether it is plain. Asked again for the same view, it knows. */
  read(bytes: Uint8Array): boolean {
    return this.index.read(bytes);
  }

  /**
   * Whether the message read last, a plain one, has a body that is ASCII text of a type that holds nothing else, without
   * transfer encoding: opened, it is itself, and there is nothing to tell of it.
   */
  get hasPlainText(): boolean {
    const { bytes } = this.index;
    if (bytes !== this.#asked) {
      this.#asked = bytes;
      this.#hasPlainText = this.#isPlainText(this.index);
    }
    return this.#hasPlainText;
  }

  #isPlainText({ bytes, first, bodyStart }: MessageIndex): boolean {
    if (bytes.length - bodyStart > this.#maxText) return false;
    const contentType = first[CONTENT_TYPE] as number;
    if (contentType < 0 || (first[CONTENT_TRANSFER_ENCODING] as number) >= 0) return false;
    if (!this.#isLeafType(this.index.valueOf(contentType))) return false;
    for (let at = bodyStart; at < bytes.length; at++) if (TEXT[bytes[at] as number] !== 1) return false;
    return bodyStart < bytes.length;
  }

  #isLeafType(value: string): boolean {
    const known = this.#leafTypes.get(value);
    if (known !== undefined) return known;
    if (MULTIPART.test(value)) return false;
    const parsed = parseContentType(value);
    const isLeaf = parsed.ok && parsed.value.faults.length === 0 && !isComposite(parsed.value);
    return value.length <= MAX_KNOWN_LENGTH ? this.#leafTypes.keep(value, isLeaf) : isLeaf;
  }
}
