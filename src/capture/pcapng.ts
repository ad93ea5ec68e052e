/**
 * pcapng (draft-ietf-opsawg-pcapng).
 *
 * In: the bytes of a file in chunks of any size. Out: frames of Enhanced, Simple and obsolete Packet Blocks as views
 * of the chunk they came in (only a block that lies across chunks is copied), key logs, names, interface counts.
 * Sections may follow one another, each in its own byte order and with its own interfaces. Blocks and options that
 * are not known are passed over.
 *
 * What is damaged inside a block is told and reading goes on with the next block; a block whose length cannot be
 * believed ends the reading, as nothing says where the next one starts.
 */
import { utf8 } from '../bytes/text.js';
import { Carry } from './carry.js';
import {
  MAX_BLOCK_LENGTH,
  MAX_CAPTURED_LENGTH,
  MAX_COMMENT_LENGTH,
  MAX_INTERFACES,
  MAX_PROBLEMS,
} from './limits.js';
import { BIG_ENDIAN, type ByteOrder, LITTLE_ENDIAN } from './order.js';
import { OPTION, type OptionShortage, visitOptions } from './pcapng-options.js';
import { readNameResolution, readSecrets, readStatistics } from './pcapng-side-blocks.js';
import { InterfaceClock } from './pcapng-time.js';
import { plainBytes } from './plain.js';
import type { CaptureHandler, CaptureReader } from './reader.js';

const BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
  decryptionSecrets: 0x0a,
} as const;

const READ_BLOCKS: ReadonlySet<number> = new Set(Object.values(BLOCK));

/**
 * Blocks that hold no packet but that Wireshark gives a frame number: custom blocks (both kinds), systemd journal
 * entries and the events of Sysdig.
 */
const NUMBERED_BLOCKS: ReadonlySet<number> = new Set([
  0x00000bad, 0x40000bad, 0x00000009, 0x00000204, 0x00000208, 0x00000216, 0x00000217, 0x00000221, 0x00000222,
]);

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type, length, and length again: the least a block has, and enough to know a Section Header's byte order. */
const MIN_BLOCK_LENGTH = 12;
/** A Section Header without options. */
const MIN_SECTION_HEADER_LENGTH = 28;
/** Type and length, which stand before a block's body. */
const BLOCK_HEADER_LENGTH = 8;
/** Length again, which stands after it. */
const BLOCK_TRAILER_LENGTH = 4;

type Interface = { readonly linkType: number; readonly snapLength: number; readonly clock: InterfaceClock };

export class PcapngReader implements CaptureReader {
  readonly #handler: CaptureHandler;
  readonly #carry = new Carry();
  stopped = false;
  /** Of the block that is read, from the start of the file. */
  #offset = 0;
  /** Bytes needed before the next step: a block's first 12, then all of it. */
  #wanted = MIN_BLOCK_LENGTH;
  #lengthKnown = false;
  /** The block's length as it states it. */
  #stated = 0;
  /** Bytes of an unknown block that have been passed over. */
  #passed = 0;
  #order: ByteOrder = LITTLE_ENDIAN;
  /** Of this section. */
  #interfaces: Interface[] = [];
  #frames = 0;
  #problems = 0;

  constructor(handler: CaptureHandler) {
    this.#handler = handler;
  }

  push(bytes: Uint8Array): void {
    const chunk = plainBytes(bytes);
    let start = 0;
    while (!this.stopped && start < chunk.length) {
      if (this.#isPassedOver) {
        start += this.#passOver(chunk.length - start);
        continue;
      }
      if (this.#carry.length === 0 && chunk.length - start >= MIN_BLOCK_LENGTH) {
        if (!this.#readLength(chunk, start)) return;
        if (this.#isPassedOver) continue;
        if (chunk.length - start >= this.#wanted) {
          const end = start + this.#wanted;
          this.#readBlock(chunk, start, end);
          start = end;
          continue;
        }
      }
      start += this.#carry.fill(chunk, start, this.#wanted);
      if (this.#carry.length < this.#wanted) return;
      if (!this.#lengthKnown && !this.#readLength(this.#carry.bytes, 0)) return;
      if (this.#isPassedOver) {
        this.#passed = this.#carry.length;
        this.#carry.clear();
        continue;
      }
      if (this.#carry.length === this.#wanted) {
        this.#readBlock(this.#carry.bytes, 0, this.#wanted);
        this.#carry.clear();
      }
    }
  }

  end(): void {
    if (this.stopped) return;
    const had = this.#carry.length + this.#passed;
    if (this.#offset === 0 && had === 0) this.#stop('the file is empty', 0);
    else if (had > 0) {
      const length = this.#lengthKnown ? ` of its ${this.#wanted} bytes` : ' bytes of it';
      this.#stop(
        `the block at byte ${this.#offset} is cut short: the file ends after ${had}${length}`,
        this.#offset,
      );
    }
    this.stopped = true;
  }

  /** Reads a block's length into `#wanted`, and from a Section Header the byte order; false where there is no going on. */
  #readLength(bytes: Uint8Array, start: number): boolean {
    const isSection = BIG_ENDIAN.u32(bytes, start) === BLOCK.sectionHeader;
    if (isSection) {
      if (BIG_ENDIAN.u32(bytes, start + 8) === BYTE_ORDER_MAGIC) this.#order = BIG_ENDIAN;
      else if (LITTLE_ENDIAN.u32(bytes, start + 8) === BYTE_ORDER_MAGIC) this.#order = LITTLE_ENDIAN;
      else return this.#stop(`the section at byte ${this.#offset} has no byte-order magic`, this.#offset);
    } else if (this.#offset === 0) {
      return this.#stop('this is not a pcapng file: it does not begin with a Section Header Block', 0);
    }
    const length = this.#order.u32(bytes, start + 4);
    const least = isSection ? MIN_SECTION_HEADER_LENGTH : MIN_BLOCK_LENGTH;
    const isRead = READ_BLOCKS.has(this.#order.u32(bytes, start));
    let wrong: string | undefined;
    if (length < least) wrong = `less than the ${least} it needs`;
    else if (length > MAX_BLOCK_LENGTH && isRead) wrong = `more than the ${MAX_BLOCK_LENGTH} that are read`;
    if (wrong !== undefined) {
      return this.#stop(
        `the block at byte ${this.#offset} claims ${length} bytes, ${wrong}: nothing after it was read`,
        this.#offset,
      );
    }
    // It has to be a multiple of 4 (draft-ietf-opsawg-pcapng §3.1); writers that state less pad the block all the same.
    this.#stated = length;
    this.#wanted = length + (-length & 3);
    this.#lengthKnown = true;
    if (this.#isPassedOver && NUMBERED_BLOCKS.has(this.#order.u32(bytes, start))) this.#frames++;
    return true;
  }

  /** Whether the block begun is one that is not held, as it is too long and would not be read anyway. */
  get #isPassedOver(): boolean {
    return this.#wanted > MAX_BLOCK_LENGTH;
  }

  /** Passes over what is there of such a block; answers how many bytes that were. */
  #passOver(available: number): number {
    const count = Math.min(this.#wanted - this.#passed, available);
    this.#passed += count;
    if (this.#passed === this.#wanted) {
      this.#passed = 0;
      this.#nextBlock();
    }
    return count;
  }

  #nextBlock(): void {
    this.#offset += this.#wanted;
    this.#wanted = MIN_BLOCK_LENGTH;
    this.#lengthKnown = false;
  }

  /** Reads the whole block in `bytes[start..end)` and moves on to the next. */
  #readBlock(bytes: Uint8Array, start: number, end: number): void {
    const type = this.#order.u32(bytes, start);
    const bodyEnd = end - BLOCK_TRAILER_LENGTH;
    const again = this.#order.u32(bytes, bodyEnd);
    if (again !== this.#stated && again !== end - start) {
      this.#tell(
        `the block at byte ${this.#offset} has ${this.#stated} bytes by its first length and ${again} by its last`,
        this.#offset + bodyEnd - start,
      );
    }
    this.#dispatch(type, bytes, start + BLOCK_HEADER_LENGTH, bodyEnd);
    this.#nextBlock();
  }

  #dispatch(type: number, bytes: Uint8Array, start: number, end: number): void {
    const order = this.#order;
    switch (type) {
      case BLOCK.enhancedPacket:
        this.#frames++;
        this.#tellOfFrame(this.#readPacket(bytes, start, end, false));
        break;
      case BLOCK.packet:
        this.#frames++;
        this.#tellOfFrame(this.#readPacket(bytes, start, end, true));
        break;
      case BLOCK.simplePacket:
        this.#frames++;
        this.#tellOfFrame(this.#readSimplePacket(bytes, start, end));
        break;
      case BLOCK.sectionHeader:
        this.#readSection(bytes, start, end);
        break;
      case BLOCK.interfaceDescription:
        this.#tellOfBlock(this.#readInterface(bytes, start, end));
        break;
      case BLOCK.nameResolution:
        this.#tellOfBlock(readNameResolution(bytes, start, end, order, this.#handler));
        break;
      case BLOCK.decryptionSecrets:
        this.#tellOfBlock(readSecrets(bytes, start, end, order, this.#handler));
        break;
      case BLOCK.interfaceStatistics:
        this.#tellOfBlock(readStatistics(bytes, start, end, order, this.#handler));
        break;
      default:
        if (NUMBERED_BLOCKS.has(type)) this.#frames++;
    }
  }

  #readSection(bytes: Uint8Array, start: number, end: number): void {
    const major = this.#order.u16(bytes, start + 4);
    const minor = this.#order.u16(bytes, start + 6);
    // 1.2 was written by mistake for a while and is the same as 1.0 (draft-ietf-opsawg-pcapng, Section Header Block).
    if (major !== 1 || (minor !== 0 && minor !== 2)) {
      this.#stop(
        `pcapng version ${major}.${minor} of the section at byte ${this.#offset} is not supported`,
        this.#offset,
      );
      return;
    }
    this.#interfaces = [];
    this.#tellOfOption(
      visitOptions(bytes, start + 16, end, this.#order, () => {}),
      start,
    );
  }

  #readInterface(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (end - start < 8) return `an interface needs 8 bytes and has ${end - start}`;
    if (this.#interfaces.length >= MAX_INTERFACES) {
      this.#stop(
        `the interface at byte ${this.#offset} is one more than the ${MAX_INTERFACES} that are read: nothing after it was read`,
        this.#offset,
      );
      return undefined;
    }
    const order = this.#order;
    let resolution: number | undefined;
    let offsetSeconds = 0;
    const shortage = visitOptions(bytes, start + 8, end, order, (code, at, length) => {
      if (code === OPTION.interfaceTimestampResolution && length === 1) resolution = bytes[at];
      if (code === OPTION.interfaceTimestampOffset && length === 8) {
        offsetSeconds = Number(BigInt.asIntN(64, order.u64(bytes, at)));
      }
    });
    this.#interfaces.push({
      linkType: order.u16(bytes, start),
      snapLength: order.u32(bytes, start + 4),
      clock: new InterfaceClock(resolution, offsetSeconds),
    });
    this.#tellOfOption(shortage, start);
    return undefined;
  }

  /** Enhanced Packet Block, or the obsolete Packet Block, whose interface has 16 bits followed by a drop count. */
  #readPacket(bytes: Uint8Array, start: number, end: number, obsolete: boolean): string | undefined {
    if (end - start < 20) return `needs 20 bytes for its header and has ${end - start}`;
    const order = this.#order;
    const id = obsolete ? order.u16(bytes, start) : order.u32(bytes, start);
    const from = this.#interfaces[id];
    if (from === undefined) return `is of interface ${id}, which the section does not describe`;
    const capturedLength = order.u32(bytes, start + 12);
    const data = start + 20;
    if (capturedLength > end - data) {
      return `claims ${capturedLength} captured bytes, but its block has room for ${end - data}`;
    }
    if (capturedLength > MAX_CAPTURED_LENGTH) {
      return `claims ${capturedLength} captured bytes, more than the ${MAX_CAPTURED_LENGTH} a capture holds`;
    }
    from.clock.read(order.u32(bytes, start + 4), order.u32(bytes, start + 8));
    const frame = {
      number: this.#frames,
      seconds: from.clock.seconds,
      nanoseconds: from.clock.nanoseconds,
      timeDigits: from.clock.digits,
      capturedLength,
      originalLength: order.u32(bytes, start + 16),
      linkType: from.linkType,
      data: bytes.subarray(data, data + capturedLength),
      fileOffset: this.#offset + BLOCK_HEADER_LENGTH + 20,
      interfaceId: id,
    };
    const options = data + capturedLength + (-capturedLength & 3);
    const comment = options < end ? this.#readComment(bytes, options, end, start) : undefined;
    this.#handler.frame(comment === undefined ? frame : { ...frame, comment });
    return undefined;
  }

  #readComment(bytes: Uint8Array, start: number, end: number, bodyStart: number): string | undefined {
    let comment: string | undefined;
    const shortage = visitOptions(bytes, start, end, this.#order, (code, at, length) => {
      if (code !== OPTION.comment || (comment?.length ?? 0) >= MAX_COMMENT_LENGTH) return;
      const text = utf8(bytes, at, at + length).replace(/\0+$/, '');
      comment = (comment === undefined ? text : `${comment}\n${text}`).slice(0, MAX_COMMENT_LENGTH);
    });
    this.#tellOfOption(shortage, bodyStart, this.#frames);
    return comment;
  }

  /** Simple Packet Block: of the section's first interface, without a time, cut by that interface's snap length. */
  #readSimplePacket(bytes: Uint8Array, start: number, end: number): string | undefined {
    if (end - start < 4) return `needs 4 bytes for its header and has ${end - start}`;
    const from = this.#interfaces[0];
    if (from === undefined) return 'is of interface 0, which the section does not describe';
    const originalLength = this.#order.u32(bytes, start);
    const cut = from.snapLength === 0 ? originalLength : Math.min(originalLength, from.snapLength);
    const data = start + 4;
    if (cut > end - data) {
      return `needs ${cut} captured bytes, but its block has room for ${end - data}`;
    }
    if (cut > MAX_CAPTURED_LENGTH) {
      return `claims ${cut} captured bytes, more than the ${MAX_CAPTURED_LENGTH} a capture holds`;
    }
    this.#handler.frame({
      number: this.#frames,
      seconds: 0,
      nanoseconds: 0,
      timeDigits: 0,
      capturedLength: cut,
      originalLength,
      linkType: from.linkType,
      data: bytes.subarray(data, data + cut),
      fileOffset: this.#offset + BLOCK_HEADER_LENGTH + 4,
      interfaceId: 0,
      untimed: true,
    });
    return undefined;
  }

  #tellOfFrame(wrong: string | undefined): void {
    if (wrong === undefined) return;
    this.#tell(`frame ${this.#frames} at byte ${this.#offset} ${wrong}`, this.#offset, this.#frames);
  }

  #tellOfBlock(wrong: string | undefined): void {
    if (wrong !== undefined)
      this.#tell(`the block at byte ${this.#offset} is damaged: ${wrong}`, this.#offset);
  }

  #tellOfOption(shortage: OptionShortage | undefined, bodyStart: number, frame?: number): void {
    if (shortage === undefined) return;
    const offset = this.#offset + BLOCK_HEADER_LENGTH + shortage.offset - bodyStart;
    const { needed, had } = shortage;
    this.#tell(`the option at byte ${offset} needs ${needed} bytes and its block has ${had}`, offset, frame);
  }

  /** Tells of something that reading goes on after. */
  #tell(message: string, offset: number, frame?: number): void {
    this.#problems++;
    if (this.#problems > MAX_PROBLEMS) return;
    const more = this.#problems === MAX_PROBLEMS ? '; further problems of this file are not told' : '';
    this.#handler.problem({
      message: message + more,
      offset,
      ...(frame === undefined ? {} : { frame }),
      fatal: false,
    });
  }

  /** Tells of something that nothing is read after. */
  #stop(message: string, offset: number): false {
    this.stopped = true;
    this.#handler.problem({ message, offset, fatal: true });
    return false;
  }
}
