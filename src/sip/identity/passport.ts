/**
 * PASSporTs (RFC 8225) in Identity headers (RFC 8224): a signed JSON token that says whom a request is from and for.
 *
 * In: the three parts of a token, the parameters beside it, and the message. Out: the token with the texts that its
 * signature may cover, or why it is none, a clause.
 */
import { bytesOf } from '../../bytes/text.js';
import { parseSipDate } from '../grammar/values.js';
import { firstHeader, type SipMessage } from '../message.js';
import { identitiesOf, type PassportIdentity, passportDestinations, passportIdentity } from './address.js';
import { base64Url, fromBase64, type SignedText } from './signed-text.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A text that the token's signature may cover, and whom the token is from and for then. */
export type PassportText = SignedText & {
  /** Absent where the claims name no one. */
  readonly orig?: PassportIdentity;
  readonly dest: readonly PassportIdentity[];
};

export type Passport = {
  readonly kind: 'passport';
  /** Whether header and claims were left out, to be made from the message (RFC 8225 §7). */
  readonly compact: boolean;
  /** JOSE header and claims, those made from the message where they were left out. */
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** What the signature may cover: `base64url(header) "." base64url(claims)`. More than one for the compact form. */
  readonly texts: readonly PassportText[];
  readonly signature: Uint8Array;
  /** Where the certificate is to be had. */
  readonly info?: string;
  /** As the token says; ES256 where it says nothing. */
  readonly algorithm: string;
  /** The extension, as `shaken`. */
  readonly ppt?: string;
  /** Rules of RFC 8224 and 8225 that token and parameters break, a sentence each. */
  readonly breaches: readonly string[];
};

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Reads a token inside another, as the `opt` claim holds one (RFC 8946 §5); it stands in full form and without parameters. */
export function parseNestedPassport(token: string): Passport | string {
  const parts = token.split('.');
  if (parts.length !== 3 || parts.includes('')) return 'a PASSporT has three parts with a dot between them';
  return fullPassport(parts, NO_PARAMETERS, {});
}

/** Reads the token of an Identity header; `parameters` stand beside it, `info` among them. */
export function parsePassport(
  message: SipMessage,
  parts: readonly string[],
  parameters: ReadonlyMap<string, string>,
): Passport | string {
  const [headerText = '', claimsText = '', signatureText = ''] = parts;
  const info = parameters.get('info');
  const given = info === undefined ? {} : { info };
  if (headerText !== '' || claimsText !== '') return fullPassport(parts, parameters, given);
  const signature = fromBase64(signatureText);
  if (signature === undefined) return NO_SIGNATURE;
  return compactPassport(message, parameters, { signature, ...given });
}

const NO_SIGNATURE = 'the signature of the PASSporT is no base64url';

function fullPassport(
  [headerText = '', claimsText = '', signatureText = '']: readonly string[],
  parameters: ReadonlyMap<string, string>,
  given: Pick<Passport, 'info'>,
): Passport | string {
  const signature = fromBase64(signatureText);
  if (signature === undefined) return NO_SIGNATURE;
  const header = jsonOf(headerText);
  const claims = jsonOf(claimsText);
  if (header === undefined) return 'the header of the PASSporT is no JSON object in base64url';
  if (claims === undefined) return 'the claims of the PASSporT are no JSON object in base64url';
  const { alg, ppt } = header.value;
  const orig = passportIdentity(claims.value['orig']);
  return {
    kind: 'passport',
    compact: false,
    header: header.value,
    claims: claims.value,
    texts: [
      {
        name: 'as sent',
        bytes: bytesOf(`${headerText}.${claimsText}`),
        ...(orig === undefined ? {} : { orig }),
        dest: passportDestinations(claims.value['dest']),
      },
    ],
    signature,
    ...given,
    algorithm: typeof alg === 'string' ? alg : 'ES256',
    ...(ppt === undefined ? {} : { ppt: typeof ppt === 'string' ? ppt : JSON.stringify(ppt) }),
    breaches: [
      ...headerBreaches(header.value, parameters),
      ...(header.isCanonical && claims.isCanonical
        ? []
        : ['The token is not in the canonical form of RFC 8225 §9: who rebuilds it cannot verify it.']),
    ],
  };
}

/** RFC 8224 §4, §4.1: the parameters beside the token repeat what it says. */
function headerBreaches(header: JsonObject, parameters: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  if (header['typ'] !== 'passport') breaches.push('The token’s typ is not "passport" (RFC 8225 §4.1).');
  if (header['alg'] === undefined) breaches.push('The token does not say its algorithm (RFC 8225 §4.2).');
  // A token inside another stands by itself.
  if (parameters === NO_PARAMETERS) return breaches;
  const info = parameters.get('info');
  const x5u = header['x5u'];
  if (info === undefined) breaches.push('The info parameter is missing (RFC 8224 §4).');
  else if (typeof x5u === 'string' && x5u !== info) {
    breaches.push(`The info parameter is ${info}, the token’s x5u is ${x5u} (RFC 8224 §4.1).`);
  }
  for (const name of ['alg', 'ppt']) {
    const said = parameters.get(name);
    if (said !== undefined && header[name] !== said) {
      const within = typeof header[name] === 'string' ? `"${header[name]}"` : 'nothing';
      breaches.push(`The ${name} parameter is "${said}", the token says ${within} (RFC 8224 §4).`);
    }
  }
  return breaches;
}

/**
 * RFC 8225 §7, RFC 8224 §4.1: header and claims made from the request. Where it can be read in more than one way (a
 * user that is all digits, a From with a P-Asserted-Identity beside it) each way is a text that may have been signed.
 */
function compactPassport(
  message: SipMessage,
  parameters: ReadonlyMap<string, string>,
  given: Pick<Passport, 'signature' | 'info'>,
): Passport | string {
  const date = firstHeader(message, 'date')?.value;
  const seconds = date === undefined ? undefined : parseSipDate(date).seconds;
  if (seconds === undefined) {
    return 'the compact form takes its time from Date, which is missing or cannot be read (RFC 8224 §4.1)';
  }
  const ppt = parameters.get('ppt');
  // Keys in lexicographic order and no white space (RFC 8225 §9).
  const header = {
    alg: parameters.get('alg') ?? 'ES256',
    ...(ppt === undefined ? {} : { ppt }),
    typ: 'passport',
    ...(given.info === undefined ? {} : { x5u: given.info }),
  };
  const origins = [...identitiesOf(message, 'from'), ...identitiesOf(message, 'p-asserted-identity')];
  const called = identitiesOf(message, 'to');
  const ways = origins.flatMap((orig) => called.map((dest) => ({ orig, dest })));
  const [first] = ways;
  if (first === undefined) return 'the compact form needs From and To (RFC 8224 §4.1)';
  const claimsOf = ({ orig, dest }: typeof first): JsonObject => ({
    dest: { [dest.kind]: [dest.value] },
    iat: seconds,
    orig: { [orig.kind]: orig.value },
  });
  const encodedHeader = base64Url(JSON.stringify(header));
  return {
    kind: 'passport',
    compact: true,
    header,
    claims: claimsOf(first),
    texts: ways.map((way) => ({
      name: `from ${way.orig.value} to ${way.dest.value}`,
      bytes: bytesOf(`${encodedHeader}.${base64Url(JSON.stringify(claimsOf(way)))}`),
      orig: way.orig,
      dest: [way.dest],
    })),
    ...given,
    algorithm: header.alg,
    ...(ppt === undefined ? {} : { ppt }),
    breaches: given.info === undefined ? ['The info parameter is missing (RFC 8224 §4).'] : [],
  };
}

/** A JSON object in base64url, and whether it is written as RFC 8225 §9 wants it. */
function jsonOf(encoded: string): { readonly value: JsonObject; readonly isCanonical: boolean } | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(encoded)) return undefined;
  try {
    const text = Buffer.from(encoded, 'base64url').toString('utf8');
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { value: value as JsonObject, isCanonical: JSON.stringify(sorted(value, 0)) === text };
  } catch {
    // No JSON, or nested so deep that no engine writes it again.
    return undefined;
  }
}

/** Objects nested deeper than any token; deeper ones are compared as they stand. */
const MAX_NESTING = 32;

function sorted(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_NESTING) return value;
  if (Array.isArray(value)) return value.map((item) => sorted(item, depth + 1));
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item, depth + 1)]));
}
