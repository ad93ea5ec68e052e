/**
 * Certificate extensions (RFC 5280 §4.2) that siplens decides by; the rest are kept as they are.
 */

import type { Asn1Node } from '../asn1/node.js';
import { contextChild, isContext, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import {
  bitIsSet,
  readBitString,
  readBoolean,
  readOctets,
  readOid,
  readSmallInteger,
  readUnsignedOctets,
} from '../asn1/values.js';
import type { Fault } from '../bytes/fault.js';
import type { GeneralName } from './name.js';
import { generalNames } from './name.js';

/** One Extension as it stands in the certificate. */
export type Extension = {
  readonly oid: string;
  readonly critical: boolean;
  /** Contents of extnValue: DER of the extension's own type. */
  readonly value: Uint8Array;
};

/** KeyUsage bits by number (RFC 5280 §4.2.1.3; bit 1 is contentCommitment since X.509 2005). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const;
export type KeyUsage = (typeof KEY_USAGES)[number];

export type DecodedExtensions = {
  readonly subjectAltNames: readonly GeneralName[];
  /** Whether there is such an extension at all, readable or not: then the subject names no host and no user. */
  readonly hasSubjectAltName: boolean;
  /** Registry names, as `id-kp-serverAuth`; dotted where unknown. Empty where the extension is absent. */
  readonly extendedKeyUsage: readonly string[];
  readonly keyUsage?: readonly KeyUsage[];
  readonly isCa: boolean;
  /** Whether basicConstraints is there at all: version 1 roots have none. */
  readonly hasBasicConstraints: boolean;
  /** Most intermediate certificates that may follow; absent where unlimited. */
  readonly pathLength?: number;
  readonly subjectKeyIdentifier?: Uint8Array;
  /** The keyIdentifier of authorityKeyIdentifier. */
  readonly authorityKeyIdentifier?: Uint8Array;
  /** Critical extensions that siplens does not process (RFC 5280 §4.2: they forbid use). */
  readonly unknownCritical: readonly string[];
  /** Extensions that siplens decides by and cannot read, critical or not. */
  readonly unreadable: readonly string[];
};

const SUBJECT_ALT_NAME = '2.5.29.17';

/** The extensions that path validation processes (RFC 5280 §6); any other that is critical forbids use. */
const PROCESSED = new Set([
  '2.5.29.14', // subjectKeyIdentifier
  '2.5.29.15', // keyUsage
  SUBJECT_ALT_NAME,
  '2.5.29.19', // basicConstraints
  '2.5.29.30', // nameConstraints
  '2.5.29.31', // cRLDistributionPoints
  '2.5.29.32', // certificatePolicies
  '2.5.29.33', // policyMappings
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.36', // policyConstraints
  '2.5.29.37', // extKeyUsage
  '2.5.29.54', // inhibitAnyPolicy
]);

/** The extensions inside `[3]` of a TBSCertificate; what is no Extension is told in `faults` and passed over. */
export function readExtensions(bytes: Uint8Array, list: Asn1Node | undefined, faults: Fault[]): Extension[] {
  const extensions: Extension[] = [];
  const seen = new Set<string>();
  for (const node of list?.children[0]?.children ?? []) {
    const [oidNode, second, third] = node.children;
    const oid = isUniversal(oidNode, TAG.objectIdentifier) ? readOid(bytes, oidNode) : undefined;
    const criticalNode = isUniversal(second, TAG.boolean) ? second : undefined;
    const valueNode = criticalNode === undefined ? second : third;
    const value = isUniversal(valueNode, TAG.octetString) ? readOctets(bytes, valueNode) : undefined;
    if (oid === undefined || value === undefined) {
      faults.push({
        code: 'extension-malformed',
        message: 'An extension of the certificate cannot be read.',
        start: node.start,
        length: node.headerLength + node.length,
      });
      continue;
    }
    if (seen.has(oid)) {
      faults.push({
        code: 'extension-repeated',
        message: `The extension ${oidLabel(oid)} occurs more than once (RFC 5280 §4.2).`,
        start: node.start,
        length: node.headerLength + node.length,
        where: oidLabel(oid),
      });
    }
    seen.add(oid);
    const critical = criticalNode === undefined ? false : (readBoolean(bytes, criticalNode) ?? true);
    extensions.push({ oid, critical, value });
  }
  return extensions;
}

/**
 * Decodes what siplens decides by. An extension whose value cannot be read is not absent: it is named in `unreadable`,
 * and a certificate that has one is refused (RFC 5280 §4.2: what is recognized must be processed).
 */
export function decodeExtensions(extensions: readonly Extension[]): DecodedExtensions {
  const unreadable: string[] = [];
  const decoded = <T>(oid: string, decode: (bytes: Uint8Array, root: Asn1Node) => T | undefined) => {
    const extension = extensions.find((candidate) => candidate.oid === oid);
    if (extension === undefined) return undefined;
    const { root, error, trailing } = parseAsn1(extension.value);
    const isWhole = root !== undefined && error === undefined && trailing === 0;
    const value = isWhole ? decode(extension.value, root) : undefined;
    if (value === undefined) unreadable.push(oidLabel(oid));
    return value;
  };

  const subjectAltNames = decoded(SUBJECT_ALT_NAME, readAllGeneralNames);
  const extendedKeyUsage = decoded('2.5.29.37', readPurposes);
  const keyUsage = decoded('2.5.29.15', readKeyUsage);
  const basic = decoded('2.5.29.19', readBasicConstraints);
  const subjectKeyIdentifier = decoded('2.5.29.14', (bytes, root) =>
    isUniversal(root, TAG.octetString) ? readOctets(bytes, root) : undefined,
  );
  const authority = decoded('2.5.29.35', readAuthorityKey);

  return {
    subjectAltNames: subjectAltNames ?? [],
    hasSubjectAltName: extensions.some(({ oid }) => oid === SUBJECT_ALT_NAME),
    extendedKeyUsage: extendedKeyUsage ?? [],
    ...(keyUsage === undefined ? {} : { keyUsage }),
    isCa: basic?.isCa ?? false,
    hasBasicConstraints: basic !== undefined,
    ...(basic?.pathLength === undefined ? {} : { pathLength: basic.pathLength }),
    ...(subjectKeyIdentifier === undefined ? {} : { subjectKeyIdentifier }),
    ...(authority?.keyIdentifier === undefined ? {} : { authorityKeyIdentifier: authority.keyIdentifier }),
    unknownCritical: extensions
      .filter(({ critical, oid }) => critical && !PROCESSED.has(oid))
      .map(({ oid }) => oidLabel(oid)),
    unreadable,
  };
}

function readAllGeneralNames(bytes: Uint8Array, root: Asn1Node): readonly GeneralName[] | undefined {
  const names = generalNames(bytes, root);
  const isList = isUniversal(root, TAG.sequence) && root.children.length > 0;
  return isList && names.length === root.children.length ? names : undefined;
}

function readPurposes(bytes: Uint8Array, root: Asn1Node): readonly string[] | undefined {
  if (!isUniversal(root, TAG.sequence) || root.children.length === 0) return undefined;
  const purposes: string[] = [];
  for (const node of root.children) {
    const oid = isUniversal(node, TAG.objectIdentifier) ? readOid(bytes, node) : undefined;
    if (oid === undefined) return undefined;
    purposes.push(oidLabel(oid));
  }
  return purposes;
}

function readKeyUsage(bytes: Uint8Array, root: Asn1Node): readonly KeyUsage[] | undefined {
  const bits = isUniversal(root, TAG.bitString) ? readBitString(bytes, root) : undefined;
  return bits === undefined ? undefined : KEY_USAGES.filter((_, index) => bitIsSet(bits, index));
}

type BasicConstraints = { readonly isCa: boolean; readonly pathLength?: number };

/** SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL } */
function readBasicConstraints(bytes: Uint8Array, root: Asn1Node): BasicConstraints | undefined {
  if (!isUniversal(root, TAG.sequence)) return undefined;
  const [first] = root.children;
  const flag = isUniversal(first, TAG.boolean) ? readBoolean(bytes, first) : false;
  const [length, ...more] = isUniversal(first, TAG.boolean) ? root.children.slice(1) : root.children;
  if (flag === undefined || more.length > 0) return undefined;
  if (length === undefined) return { isCa: flag };
  const pathLength = isUniversal(length, TAG.integer) ? readCount(bytes, length) : undefined;
  return pathLength === undefined ? undefined : { isCa: flag, pathLength };
}

/** INTEGER (0..MAX) under any tag: one too large to be exact stands for any that large; undefined where negative. */
export function readCount(bytes: Uint8Array, node: Asn1Node): number | undefined {
  const octets = readUnsignedOctets(bytes, node);
  if (octets === undefined) return undefined;
  return readSmallInteger(bytes, node) ?? Number.MAX_SAFE_INTEGER;
}

/** AuthorityKeyIdentifier: keyIdentifier [0], authorityCertIssuer [1], authorityCertSerialNumber [2], all optional. */
function readAuthorityKey(
  bytes: Uint8Array,
  root: Asn1Node,
): { readonly keyIdentifier?: Uint8Array } | undefined {
  if (!isUniversal(root, TAG.sequence)) return undefined;
  if (!root.children.every(({ tagClass, tagNumber }) => tagClass === 'context' && tagNumber <= 2))
    return undefined;
  const node = contextChild(root, 0);
  if (node === undefined) return {};
  const keyIdentifier = readOctets(bytes, node);
  return keyIdentifier === undefined ? undefined : { keyIdentifier };
}

/** The keyIdentifier in the value of an authorityKeyIdentifier, if there is one and it can be read. */
export function readAuthorityKeyValue(value: Uint8Array | undefined): Uint8Array | undefined {
  const root = value === undefined ? undefined : parseAsn1(value).root;
  return value === undefined || root === undefined ? undefined : readAuthorityKey(value, root)?.keyIdentifier;
}

/** Whether the element is the `[3]` that holds the extensions. */
export function isExtensionList(node: Asn1Node): boolean {
  return isContext(node, 3);
}
