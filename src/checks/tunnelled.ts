/**
 * The headers of a SIP message that is carried inside another for its protection (RFC 3261 §23.4), compared with
 * those around it. Pure: in go an outer message and the headers inside, out come the differences.
 */
import { parseNameAddr } from '../sip/grammar/address.js';
import { displayName, headerName } from '../sip/grammar/names.js';
import { parseCSeq } from '../sip/grammar/values.js';
import type { SipMessage } from '../sip/message.js';

type Header = { readonly name: string; readonly value: string };

/** A header that does not say inside what it says outside. */
export type HeaderDifference = {
  /** As usually spelt, as `Call-ID`. */
  readonly name: string;
  readonly inside: string;
  readonly outside: string;
};

/** RFC 3261 §23.4.1.1: proxies may change these, so that a difference says nothing. */
const CHANGED_ON_THE_WAY = new Set(['via', 'record-route', 'route', 'max-forwards', 'proxy-authorization']);

/** RFC 3261 §23.4.1.1, §23.4.2: headers of the body belong to each body. */
const OF_THE_BODY = /^(?:content-|mime-version$)/;

const ADDRESSES = new Set(['from', 'to', 'contact', 'reply-to']);

/** Headers that are both inside and outside and differ, in their order inside, each once. */
export function headerDifferences(outer: SipMessage, inner: readonly Header[]): readonly HeaderDifference[] {
  const outside = valuesByName(outer.headers);
  const found: HeaderDifference[] = [];
  for (const [name, values] of valuesByName(inner)) {
    if (CHANGED_ON_THE_WAY.has(name) || OF_THE_BODY.test(name)) continue;
    const others = outside.get(name);
    if (others === undefined) continue;
    const meaning = (list: readonly string[]): string =>
      list.map((value) => meaningOf(name, value)).join(', ');
    if (meaning(values) === meaning(others)) continue;
    found.push({ name: displayName(name), inside: values.join(', '), outside: others.join(', ') });
  }
  return found;
}

function valuesByName(headers: readonly Header[]): Map<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const { name, value } of headers) {
    const { canonicalName } = headerName(name);
    const list = byName.get(canonicalName);
    if (list === undefined) byName.set(canonicalName, [value]);
    else list.push(value);
  }
  return byName;
}

/** What two spellings of the same have in common: brackets and white space do not count. */
function meaningOf(name: string, value: string): string {
  if (name === 'cseq') {
    const { number, method } = parseCSeq(value);
    if (!Number.isNaN(number)) return `${number} ${method}`;
  }
  if (ADDRESSES.has(name) && !value.includes(',')) {
    const { uri, tag, displayName: shown } = parseNameAddr(value);
    return `${shown ?? ''} ${uri} ${tag ?? ''}`;
  }
  return value.replace(/\s+/g, ' ').trim();
}

/** RFC 3261 §23.4.1.2, RFC 3323 §4.1: a From that hides who is inside, on purpose. */
export function isAnonymous(value: string): boolean {
  return /@(?:anonymous\.invalid|[^@>\s;]+\.invalid)\b/i.test(parseNameAddr(value).uri);
}
