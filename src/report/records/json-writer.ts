import { LimitedCache } from '../../bytes/limited-cache.js';
import { escaped } from './json.js';

/** First size of the memory, and the most that is kept for the next record: one of a large body is rare. */
const FIRST_LENGTH = 64 * 1024;
const MAX_KEPT = 1024 * 1024;

/** From this length on, copying by the engine's own routine is faster than a loop, in spite of the view it needs. */
const LONG_COPY = 96;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What stands behind the backslash of an escaped byte (RFC 8259 §7); 0 for bytes that need none. */
const ESCAPES = new Uint8Array(128);
for (const [character, letter] of ['""', '\\\\', '\tt', '\nn', '\rr'])
  ESCAPES[(character as string).charCodeAt(0)] = (letter as string).charCodeAt(0);

/** Text from which on encoding by the engine's own routine is faster than a loop. */
const LONG_TEXT = 1024;

/** Texts remembered by `recurring`, and the longest: a quarter of a megabyte, and the texts. */
const MAX_RECURRING = 256;
const MAX_RECURRING_LENGTH = 512;

/** JSON that is known to be ASCII, prepared for `raw`. */
export function ascii(json: string): Uint8Array {
  return Buffer.from(json, 'latin1');
}

const COMMA = ascii(',');

/**
 * Puts JSON together as bytes, one record after the other in the same memory. Most of a record are bytes of the capture,
 * which thus never become text: written as strings that are joined and encoded, a record costs three times as much.
 */
export class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(FIRST_LENGTH);
  #length = 0;
  readonly #recurring = new LimitedCache<string, Uint8Array>(MAX_RECURRING);

  /** Begins a new record, and forgets the last one. */
  restart(): void {
    this.#length = 0;
    if (this.#bytes.length > MAX_KEPT) this.#bytes = Buffer.allocUnsafeSlow(FIRST_LENGTH);
  }

  /** Bytes written of it so far. */
  get length(): number {
    return this.#length;
  }

  /** The record, until the next one is begun. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** JSON that is known to be well-formed and ASCII, prepared as bytes. */
  raw(json: Uint8Array): void {
    this.#reserve(json.length);
    let at = this.#length;
    const bytes = this.#bytes;
    if (json.length >= LONG_COPY) {
      bytes.set(json, at);
      at += json.length;
    } else for (let index = 0; index < json.length; index++) bytes[at++] = json[index] as number;
    this.#length = at;
  }

  /** Bytes [start..end) of printable ASCII that need no escape. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    let at = this.#length;
    const bytes = this.#bytes;
    if (end - start >= LONG_COPY) {
      bytes.set(from.subarray(start, end), at);
      at += end - start;
    } else for (let index = start; index < end; index++) bytes[at++] = from[index] as number;
    this.#length = at;
  }

  /** Bytes [start..end) of ASCII without controls other than tab and line ends, as the inside of a JSON string. */
  escaped(from: Uint8Array, start: number, end: number): void {
    this.#reserve((end - start) * 2);
    let at = this.#length;
    const bytes = this.#bytes;
    for (let index = start; index < end; index++) {
      const byte = from[index] as number;
      const letter = ESCAPES[byte] as number;
      if (letter === 0) bytes[at++] = byte;
      else {
        bytes[at++] = BACKSLASH;
        bytes[at++] = letter;
      }
    }
    this.#length = at;
  }

  /** JSON as text, as JSON.stringify gives it. */
  json(text: string): void {
    // A UTF-16 unit has at most three bytes in UTF-8.
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Any text as the inside of a JSON string: the same as `escaped` gives. */
  text(text: string): void {
    const { length } = text;
    if (length > LONG_TEXT) {
      this.json(escaped(text));
      return;
    }
    this.#reserve(length * 2);
    let at = this.#length;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      const letter = code < 0x7f ? (ESCAPES[code] as number) : 0;
      if (letter !== 0) {
        bytes[at++] = BACKSLASH;
        bytes[at++] = letter;
      } else if (code >= 0x20 && code < 0x7f) bytes[at++] = code;
      else {
        this.json(escaped(text));
        return;
      }
    }
    this.#length = at;
  }

  /** The same for texts that come again in other records, as what names a certificate. */
  recurring(text: string): void {
    const known = this.#recurring.get(text);
    if (known !== undefined) {
      this.raw(known);
      return;
    }
    const start = this.#length;
    this.text(text);
    if (text.length <= MAX_RECURRING_LENGTH)
      this.#recurring.keep(text, new Uint8Array(this.#bytes.subarray(start, this.#length)));
  }

  /** The inside of a list: what `write` writes of each item, with commas between. */
  list<Item>(items: readonly Item[], write: (item: Item, index: number) => void): void {
    for (let index = 0; index < items.length; index++) {
      if (index > 0) this.raw(COMMA);
      write(items[index] as Item, index);
    }
  }

  /** Short text of ASCII that needs no escape, as an IP address. */
  ascii(text: string): void {
    const { length } = text;
    this.#reserve(length);
    let at = this.#length;
    for (let index = 0; index < length; index++) this.#bytes[at++] = text.charCodeAt(index);
    this.#length = at;
  }

  quote(): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = QUOTE;
  }

  /** A whole number of 0 to 2^53, with leading zeros up to `digits`. */
  number(value: number, digits = 1): void {
    let count = 1;
    for (let power = 10; value >= power; power *= 10) count++;
    if (count < digits) count = digits;
    this.#reserve(count);
    let rest = value;
    this.#length += count;
    for (let at = this.#length - 1; count > 0; count--) {
      const tenth = Math.floor(rest / 10);
      this.#bytes[at--] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
  }

  #reserve(length: number): void {
    const wanted = this.#length + length;
    if (wanted <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(wanted, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
