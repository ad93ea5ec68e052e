import type { PcapParserBytes } from 'pcap-parser';
import { latin1 } from '../bytes/text.js';
import { BIG_ENDIAN, type ByteOrder, LITTLE_ENDIAN } from './order.js';

/**
 * Stands in for the Buffer that pcap-parser reads from: just the calls that it makes, over a window on a chunk.
 *
 * pcap-parser drops what it has read by `buffer = buffer.slice(n)`, three Buffers a frame. Here that moves the window
 * and answers the window itself, and a frame's data is a plain Uint8Array, whose `slice` copies as a Buffer's does not.
 * On 2 M frames of 214 bytes: 7.0 M frames/s, where Buffers give 2.2 M.
 *
 * It reads a number by the method 'readUInt32' + endianness, and making and looking up that name takes most of its time. So
 * once the file header is read, the endianness that it knows is '' and the window has the order.
 */
export class PcapWindow implements PcapParserBytes {
  length = 0;
  /** By which `readUInt32` reads. */
  order: ByteOrder = LITTLE_ENDIAN;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  /** Puts the window on `bytes` from `start` to their end. */
  set(bytes: Uint8Array, start: number): this {
    this.#bytes = bytes;
    this.#at = start;
    this.length = bytes.length - start;
    return this;
  }

  slice(start: number): PcapParserBytes;
  slice(start: number, end: number): Uint8Array;
  slice(start: number, end?: number): PcapParserBytes | Uint8Array {
    if (end !== undefined) return this.#bytes.subarray(this.#at + start, this.#at + end);
    this.#at += start;
    this.length -= start;
    return this;
  }

  readUInt16LE(at: number): number {
    return LITTLE_ENDIAN.u16(this.#bytes, this.#at + at);
  }

  readUInt16BE(at: number): number {
    return BIG_ENDIAN.u16(this.#bytes, this.#at + at);
  }

  readUInt32LE(at: number): number {
    return LITTLE_ENDIAN.u32(this.#bytes, this.#at + at);
  }

  readUInt32BE(at: number): number {
    return BIG_ENDIAN.u32(this.#bytes, this.#at + at);
  }

  readUInt32(at: number): number {
    return this.order.u32(this.#bytes, this.#at + at);
  }

  readInt32LE(at: number): number {
    return this.readUInt32LE(at) | 0;
  }

  readInt32BE(at: number): number {
    return this.readUInt32BE(at) | 0;
  }

  /** The bytes from `start` to `end` in that encoding; pcap-parser asks for the magic in hexadecimal. */
  toString(encoding: BufferEncoding = 'latin1', start = 0, end = this.length): string {
    const text = latin1(this.#bytes, this.#at + start, this.#at + end);
    return encoding === 'latin1' ? text : Buffer.from(text, 'latin1').toString(encoding);
  }
}
