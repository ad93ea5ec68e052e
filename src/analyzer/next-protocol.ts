import { indexOfBytes } from '../bytes/text.js';
import { looksLikeSip } from '../sip/grammar/start-line.js';
import { findClientHello, looksLikeTls } from '../tls/detect.js';
import { looksLikeWebSocket } from '../websocket/stream.js';
import { foreignProtocol } from './foreign.js';
import { preambleLength } from './preamble.js';

/**
 * The one place where it is decided, by content, what a stream of bytes carries. Ports are no evidence: SIP and TLS
 * run on any.
 */
export type StreamProtocol = 'tls' | 'sip' | 'websocket' | 'other';

/** How far into a stream that starts in the middle of a message a SIP version is looked for. */
const SEARCHED_BYTES = 4096;

/** Longest beginning of a start line that is waited for; RFC 3261 sets no limit, stacks stop at some kilobytes. */
const MAX_PARTIAL_LINE = 2048;

/** What a direction carries, and how many bytes stand before it. */
export type Detected = {
  readonly protocol: StreamProtocol | 'more';
  readonly skip: number;
  /** What another protocol is called, where it is known. */
  readonly foreign?: string;
};

/** What is known before of a direction whose bytes are looked at. */
export type Known = {
  /**
   * `start`: these are the first bytes that were sent. `middle`: others may have gone before them. `foreign`: it speaks
   * another protocol, in which SIP text may stand.
   */
  readonly place: 'start' | 'middle' | 'foreign';
  /** Whether the other side asked for a tunnel by CONNECT. */
  readonly answersConnect: boolean;
};

const UNKNOWN: Known = { place: 'middle', answersConnect: true };

/** What the first bytes of one direction are, after what a proxy or an unknown preamble put before it. */
export function detectStream(bytes: Uint8Array, { place, answersConnect }: Known = UNKNOWN): Detected {
  const preamble = preambleLength(bytes, answersConnect);
  if (preamble === 'more') return { protocol: 'more', skip: 0 };
  const rest = bytes.subarray(preamble);
  const detected: Detected =
    preamble > 0 && rest.length === 0
      ? { protocol: 'more', skip: 0 }
      : detectBare(rest, preamble > 0 ? 'start' : place);
  if (detected.protocol !== 'other') return { ...detected, skip: preamble };
  const hello = findClientHello(bytes.subarray(0, SEARCHED_BYTES));
  if (hello === 'more') return { protocol: 'more', skip: 0 };
  return hello < 0 ? { ...detected, skip: preamble } : { protocol: 'tls', skip: hello };
}

/** What bytes are; `more` where they do not tell yet. */
function detectBare(bytes: Uint8Array, place: Known['place']): Detected {
  let start = 0;
  // RFC 3261 §7.5 and the keep-alives of RFC 5626 §3.5.1 put CRLFs before a message.
  while (start < bytes.length && (bytes[start] === 0x0d || bytes[start] === 0x0a)) start++;
  if (start === bytes.length) return found('more');
  const rest = bytes.subarray(start);
  const tls = looksLikeTls(rest);
  if (tls === 'yes') return found('tls');
  if (place !== 'foreign' && looksLikeSip(rest)) return found('sip');
  if (tls === 'more') return found('more');
  const webSocket = looksLikeWebSocket(rest);
  if (webSocket === 'yes') return found('websocket');
  if (webSocket === 'more') return found('more');
  if (place === 'foreign') return found('other');
  const foreign = foreignProtocol(rest, place === 'start');
  if (foreign !== undefined) return { protocol: 'other', skip: 0, foreign };
  // A capture that begins in the middle of a message: the framer finds the next start line.
  const searched = rest.subarray(0, SEARCHED_BYTES);
  if (indexOfBytes(searched, 'SIP/2.0') >= 0) return found('sip');
  return found(isPartialLine(rest) ? 'more' : 'other');
}

function found(protocol: Detected['protocol']): Detected {
  return { protocol, skip: 0 };
}

function isPartialLine(bytes: Uint8Array): boolean {
  if (bytes.length > MAX_PARTIAL_LINE) return false;
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
}
