/**
 * The deep checks of a message: mandatory and single headers, the grammar of values, and what must agree with what
 * (RFC 3261 §7, §8, §20, §25; RFC 4475 says what each of its messages must be told of).
 *
 * In: a parsed message. Out: faults with codes of SIP_FAULTS, in the order of the message as far as they have a
 * place. What parseSipMessage found itself stays in `message.faults` and is not said again.
 */
import type { Fault } from '../bytes/fault.js';
import { latin1 } from '../bytes/text.js';
import { isWildcardContact, parseNameAddr } from './grammar/address.js';
import { excerpt, octets } from './grammar/characters.js';
import { displayName } from './grammar/names.js';
import { parameterValue } from './grammar/parameters.js';
import { splitStartLine } from './grammar/start-line.js';
import { placesIn } from './grammar/unfold.js';
import { parseUri, type Uri } from './grammar/uri.js';
import { parseCSeq } from './grammar/values.js';
import { BRANCH_COOKIE, parseVia, parseViaList, type Via } from './grammar/via.js';
import {
  CONTACT,
  CONTENT_TYPE,
  CSEQ,
  FROM,
  HEADER_CHECKS,
  MANDATORY,
  MAX_FORWARDS,
  TO,
  VIA,
} from './header-check.js';
import { checkHeaderName, firstHeader, type SipHeader, type SipMessage } from './message.js';

/** Requests that set up or refresh a dialog carry a Contact (§8.1.1.8; RFC 6665 §4.1; RFC 3515 §2.2; RFC 3311 §5.1). */
export const NEEDS_CONTACT: ReadonlySet<string> = new Set([
  'INVITE',
  'SUBSCRIBE',
  'NOTIFY',
  'REFER',
  'UPDATE',
]);

/** Schemes that a Request-URI is known to have. */
const KNOWN_SCHEMES = new Set(['sip', 'sips', 'tel', 'im', 'pres', 'urn']);

/** First header of each name that has a rule, by the rule's index: a Map for each message would cost twice as much. */
type Seen = (SipHeader | undefined)[];
const NAMES = [...HEADER_CHECKS.keys()];

/** Deep syntax checks of a message. Costs a few microseconds for a usual one. */
export function validateSipMessage(message: SipMessage): Fault[] {
  const faults: Fault[] = [];
  if (message.kind === 'request') checkRequestUri(message, message.requestUri, faults);
  const seen: Seen = new Array<SipHeader | undefined>(NAMES.length).fill(undefined);
  for (const header of message.headers) {
    const { canonicalName } = header;
    const rule = HEADER_CHECKS.get(canonicalName);
    if (rule === undefined) {
      const fault = checkHeaderName(header);
      if (fault !== undefined) faults.push(fault);
      if (canonicalName === 'transfer-encoding')
        faults.push(
          atHeader(
            header,
            'transfer-encoding',
            'SIP has no Transfer-Encoding; "chunked" is forbidden outright.',
          ),
        );
      continue;
    }
    const first = seen[rule.index];
    if (first === undefined) seen[rule.index] = header;
    else if (rule.single)
      faults.push(
        atHeader(
          header,
          'header-duplicate',
          `${displayName(canonicalName)} may be given once, but "${excerpt(first.value)}" came before "${excerpt(header.value)}".`,
        ),
      );
    const found = rule.faults(header.value);
    if (found.length > 0) placeFaults(message, header, found, faults);
  }
  checkTogether(message, seen, faults);
  return faults;
}

/** Turns faults that count from a value's start into faults that count from the message's. */
function placeFaults(message: SipMessage, header: SipHeader, found: readonly Fault[], faults: Fault[]): void {
  const placeOf = placesIn(message.bytes, header.valueStart, header.valueLength, header.value);
  const where = displayName(header.canonicalName);
  for (const fault of found) {
    const start = placeOf(fault.start);
    faults.push({ ...fault, start, length: placeOf(fault.start + fault.length) - start, where });
  }
}

function atHeader(header: SipHeader, code: string, message: string): Fault {
  return {
    code,
    message,
    start: header.start,
    length: header.length,
    where: displayName(header.canonicalName),
  };
}

/** Something that should be there is not: told at the start line. */
function missing(code: string, message: string, where: string): Fault {
  return { code, message, start: 0, length: 0, where };
}

function checkRequestUri(message: SipMessage, requestUri: string, faults: Fault[]): void {
  if (requestUri.startsWith('<')) {
    const message_ = `The Request-URI ${excerpt(requestUri)} stands in angle brackets.`;
    faults.push({
      code: 'request-uri-brackets',
      message: message_,
      ...requestUriPlace(message),
      where: 'Request-URI',
    });
    return;
  }
  const uri = parseUri(requestUri);
  if (isUsualRequestUri(uri)) return;
  const { headers } = uri;
  const place = requestUriPlace(message);
  // White space in it is already told, by a fault of its own.
  const isBroken = message.faults.some((fault) => fault.code === 'request-uri-space');
  if (!isBroken)
    for (const fault of uri.faults)
      faults.push({ ...fault, start: place.start + fault.start, where: 'Request-URI' });
  if (headers.length > 0)
    faults.push({
      code: 'request-uri-headers',
      message: `The Request-URI carries the header ${excerpt(headers[0]?.name ?? '')}, which only a URI in a header or outside SIP may.`,
      start: place.start + (headers[0]?.range.start ?? 0),
      length: (headers.at(-1)?.range.end ?? 0) - (headers[0]?.range.start ?? 0),
      where: 'Request-URI',
    });
  if (uri.scheme !== '' && !KNOWN_SCHEMES.has(uri.scheme))
    faults.push({
      code: 'request-uri-scheme-unknown',
      message: `The scheme of the Request-URI is ${excerpt(uri.scheme)}, which few elements route (416 Unsupported URI Scheme).`,
      start: place.start,
      length: uri.scheme.length,
      where: 'Request-URI',
    });
}

/** Whether there is nothing to say of a Request-URI. */
export function isUsualRequestUri(uri: Uri): boolean {
  return uri.faults.length === 0 && uri.headers.length === 0 && KNOWN_SCHEMES.has(uri.scheme);
}

function requestUriPlace(message: SipMessage): { start: number; length: number } {
  const { start, line } = startLineOf(message);
  const parts = splitStartLine(line);
  if (parts === undefined) return { start, length: 0 };
  return { start: start + parts.second.start, length: parts.second.end - parts.second.start };
}

/** The start line as one character a byte, and where it begins. */
export function startLineOf(message: SipMessage): { readonly start: number; readonly line: string } {
  const { bytes } = message;
  let start = 0;
  while (start < bytes.length && (bytes[start] === 0x0d || bytes[start] === 0x0a)) start++;
  let end = bytes.indexOf(0x0a, start);
  if (end < 0) end = bytes.length;
  if (end > start && bytes[end - 1] === 0x0d) end--;
  return { start, line: latin1(bytes, start, end) };
}

/** What headers must be there, and agree with the start line and one another. */
function checkTogether(message: SipMessage, seen: Seen, faults: Fault[]): void {
  for (const index of MANDATORY)
    if (seen[index] === undefined) {
      const label = displayName(NAMES[index] as string);
      faults.push(
        missing('header-missing', `The message has no ${label}, which every message must have.`, label),
      );
    }
  const isOld = checkBranches(message, seen[VIA], faults);
  /** What RFC 2543 did without. */
  const lacking: string[] = [];
  const lacks = (code: string, what: string, text: string): void => {
    if (isOld) lacking.push(what);
    else faults.push(missing(code, text, what.replace(' tag', '')));
  };
  const from = seen[FROM];
  if (from !== undefined && !hasTag(from.value)) lacks('from-tag-missing', 'From tag', 'From has no tag.');
  const contact = seen[CONTACT];
  const cseq = seen[CSEQ];
  const cseqMethod = cseq === undefined ? undefined : parseCSeq(cseq.value).method;
  if (message.kind === 'request') {
    if (seen[MAX_FORWARDS] === undefined)
      lacks('max-forwards-missing', 'Max-Forwards', 'The request has no Max-Forwards.');
    if (cseq !== undefined && cseqMethod !== '' && cseqMethod !== message.method)
      faults.push(
        atHeader(
          cseq,
          'cseq-method-mismatch',
          `CSeq says ${excerpt(cseqMethod ?? '')}, but the request line says ${excerpt(message.method)}.`,
        ),
      );
    if (contact === undefined && NEEDS_CONTACT.has(message.method))
      lacks('contact-missing', 'Contact', `The ${message.method} has no Contact, which the dialog needs.`);
  } else {
    const to = seen[TO];
    if (message.statusCode !== 100 && to !== undefined && !hasTag(to.value))
      lacks('to-tag-missing', 'To tag', `To has no tag, which a response ${message.statusCode} must have.`);
    if (
      contact === undefined &&
      cseqMethod === 'INVITE' &&
      message.statusCode >= 200 &&
      message.statusCode < 300
    )
      lacks('contact-missing', 'Contact', 'The response that sets up a dialog has no Contact.');
  }
  if (lacking.length > 0)
    faults.push(
      missing(
        'rfc2543-syntax',
        `The message follows RFC 2543: it has no ${lacking.join(', no ')}.`,
        'message',
      ),
    );
  if (contact !== undefined) checkWildcard(message, faults);
  if (message.body.length > 0 && seen[CONTENT_TYPE] === undefined)
    faults.push(
      missing(
        'content-type-missing',
        `The body of ${octets(message.body.length)} has no Content-Type.`,
        'Content-Type',
      ),
    );
}

/** Whether an address has a tag. Where `;tag=` follows the URI's bracket there is no need to parse it. */
function hasTag(value: string): boolean {
  const at = value.lastIndexOf(';tag=');
  return (at > 0 && at > value.lastIndexOf('>')) || parseNameAddr(value).tag !== undefined;
}

/**
 * §8.1.1.7: branches are told from those of RFC 2543 by their first seven characters. Answers whether the top one
 * is of RFC 2543.
 */
function checkBranches(message: SipMessage, top: SipHeader | undefined, faults: Fault[]): boolean {
  if (message.kind === 'response') checkBroadcast(message, faults);
  if (top === undefined || top.value.includes(`branch=${BRANCH_COOKIE}`)) {
    // The usual case is told without parsing; a lone cookie is followed by the end or a separator.
    if (top === undefined || !/branch=z9hG4bK(?:[;, \t]|$)/.test(top.value)) return false;
  }
  const via = parseVia(top.value);
  if (via.faults.some((fault) => fault.code === 'via-syntax')) return false;
  const branch = via.branch;
  if (branch === undefined || branch === '') {
    faults.push(atHeader(top, 'via-branch-missing', 'The top Via has no branch, as in RFC 2543.'));
    return true;
  }
  // The cookie is compared in any case, as tokens are (§7.3.1).
  if (branch.slice(0, BRANCH_COOKIE.length).toLowerCase() !== BRANCH_COOKIE.toLowerCase()) {
    faults.push(
      atHeader(
        top,
        'via-branch-cookie',
        `The branch ${excerpt(branch)} does not begin with ${BRANCH_COOKIE}: it is of RFC 2543.`,
      ),
    );
    return true;
  }
  if (branch.length === BRANCH_COOKIE.length)
    faults.push(
      atHeader(
        top,
        'via-branch-empty',
        `The branch is ${BRANCH_COOKIE} alone: it identifies no transaction.`,
      ),
    );
  return false;
}

/** RFC 4475 §3.3.10: a proxy that followed this Via would send the response to everyone. */
function checkBroadcast(message: SipMessage, faults: Fault[]): void {
  for (const header of message.headers) {
    if (header.canonicalName !== 'via' || !header.value.includes('255.255.255.255')) continue;
    if (!parseViaList(header.value).some(isBroadcast)) continue;
    faults.push(
      atHeader(header, 'via-broadcast', 'A Via sends the response to the broadcast address 255.255.255.255.'),
    );
  }
}

function isBroadcast(via: Via): boolean {
  return [
    via.host,
    parameterValue(via.parameters, 'received'),
    parameterValue(via.parameters, 'maddr'),
  ].includes('255.255.255.255');
}

/** §10.2.2: "*" stands alone, in a REGISTER whose Expires is 0. */
function checkWildcard(message: SipMessage, faults: Fault[]): void {
  const contacts = message.headers.filter((header) => header.canonicalName === 'contact');
  const wildcard = contacts.find((header) => isWildcardContact(header.value));
  if (wildcard === undefined) return;
  const isRegister = message.kind === 'request' && message.method === 'REGISTER';
  const expires = firstHeader(message, 'expires')?.value ?? '';
  if (contacts.length === 1 && isRegister && /^0+$/.test(expires)) return;
  faults.push(
    atHeader(
      wildcard,
      'contact-wildcard',
      'Contact is "*", which may only stand alone in a REGISTER with Expires 0.',
    ),
  );
}
