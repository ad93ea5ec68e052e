/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), little-endian: one section, an interface for each kind of frame, packets as
 * Enhanced Packet Blocks, TLS secrets as Decryption Secrets Blocks.
 *
 * In: frames as readers give them, lines of an NSS key log. Out: whole blocks, in the order in which things were given.
 */
import { TLS_KEY_LOG } from '../../capture/reader.js';

/** What is written of a frame. */
export type WrittenFrame = {
  readonly linkType: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Decimal digits of the second, 0..9. */
  readonly timeDigits: number;
  readonly originalLength: number;
  readonly data: Uint8Array;
  readonly comment?: string;
};

/** Bytes of key log in one block: well under what readers take, of a size that needs no thought about memory. */
const MAX_SECRETS_LENGTH = 4 * 1024 * 1024;
/** Longest comment written; an option's length has 16 bits. */
const MAX_COMMENT_LENGTH = 4096;

/** Link type of the interface of a file without packets, whose kind says nothing. */
const LINKTYPE_ETHERNET = 1;
const MICROSECONDS = 6;

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6, secrets: 0x0a } as const;
const OPTION = { end: 0, comment: 1, userApplication: 4, timestampResolution: 9 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const EMPTY = Buffer.alloc(0);

type Option = { readonly code: number; readonly value: Uint8Array };

export class PcapngWriter {
  readonly #write: (block: Uint8Array) => void;
  /** Number of the interface by link type and digits. */
  readonly #interfaces = new Map<number, number>();
  #frames = 0;

  /** `write` takes each block, the section header at once. */
  constructor(write: (block: Uint8Array) => void) {
    this.#write = write;
    const body = Buffer.alloc(16);
    body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    body.writeUInt16LE(1, 4);
    // The section's length is not known beforehand.
    body.writeBigInt64LE(-1n, 8);
    this.#block(BLOCK.section, [
      body,
      ...options([{ code: OPTION.userApplication, value: Buffer.from('siplens') }]),
    ]);
  }

  /** Frames written so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Adds lines of an NSS key log. Wireshark uses secrets for the frames behind them, so they come first. */
  secrets(keyLogLines: readonly string[]): void {
    let lines: string[] = [];
    let length = 0;
    const flush = (): void => {
      if (lines.length === 0) return;
      const text = Buffer.from(lines.join(''), 'latin1');
      const head = Buffer.alloc(8);
      head.writeUInt32LE(TLS_KEY_LOG, 0);
      head.writeUInt32LE(text.length, 4);
      this.#block(BLOCK.secrets, [head, text, padding(text.length)]);
      lines = [];
      length = 0;
    };
    for (const line of keyLogLines) {
      lines.push(`${line}\n`);
      length += line.length + 1;
      if (length >= MAX_SECRETS_LENGTH) flush();
    }
    flush();
  }

  /** Adds a frame. Its data is copied. */
  frame(frame: WrittenFrame): void {
    const { data, originalLength, comment } = frame;
    const id = this.#interfaceOf(frame.linkType, frame.timeDigits);
    const time = ticks(frame);
    const head = Buffer.alloc(20);
    head.writeUInt32LE(id, 0);
    head.writeUInt32LE(Number(time >> 32n), 4);
    head.writeUInt32LE(Number(time & 0xffffffffn), 8);
    head.writeUInt32LE(data.length, 12);
    head.writeUInt32LE(originalLength, 16);
    this.#block(BLOCK.packet, [
      head,
      data,
      padding(data.length),
      ...(comment === undefined
        ? []
        : options([{ code: OPTION.comment, value: Buffer.from(comment).subarray(0, MAX_COMMENT_LENGTH) }])),
    ]);
    this.#frames++;
  }

  /** To be called behind the last frame: libpcap refuses a file without interfaces, so that one without frames has one. */
  finish(): void {
    if (this.#interfaces.size === 0) this.#interfaceOf(LINKTYPE_ETHERNET, MICROSECONDS);
  }

  #interfaceOf(linkType: number, timeDigits: number): number {
    const key = linkType * 16 + timeDigits;
    const known = this.#interfaces.get(key);
    if (known !== undefined) return known;
    const id = this.#interfaces.size;
    this.#interfaces.set(key, id);
    // A snap length of 0: there is none.
    const body = Buffer.alloc(8);
    body.writeUInt16LE(linkType, 0);
    this.#block(BLOCK.interface, [
      body,
      ...options([{ code: OPTION.timestampResolution, value: Buffer.from([timeDigits]) }]),
    ]);
    return id;
  }

  #block(type: number, parts: readonly Uint8Array[]): void {
    const body = parts.reduce((sum, part) => sum + part.length, 0);
    const block = Buffer.alloc(body + 12);
    block.writeUInt32LE(type, 0);
    block.writeUInt32LE(block.length, 4);
    let at = 8;
    for (const part of parts) {
      block.set(part, at);
      at += part.length;
    }
    block.writeUInt32LE(block.length, at);
    this.#write(block);
  }
}

/** Time since 1970 in units of the last digit, as 64 bits. */
function ticks({ seconds, nanoseconds, timeDigits }: WrittenFrame): bigint {
  const fraction = Math.floor(nanoseconds / 10 ** (9 - timeDigits));
  return BigInt.asUintN(64, BigInt(seconds) * 10n ** BigInt(timeDigits) + BigInt(fraction));
}

function options(list: readonly Option[]): Uint8Array[] {
  const parts = list.flatMap(({ code, value }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, value, padding(value.length)];
  });
  return [...parts, Buffer.alloc(4, OPTION.end)];
}

/** Zeros up to a multiple of four bytes. */
function padding(length: number): Uint8Array {
  return length % 4 === 0 ? EMPTY : Buffer.alloc(4 - (length % 4));
}
