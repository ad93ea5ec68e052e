import { MAX_SECONDS } from './limits.js';

const BILLION = 1_000_000_000n;
const DECIMAL_UNITS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/**
 * Turns an interface's 64-bit timestamps into seconds and nanoseconds (draft-ietf-opsawg-pcapng, if_tsresol and
 * if_tsoffset). The answer stands in two fields, so that nothing is allocated for a packet.
 */
export class InterfaceClock {
  /** Since 1970, within ±MAX_SECONDS; of the last `read`. */
  seconds = 0;
  /** 0..999_999_999; of the last `read`. */
  nanoseconds = 0;
  /** Decimal digits of the second that the resolution gives, 0..9. */
  readonly digits: number;

  readonly #offset: number;
  /** Units of a second where they are a power of ten up to nanoseconds, else 0. */
  readonly #decimalUnits: number;
  readonly #units: bigint;

  /**
   * @param resolution if_tsresol: without its top bit a negative power of 10, with it of 2; 6 where the option is absent
   * @param offsetSeconds if_tsoffset, signed
   */
  constructor(resolution = 6, offsetSeconds = 0) {
    const exponent = resolution & 0x7f;
    const binary = (resolution & 0x80) !== 0;
    this.#offset = offsetSeconds;
    this.#decimalUnits = binary ? 0 : (DECIMAL_UNITS[exponent] ?? 0);
    this.#units = (binary ? 2n : 10n) ** BigInt(exponent);
    this.digits = Math.min(9, binary ? Math.ceil(exponent * Math.log10(2)) : exponent);
  }

  /** Reads a timestamp given as its upper and lower 32 bits, unsigned. */
  read(high: number, low: number): void {
    const units = this.#decimalUnits;
    if (units === 0) {
      this.#readExactly(high, low);
      return;
    }
    // Long division by 16 bits a step: every intermediate value is a whole number below 2^53.
    const top = Math.floor(high / units);
    const upper = (high - top * units) * 0x10000 + (low >>> 16);
    const middle = Math.floor(upper / units);
    const lower = (upper - middle * units) * 0x10000 + (low & 0xffff);
    const bottom = Math.floor(lower / units);
    this.#set(
      top * 0x100000000 + middle * 0x10000 + bottom,
      (lower - bottom * units) * (1_000_000_000 / units),
    );
  }

  #readExactly(high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low);
    const seconds = ticks / this.#units;
    this.#set(Number(seconds), Number(((ticks - seconds * this.#units) * BILLION) / this.#units));
  }

  #set(seconds: number, nanoseconds: number): void {
    this.seconds = Math.max(-MAX_SECONDS, Math.min(MAX_SECONDS, seconds + this.#offset));
    this.nanoseconds = nanoseconds;
  }
}
