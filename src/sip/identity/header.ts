/**
 * The Identity header: RFC 4474 (a signature over a string made of the message) and RFC 8224 (a PASSporT, RFC 8225:
 * a signed JSON token). Only what can be read from the message; who signed is for those who have certificates.
 *
 * In: a message. Out: each Identity header in its parts, with the texts that its signature may cover. Any value gives
 * an answer; the cost is linear in the header, which is limited.
 */
import { firstHeader, headersNamed, type SipMessage } from '../message.js';
import { type Passport, parsePassport } from './passport.js';
import { fromBase64 } from './signed-text.js';

export type Rfc4474Identity = {
  readonly kind: 'rfc4474';
  readonly signature: Uint8Array;
  /** Where the certificate is to be had (Identity-Info); RFC 4474 wants it, its drafts did not at first. */
  readonly info?: string;
  /** `rsa-sha1` unless Identity-Info says otherwise. */
  readonly algorithm: string;
};

export type IdentityHeader =
  | Rfc4474Identity
  | Passport
  | { readonly kind: 'malformed'; readonly reason: string };

/** Longest Identity value read; a PASSporT has some 500 characters, one with rich call data some thousands. */
const MAX_IDENTITY = 16_384;
/** Identity headers read of one message; a call diverted on its way has two or three. */
const MAX_HEADERS = 8;

/** Reads the Identity headers of a message, in their order. */
export function parseIdentities(message: SipMessage): readonly IdentityHeader[] {
  const headers = headersNamed(message, 'identity');
  const read = headers.slice(0, MAX_HEADERS).map(({ value }) => parseIdentity(value, message));
  const left = headers.length - read.length;
  return left === 0
    ? read
    : [...read, malformed(`${left} more than the ${MAX_HEADERS} that are read of one message`)];
}

function parseIdentity(text: string, message: SipMessage): IdentityHeader {
  if (text.length > MAX_IDENTITY) return malformed('it is longer than any that is read');
  const semicolon = text.indexOf(';');
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().replace(/^"(.*)"$/, '$1');
  if (value.includes('.')) {
    const parts = value.split('.');
    if (parts.length !== 3) return malformed('a PASSporT has three parts with a dot between them');
    const passport = parsePassport(message, parts, parametersOf(semicolon < 0 ? '' : text.slice(semicolon)));
    return typeof passport === 'string' ? malformed(passport) : passport;
  }
  const signature = fromBase64(value);
  if (signature === undefined) return malformed('it is neither base64 nor a PASSporT');
  const infoHeader = firstHeader(message, 'identity-info')?.value;
  const info = infoHeader === undefined ? undefined : /<([^>]*)>/.exec(infoHeader)?.[1];
  return {
    kind: 'rfc4474',
    signature,
    ...(info === undefined ? {} : { info }),
    algorithm:
      parametersOf(infoHeader?.replace(/^[^>]*>/, '') ?? '')
        .get('alg')
        ?.toLowerCase() ?? 'rsa-sha1',
  };
}

function malformed(reason: string): IdentityHeader {
  return { kind: 'malformed', reason };
}

/** `;name=value`, where a value may stand in quotes or angle brackets that hold semicolons (RFC 8224 §4). */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const match of text.matchAll(
    /;[ \t]*([\w!%*+`'~-]+)[ \t]*=[ \t]*(?:<([^>]*)>|"([^"]*)"|([^;\s]*))/g,
  )) {
    const name = (match[1] as string).toLowerCase();
    if (!found.has(name)) found.set(name, match[2] ?? match[3] ?? match[4] ?? '');
  }
  return found;
}
