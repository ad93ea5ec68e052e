/**
 * The Identity header: RFC 4474 (a signature over a string made of the message) and RFC 8224 (a PASSporT, RFC 8225:
 * a signed JSON token). Only what can be read from the message; who signed is for those who have certificates.
 *
 * In: a message. Out: each Identity header in its parts, with the texts that its signature may cover. Any value gives
 * an answer; the cost is linear in the header, which is limited.
 */
import { bytesOf } from '../bytes/text.js';
import { parseNameAddr } from './grammar/address.js';
import { parseCSeq, parseSipDate } from './grammar/values.js';
import { firstHeader, headersNamed, type SipMessage } from './message.js';
import {
  identitiesOf,
  identitiesOfUri,
  isSameIdentity,
  type PassportIdentity,
  passportIdentity,
} from './passport-identity.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** A text that a signer may have signed, with what it is called. */
export type SignedText = { readonly name: string; readonly bytes: Uint8Array };

export type Rfc4474Identity = {
  readonly kind: 'rfc4474';
  readonly signature: Uint8Array;
  /** Where the certificate is to be had (Identity-Info); RFC 4474 wants it, its drafts did not at first. */
  readonly info?: string;
  /** `rsa-sha1` unless Identity-Info says otherwise. */
  readonly algorithm: string;
};

export type Passport = {
  readonly kind: 'passport';
  /** Whether header and claims were left out, to be made from the message (RFC 8225 §7). */
  readonly compact: boolean;
  /** JOSE header and claims, those made from the message where they were left out. */
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** What the signature may cover: `base64url(header) "." base64url(claims)`. More than one for the compact form. */
  readonly signedTexts: readonly SignedText[];
  readonly signature: Uint8Array;
  /** Where the certificate is to be had. */
  readonly info?: string;
  /** As the token says; ES256 where it says nothing. */
  readonly algorithm: string;
  /** The extension, as `shaken`. */
  readonly ppt?: string;
  /** Rules of RFC 8224 and 8225 that token and parameters break, a sentence each. */
  readonly breaches: readonly string[];
  /** Why the claims do not vouch for this request, a sentence each: they lack something, or are for another (RFC 8224 §6.2). */
  readonly mismatches: readonly string[];
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
  return headersNamed(message, 'identity')
    .slice(0, MAX_HEADERS)
    .map(({ value }) => parseIdentity(value, message));
}

function parseIdentity(text: string, message: SipMessage): IdentityHeader {
  if (text.length > MAX_IDENTITY) return malformed('it is longer than any that is read');
  const semicolon = text.indexOf(';');
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().replace(/^"(.*)"$/, '$1');
  if (value.includes('.')) {
    const parts = value.split('.');
    if (parts.length !== 3) return malformed('a PASSporT has three parts with a dot between them');
    return parsePassport(message, parts, parametersOf(semicolon < 0 ? '' : text.slice(semicolon)));
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

function parsePassport(
  message: SipMessage,
  parts: readonly string[],
  parameters: ReadonlyMap<string, string>,
): IdentityHeader {
  const [headerText = '', claimsText = '', signatureText = ''] = parts;
  const signature = fromBase64(signatureText);
  if (signature === undefined) return malformed('the signature of the PASSporT is no base64url');
  const info = parameters.get('info');
  const given = { signature, ...(info === undefined ? {} : { info }) };
  if (headerText === '' && claimsText === '') return compactPassport(message, parameters, given);
  const header = jsonOf(headerText);
  const claims = jsonOf(claimsText);
  if (header === undefined) return malformed('the header of the PASSporT is no JSON object in base64url');
  if (claims === undefined) return malformed('the claims of the PASSporT are no JSON object in base64url');
  const { alg, ppt } = header.value;
  return {
    kind: 'passport',
    compact: false,
    header: header.value,
    claims: claims.value,
    signedTexts: [{ name: 'as sent', bytes: bytesOf(`${headerText}.${claimsText}`) }],
    ...given,
    algorithm: typeof alg === 'string' ? alg : 'ES256',
    ...(typeof ppt === 'string' ? { ppt } : {}),
    breaches: [
      ...headerBreaches(header.value, parameters),
      ...(header.isCanonical && claims.isCanonical
        ? []
        : ['The token is not in the canonical form of RFC 8225 §9: who rebuilds it cannot verify it.']),
    ],
    mismatches: [...claimBreaches(claims.value), ...identityMismatches(message, claims.value, ppt)],
  };
}

/** RFC 8224 §4, §4.1: the parameters beside the token repeat what it says. */
function headerBreaches(header: JsonObject, parameters: ReadonlyMap<string, string>): string[] {
  const breaches: string[] = [];
  if (header['typ'] !== 'passport') breaches.push('The token’s typ is not "passport" (RFC 8225 §4.1).');
  if (header['alg'] === undefined) breaches.push('The token does not say its algorithm (RFC 8225 §4.2).');
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

/** RFC 8225 §5.1.1, §5.2: iat, orig and dest are there and of their forms. */
function claimBreaches({ iat, orig, dest }: JsonObject): string[] {
  const breaches: string[] = [];
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    breaches.push('The claims have no iat that is a number (RFC 8225 §5.1.1).');
  }
  if (passportIdentity(orig) === undefined) {
    breaches.push('The claims have no orig with one tn or uri (RFC 8225 §5.2.1).');
  }
  if (destinations(dest).length === 0) {
    breaches.push('The claims have no dest with an array of tn or uri (RFC 8225 §5.2.1).');
  }
  return breaches;
}

/**
 * RFC 8224 §6.2: orig and dest are those of the request, with every extension; P-Asserted-Identity may stand for From. A
 * call that was diverted has To as it was, and where it goes now in the Request-URI (RFC 8946 §4).
 */
function identityMismatches(message: SipMessage, { orig, dest }: JsonObject, ppt: unknown): string[] {
  const breaches: string[] = [];
  const said = passportIdentity(orig);
  const callers = [...identitiesOf(message, 'from'), ...identitiesOf(message, 'p-asserted-identity')];
  if (said !== undefined && !callers.some((caller) => isSameIdentity(caller, said))) {
    breaches.push(`The orig of the claims is ${said.value}, which is not who From names (RFC 8224 §6.2).`);
  }
  const called = destinations(dest);
  const target = ppt === 'div' && message.kind === 'request' ? identitiesOfUri(message.requestUri) : [];
  const to = [...identitiesOf(message, 'to'), ...target];
  if (called.length > 0 && !to.some((one) => called.some((claimed) => isSameIdentity(one, claimed)))) {
    const names = called.map(({ value }) => value).join(', ');
    breaches.push(`The dest of the claims is ${names}, which is not who To names (RFC 8224 §6.2).`);
  }
  return breaches;
}

/** Destinations read of one token; RFC 8225 sets no limit. */
const MAX_DESTINATIONS = 64;

function destinations(dest: unknown): readonly PassportIdentity[] {
  if (typeof dest !== 'object' || dest === null) return [];
  const { tn, uri } = dest as JsonObject;
  const listed = (kind: 'tn' | 'uri', values: unknown): PassportIdentity[] =>
    (Array.isArray(values) ? values : [])
      .slice(0, MAX_DESTINATIONS)
      .flatMap((value: unknown) => (typeof value === 'string' ? [{ kind, value }] : []));
  return [...listed('tn', tn), ...listed('uri', uri)];
}

/**
 * RFC 8225 §7, RFC 8224 §4.1: header and claims made from the request. Where it can be read in more than one way (a
 * user that is all digits, a From with a P-Asserted-Identity beside it) each way is a text that may have been signed.
 */
function compactPassport(
  message: SipMessage,
  parameters: ReadonlyMap<string, string>,
  given: Pick<Passport, 'signature' | 'info'>,
): IdentityHeader {
  const date = firstHeader(message, 'date')?.value;
  const seconds = date === undefined ? undefined : parseSipDate(date).seconds;
  if (seconds === undefined) {
    return malformed(
      'the compact form takes its time from Date, which is missing or cannot be read (RFC 8224 §4.1)',
    );
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
  if (first === undefined) return malformed('the compact form needs From and To (RFC 8224 §4.1)');
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
    signedTexts: ways.map((way) => ({
      name: `from ${way.orig.value} to ${way.dest.value}`,
      bytes: bytesOf(`${encodedHeader}.${base64Url(JSON.stringify(claimsOf(way)))}`),
    })),
    ...given,
    algorithm: header.alg,
    ...(ppt === undefined ? {} : { ppt }),
    breaches: given.info === undefined ? ['The info parameter is missing (RFC 8224 §4).'] : [],
    // Its claims are those of the message.
    mismatches: [],
  };
}

/**
 * The digest-string of RFC 4474 §9, and the form of its drafts: they differ in what separates the fields.
 * Undefined where a header it needs is missing.
 */
export function identityDigestStrings(message: SipMessage): readonly SignedText[] | undefined {
  const from = firstHeader(message, 'from');
  const to = firstHeader(message, 'to');
  const callId = firstHeader(message, 'call-id');
  const cseqHeader = firstHeader(message, 'cseq');
  const date = firstHeader(message, 'date');
  if (!from || !to || !callId || !cseqHeader || !date) return undefined;
  const contact = firstHeader(message, 'contact');
  const cseq = parseCSeq(cseqHeader.value);
  const fields = [
    parseNameAddr(from.value).uri,
    parseNameAddr(to.value).uri,
    callId.value,
    `${cseq.number} ${cseq.method}`,
    date.value,
    contact === undefined ? '' : parseNameAddr(contact.value).uri,
  ];
  return [
    { name: 'RFC 4474 §9, fields separated by "|"', separator: '|' },
    { name: 'its drafts, fields separated by ":"', separator: ':' },
  ].map(({ name, separator }) => ({
    name,
    bytes: Buffer.concat([bytesOf(fields.join(separator) + separator), message.body]),
  }));
}

/** Bytes of base64 or base64url text; undefined where it is neither. */
function fromBase64(text: string): Uint8Array | undefined {
  if (text === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}

function base64Url(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url');
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
