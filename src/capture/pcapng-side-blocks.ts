/**
 * The blocks of a pcapng that hold no packets: name resolution, decryption secrets, interface statistics.
 *
 * In: a block's body as a range of bytes. Out: calls of the handler. The answer is a sentence about what did not fit,
 * or undefined; what was read before it has been handed on.
 */
import { utf8 } from '../bytes/text.js';
import type { ByteOrder } from './order.js';
import { OPTION, visitOptions } from './pcapng-options.js';
import type { CaptureHandler, InterfaceStatistics } from './reader.js';

/** nrb_record_end, nrb_record_ipv4, nrb_record_ipv6. */
const RECORD_END = 0;
const ADDRESS_LENGTHS: ReadonlyMap<number, number> = new Map([
  [1, 4],
  [2, 16],
]);

/** Name Resolution Block: records of an address and its names, each name ended by a zero byte. */
export function readNameResolution(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
  handler: CaptureHandler,
): string | undefined {
  let at = start;
  while (end - at >= 4) {
    const type = order.u16(bytes, at);
    const length = order.u16(bytes, at + 2);
    if (type === RECORD_END) return undefined;
    if (length > end - at - 4) return `a name record needs ${length} bytes and has ${end - at - 4}`;
    const addressLength = ADDRESS_LENGTHS.get(type);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (addressLength !== undefined) {
      if (length < addressLength) return `a name record of ${length} bytes has no room for its address`;
      const names = utf8(value, addressLength)
        .split('\0')
        .filter((name) => name !== '');
      handler.names?.(value.subarray(0, addressLength), names);
    }
    at += 4 + length + (-length & 3);
  }
  return undefined;
}

/** Decryption Secrets Block: a type, a length, the secrets. */
export function readSecrets(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
  handler: CaptureHandler,
): string | undefined {
  if (end - start < 8) return `a secrets block needs 8 bytes and has ${end - start}`;
  const length = order.u32(bytes, start + 4);
  if (length > end - start - 8) return `its secrets need ${length} bytes and have ${end - start - 8}`;
  handler.secrets(order.u32(bytes, start), bytes.subarray(start + 8, start + 8 + length));
  return undefined;
}

/** Interface Statistics Block: an interface, a time, and its counts as options. */
export function readStatistics(
  bytes: Uint8Array,
  start: number,
  end: number,
  order: ByteOrder,
  handler: CaptureHandler,
): string | undefined {
  if (end - start < 12) return `a statistics block needs 12 bytes and has ${end - start}`;
  const counts: { -readonly [Key in keyof InterfaceStatistics]: InterfaceStatistics[Key] } = {
    interfaceId: order.u32(bytes, start),
  };
  const shortage = visitOptions(bytes, start + 12, end, order, (code, at, length) => {
    if (length !== 8) return;
    const count = Number(order.u64(bytes, at));
    if (code === OPTION.statisticsReceived) counts.received = count;
    if (code === OPTION.statisticsDropped) counts.dropped = count;
    if (code === OPTION.statisticsDroppedBySystem) counts.droppedBySystem = count;
  });
  handler.interfaceStatistics?.(counts);
  return shortage && `an option needs ${shortage.needed} bytes and has ${shortage.had}`;
}
