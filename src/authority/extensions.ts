/** Certificate extensions, written (RFC 5280 §4.2), and how the names of makeCert become a Subject Alternative Name. */

import { createHash } from 'node:crypto';
import type { BaseBlock, BitString } from 'asn1js';
import type { Extension } from 'pkijs';
import { oidContents } from '../asn1/values.js';
import { asn1js, pkijs } from '../bytes/libraries.js';
import { KEY_USAGES, type KeyUsage } from '../x509/extensions.js';
import { encodedName, octetString, unsigned } from './structures.js';

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

/** Numbers of the GeneralName choices (RFC 5280 §4.2.1.6). */
const TEXT_NAMES = { email: 1, dns: 2, uri: 6 } as const;
const DIRECTORY_NAME = 4;
const IP_ADDRESS = 7;

function extension(identifier: string, value: { toBER(): ArrayBuffer }, critical = false): Extension {
  return new (pkijs().Extension)({ extnID: identifier, critical, extnValue: value.toBER() });
}

export function subjectAltName(names: readonly AltName[]): Extension {
  const { AltName, GeneralName } = pkijs();
  const altNames = names.map(({ type, value }) =>
    type === 'ip'
      ? new GeneralName({ type: IP_ADDRESS, value: octetString(addressOctets(value) ?? new Uint8Array(0)) })
      : new GeneralName({ type: TEXT_NAMES[type], value }),
  );
  return extension('2.5.29.17', new AltName({ altNames }).toSchema());
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

/** basicConstraints without a path length. */
export function basicConstraints(isCa: boolean, critical: boolean): Extension {
  return extension('2.5.29.19', new (pkijs().BasicConstraints)({ cA: isCa }).toSchema(), critical);
}

export function keyUsage(usages: readonly KeyUsage[]): Extension {
  return extension('2.5.29.15', namedBits(usages.map((usage) => KEY_USAGES.indexOf(usage))), true);
}

/** BIT STRING with the bits of these numbers set, of which there is one at least, and no zero bit after the last (X.690 §11.2.2). */
function namedBits(bits: readonly number[]): BitString {
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] as number) | (0x80 >> (bit & 7));
  return new (asn1js().BitString)({ valueHex: octets, unusedBits: 7 - (last & 7) });
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

export function extendedKeyUsage(identifiers: readonly string[]): Extension {
  return extension('2.5.29.37', new (asn1js().Sequence)({ value: identifiers.map(anyOid) }));
}

/** OBJECT IDENTIFIER by its octets: asn1js writes none at all where an arc lies from 2^49 to 2^56. */
function anyOid(dotted: string): BaseBlock {
  const { Primitive } = asn1js();
  return new Primitive({ idBlock: { tagClass: 1, tagNumber: 6 }, valueHex: oidContents(dotted) });
}

/** Key identifier: SHA-1 of the public key's bits (RFC 5280 §4.2.1.2, method 1). */
export function keyIdentifier(spki: Uint8Array): Uint8Array {
  const { subjectPublicKey } = pkijs().PublicKeyInfo.fromBER(spki);
  return createHash('sha1').update(subjectPublicKey.valueBlock.valueHexView).digest();
}

export function subjectKeyIdentifier(spki: Uint8Array): Extension {
  return extension('2.5.29.14', octetString(keyIdentifier(spki)));
}

/** authorityKeyIdentifier by key alone, or as the draft's authority has it: with the issuer's name and serial too. */
export function authorityKeyIdentifier(
  keyId: Uint8Array,
  issuer?: { readonly nameDer: Uint8Array; readonly serial: Uint8Array },
): Extension {
  const { AuthorityKeyIdentifier, GeneralName } = pkijs();
  const named = (nameDer: Uint8Array, serial: Uint8Array) => ({
    authorityCertIssuer: [new GeneralName({ type: DIRECTORY_NAME, value: encodedName(nameDer) })],
    authorityCertSerialNumber: unsigned(serial),
  });
  const identifier = new AuthorityKeyIdentifier({
    keyIdentifier: octetString(keyId),
    ...(issuer === undefined ? {} : named(issuer.nameDer, issuer.serial)),
  });
  return extension('2.5.29.35', identifier.toSchema());
}
