/**
 * Who a PASSporT is from and for: the canonical telephone numbers and URIs of RFC 8224 §8, as RFC 8225 §5.2.1 writes
 * them in claims. In: addresses of a message, or a claim. Out: identities that can be compared.
 */
import { parseNameAddr } from './grammar/address.js';
import { parseUri } from './grammar/uri.js';
import { headersNamed, type SipMessage } from './message.js';

export type PassportIdentity = { readonly kind: 'tn' | 'uri'; readonly value: string };

/** Values of one header looked at: P-Asserted-Identity may have two (RFC 3325 §9.1). */
const MAX_VALUES = 2;

/**
 * The identities that an address header may stand for in claims, the one that RFC 8224 asks for first. A user of
 * digits is a telephone number where the URI says so (`tel:`, `user=phone`, a leading `+`); without that, it is for
 * the signer to know, and both are answered.
 */
export function identitiesOf(
  message: SipMessage,
  name: 'from' | 'to' | 'p-asserted-identity',
): readonly PassportIdentity[] {
  const found = headersNamed(message, name)
    .slice(0, MAX_VALUES)
    .flatMap(({ value }) => identitiesOfUri(parseNameAddr(value).uri));
  return found.filter((one, index) => found.findIndex((other) => isSameIdentity(one, other)) === index);
}

/** The same for a URI by itself. */
export function identitiesOfUri(text: string): readonly PassportIdentity[] {
  if (text === '') return [];
  const { scheme, user = '', parameters } = parseUri(text);
  // Parameters of a number in a SIP URI's user part (RFC 3261 §19.1.6) are none of its digits.
  const number = telephoneNumber(user.split(';', 1)[0] as string);
  const normal: PassportIdentity = { kind: 'uri', value: normalUri(text) };
  const asWritten: PassportIdentity = { kind: 'uri', value: text };
  const uris = scheme === 'tel' ? [] : [normal, ...(normal.value === text ? [] : [asWritten])];
  if (number === undefined) return uris;
  const telephone: PassportIdentity = { kind: 'tn', value: number };
  const isPhone = parameters.some(({ name, value }) => /^user$/i.test(name) && /^phone$/i.test(value ?? ''));
  const isSaid = scheme === 'tel' || isPhone || user.startsWith('+');
  return isSaid ? [telephone, ...uris] : [...uris, telephone];
}

/** RFC 8224 §8.3: digits, `*` and `#` alone, without the plus and what makes a number easier to read. */
function telephoneNumber(user: string): string | undefined {
  const number = user
    .replace(/[-.() ]|%20/g, '')
    .replace(/^(?:\+|%2b)/i, '')
    .replaceAll(/%23/g, '#');
  return /^[0-9*#]{3,}$/.test(number) ? number : undefined;
}

/** RFC 8224 §8.5: scheme, user and host of the address of record alone, scheme and host in lower case. */
function normalUri(text: string): string {
  const { scheme, user, host } = parseUri(text);
  if ((scheme !== 'sip' && scheme !== 'sips') || host === '') return text;
  return `${scheme}:${user === undefined ? '' : `${user}@`}${host.toLowerCase()}`;
}

/** The one identity of an orig claim; undefined where it is not of the form of RFC 8225 §5.2.1. */
export function passportIdentity(claim: unknown): PassportIdentity | undefined {
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { tn, uri } = claim as Readonly<Record<string, unknown>>;
  if (typeof tn === 'string' && uri === undefined) return { kind: 'tn', value: tn };
  return typeof uri === 'string' && tn === undefined ? { kind: 'uri', value: uri } : undefined;
}

export function isSameIdentity(one: PassportIdentity, other: PassportIdentity): boolean {
  return one.kind === other.kind && one.value === other.value;
}
