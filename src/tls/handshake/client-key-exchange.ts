import { MAX_FRAGMENT } from '../limits.js';
import { ContentType, RECORD_HEADER } from '../record/record.js';

/** HandshakeType client_key_exchange (RFC 5246 §7.4). */
const CLIENT_KEY_EXCHANGE = 16;
const MESSAGE_HEADER = 4;

/**
 * The encrypted premaster secret of an RSA ClientKeyExchange (RFC 5246 §7.4.7.1), where a handshake record that holds all
 * of it is among those that begin with bytes[start..end), as they nearly always do with a TCP segment. A view, or
 * undefined: what it does not see, TlsSession does. It may take for RSA's what is another key exchange's.
 */
export function findEncryptedPremaster(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array | undefined {
  let record = start;
  while (end - record > RECORD_HEADER && bytes[record] === ContentType.handshake && bytes[record + 1] === 3) {
    const isSsl3 = bytes[record + 2] === 0;
    const length = uint16(bytes, record + 3);
    const next = record + RECORD_HEADER + length;
    if (length > MAX_FRAGMENT || next > end) return undefined;
    let at = record + RECORD_HEADER;
    while (at + MESSAGE_HEADER <= next) {
      const body = at + MESSAGE_HEADER;
      const bodyEnd = body + ((bytes[at + 1] as number) << 16) + uint16(bytes, at + 2);
      if (bodyEnd > next) break;
      if (bytes[at] !== CLIENT_KEY_EXCHANGE) at = bodyEnd;
      // SSL 3.0 has no length before it (RFC 6101 §5.6.7).
      else if (isSsl3) return bytes.subarray(body, bodyEnd);
      else if (bodyEnd - body < 2 || uint16(bytes, body) !== bodyEnd - body - 2) return undefined;
      else return bytes.subarray(body + 2, bodyEnd);
    }
    record = next;
  }
  return undefined;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
