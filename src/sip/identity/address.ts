/**
 * Who a PASSporT is from and for: the canonical telephone numbers and URIs of RFC 8224 §8, as RFC 8225 §5.2.1 writes
 * them in claims. In: addresses of a message, or a claim. Out: identities that can be compared.
 */
import { parseNameAddr } from '../grammar/address.js';
import { parseUri } from '../grammar/uri.js';
import { headersNamed, type SipMessage } from '../message.js';

export type PassportIdentity = { readonly kind: 'tn' | 'uri'; readonly value: string };

/** Values of one header looked at: P-Asserted-Identity may have two (RFC 3325 §9.1). */
const MAX_VALUES = 2;

/**
 * The identities that an address header may stand for in claims, the one that RFC 8224 asks for first. A user of
 * digits is a telephone number where the URI says so (`tel:`, `user=phone`); without that, it is for the signer to know,
 * and both are answered.
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
  // What is said to be a number is one (RFC 8224 §8.1): its domain does not vouch for it.
  if (scheme === 'tel' || isPhone) return [telephone];
  return user.startsWith('+') ? [telephone, ...uris] : [...uris, telephone];
}

/**
 * RFC 8224 §8.3: digits, `*` and `#` alone, without the plus and the visual separators (RFC 3966 §5.1.1), which may be
 * written with escapes. Undefined where it is no number.
 */
export function telephoneNumber(user: string): string | undefined {
  const number = user
    .replace(/%[0-9a-f]{2}/gi, (octet) => String.fromCharCode(Number.parseInt(octet.slice(1), 16)))
    .replace(/[-.() ]/g, '')
    .replace(/^\+/, '');
  return /^[0-9*#]{3,}$/.test(number) ? number : undefined;
}

/** RFC 8224 §8.5: scheme, user and host of the address of record alone, scheme and host in lower case. */
function normalUri(text: string): string {
  const { scheme, user, host } = parseUri(text);
  if ((scheme !== 'sip' && scheme !== 'sips') || host === '') return text;
  return `${scheme}:${user === undefined ? '' : `${user}@`}${host.toLowerCase()}`;
}

/**
 * The one identity of an orig claim (RFC 8225 §5.2.1), a number in its canonical form as verifiers compare it, and a `tel`
 * URI as the number that it is; undefined where it is not of that form.
 */
export function passportIdentity(claim: unknown): PassportIdentity | undefined {
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { tn, uri } = claim as Readonly<Record<string, unknown>>;
  if (typeof tn === 'string' && uri === undefined) return claimedNumber(tn);
  return typeof uri === 'string' && tn === undefined ? claimedUri(uri) : undefined;
}

/** Destinations read of one token; RFC 8225 sets no limit. */
const MAX_DESTINATIONS = 64;

/** The identities of a dest claim; none where it is not of the form of RFC 8225 §5.2.1. */
export function passportDestinations(claim: unknown): readonly PassportIdentity[] {
  if (typeof claim !== 'object' || claim === null) return [];
  const { tn, uri } = claim as Readonly<Record<string, unknown>>;
  const listed = (values: unknown, read: (text: string) => PassportIdentity): PassportIdentity[] =>
    (Array.isArray(values) ? values : [])
      .slice(0, MAX_DESTINATIONS)
      .flatMap((value: unknown) => (typeof value === 'string' ? [read(value)] : []));
  return [...listed(tn, claimedNumber), ...listed(uri, claimedUri)];
}

function claimedNumber(text: string): PassportIdentity {
  return { kind: 'tn', value: telephoneNumber(text) ?? text };
}

function claimedUri(text: string): PassportIdentity {
  const { scheme, user = '' } = parseUri(text);
  const number = scheme === 'tel' ? telephoneNumber(user) : undefined;
  return number === undefined ? { kind: 'uri', value: text } : { kind: 'tn', value: number };
}

export function isSameIdentity(one: PassportIdentity, other: PassportIdentity): boolean {
  return one.kind === other.kind && one.value === other.value;
}
