/**
 * Other protocols of text, by how their first line begins. SIP text may stand inside one (a web page, a mail, a log): it is
 * then no SIP traffic between the endpoints of the connection. Pure: bytes in, a name out.
 */
import { latin1 } from '../bytes/text.js';

/** How far the end of the first line is looked for: that of a start line of SIP too. */
const LONGEST_FIRST_LINE = 8192;
/** What the names are told by. */
const LOOKED_AT = 512;

const LF = 0x0a;

/** First lines, and whose they are. */
const FIRST_LINES: readonly (readonly [RegExp, string])[] = [
  // RFC 9112 §2.1, RFC 9113 §3.4, RFC 2326 §4: names what it carries behind the target, or begins with it.
  [/^(?:HTTP\/\d|[A-Z]+ \S+ HTTP\/\d|PRI \* HTTP\/2)/, 'HTTP'],
  [/^(?:RTSP\/\d|[A-Z_]+ \S+ RTSP\/\d)/, 'RTSP'],
  [/^MSRP \S/, 'MSRP'],
  [/^(?:220[ -].*SMTP|(?:EHLO|HELO|LHLO) |MAIL FROM:)/i, 'SMTP'],
  // RFC 5424 §6, RFC 3164 §4.1, with the octet count of RFC 6587 §3.4.1 or without.
  [/^(?:\d{1,6} )?<\d{1,3}>/, 'syslog'],
  [/^\* (?:OK|PREAUTH|BYE)\b/, 'IMAP'],
  [/^\+OK\b/, 'POP3'],
  [/^SSH-\d/, 'SSH'],
  [/^<(?:\?xml|stream:stream)\b/, 'XMPP'],
];

/**
 * What a direction speaks that does not begin as SIP, TLS or WebSocket do; undefined where that is not clear. `fromStart`:
 * whether these are the first bytes that were sent, so that a line of text tells that it is no SIP.
 */
export function foreignProtocol(bytes: Uint8Array, fromStart: boolean): string | undefined {
  const text = latin1(bytes.subarray(0, LOOKED_AT));
  const known = FIRST_LINES.find(([pattern]) => pattern.test(text));
  if (known !== undefined) return known[1];
  return fromStart && isTextLine(bytes) ? 'a text protocol that is not SIP' : undefined;
}

/** Whether bytes begin with a whole line of text. */
function isTextLine(bytes: Uint8Array): boolean {
  const end = bytes.subarray(0, LONGEST_FIRST_LINE).indexOf(LF);
  if (end < 0) return false;
  for (let at = 0; at < end; at++) {
    const byte = bytes[at] as number;
    if ((byte < 0x20 && byte !== 0x09 && byte !== 0x0d) || byte === 0x7f) return false;
  }
  return true;
}
