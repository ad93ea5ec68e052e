/**
 * Certificate extensions (RFC 5280 §4.2) that siplens decides by; the rest are kept as they are.
 */

import type { Asn1Node } from '../asn1/node.js';
import { contents, contextChild, isContext, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import {
  bitIsSet,
  readBitString,
  readBoolean,
  readOctets,
  readOid,
  readSmallInteger,
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
};

/** Critical extensions that are understood, or that do not matter to what siplens decides. */
const PROCESSED = new Set([
  '2.5.29.14', // subjectKeyIdentifier
  '2.5.29.15', // keyUsage
  '2.5.29.17', // subjectAltName
  '2.5.29.18', // issuerAltName
  '2.5.29.19', // basicConstraints
  '2.5.29.32', // certificatePolicies: any policy is accepted
  '2.5.29.33', // policyMappings
  '2.5.29.35', // authorityKeyIdentifier
  '2.5.29.36', // policyConstraints
  '2.5.29.37', // extKeyUsage
  '2.5.29.54', // inhibitAnyPolicy
  '2.16.840.1.113730.1.1', // netscape-cert-type
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

/** Decodes what siplens decides by; an extension whose value cannot be read counts as absent. */
export function decodeExtensions(extensions: readonly Extension[]): DecodedExtensions {
  const parsed = (oid: string): { bytes: Uint8Array; root: Asn1Node } | undefined => {
    const extension = extensions.find((candidate) => candidate.oid === oid);
    const result = extension === undefined ? undefined : parseAsn1(extension.value);
    if (extension === undefined || result?.root === undefined || result.error !== undefined) return undefined;
    return { bytes: extension.value, root: result.root };
  };

  const san = parsed('2.5.29.17');
  const eku = parsed('2.5.29.37');
  const usage = parsed('2.5.29.15');
  const basic = parsed('2.5.29.19');
  const subjectKey = parsed('2.5.29.14');
  const authorityKey = parsed('2.5.29.35');

  const usageBits = isUniversal(usage?.root, TAG.bitString)
    ? readBitString((usage as { bytes: Uint8Array }).bytes, usage?.root as Asn1Node)
    : undefined;
  const subjectKeyIdentifier = isUniversal(subjectKey?.root, TAG.octetString)
    ? readOctets((subjectKey as { bytes: Uint8Array }).bytes, subjectKey?.root as Asn1Node)
    : undefined;
  const authorityNode = authorityKey === undefined ? undefined : contextChild(authorityKey.root, 0);
  const [caNode, pathNode] = basic === undefined ? [] : basicConstraints(basic.root);
  const isCa = caNode !== undefined && basic !== undefined && readBoolean(basic.bytes, caNode) === true;
  const pathLength =
    pathNode === undefined || basic === undefined ? undefined : readSmallInteger(basic.bytes, pathNode);

  return {
    subjectAltNames: san === undefined ? [] : generalNames(san.bytes, san.root),
    extendedKeyUsage:
      eku === undefined
        ? []
        : eku.root.children.flatMap((node) => {
            const oid = isUniversal(node, TAG.objectIdentifier) ? readOid(eku.bytes, node) : undefined;
            return oid === undefined ? [] : [oidLabel(oid)];
          }),
    ...(usageBits === undefined
      ? {}
      : { keyUsage: KEY_USAGES.filter((_, index) => bitIsSet(usageBits, index)) }),
    isCa,
    hasBasicConstraints: basic !== undefined,
    ...(pathLength === undefined || pathLength < 0 ? {} : { pathLength }),
    ...(subjectKeyIdentifier === undefined ? {} : { subjectKeyIdentifier }),
    ...(authorityNode === undefined || authorityKey === undefined
      ? {}
      : { authorityKeyIdentifier: contents(authorityKey.bytes, authorityNode) }),
    unknownCritical: extensions
      .filter(({ critical, oid }) => critical && !PROCESSED.has(oid))
      .map(({ oid }) => oidLabel(oid)),
  };
}

function basicConstraints(root: Asn1Node): [Asn1Node | undefined, Asn1Node | undefined] {
  const [first, second] = root.children;
  if (isUniversal(first, TAG.boolean)) return [first, isUniversal(second, TAG.integer) ? second : undefined];
  return [undefined, isUniversal(first, TAG.integer) ? first : undefined];
}

/** Whether the element is the `[3]` that holds the extensions. */
export function isExtensionList(node: Asn1Node): boolean {
  return isContext(node, 3);
}
