/**
 * Whether there is any fault to tell of a message, asked of its index: what nearly all messages are answered with is no,
 * at a quarter of what parsing and validating them costs. Where it says no, parseSipMessage and validateSipMessage find
 * none; where it says yes, they may still find none.
 */
import { latin1 } from '../../bytes/text.js';
import { parseUri } from '../grammar/uri.js';
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
} from '../header-check.js';
import { isUsualRequestUri, NEEDS_CONTACT } from '../validate.js';
import type { MessageIndex } from './message-index.js';
import {
  AddressPlaces,
  isUsualCallId,
  isUsualMediaType,
  isUsualNumber,
  isUsualTokenList,
  usualUriEnd,
  ViaPlaces,
} from './usual.js';

/** Tells whether a value, bytes[start..end) of printable ASCII, is in a form that has no fault. */
type Form = (bytes: Uint8Array, start: number, end: number) => boolean;

const anAddress = new AddressPlaces();
const aVia = new ViaPlaces();

const address: Form = (bytes, start, end) => anAddress.read(bytes, start, end);
const via: Form = (bytes, start, end) => aVia.read(bytes, start, end);
const number: Form = (bytes, start, end) => isUsualNumber(bytes, start, end, Number.MAX_SAFE_INTEGER);
const upTo255: Form = (bytes, start, end) => isUsualNumber(bytes, start, end, 255);

/** Forms by canonical header name. Values of other headers, and those in another form, go through their HeaderCheck. */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ...[
    ...['from', 'to', 'contact', 'route', 'record-route', 'path', 'service-route', 'reply-to', 'refer-to'],
    ...['referred-by', 'p-asserted-identity', 'p-preferred-identity'],
  ].map((name) => [name, address] as const),
  ['via', via],
  ['call-id', isUsualCallId],
  ['max-forwards', upTo255],
  ...['expires', 'min-expires', 'retry-after', 'session-expires', 'min-se'].map(
    (name) => [name, number] as const,
  ),
  ['content-type', isUsualMediaType],
  ...['allow', 'supported', 'unsupported', 'require', 'proxy-require', 'allow-events'].map(
    (name) => [name, isUsualTokenList] as const,
  ),
]);

/** The same by the index of the header's check. */
const FORM_OF: readonly (Form | undefined)[] = [...HEADER_CHECKS.keys()].map((name) => FORMS.get(name));

const ASTERISK = 0x2a;

/** Whether a plain message has no fault of syntax. */
export function isFaultless(index: MessageIndex): boolean {
  const { first } = index;
  if (index.repeats || index.hasTransferEncoding) return false;
  for (const header of MANDATORY) if ((first[header] as number) < 0) return false;
  if (!index.via.isUsual || !index.from.isUsual || index.from.tagStart < 0 || index.cseqNumber < 0)
    return false;
  return startLineIsFine(index) && valuesAreFine(index);
}

/** The start line, and what must agree with it: see checkTogether in validate.ts. */
function startLineIsFine(index: MessageIndex): boolean {
  const { bytes, first, cseqMethodStart, cseqMethodEnd } = index;
  const hasContact = (first[CONTACT] as number) >= 0;
  if (index.bodyStart < bytes.length && (first[CONTENT_TYPE] as number) < 0) return false;
  if (!index.isRequest) {
    if (index.statusCode !== 100 && (!index.to.isUsual || index.to.tagStart < 0)) return false;
    const isSuccess = index.statusCode >= 200 && index.statusCode < 300;
    return hasContact || !isSuccess || latin1(bytes, cseqMethodStart, cseqMethodEnd) !== 'INVITE';
  }
  if ((first[MAX_FORWARDS] as number) < 0) return false;
  const { methodEnd, uriStart, uriEnd } = index;
  if (methodEnd !== cseqMethodEnd - cseqMethodStart) return false;
  for (let at = 0; at < methodEnd; at++) if (bytes[at] !== bytes[cseqMethodStart + at]) return false;
  if (!hasContact && NEEDS_CONTACT.has(latin1(bytes, 0, methodEnd))) return false;
  return (
    usualUriEnd(bytes, uriStart, uriEnd) === uriEnd ||
    isUsualRequestUri(parseUri(latin1(bytes, uriStart, uriEnd)))
  );
}

function valuesAreFine(index: MessageIndex): boolean {
  const { bytes, names, valueStarts, valueEnds, first, count } = index;
  for (let header = 0; header < count; header++) {
    const check = names[header]?.check;
    if (check === undefined) continue;
    const start = valueStarts[header] as number;
    const end = valueEnds[header] as number;
    if (check.index === CONTACT && bytes[start] === ASTERISK) return false;
    // Read with the index, and known to be fine by now.
    if (header === first[FROM] || header === first[VIA] || header === first[CSEQ]) continue;
    if (header === first[TO] && index.to.isUsual) continue;
    const form = FORM_OF[check.index];
    if (form?.(bytes, start, end) === true) continue;
    // What is wrong with a Via may not be its value: checkTogether looks at the addresses of all of them.
    if (check.index === VIA) return false;
    if (check.looksAtValue && check.faults(index.valueOf(header)).length > 0) return false;
  }
  return true;
}
