/**
 * What a proxy or a tunnel puts before the protocol that a connection carries: PROXY headers (versions 1 and 2 of the
 * HAProxy specification) and the heads of HTTP CONNECT (RFC 9110 §9.3.6) with its answer. Pure: bytes in, lengths out.
 */
import { indexOfBytes } from '../bytes/text.js';

/** Longest header of version 1, its line end among it (§2.1 of the specification). */
const LONGEST_V1 = 107;
const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V2_HEADER = 16;
const CONNECT = 'CONNECT ';
/** Longest head of HTTP: proxies refuse more than 8 to 16 KiB. */
const LONGEST_HEAD = 16 * 1024;
/** A proxy behind a proxy: each adds one. */
const MAX_PREAMBLES = 4;

/**
 * Length of what stands before the protocol proper; `more` where its end is still to come. `answersConnect`: whether the
 * other side asked for a tunnel, so that the head of an answer has no content behind it.
 */
export function preambleLength(bytes: Uint8Array, answersConnect = true): number | 'more' {
  let length = 0;
  for (let i = 0; i < MAX_PREAMBLES && length < bytes.length; i++) {
    const one = lengthOfOne(bytes.subarray(length), answersConnect);
    if (one === 'more') return 'more';
    if (one === 0) break;
    length += one;
  }
  return length;
}

function lengthOfOne(bytes: Uint8Array, answersConnect: boolean): number | 'more' {
  switch (bytes[0]) {
    case 0x0d:
      return proxy2Length(bytes);
    case 0x50:
      return begins(bytes, 'PROXY ', () => endOf(bytes, '\r\n', LONGEST_V1));
    case 0x43:
      return begins(bytes, CONNECT, () => endOf(bytes, '\r\n\r\n', LONGEST_HEAD));
    case 0x48:
      return answersConnect ? begins(bytes, 'HTTP/1.', () => answerLength(bytes)) : 0;
    default:
      return 0;
  }
}

/** Whether a direction begins by asking a proxy for a tunnel. */
export function asksForTunnel(bytes: Uint8Array): boolean {
  return indexOfBytes(bytes.subarray(0, CONNECT.length), CONNECT) === 0;
}

function proxy2Length(bytes: Uint8Array): number | 'more' {
  const known = Math.min(bytes.length, V2_SIGNATURE.length);
  if (!V2_SIGNATURE.subarray(0, known).equals(bytes.subarray(0, known))) return 0;
  // CRLFs alone are keep-alives (RFC 5626 §3.5.1) as far as can be seen.
  if (bytes.length < 5) return 0;
  if (bytes.length < V2_HEADER) return 'more';
  const version = (bytes[12] as number) >> 4;
  if (version !== 2) return 0;
  const length = V2_HEADER + (((bytes[14] as number) << 8) | (bytes[15] as number));
  return bytes.length < length ? 'more' : length;
}

/** The success of a CONNECT: it has no body and says nothing of one (RFC 9110 §9.3.6), as other answers do. */
function answerLength(bytes: Uint8Array): number | 'more' {
  if (bytes.length < 10) return 'more';
  const end = endOf(bytes, '\r\n\r\n', LONGEST_HEAD);
  const head = Buffer.from(bytes.subarray(0, end === 'more' ? bytes.length : end)).toString('latin1');
  if (!/^HTTP\/1\.[01] 2/.test(head) || /^(?:content-|transfer-encoding:)/im.test(head)) return 0;
  return end;
}

function begins(bytes: Uint8Array, start: string, rest: () => number | 'more'): number | 'more' {
  const text = Buffer.from(bytes.subarray(0, start.length)).toString('latin1');
  if (text !== start) return start.startsWith(text) ? 'more' : 0;
  return rest();
}

function endOf(bytes: Uint8Array, mark: string, limit: number): number | 'more' {
  const at = indexOfBytes(bytes.subarray(0, limit), mark);
  if (at >= 0) return at + mark.length;
  return bytes.length < limit ? 'more' : 0;
}
