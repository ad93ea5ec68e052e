/** Whether bytes are TLS, by content alone. */
import { HandshakeType } from './handshake/messages.js';
import { MAX_HANDSHAKE_MESSAGE } from './limits.js';
import { ContentType, plausibleHeader, RECORD_HEADER, ssl2HelloLength } from './record/record.js';

const KNOWN_MESSAGES: ReadonlySet<number> = new Set(Object.values(HandshakeType));

/**
 * Whether a direction of a stream that begins with (or is joined at) `bytes` is TLS: a record header (SSL 3.0 to
 * TLS 1.3) with a content that fits it, or an SSLv2 ClientHello. `more`: all that is there fits, but it is too little.
 */
export function looksLikeTls(bytes: Uint8Array): 'yes' | 'no' | 'more' {
  const first = bytes[0];
  if (first === undefined) return 'more';
  if ((first & 0x80) !== 0) {
    const length = ssl2HelloLength(bytes);
    return length === 0 ? 'no' : length < 0 ? 'more' : 'yes';
  }
  if (first < 20 || first > 24) return 'no';
  if (bytes.length >= 2 && bytes[1] !== 3) return 'no';
  if (bytes.length >= 3 && (bytes[2] as number) > 4) return 'no';
  if (bytes.length < RECORD_HEADER) return 'more';
  if (!plausibleHeader(bytes, 0)) return 'no';
  const length = ((bytes[3] as number) << 8) | (bytes[4] as number);
  const next = RECORD_HEADER + length;
  if (first === ContentType.changeCipherSpec && (length !== 1 || (bytes[5] ?? 1) !== 1)) return 'no';
  if (first === ContentType.alert && length === 2 && (bytes[5] ?? 1) !== 1 && bytes[5] !== 2) return 'no';
  if (bytes.length >= next + RECORD_HEADER) return plausibleHeader(bytes, next) ? 'yes' : 'no';
  if (first === ContentType.handshake) {
    const type = bytes[RECORD_HEADER];
    if (type === undefined || bytes.length < RECORD_HEADER + 4) return 'more';
    const message = ((bytes[6] as number) << 16) | ((bytes[7] as number) << 8) | (bytes[8] as number);
    if (KNOWN_MESSAGES.has(type) && message <= MAX_HANDSHAKE_MESSAGE) return 'yes';
    // An encrypted one, in a stream joined midway, has any content.
    return length >= 16 ? 'yes' : 'no';
  }
  return 'yes';
}

/** Of a record header, a message header and the version of the ClientHello. */
const HELLO_START = RECORD_HEADER + 4 + 2;

/**
 * Where a record with a ClientHello begins among other bytes, as after text that is no known preamble; -1 where none does,
 * `more` where one may begin with the last bytes. Strict, as the bytes may be anything: types, versions and both lengths
 * must fit.
 */
export function findClientHello(bytes: Uint8Array): number | 'more' {
  for (
    let at = bytes.indexOf(ContentType.handshake);
    at >= 0;
    at = bytes.indexOf(ContentType.handshake, at + 1)
  ) {
    if (!mayBeHello(bytes.subarray(at, at + HELLO_START))) continue;
    if (at + HELLO_START > bytes.length) return 'more';
    const uint = (offset: number, count: number): number => {
      let value = 0;
      for (let i = 0; i < count; i++) value = value * 256 + (bytes[at + offset + i] as number);
      return value;
    };
    if (uint(6, 3) === uint(3, 2) - 4) return at;
  }
  return -1;
}

/** What the bytes of a ClientHello's start are, but for the lengths: the least and the greatest of each. */
const HELLO_BYTES: readonly (readonly [number, number] | undefined)[] = [
  [ContentType.handshake, ContentType.handshake],
  [3, 3],
  [0, 3],
  undefined,
  undefined,
  [HandshakeType.clientHello, HandshakeType.clientHello],
  undefined,
  undefined,
  undefined,
  [3, 3],
  [0, 3],
];

function mayBeHello(start: Uint8Array): boolean {
  return start.every((byte, index) => {
    const [least, greatest] = HELLO_BYTES[index] ?? [0, 0xff];
    return byte >= least && byte <= greatest;
  });
}
