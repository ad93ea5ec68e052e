/**
 * Attributes of signers (RFC 5652 §5.3, §11; RFC 8551 §2.5; RFC 5035): read for showing, and the few that a verdict
 * depends on decoded. In: the `[0]` or `[1]` SET of a SignerInfo. Out: values; nothing is judged here.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { contents, encoded, isUniversal, nodeEnd, TAG } from '../../asn1/node.js';
import { dumpasn1OidName, oidLabel } from '../../asn1/oids.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readInteger, readOctets, readOid, readString, readTime } from '../../asn1/values.js';
import { toHex } from '../../bytes/hex.js';
import { latin1 } from '../../bytes/text.js';
import type { Hash } from '../algorithms.js';
import { algorithmName, cipherEntry, hashNamed, hashOf } from '../algorithms.js';
import type { CmsAttribute } from '../model.js';
import type { Reading } from '../structure.js';

const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
  smimeCapabilities: '1.2.840.113549.1.9.15',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** Most attributes read of one signer; real ones have under ten. */
const ATTRIBUTES_LIMIT = 64;
/** Longest attribute value shown as hexadecimal, in octets. */
const SHOWN_OCTETS = 64;

/** One attribute: its type and the SET of its values. */
export type RawAttribute = {
  readonly oid: string;
  readonly values: readonly Asn1Node[];
  readonly node: Asn1Node;
};

export function readAttributes({ bytes }: Reading, set: Asn1Node | undefined): RawAttribute[] {
  const found: RawAttribute[] = [];
  for (const node of set?.children ?? []) {
    if (found.length >= ATTRIBUTES_LIMIT) break;
    const [type, values] = node.children;
    if (!isUniversal(type, TAG.objectIdentifier) || !isUniversal(values, TAG.set)) continue;
    const oid = readOid(bytes, type);
    if (oid !== undefined) found.push({ oid, values: values.children, node });
  }
  return found;
}

/** The values of all attributes of a type. */
function valuesOf(attributes: readonly RawAttribute[], oid: string): readonly Asn1Node[] {
  if (attributes.length === 0) return [];
  return attributes.filter((attribute) => attribute.oid === oid).flatMap((attribute) => attribute.values);
}

/** Attributes that a signer has once at most, with one value (RFC 5652 §11.1 to §11.3; RFC 5035 §3, §4). */
const SINGLE = [
  'contentType',
  'messageDigest',
  'signingTime',
  'signingCertificate',
  'signingCertificateV2',
] as const;

/** The first of them that has not one value, where it is there: more, or none. */
export function repeatedAttribute(
  attributes: readonly RawAttribute[],
): { readonly name: string; readonly count: number } | undefined {
  for (const name of SINGLE) {
    const same = attributes.filter(({ oid }) => oid === ATTRIBUTE[name]);
    const count = same.reduce((sum, { values }) => sum + values.length, 0);
    if (same.length > 0 && (same.length !== 1 || count !== 1)) return { name, count };
  }
  return undefined;
}

/** Attributes that are never unsigned (RFC 5652 §11.1 to §11.3). */
const ONLY_SIGNED = ['contentType', 'messageDigest', 'signingTime'] as const;

/** The names of those that stand among unsigned attributes. */
export function misplacedAttributes(
  unsigned: readonly RawAttribute[],
): readonly (typeof ONLY_SIGNED)[number][] {
  return ONLY_SIGNED.filter((name) => unsigned.some(({ oid }) => oid === ATTRIBUTE[name]));
}

/** Whether `octets` are signed attributes as they are signed: a SET OF Attribute with a messageDigest among them. */
export function isSignedAttributes(octets: Uint8Array): boolean {
  // Content is long as a rule, and begins with something else than the tag of a SET.
  if (octets[0] !== SET_TAG || octets.length > CONFUSED_OCTETS_LIMIT) return false;
  const { root, error, trailing } = parseAsn1(octets);
  if (error !== undefined || trailing > 0) return false;
  const attributes = readAttributes({ bytes: octets, faults: [] }, root);
  return (
    attributes.length === root?.children.length && valuesOf(attributes, ATTRIBUTE.messageDigest).length > 0
  );
}

const SET_TAG = 0x31;
/** Longest content looked at as signed attributes; those of real signers stay under 2 KiB. */
const CONFUSED_OCTETS_LIMIT = 64 * 1024;

/** messageDigest (RFC 5652 §11.2). */
export function messageDigest(reading: Reading, attributes: readonly RawAttribute[]): Uint8Array | undefined {
  const value = valuesOf(attributes, ATTRIBUTE.messageDigest)[0];
  return isUniversal(value, TAG.octetString) ? readOctets(reading.bytes, value) : undefined;
}

/** contentType (RFC 5652 §11.1): an OID. */
export function contentType(reading: Reading, attributes: readonly RawAttribute[]): string | undefined {
  const value = valuesOf(attributes, ATTRIBUTE.contentType)[0];
  return isUniversal(value, TAG.objectIdentifier) ? readOid(reading.bytes, value) : undefined;
}

/** signingTime (RFC 5652 §11.3), RFC 3339. */
export function signingTime(reading: Reading, attributes: readonly RawAttribute[]): string | undefined {
  const value = valuesOf(attributes, ATTRIBUTE.signingTime)[0];
  return value === undefined ? undefined : readTime(reading.bytes, value)?.rfc3339;
}

/** SignerInfos of the countersignature attributes (RFC 5652 §11.4). */
export function countersignatures(attributes: readonly RawAttribute[]): readonly Asn1Node[] {
  return valuesOf(attributes, ATTRIBUTE.countersignature);
}

/** SMIMECapabilities (RFC 8551 §2.5.2) by name, in the signer's order. */
export function smimeCapabilities(
  reading: Reading,
  attributes: readonly RawAttribute[],
): readonly string[] | undefined {
  const value = valuesOf(attributes, ATTRIBUTE.smimeCapabilities)[0];
  if (value === undefined) return undefined;
  return value.children
    .slice(0, ATTRIBUTES_LIMIT)
    .map((capability) => describeCapability(reading, capability));
}

function describeCapability({ bytes }: Reading, capability: Asn1Node): string {
  const [type, parameter] = capability.children;
  const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
  if (oid === undefined) return '?';
  // RFC 8551 appendix B: RC2 states its key bits.
  const bits =
    cipherEntry(oid)?.mode === 'rc2-cbc' && isUniversal(parameter, TAG.integer)
      ? readInteger(bytes, parameter)
      : undefined;
  return bits === undefined ? algorithmName(oid) : `${algorithmName(oid)} (${bits} bits)`;
}

/** The certificate hashes that signingCertificate and signingCertificateV2 (RFC 5035) name first. */
export type SigningCertificate = { readonly hash: Hash; readonly value: Uint8Array };

export function signingCertificates(
  reading: Reading,
  attributes: readonly RawAttribute[],
): readonly SigningCertificate[] {
  const found: SigningCertificate[] = [];
  for (const value of valuesOf(attributes, ATTRIBUTE.signingCertificate)) {
    const read = readCertificateHash(reading, value, hashNamed('sha1'));
    if (read !== undefined) found.push(read);
  }
  for (const value of valuesOf(attributes, ATTRIBUTE.signingCertificateV2)) {
    const read = readCertificateHash(reading, value, hashNamed('sha256'));
    if (read !== undefined) found.push(read);
  }
  return found;
}

/** ESSCertID and ESSCertIDv2 differ in the hash algorithm, which the second may state before the hash. */
function readCertificateHash(
  { bytes }: Reading,
  value: Asn1Node,
  usual: Hash | undefined,
): SigningCertificate | undefined {
  const parts = value.children[0]?.children[0]?.children ?? [];
  const algorithm = isUniversal(parts[0], TAG.sequence) ? parts[0] : undefined;
  const octets = algorithm === undefined ? parts[0] : parts[1];
  if (!isUniversal(octets, TAG.octetString)) return undefined;
  const type = algorithm?.children[0];
  const oid = type === undefined ? undefined : readOid(bytes, type);
  const hash = algorithm === undefined ? usual : oid === undefined ? undefined : hashOf(oid);
  const read = readOctets(bytes, octets);
  return hash === undefined || read === undefined ? undefined : { hash, value: read };
}

/** Attributes for showing. */
export function describeAttributes(reading: Reading, attributes: readonly RawAttribute[]): CmsAttribute[] {
  return attributes.map(({ oid, values, node }) => ({
    oid,
    name: dumpasn1OidName(oid) ?? oid,
    values: describeValues(reading, oid, values),
    start: node.start,
    length: Math.min(nodeEnd(node), reading.bytes.length) - node.start,
  }));
}

function describeValues(reading: Reading, oid: string, values: readonly Asn1Node[]): string[] {
  if (oid === ATTRIBUTE.smimeCapabilities) {
    return values.flatMap((value) =>
      value.children.slice(0, ATTRIBUTES_LIMIT).map((capability) => describeCapability(reading, capability)),
    );
  }
  if (oid === ATTRIBUTE.countersignature) return values.map(() => 'a SignerInfo');
  return values.slice(0, ATTRIBUTES_LIMIT).map((value) => describeValue(reading, value));
}

function describeValue({ bytes }: Reading, value: Asn1Node): string {
  if (value.tagClass !== 'universal') return shownHex(encoded(bytes, value));
  switch (value.tagNumber) {
    case TAG.objectIdentifier: {
      const oid = readOid(bytes, value);
      return oid === undefined ? shownHex(encoded(bytes, value)) : oidLabel(oid);
    }
    case TAG.utcTime:
    case TAG.generalizedTime:
      return readTime(bytes, value)?.rfc3339 ?? latin1(contents(bytes, value));
    case TAG.octetString:
      return shownHex(readOctets(bytes, value) ?? contents(bytes, value));
    default:
      return (value.constructed ? undefined : readString(bytes, value)) ?? shownHex(encoded(bytes, value));
  }
}

function shownHex(octets: Uint8Array): string {
  if (octets.length <= SHOWN_OCTETS) return toHex(octets);
  return `${toHex(octets.subarray(0, SHOWN_OCTETS))}… (${octets.length} bytes)`;
}
