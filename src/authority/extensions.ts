/** Certificate extensions, written (RFC 5280 §4.2), and how the names of makeCert become a Subject Alternative Name. */

import { createHash } from 'node:crypto';
import {
  boolean,
  context,
  contextPrimitive,
  integer,
  namedBits,
  octetString,
  oid,
  sequence,
} from '../asn1/der.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readBitString } from '../asn1/values.js';
import { KEY_USAGES, type KeyUsage } from '../x509/extensions.js';

export type AltName = { readonly type: 'uri' | 'dns' | 'email' | 'ip'; readonly value: string };

/** What a certificate is for: a domain's, or a user's. */
export type Holder = 'domain' | 'user';

/** makeCert's rule for file names: with `@` a user's, else a domain's. */
export function holderOf(name: string): Holder {
  return name.includes('@') ? 'user' : 'domain';
}

/** makeCert's rule: a name with `:` is a URI, with `@` the three URIs of a user, else a DNS name. */
export function altNamesOf(name: string): readonly AltName[] {
  if (name.includes(':')) return [{ type: 'uri', value: name }];
  if (!name.includes('@')) return [{ type: 'dns', value: name }];
  return ['sip', 'im', 'pres'].map((scheme) => ({ type: 'uri', value: `${scheme}:${name}` }));
}

/** `DNS:example.net`, `URI:sip:a@b`, `email:a@b`, `IP:192.0.2.1`, as openssl writes them; undefined where it is none. */
export function parseAltName(text: string): AltName | undefined {
  const match = /^(URI|DNS|email|IP):(.+)$/i.exec(text.trim());
  if (match === null) return undefined;
  const type = (match[1] as string).toLowerCase() as AltName['type'];
  const value = match[2] as string;
  if (/[^\u0021-\u007e]/.test(value)) return undefined;
  if (type === 'ip' && addressOctets(value) === undefined) return undefined;
  return { type, value };
}

const GENERAL_NAME_TAGS: Readonly<Record<AltName['type'], number>> = { email: 1, dns: 2, uri: 6, ip: 7 };

/** An Extension in DER. */
export function extension(identifier: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

export function subjectAltName(names: readonly AltName[]): Uint8Array {
  const list = names.map(({ type, value }) => {
    const octets = type === 'ip' ? addressOctets(value) : Buffer.from(value, 'latin1');
    return contextPrimitive(GENERAL_NAME_TAGS[type], octets ?? new Uint8Array(0));
  });
  return extension('2.5.29.17', sequence(...list));
}

/** Four octets of `192.0.2.1`, sixteen of `2001:db8::1`; undefined where it is no address. */
function addressOctets(text: string): Uint8Array | undefined {
  if (!text.includes(':')) {
    const octets = text.split('.').map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
    return octets.length === 4 && octets.every((octet) => octet < 256) ? Uint8Array.from(octets) : undefined;
  }
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = 8 - before.length - after.length;
  if (tail === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return Uint8Array.from(
    all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  );
}

/** basicConstraints; the path length only for an authority. */
export function basicConstraints(isCa: boolean, critical: boolean): Uint8Array {
  return extension('2.5.29.19', isCa ? sequence(boolean(true)) : sequence(), critical);
}

export function keyUsage(usages: readonly KeyUsage[]): Uint8Array {
  return extension('2.5.29.15', namedBits(usages.map((usage) => KEY_USAGES.indexOf(usage))), true);
}

/** Names that `--eku` takes, with those of RFC 5924. */
const EXTENDED_KEY_USAGES: ReadonlyMap<string, string> = new Map([
  ['anyExtendedKeyUsage', '2.5.29.37.0'],
  ['serverAuth', '1.3.6.1.5.5.7.3.1'],
  ['clientAuth', '1.3.6.1.5.5.7.3.2'],
  ['codeSigning', '1.3.6.1.5.5.7.3.3'],
  ['emailProtection', '1.3.6.1.5.5.7.3.4'],
  ['sipDomain', '1.3.6.1.5.5.7.3.20'],
]);

export const EXTENDED_KEY_USAGE_NAMES: readonly string[] = [...EXTENDED_KEY_USAGES.keys()];

/** Object identifier of a usage by its name (with or without `id-kp-`) or in dotted form; undefined where it is none. */
export function extendedKeyUsageOid(text: string): string | undefined {
  if (/^[012](\.(0|[1-9]\d{0,17})){1,31}$/.test(text)) return text;
  return EXTENDED_KEY_USAGES.get(text.replace(/^id-kp-/, ''));
}

export function extendedKeyUsage(identifiers: readonly string[]): Uint8Array {
  return extension('2.5.29.37', sequence(...identifiers.map(oid)));
}

/** Key identifier: SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1). */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  const [, key] = parseAsn1(spki).root?.children ?? [];
  const bits = key === undefined ? undefined : readBitString(spki, key);
  return createHash('sha1')
    .update(bits?.bytes ?? spki)
    .digest();
}

export function subjectKeyIdentifier(spki: Uint8Array): Uint8Array {
  return extension('2.5.29.14', octetString(keyIdentifier(spki)));
}

/** authorityKeyIdentifier by key alone, or as the draft's authority has it: with the issuer's name and serial too. */
export function authorityKeyIdentifier(
  keyId: Uint8Array,
  issuer?: { readonly nameDer: Uint8Array; readonly serial: Uint8Array },
): Uint8Array {
  const more =
    issuer === undefined
      ? []
      : [context(1, context(4, issuer.nameDer)), contextPrimitive(2, unsigned(issuer.serial))];
  return extension('2.5.29.35', sequence(contextPrimitive(0, keyId), ...more));
}

/** Contents of an INTEGER with this magnitude. */
function unsigned(magnitude: Uint8Array): Uint8Array {
  const whole = integer(magnitude);
  return whole.subarray(whole.length - ((whole[1] as number) & 0x7f));
}

/** The attribute that asks for extensions in a certificate request (RFC 2985 §5.4.2). */
export const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
