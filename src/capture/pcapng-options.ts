import type { ByteOrder } from './order.js';

/** An option whose length reaches past the end of its block. */
export type OptionShortage = { readonly offset: number; readonly needed: number; readonly had: number };

/** Codes of draft-ietf-opsawg-pcapng that are read here; all others are passed over. */
export const OPTION = {
  endOfOptions: 0,
  comment: 1,
  interfaceTimestampResolution: 9,
  interfaceTimestampOffset: 14,
  statisticsReceived: 4,
  statisticsDropped: 5,
  statisticsDroppedBySystem: 7,
} as const;

/**
 * Visits the options in `bytes[start..end)`, each with the range of its value. They end with opt_endofopt or with the
 * block; values are padded to 32 bits. Answers where an option does not fit, after visiting those before it.
 */
export function visitOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
  visit: (code: number, valueStart: number, length: number) => void,
): OptionShortage | undefined {
  let at = start;
  while (end - at >= 4) {
    const code = order.u16(bytes, at);
    const length = order.u16(bytes, at + 2);
    if (code === OPTION.endOfOptions) return undefined;
    if (length > end - at - 4) return { offset: at, needed: length, had: end - at - 4 };
    visit(code, at + 4, length);
    at += 4 + length + (-length & 3);
  }
  return undefined;
}
