/**
 * Whether a certificate speaks for a SIP domain (RFC 5922 §7) or a SIP user (RFC 3261 §23, RFC 8550 §3).
 */

import { parseAsn1 } from '../asn1/parse.js';
import { derivedOnce } from '../bytes/derived.js';
import { comparedHost, readMailbox } from './address.js';
import type { Certificate } from './certificate.js';
import { type GeneralName, nameAttributes } from './name.js';

export type IdentityVerdict = {
  /** `unknown` where the certificate has no names to compare, or the expected one cannot be read. */
  readonly status: 'match' | 'mismatch' | 'unknown';
  /** The domain, or user and host, that was asked for. */
  readonly expected: string;
  /** What the certificate names instead, each as it stands there, as `sip:example.net` or `DNS:example.net`. */
  readonly found: readonly string[];
  /** A whole sentence. */
  readonly reason: string;
};

type Identity = {
  readonly shown: string;
  /** In the form in which it is compared; undefined for what names nobody, however it may look. */
  readonly compared: string | undefined;
};

/** The names of a certificate that may speak for whom is asked for. */
type Identities = {
  readonly named: readonly Identity[];
  /** What to show where none matches: `named`, or else all names, as those of other kinds speak for someone else. */
  readonly shown: readonly string[];
  /** Whether any of those shown begins with a wildcard. */
  readonly hasWildcard: boolean;
};

/** Schemes of URIs that name a user (draft §5.3, RFC 3859, RFC 3860). */
const USER_SCHEMES = /^(?:sips?|im|pres):/i;
/** How `GeneralName.value` begins for an internationalized mailbox (RFC 9598 §3). */
const SMTP_UTF8_MAILBOX = 'id-on-SmtpUTF8Mailbox:';
const EMAIL_ADDRESS = '1.2.840.113549.1.9.1';

/**
 * RFC 5922 §7.1 and §7.2: `sip:` URIs without a user in the SAN; where there are none, its DNS names; the common
 * name only where there is no SAN. Compared as a whole and without case; wildcards match nothing.
 */
export function matchSipDomain(certificate: Certificate, host: string): IdentityVerdict {
  const identities = identitiesOf(certificate, domainIdentities(certificate));
  const expected = comparedHost(host);
  if (expected !== undefined) return judge(identities, expected, 'domain');
  return unreadExpectation(identities, host, `"${host}" is no host name.`);
}

/** The SIP domains that a certificate names, by the rules of RFC 5922 §7.1. */
export function sipDomains(certificate: Certificate): readonly string[] {
  return domainIdentities(certificate).flatMap(({ compared }) => compared ?? []);
}

function domainIdentities(certificate: Certificate): readonly Identity[] {
  const names = certificate.subjectAltNames;
  const uris = names.flatMap(({ type, value }): Identity[] => {
    if (type !== 'uri' || !/^sip:/i.test(value)) return [];
    const parts = isAscii(value) ? uriParts(value) : undefined;
    return parts === undefined || parts.user !== undefined ? [] : [{ shown: value, compared: parts.host }];
  });
  if (uris.length > 0) return uris;
  const dns = names.filter(({ type }) => type === 'dns').map((name) => named(name, hostNamed(name)));
  const addresses = names.filter(({ type }) => type === 'ip').map((name) => named(name, hostNamed(name)));
  if (dns.length + addresses.length > 0) return [...dns, ...addresses];
  if (certificate.hasSubjectAltName) return [];
  return commonNames(certificate)
    .filter((value) => !/[@\s]/.test(value))
    .map((value) => ({ shown: `CN=${value}`, compared: comparedHost(value) }));
}

/** The host of a dNSName (an IA5String) or iPAddress. */
function hostNamed({ type, value }: GeneralName): string | undefined {
  // What is no address is shown in hexadecimal, which could be a host name.
  if (type === 'ip') return /[:.]/.test(value) ? comparedHost(value) : undefined;
  return isAscii(value) ? comparedHost(value) : undefined;
}

/**
 * Whether the certificate names the user of a `sip:`, `sips:`, `im:`, `pres:` or `mailto:` URI (or bare
 * `user@host`): by such URIs and mailboxes of its SAN, by the subject's e-mail address, and by its common name only
 * where there is no SAN. RFC 3261 §19.1.4: users with case, hosts without; ports and parameters do not count.
 */
export function matchSipUser(certificate: Certificate, uri: string): IdentityVerdict {
  const expected = userAtHost(uri);
  const identities = userIdentities(certificate);
  if (expected !== undefined) return judge(identities, expected, 'user');
  return unreadExpectation(identities, uri, `No user and host can be read from "${uri}".`);
}

function unreadExpectation({ named }: Identities, expected: string, reason: string): IdentityVerdict {
  return { status: 'unknown', expected, found: named.map(({ shown }) => shown), reason };
}

/** What each certificate says of users: asked for three times a message, and read in 3 us. */
const userIdentities = derivedOnce((certificate: Certificate): Identities => {
  const names = certificate.subjectAltNames;
  const users: Identity[] = names.filter(namesUser).map((name) => named(name, userNamed(name)));
  // RFC 8550 §3: e-mail addresses of the subject count beside those of the SAN.
  for (const value of subjectValues(certificate, EMAIL_ADDRESS)) {
    users.push({ shown: `emailAddress=${value}`, compared: mailboxUser(value) });
  }
  if (!certificate.hasSubjectAltName) {
    for (const value of commonNames(certificate)) {
      if (value.includes('@')) users.push({ shown: `CN=${value}`, compared: mailboxUser(value) });
    }
  }
  return identitiesOf(certificate, users);
});

function namesUser({ type, value }: GeneralName): boolean {
  if (type === 'uri') return USER_SCHEMES.test(value);
  return type === 'email' || (type === 'otherName' && value.startsWith(SMTP_UTF8_MAILBOX));
}

/** The user of a name, as `userAtHost` writes it. */
function userNamed({ type, value }: GeneralName): string | undefined {
  if (type === 'otherName') return mailboxUser(value.slice(SMTP_UTF8_MAILBOX.length));
  if (!isAscii(value)) return undefined;
  return type === 'email' ? mailboxUser(value) : userAtHost(value);
}

/** A mailbox as `userAtHost` writes it: what a URI must escape is escaped. */
function mailboxUser(text: string): string | undefined {
  const mailbox = readMailbox(text);
  if (mailbox === undefined) return undefined;
  const user = mailbox.local.replace(/[%\x80-\u{10ffff}]+/gu, (part) =>
    Buffer.from(part).reduce(escapeOctet, ''),
  );
  return `${user}@${mailbox.host}`;
}

function escapeOctet(text: string, octet: number): string {
  return `${text}%${octet.toString(16).toUpperCase()}`;
}

function isAscii(text: string): boolean {
  return !/[^\x00-\x7f]/.test(text);
}

function identitiesOf(certificate: Certificate, identities: readonly Identity[]): Identities {
  const shown =
    identities.length > 0
      ? identities.map((one) => one.shown)
      : certificate.subjectAltNames.map((name) => named(name, undefined).shown);
  return { named: identities, shown, hasWildcard: shown.some((text) => /^(?:DNS:)?\*/.test(text)) };
}

function judge(
  { named, shown, hasWildcard }: Identities,
  expected: string,
  what: 'domain' | 'user',
): IdentityVerdict {
  const match = named.find(({ compared }) => compared === expected);
  if (match !== undefined) {
    return { status: 'match', expected, found: shown, reason: `The certificate names ${match.shown}.` };
  }
  if (shown.length === 0) {
    return { status: 'unknown', expected, found: shown, reason: `The certificate names no SIP ${what}.` };
  }
  const hint = what === 'domain' && hasWildcard ? ' Wildcards are not allowed (RFC 5922 §7.2).' : '';
  return {
    status: 'mismatch',
    expected,
    found: shown,
    reason: `The certificate is for ${shown.join(', ')}, not for ${expected}.${hint}`,
  };
}

function named({ type, value }: GeneralName, compared: string | undefined): Identity {
  const prefix = { uri: '', dns: 'DNS:', email: 'email:', ip: 'IP Address:' }[type as string] ?? `${type}:`;
  return { shown: `${prefix}${value}`, compared };
}

/** RFC 5924 §4: what the extended key usage says of a SIP domain certificate. */
export function sipDomainUsage(certificate: Certificate): 'absent' | 'any' | 'sip-domain' | 'other' {
  const usages = certificate.extendedKeyUsage;
  if (usages.includes('id-kp-sipDomain')) return 'sip-domain';
  if (usages.includes('anyExtendedKeyUsage')) return 'any';
  return usages.length === 0 ? 'absent' : 'other';
}

type UriParts = { readonly user: string | undefined; readonly host: string };

/**
 * A URI of the `sip:` kind (RFC 3261 §25.1), `user@host`, or a host alone: user, password, host, and behind it
 * nothing but a port, parameters and headers.
 */
const URI =
  /^(?:[a-z][a-z0-9+.-]*:)?(?:([^\s@<>"\\[\]:]+)(?::[^\s@<>"\\[\]:]*)?@)?([^\s@<>"/\\[\]:;?]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:;[^\s@<>"\\?;]+)*(?:\?[^\s@<>"\\]*)?$/i;
/** Longest URI compared. */
const URI_LENGTH_LIMIT = 4096;

function uriParts(uri: string): UriParts | undefined {
  const match = uri.length > URI_LENGTH_LIMIT ? null : URI.exec(uri);
  const host = match === null ? undefined : comparedHost(match[2] as string);
  return host === undefined ? undefined : { user: match?.[1], host };
}

/**
 * A URI that is its own normal form: a user without password, escapes and parameters, a host in lower case. `uriParts`
 * and the normal forms come to the same for it, at four times the cost.
 */
const USUAL_USER =
  /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?([^\s:;?@%<>"/\\[\]\x80-\uffff]+@[a-z0-9-]+(?:\.[a-z0-9-]+)*)$/;
/** Longest URI that can have no host above the limit of `comparedHost`. */
const USUAL_LENGTH_LIMIT = 255;

/** Whom a URI names, as `user@host` in normal form (RFC 3261 §19.1.4); undefined where it names no user. */
function userAtHost(uri: string): string | undefined {
  const usual = uri.length > USUAL_LENGTH_LIMIT ? null : USUAL_USER.exec(uri);
  if (usual !== null) return usual[1];
  const parts = uriParts(uri);
  if (parts?.user === undefined) return undefined;
  return `${normalUser(parts.user)}@${parts.host}`;
}

/** RFC 3261 §19.1.4: an escaped character equals itself unless it is reserved. */
function normalUser(user: string): string {
  return user.replace(/%([0-9a-f]{2})/gi, (escaped, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[;/?:@&=+$,%\x00-\x20\x7f-\xff]/.test(character) ? escaped.toUpperCase() : character;
  });
}

function commonNames(certificate: Certificate): readonly string[] {
  return subjectValues(certificate, '2.5.4.3');
}

function subjectValues(certificate: Certificate, type: string): readonly string[] {
  const { root } = parseAsn1(certificate.subjectDer);
  if (root === undefined) return [];
  return nameAttributes(certificate.subjectDer, root)
    .flat()
    .filter((attribute) => attribute.type === type)
    .map(({ value }) => value);
}
