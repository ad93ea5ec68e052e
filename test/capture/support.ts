/** Captures made for tests, and one way to read them that shows whether chunking or reused memory matters. */
import type { Frame } from '../../src/capture/frame.js';
import {
  type CaptureProblem,
  createCaptureReader,
  type InterfaceStatistics,
} from '../../src/capture/reader.js';

export type Order = 'big' | 'little';

/** Integers in one byte order, joined. */
export class Writer {
  readonly #parts: Buffer[] = [];
  readonly #order: Order;

  constructor(order: Order) {
    this.#order = order;
  }

  u16(...values: number[]): this {
    for (const value of values) this.#integer(BigInt(value), 2);
    return this;
  }

  u32(...values: number[]): this {
    for (const value of values) this.#integer(BigInt(value), 4);
    return this;
  }

  u64(value: bigint): this {
    return this.#integer(value, 8);
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #integer(value: bigint, length: number): this {
    const digits = BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0');
    const bytes = Buffer.from(digits, 'hex');
    this.#parts.push(this.#order === 'big' ? bytes : bytes.reverse());
    return this;
  }
}

export type Packet = {
  readonly seconds: number;
  /** Micro- or nanoseconds, as the magic says. */
  readonly fraction: number;
  readonly data: Uint8Array;
  readonly originalLength?: number;
};

export type PcapOptions = {
  readonly order?: Order;
  readonly magic?: number;
  readonly version?: readonly [number, number];
  readonly linkType?: number;
  /** Stands between each record header and its data. */
  readonly extra?: Uint8Array;
  readonly swapLengths?: boolean;
};

/** A classic pcap file. */
export function pcapFile(packets: readonly Packet[], options: PcapOptions = {}): Buffer {
  const file = new Writer(options.order ?? 'little')
    .u32(options.magic ?? 0xa1b2c3d4)
    .u16(...(options.version ?? [2, 4]))
    .u32(0, 0, 262_144, options.linkType ?? 1);
  for (const { seconds, fraction, data, originalLength = data.length } of packets) {
    const lengths = options.swapLengths ? [originalLength, data.length] : [data.length, originalLength];
    file
      .u32(seconds, fraction, ...lengths)
      .bytes(options.extra ?? new Uint8Array(0))
      .bytes(data);
  }
  return file.done();
}

/** Bytes that differ from place to place, so that a wrong offset shows. */
export function pattern(length: number, seed = 1): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31 + seed * 17 + (index >> 8)) & 0xff));
}

/** Blocks of a pcapng in one byte order. */
export class Blocks {
  readonly #order: Order;

  constructor(order: Order = 'little') {
    this.#order = order;
  }

  writer(): Writer {
    return new Writer(this.#order);
  }

  block(type: number, body: Uint8Array, trailingLength?: number): Buffer {
    const padding = Buffer.alloc(-body.length & 3);
    const length = 12 + body.length + padding.length;
    return this.writer()
      .u32(type, length)
      .bytes(body)
      .bytes(padding)
      .u32(trailingLength ?? length)
      .done();
  }

  option(code: number, value: Uint8Array): Buffer {
    return this.writer()
      .u16(code, value.length)
      .bytes(value)
      .bytes(Buffer.alloc(-value.length & 3))
      .done();
  }

  section(version: readonly [number, number] = [1, 0], ...options: readonly Buffer[]): Buffer {
    const body = this.writer()
      .u32(0x1a2b3c4d)
      .u16(...version)
      .u64(-1n)
      .bytes(Buffer.concat(options));
    return this.block(0x0a0d0d0a, body.done());
  }

  interface(linkType = 1, snapLength = 0, ...options: readonly Buffer[]): Buffer {
    const body = this.writer().u16(linkType, 0).u32(snapLength).bytes(Buffer.concat(options));
    return this.block(1, body.done());
  }

  packet(id: number, timestamp: bigint, data: Uint8Array, ...options: readonly Buffer[]): Buffer {
    const body = this.writer()
      .u32(id, Number(timestamp >> 32n), Number(timestamp & 0xffffffffn), data.length, data.length)
      .bytes(data)
      .bytes(Buffer.alloc(-data.length & 3))
      .bytes(Buffer.concat(options));
    return this.block(6, body.done());
  }

  obsoletePacket(id: number, timestamp: bigint, data: Uint8Array): Buffer {
    const body = this.writer()
      .u16(id, 7)
      .u32(Number(timestamp >> 32n), Number(timestamp & 0xffffffffn), data.length, data.length + 4)
      .bytes(data);
    return this.block(2, body.done());
  }

  simplePacket(originalLength: number, data: Uint8Array): Buffer {
    return this.block(3, this.writer().u32(originalLength).bytes(data).done());
  }
}

/** All that a reader said of a file; bytes are copied while they are valid. */
export type Reading = {
  readonly frames: readonly Frame[];
  readonly problems: readonly CaptureProblem[];
  readonly secrets: readonly { readonly type: number; readonly bytes: Uint8Array }[];
  readonly names: readonly { readonly address: Uint8Array; readonly names: readonly string[] }[];
  readonly statistics: readonly InterfaceStatistics[];
};

/**
 * Reads a file in chunks of `size`. Every chunk comes in the same memory, which is overwritten afterwards, so a reader
 * that holds a view where it should hold a copy is found out.
 */
export function readInChunks(
  kind: 'pcap' | 'pcapng',
  file: Uint8Array,
  size = Math.max(1, file.length),
): Reading {
  const frames: Frame[] = [];
  const problems: CaptureProblem[] = [];
  const secrets: Reading['secrets'][number][] = [];
  const names: Reading['names'][number][] = [];
  const statistics: InterfaceStatistics[] = [];
  const reader = createCaptureReader(kind, {
    frame: (frame) => frames.push({ ...frame, data: frame.data.slice() }),
    secrets: (type, bytes) => secrets.push({ type, bytes: bytes.slice() }),
    names: (address, list) => names.push({ address: address.slice(), names: list }),
    interfaceStatistics: (counts) => statistics.push(counts),
    problem: (problem) => problems.push(problem),
  });
  const memory = Buffer.alloc(size);
  for (let start = 0; start < file.length; start += size) {
    const count = Math.min(size, file.length - start);
    memory.set(file.subarray(start, start + count));
    reader.push(memory.subarray(0, count));
    memory.fill(0xee);
  }
  reader.end();
  return { frames, problems, secrets, names, statistics };
}
