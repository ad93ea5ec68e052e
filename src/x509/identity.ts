/**
 * Whether a certificate speaks for a SIP domain (RFC 5922 §7) or a SIP user (RFC 3261 §23, RFC 8550 §3).
 */

import { parseAsn1 } from '../asn1/parse.js';
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

type Identity = { readonly shown: string; readonly value: string };

/** The names of a certificate that may speak for whom is asked for. */
type Identities = {
  readonly named: readonly Identity[];
  /** The values of `named` in the form in which they are compared; undefined for one that names nobody. */
  readonly compared: readonly (string | undefined)[];
  /** What to show where none matches: `named`, or else all names, as those of other kinds speak for someone else. */
  readonly shown: readonly string[];
  /** Whether any of those shown begins with a wildcard. */
  readonly hasWildcard: boolean;
};

/** Schemes of URIs that name a user (draft §5.3, RFC 3859, RFC 3860). */
const USER_SCHEMES = /^(?:sips?|im|pres):/i;

/**
 * RFC 5922 §7.1 and §7.2: `sip:` URIs without a user in the SAN; where there are none, its DNS names; the common
 * name only where there is no SAN. Compared as a whole and without case; wildcards match nothing.
 */
export function matchSipDomain(certificate: Certificate, host: string): IdentityVerdict {
  const identities = identitiesOf(certificate, domainIdentities(certificate), normalHost);
  return judge(identities, normalHost(host), 'domain');
}

/** The SIP domains that a certificate names, by the rules of RFC 5922 §7.1. */
export function sipDomains(certificate: Certificate): readonly string[] {
  return domainIdentities(certificate).map(({ value }) => value);
}

function domainIdentities(certificate: Certificate): readonly Identity[] {
  const names = certificate.subjectAltNames;
  const uris = names.flatMap(({ type, value }): Identity[] => {
    if (type !== 'uri' || !/^sip:/i.test(value)) return [];
    const parts = uriParts(value);
    return parts === undefined || parts.user !== undefined ? [] : [{ shown: value, value: parts.host }];
  });
  if (uris.length > 0) return uris;
  const dns = names.filter(({ type }) => type === 'dns');
  const addresses = names.filter(({ type }) => type === 'ip');
  if (dns.length + addresses.length > 0) {
    return [...dns, ...addresses].map(otherIdentity);
  }
  if (names.length > 0) return [];
  return commonNames(certificate)
    .filter((value) => !/[@\s]/.test(value))
    .map((value) => ({ shown: `CN=${value}`, value }));
}

/**
 * Whether the certificate names the user of a `sip:`, `sips:`, `im:`, `pres:` or `mailto:` URI (or bare
 * `user@host`): by such URIs and e-mail addresses of its SAN, by the subject's e-mail address and common name only
 * where there is no SAN. RFC 3261 §19.1.4: users with case, hosts without; ports and parameters do not count.
 */
export function matchSipUser(certificate: Certificate, uri: string): IdentityVerdict {
  const expected = userAtHost(uri);
  const identities = userIdentities(certificate);
  if (expected !== undefined) return judge(identities, expected, 'user');
  return {
    status: 'unknown',
    expected: uri,
    found: identities.named.map(({ shown }) => shown),
    reason: `No user and host can be read from "${uri}".`,
  };
}

/** What each certificate says of users: asked for three times a message, and read in 3 us. */
const usersNamed = new WeakMap<Certificate, Identities>();

function userIdentities(certificate: Certificate): Identities {
  const known = usersNamed.get(certificate);
  if (known !== undefined) return known;
  const names = certificate.subjectAltNames;
  const named = names
    .filter(({ type, value }) => type === 'email' || (type === 'uri' && USER_SCHEMES.test(value)))
    .map(otherIdentity);
  if (names.length === 0) {
    for (const value of subjectValues(certificate, '1.2.840.113549.1.9.1')) {
      named.push({ shown: `emailAddress=${value}`, value });
    }
    for (const value of commonNames(certificate)) {
      if (value.includes('@')) named.push({ shown: `CN=${value}`, value });
    }
  }
  const identities = identitiesOf(certificate, named, userAtHost);
  usersNamed.set(certificate, identities);
  return identities;
}

function identitiesOf(
  certificate: Certificate,
  named: readonly Identity[],
  normalize: (value: string) => string | undefined,
): Identities {
  const names = named.length > 0 ? named : certificate.subjectAltNames.map(otherIdentity);
  return {
    named,
    compared: named.map(({ value }) => normalize(value)),
    shown: names.map(({ shown }) => shown),
    hasWildcard: names.some(({ value }) => value.startsWith('*')),
  };
}

function judge(
  { named, compared, shown, hasWildcard }: Identities,
  expected: string,
  what: 'domain' | 'user',
): IdentityVerdict {
  const match = named[compared.indexOf(expected)];
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

function otherIdentity({ type, value }: GeneralName): Identity {
  const prefix = { uri: '', dns: 'DNS:', email: 'email:', ip: 'IP Address:' }[type as string] ?? `${type}:`;
  return { shown: `${prefix}${value}`, value };
}

/** RFC 5924 §4: what the extended key usage says of a SIP domain certificate. */
export function sipDomainUsage(certificate: Certificate): 'absent' | 'any' | 'sip-domain' | 'other' {
  const usages = certificate.extendedKeyUsage;
  if (usages.includes('id-kp-sipDomain')) return 'sip-domain';
  if (usages.includes('anyExtendedKeyUsage')) return 'any';
  return usages.length === 0 ? 'absent' : 'other';
}

type UriParts = { readonly user: string | undefined; readonly host: string };

/** User and host of a URI of the `sip:` kind, of `user@host`, or of a host alone. */
function uriParts(uri: string): UriParts | undefined {
  const rest = uri.trim().replace(/^[a-z][a-z0-9+.-]*:/i, '');
  // The user may hold ';' and '?', and '@' stands nowhere else unescaped (RFC 3261 §25.1).
  const at = rest.indexOf('@');
  if (at !== rest.lastIndexOf('@')) return undefined;
  const user = at < 0 ? undefined : (rest.slice(0, at).split(':')[0] as string);
  const hostport = rest.slice(at + 1).split(/[;?>/]/)[0] as string;
  const host = hostport.startsWith('[')
    ? hostport.slice(0, hostport.indexOf(']') + 1)
    : (hostport.split(':')[0] as string);
  return host === '' ? undefined : { user, host };
}

/**
 * A URI that is its own normal form: a user without password, escapes and parameters, a host in lower case. `uriParts`
 * and the normal forms come to the same for it, at four times the cost.
 */
const USUAL_USER = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?([^\s:;?@%>/[\]]+@[a-z0-9.-]*[a-z0-9-])$/;

/** Whom a URI names, as `user@host` in normal form (RFC 3261 §19.1.4); undefined where it names no user. */
function userAtHost(uri: string): string | undefined {
  const usual = USUAL_USER.exec(uri);
  if (usual !== null) return usual[1];
  const parts = uriParts(uri);
  if (parts?.user === undefined || parts.user === '') return undefined;
  return `${normalUser(parts.user)}@${normalHost(parts.host)}`;
}

/** Lower case, no final dot, no brackets. */
function normalHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
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
