/**
 * Distribution points: where a certificate says that its CRLs are (RFC 5280 §4.2.1.13), and what a CRL says that it
 * is for (§5.2.5). Names become texts that are the same where the names are.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { contents, contextChild, encoded, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { bitIsSet, readBitString, readBoolean } from '../../asn1/values.js';
import { toHex } from '../../bytes/hex.js';
import { nameKey, nameKeys } from '../name-key.js';

/** ReasonFlags 1 to 8 (RFC 5280 §4.2.1.13): every reason there is. */
export const ALL_REASONS = 0x1fe;

/** The names of a distribution point; names relative to an issuer are joined to each issuer's when compared. */
export type PointNames =
  | { readonly kind: 'full'; readonly names: readonly string[] }
  | { readonly kind: 'relative'; readonly rdn: string };

export type DistributionPoint = {
  readonly names?: PointNames;
  /** Bit n is ReasonFlags n; all where absent. */
  readonly reasons: number;
  /** Keys of the distinguished names of cRLIssuer; absent where the certificate's issuer signs. */
  readonly issuers?: readonly string[];
};

export type IssuingDistributionPoint = {
  readonly names?: PointNames;
  readonly onlyUserCertificates: boolean;
  readonly onlyCaCertificates: boolean;
  readonly onlyAttributeCertificates: boolean;
  readonly reasons: number;
  readonly isIndirect: boolean;
};

/** The value of cRLDistributionPoints; undefined where it cannot be read. */
export function readDistributionPoints(value: Uint8Array): readonly DistributionPoint[] | undefined {
  const root = sequenceOf(value);
  if (root === undefined || root.children.length === 0) return undefined;
  const points: DistributionPoint[] = [];
  for (const node of root.children) {
    const names = pointNames(value, contextChild(node, 0));
    const reasons = reasonFlags(value, contextChild(node, 1));
    const issuerNode = contextChild(node, 2);
    if (names === 'unreadable' || reasons === undefined || !isUniversal(node, TAG.sequence)) return undefined;
    const issuers = issuerNode?.children.flatMap((name) => directoryKey(value, name) ?? []);
    points.push({
      reasons,
      ...(names === undefined ? {} : { names }),
      ...(issuers === undefined ? {} : { issuers }),
    });
  }
  return points;
}

/** The value of issuingDistributionPoint; undefined where it cannot be read. */
export function readIssuingPoint(value: Uint8Array): IssuingDistributionPoint | undefined {
  const root = sequenceOf(value);
  if (root === undefined) return undefined;
  const names = pointNames(value, contextChild(root, 0));
  const reasons = reasonFlags(value, contextChild(root, 3));
  const flags = [1, 2, 4, 5].map((tag) => {
    const node = contextChild(root, tag);
    return node === undefined ? false : readBoolean(value, node);
  });
  const isKnown = root.children.every((node) => node.tagClass === 'context' && node.tagNumber <= 5);
  if (names === 'unreadable' || reasons === undefined || flags.includes(undefined) || !isKnown)
    return undefined;
  return {
    reasons,
    ...(names === undefined ? {} : { names }),
    onlyUserCertificates: flags[0] === true,
    onlyCaCertificates: flags[1] === true,
    isIndirect: flags[2] === true,
    onlyAttributeCertificates: flags[3] === true,
  };
}

/** The names as texts; those that are relative to an issuer are of `issuers` (keys of distinguished names). */
export function namesUnder(names: PointNames, issuers: readonly string[]): readonly string[] {
  if (names.kind === 'full') return names.names;
  return issuers.map((issuer) => `dirName:${issuer === '' ? '' : `${issuer},`}${names.rdn}`);
}

/** A GeneralName that is a directory name, as `nameKey` writes it. */
export function directoryKey(bytes: Uint8Array, node: Asn1Node): string | undefined {
  const name = isContext(node, 4) ? node.children[0] : undefined;
  return name === undefined ? undefined : nameKey(encoded(bytes, name));
}

function sequenceOf(value: Uint8Array): Asn1Node | undefined {
  const { root, error, trailing } = parseAsn1(value);
  return isUniversal(root, TAG.sequence) && error === undefined && trailing === 0 ? root : undefined;
}

/** DistributionPointName, a CHOICE under an explicit tag: fullName [0], nameRelativeToCRLIssuer [1]. */
function pointNames(bytes: Uint8Array, node: Asn1Node | undefined): PointNames | 'unreadable' | undefined {
  if (node === undefined) return undefined;
  const [choice] = node.children;
  if (isContext(choice, 0)) {
    const names = choice.children.map((name) => {
      const key = directoryKey(bytes, name);
      return key === undefined ? `${name.tagNumber}:${toHex(contents(bytes, name))}` : `dirName:${key}`;
    });
    return names.length === 0 ? 'unreadable' : { kind: 'full', names };
  }
  if (!isContext(choice, 1)) return 'unreadable';
  // The implicit tag stands in place of the SET's.
  const rdn = nameKeys(bytes, {
    ...choice,
    children: [{ ...choice, tagClass: 'universal', tagNumber: TAG.set }],
  });
  return rdn?.[0] === undefined ? 'unreadable' : { kind: 'relative', rdn: rdn[0] };
}

function reasonFlags(bytes: Uint8Array, node: Asn1Node | undefined): number | undefined {
  if (node === undefined) return ALL_REASONS;
  const bits = readBitString(bytes, node);
  if (bits === undefined) return undefined;
  let flags = 0;
  for (let index = 1; index <= 8; index++) if (bitIsSet(bits, index)) flags |= 1 << index;
  return flags;
}
