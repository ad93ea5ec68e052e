/**
 * Writes pcapng (draft-ietf-opsawg-pcapng), little-endian: one section, an interface for each kind of frame, packets as
 * Enhanced Packet Blocks, TLS secrets as Decryption Secrets Blocks, which stand before the packets that they open.
 */

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const DECRYPTION_SECRETS = 10;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Secrets type "TLSK": an NSS key log. */
const TLS_KEY_LOG = 0x544c534b;
const OPTION_USER_APPLICATION = 4;
const OPTION_COMMENT = 1;
const OPTION_TIME_RESOLUTION = 9;

/** What a packet block is made of. */
export type PcapngPacket = {
  readonly linkType: number;
  readonly seconds: number;
  readonly nanoseconds: number;
  /** Decimal digits of the second, 0..9. */
  readonly timeDigits: number;
  readonly originalLength: number;
  readonly data: Uint8Array;
  readonly comment?: string;
};

/** Makes the blocks of one file in turn; the caller writes them in that order. */
export class PcapngWriter {
  readonly #interfaces = new Map<string, number>();

  /** The section header: first of all. */
  header(): Uint8Array {
    const body = Buffer.alloc(16);
    body.writeUInt32LE(BYTE_ORDER_MAGIC, 0);
    body.writeUInt16LE(1, 4);
    // Length of the section: not known.
    body.writeBigInt64LE(-1n, 8);
    return block(
      SECTION_HEADER,
      Buffer.concat([body, options([[OPTION_USER_APPLICATION, Buffer.from('siplens')]])]),
    );
  }

  /** Secrets as lines of an NSS key log. */
  secrets(lines: readonly string[]): Uint8Array {
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
    const head = Buffer.alloc(8);
    head.writeUInt32LE(TLS_KEY_LOG, 0);
    head.writeUInt32LE(text.length, 4);
    return block(DECRYPTION_SECRETS, Buffer.concat([head, padded(text)]));
  }

  /** A packet, after the description of its interface where it is the first of its kind. */
  packet(packet: PcapngPacket): Uint8Array {
    const { linkType, seconds, nanoseconds, timeDigits, originalLength, data, comment } = packet;
    const key = `${linkType} ${timeDigits}`;
    let number = this.#interfaces.get(key);
    let description: Uint8Array = new Uint8Array(0);
    if (number === undefined) {
      number = this.#interfaces.size;
      this.#interfaces.set(key, number);
      const body = Buffer.alloc(8);
      body.writeUInt16LE(linkType & 0xffff, 0);
      const resolution = options([[OPTION_TIME_RESOLUTION, Buffer.from([timeDigits])]]);
      description = block(INTERFACE_DESCRIPTION, Buffer.concat([body, resolution]));
    }
    const head = Buffer.alloc(20);
    const units =
      BigInt(seconds) * 10n ** BigInt(timeDigits) + BigInt(nanoseconds) / 10n ** BigInt(9 - timeDigits);
    const time = BigInt.asUintN(64, units);
    head.writeUInt32LE(number, 0);
    head.writeUInt32LE(Number(time >> 32n), 4);
    head.writeUInt32LE(Number(time & 0xffffffffn), 8);
    head.writeUInt32LE(data.length, 12);
    head.writeUInt32LE(Math.max(originalLength, data.length), 16);
    const comments = comment === undefined ? [] : [options([[OPTION_COMMENT, Buffer.from(comment, 'utf8')]])];
    return Buffer.concat([
      description,
      block(ENHANCED_PACKET, Buffer.concat([head, padded(data), ...comments])),
    ]);
  }
}

function block(type: number, body: Uint8Array): Uint8Array {
  const length = body.length + 12;
  const whole = Buffer.alloc(length);
  whole.writeUInt32LE(type, 0);
  whole.writeUInt32LE(length, 4);
  whole.set(body, 8);
  whole.writeUInt32LE(length, length - 4);
  return whole;
}

function options(list: readonly (readonly [code: number, value: Uint8Array])[]): Uint8Array {
  const parts = list.map(([code, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(code, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, padded(value)]);
  });
  // End of options.
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

/** Filled up with zeros to a multiple of four. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = Buffer.alloc((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}
