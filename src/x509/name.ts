/**
 * Distinguished names and general names (RFC 5280 §4.1.2.4, §4.2.1.6) as text.
 */

import type { Asn1Node } from '../asn1/node.js';
import { contents, encoded, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOid, readString } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';
import { LimitedCache } from '../bytes/limited-cache.js';
import { latin1 } from '../bytes/text.js';

/** Short names of attribute types: RFC 4514 §3, and OpenSSL's for those that the RFC leaves in dotted form. */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.42', 'GN'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
]);

/** One AttributeTypeAndValue. */
export type NameAttribute = {
  readonly type: string;
  /** Decoded text; `#` and hexadecimal where the value is not a string (RFC 4514 §2.4). */
  readonly value: string;
  readonly isString: boolean;
};

/** The relative distinguished names of a Name, in the order of the encoding. */
export function nameAttributes(bytes: Uint8Array, name: Asn1Node): readonly (readonly NameAttribute[])[] {
  return name.children.map((rdn) =>
    rdn.children.map((attribute): NameAttribute => {
      const [type, value] = attribute.children;
      const text = value === undefined ? undefined : readString(bytes, value);
      return {
        type: (type === undefined ? undefined : readOid(bytes, type)) ?? '?',
        isString: text !== undefined,
        value: text ?? (value === undefined ? '' : `#${toHex(encoded(bytes, value))}`),
      };
    }),
  );
}

/** A Name as the draft prints it: `C=US, ST=California, L=San Jose, O=sipit`, in the order of the encoding. */
export function nameText(bytes: Uint8Array, name: Asn1Node): string {
  return nameAttributes(bytes, name)
    .map((rdn) => rdn.map(attributeText).join(' + '))
    .join(', ');
}

/** Texts of Names by their DER: signers and recipients of every message name the same few issuers. */
const knownNames = new LimitedCache<string, string>(256);
/** Longest Name remembered, in octets: with the limit above 256 KiB and their texts at the worst. */
const REMEMBERED_NAME_OCTETS = 1024;

/** The same from a Name's DER; an empty text where it cannot be read. */
export function distinguishedName(der: Uint8Array): string {
  const key = der.length > REMEMBERED_NAME_OCTETS ? undefined : latin1(der);
  const known = key === undefined ? undefined : knownNames.get(key);
  if (known !== undefined) return known;
  const { root } = parseAsn1(der);
  const text = root === undefined ? '' : nameText(der, root);
  return key === undefined ? text : knownNames.keep(key, text);
}

function attributeText({ type, value, isString }: NameAttribute): string {
  return `${shortName(type)}=${isString ? escapeValue(value) : value}`;
}

function shortName(type: string): string {
  return SHORT_NAMES.get(type) ?? oidLabel(type);
}

/** RFC 4514 §2.4: what could be taken for the name's own punctuation gets a backslash. */
function escapeValue(value: string): string {
  return value.replace(/[,+"\\<>;]/g, '\\$&').replace(/^[ #]|(?<!\\) $/g, '\\$&');
}

export type GeneralNameType =
  | 'otherName'
  | 'email'
  | 'dns'
  | 'x400Address'
  | 'dirName'
  | 'ediPartyName'
  | 'uri'
  | 'ip'
  | 'registeredId';

export type GeneralName = { readonly type: GeneralNameType; readonly value: string };

/** By the context tags [0] to [8] of GeneralName. */
const GENERAL_NAME_TYPES: readonly GeneralNameType[] = [
  'otherName',
  'email',
  'dns',
  'x400Address',
  'dirName',
  'ediPartyName',
  'uri',
  'ip',
  'registeredId',
];

/** One GeneralName; undefined where its tag is none of them. */
export function generalName(bytes: Uint8Array, node: Asn1Node): GeneralName | undefined {
  const type = node.tagClass === 'context' ? GENERAL_NAME_TYPES[node.tagNumber] : undefined;
  return type === undefined ? undefined : { type, value: generalNameValue(bytes, node, type) };
}

function generalNameValue(bytes: Uint8Array, node: Asn1Node, type: GeneralNameType): string {
  switch (type) {
    case 'email':
    case 'dns':
    case 'uri':
      return latin1(contents(bytes, node));
    case 'ip':
      return addressText(contents(bytes, node));
    case 'registeredId':
      return readOid(bytes, node) ?? toHex(contents(bytes, node));
    case 'dirName': {
      const [name] = node.children;
      return name === undefined ? '' : nameText(bytes, name);
    }
    case 'otherName': {
      const [type, wrapped] = node.children;
      const inner = wrapped?.children[0];
      const text = inner === undefined ? undefined : readString(bytes, inner);
      const label = type === undefined ? '?' : oidLabel(readOid(bytes, type) ?? '?');
      return `${label}:${text ?? (inner === undefined ? '' : toHex(contents(bytes, inner)))}`;
    }
    default:
      return toHex(contents(bytes, node));
  }
}

/** The GeneralNames inside a SEQUENCE. */
export function generalNames(bytes: Uint8Array, node: Asn1Node | undefined): readonly GeneralName[] {
  if (!isUniversal(node, TAG.sequence)) return [];
  return node.children.flatMap((child) => generalName(bytes, child) ?? []);
}

/** iPAddress: 4 or 16 octets in network byte order; IPv6 as RFC 5952 writes it. */
function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return toHex(octets);
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[2 * index] as number) << 8) | (octets[2 * index + 1] as number)).toString(16),
  );
  const runs = [...groups.join(':').matchAll(/(?<![0-9a-f])0(?::0)+(?![0-9a-f])/g)];
  const longest = runs.reduce<RegExpExecArray | undefined>(
    (best, run) => (best === undefined || run[0].length > best[0].length ? run : best),
    undefined,
  );
  const text = groups.join(':');
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}
