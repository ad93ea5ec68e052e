/**
 * DEFLATE (RFC 1951) in a ZLIB stream (RFC 1950) that goes on over many records, as TLS compression has it (RFC 3749).
 * node:zlib has no synchronous stream, and inflating all records so far for each new one would be quadratic.
 *
 * In: a record's compressed bytes. Out: what they come to, at most `limit` bytes, or undefined where the stream is
 * broken. A code that is not whole at the end of a record waits for the next one.
 */

const WINDOW = 32 * 1024;

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
  227, 258,
];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097,
  6145, 8193, 12289, 16385, 24577,
];
const DISTANCE_EXTRA = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Canonical Huffman code: how many codes of each length, and their symbols in order. */
type Code = { readonly counts: Uint16Array; readonly symbols: Uint16Array };

function buildCode(lengths: readonly number[]): Code {
  const counts = new Uint16Array(16);
  for (const length of lengths) counts[length] = (counts[length] as number) + 1;
  counts[0] = 0;
  const offsets = new Uint16Array(16);
  for (let i = 1; i < 16; i++) offsets[i] = (offsets[i - 1] as number) + (counts[i - 1] as number);
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    const at = offsets[length] as number;
    symbols[at] = symbol;
    offsets[length] = at + 1;
  });
  return { counts, symbols };
}

const FIXED_LITERALS = buildCode(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = buildCode(new Array<number>(30).fill(5));

/** More bits are needed than there are, or the stream is broken: how the decoder gets out of its depth. */
const SHORT = Symbol('short');
const BROKEN = Symbol('broken');

type Block =
  | { readonly kind: 'none' }
  | { readonly kind: 'stored'; left: number }
  | { readonly kind: 'codes'; readonly literals: Code; readonly distances: Code };

export class Inflater {
  #input: Uint8Array = new Uint8Array(0);
  /** Next bit of `#input`. */
  #bit = 0;
  #block: Block = { kind: 'none' };
  #last = false;
  #headerRead = false;
  #broken = false;
  /** The last 32 KiB of output, then this call's. */
  #out = new Uint8Array(WINDOW);
  #end = 0;
  #limitEnd = 0;

  push(bytes: Uint8Array, limit: number): Uint8Array | undefined {
    if (this.#broken) return undefined;
    const kept = this.#bit >> 3;
    const input = new Uint8Array(this.#input.length - kept + bytes.length);
    input.set(this.#input.subarray(kept));
    input.set(bytes, this.#input.length - kept);
    this.#input = input;
    this.#bit &= 7;

    const history = Math.min(this.#end, WINDOW);
    const out = new Uint8Array(history + limit);
    out.set(this.#out.subarray(this.#end - history, this.#end));
    this.#out = out;
    this.#end = history;
    this.#limitEnd = history + limit;

    for (;;) {
      const mark = this.#bit;
      const end = this.#end;
      const stop = this.#step();
      if (stop === undefined) continue;
      if (stop === BROKEN) {
        this.#broken = true;
        this.#out = new Uint8Array(0);
        return undefined;
      }
      // What was begun is done again when more has come.
      this.#bit = mark;
      this.#end = end;
      return this.#out.slice(history, this.#end);
    }
  }

  /** One header, one symbol or one stored run; a symbol where it cannot go on. */
  #step(): typeof SHORT | typeof BROKEN | undefined {
    try {
      if (!this.#headerRead) {
        const cmf = this.#bits(8);
        const flags = this.#bits(8);
        if ((cmf & 15) !== 8 || ((cmf << 8) | flags) % 31 !== 0 || flags & 0x20) return BROKEN;
        this.#headerRead = true;
      } else if (this.#block.kind === 'none') {
        if (this.#last) return SHORT;
        this.#startBlock();
      } else if (this.#block.kind === 'stored') {
        this.#copyStored(this.#block);
      } else {
        this.#symbol(this.#block.literals, this.#block.distances);
      }
      return undefined;
    } catch (stop) {
      if (stop === SHORT || stop === BROKEN) return stop;
      throw stop;
    }
  }

  #bits(count: number): number {
    if (this.#bit + count > this.#input.length * 8) throw SHORT;
    let value = 0;
    for (let i = 0; i < count; i++, this.#bit++) {
      value |= (((this.#input[this.#bit >> 3] as number) >> (this.#bit & 7)) & 1) << i;
    }
    return value;
  }

  #startBlock(): void {
    const last = this.#bits(1) === 1;
    const type = this.#bits(2);
    let block: Block;
    if (type === 0) {
      this.#bit = (this.#bit + 7) & ~7;
      const length = this.#bits(16);
      if ((length ^ this.#bits(16)) !== 0xffff) throw BROKEN;
      block = { kind: 'stored', left: length };
    } else if (type === 1) {
      block = { kind: 'codes', literals: FIXED_LITERALS, distances: FIXED_DISTANCES };
    } else if (type === 2) {
      block = this.#dynamicCodes();
    } else {
      throw BROKEN;
    }
    this.#last = last;
    this.#block = block;
  }

  #dynamicCodes(): Block {
    const literalCount = this.#bits(5) + 257;
    const distanceCount = this.#bits(5) + 1;
    const codeCount = this.#bits(4) + 4;
    const codeLengths = new Array<number>(19).fill(0);
    for (let i = 0; i < codeCount; i++) codeLengths[CODE_LENGTH_ORDER[i] as number] = this.#bits(3);
    const code = buildCode(codeLengths);
    const lengths: number[] = [];
    while (lengths.length < literalCount + distanceCount) {
      const symbol = this.#decode(code);
      if (symbol < 16) {
        lengths.push(symbol);
        continue;
      }
      const previous = symbol === 16 ? lengths.at(-1) : 0;
      if (previous === undefined) throw BROKEN;
      const repeat =
        symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      for (let i = 0; i < repeat; i++) lengths.push(previous);
    }
    if (lengths.length > literalCount + distanceCount) throw BROKEN;
    return {
      kind: 'codes',
      literals: buildCode(lengths.slice(0, literalCount)),
      distances: buildCode(lengths.slice(literalCount)),
    };
  }

  #copyStored(block: { left: number }): void {
    if (block.left === 0) {
      this.#block = { kind: 'none' };
      return;
    }
    this.#put(this.#bits(8));
    block.left--;
  }

  #symbol(literals: Code, distances: Code): void {
    const symbol = this.#decode(literals);
    if (symbol < 256) {
      this.#put(symbol);
      return;
    }
    if (symbol === 256) {
      this.#block = { kind: 'none' };
      return;
    }
    const base = LENGTH_BASE[symbol - 257];
    if (base === undefined) throw BROKEN;
    const length = base + this.#bits(LENGTH_EXTRA[symbol - 257] as number);
    const distanceSymbol = this.#decode(distances);
    const distanceBase = DISTANCE_BASE[distanceSymbol];
    if (distanceBase === undefined) throw BROKEN;
    const distance = distanceBase + this.#bits(DISTANCE_EXTRA[distanceSymbol] as number);
    if (distance > this.#end) throw BROKEN;
    for (let i = 0; i < length; i++) this.#put(this.#out[this.#end - distance] as number);
  }

  #decode(code: Code): number {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length++) {
      value |= this.#bits(1);
      const count = code.counts[length] as number;
      if (value - first < count) return code.symbols[index + value - first] as number;
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw BROKEN;
  }

  #put(byte: number): void {
    if (this.#end >= this.#limitEnd) throw BROKEN;
    this.#out[this.#end++] = byte;
  }
}
