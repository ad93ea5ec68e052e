/** Distinguished names, written: attributes in the order given, one to an RDN, as openssl's `req` does. */

import type { BaseStringBlock } from 'asn1js';
import { asn1js, pkijs } from '../bytes/libraries.js';
import { encode } from './structures.js';

const TYPES = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  CN: '2.5.4.3',
} as const;

export type NameAttributeType = keyof typeof TYPES;
export type Name = readonly (readonly [type: NameAttributeType, value: string])[];

/** How values that are no PrintableString are written: UTF8String (RFC 5280 §4.1.2.4), or T61String as in 2005. */
export type NameStrings = 'utf8' | 't61';

/** Longest common name (RFC 5280 §A.1, ub-common-name). */
const MAX_COMMON_NAME_LENGTH = 64;

/** The draft's organisation, to which its subjects and its authority belong. */
const SIPIT: Name = [
  ['C', 'US'],
  ['ST', 'California'],
  ['L', 'San Jose'],
  ['O', 'sipit'],
];

/** Subject as makeCert has it: the organisation and the name as common name, left out where it is too long for one. */
export function subjectName(commonName: string): Name {
  return commonName.length > MAX_COMMON_NAME_LENGTH ? SIPIT : [...SIPIT, ['CN', commonName]];
}

/** Subject of an authority, told apart by its organisational unit. */
export function authorityName(unit: string): Name {
  return [...SIPIT, ['OU', unit]];
}

/** Name in DER. pkijs's own class for it writes one RDN with all attributes, so that the RDNs are written here. */
export function encodeName(name: Name, strings: NameStrings = 'utf8'): Uint8Array {
  const asn1 = asn1js();
  const rdns = name.map(([type, text]) => {
    const value = directoryString(text, strings);
    const attribute = new (pkijs().AttributeTypeAndValue)({ type: TYPES[type], value });
    return new asn1.Set({ value: [attribute.toSchema()] });
  });
  return encode(new asn1.Sequence({ value: rdns }));
}

function directoryString(value: string, strings: NameStrings): BaseStringBlock {
  const { PrintableString, TeletexString, Utf8String } = asn1js();
  if (/^[A-Za-z0-9 '()+,\-./:=?]*$/.test(value)) return new PrintableString({ value });
  if (strings === 'utf8' || /[^\u0000-\u00ff]/.test(value)) return new Utf8String({ value });
  return new TeletexString({ value });
}
