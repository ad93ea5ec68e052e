/** SignerInfo (RFC 5652 §5.3) as it stands in the bytes, and what it signs. */

import type { Asn1Node } from '../../asn1/node.js';
import { contextChild, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { readOctets } from '../../asn1/values.js';
import type { CertificateReference, CmsContext } from '../model.js';
import type { Algorithm, Reading } from '../structure.js';
import { readAlgorithm, readReference, readVersion } from '../structure.js';

/** A SignerInfo as it stands in the bytes. */
export type SignerStructure = {
  readonly node: Asn1Node;
  readonly version: number | undefined;
  readonly reference: CertificateReference;
  readonly digestAlgorithm: Algorithm;
  /** `[0]` SET OF Attribute. */
  readonly signedAttributes: Asn1Node | undefined;
  readonly signatureAlgorithm: Algorithm;
  readonly signature: Uint8Array;
  readonly unsignedAttributes: Asn1Node | undefined;
};

/** Reads the structure; undefined where a part that a verdict needs is missing or cut off. */
export function readSigner(reading: Reading, node: Asn1Node): SignerStructure | undefined {
  if (!isUniversal(node, TAG.sequence)) return undefined;
  const parts = node.children;
  const reference = readReference(reading, parts[1]);
  const digestAlgorithm = readAlgorithm(reading, parts[2]);
  const signedAttributes = isContext(parts[3], 0) ? parts[3] : undefined;
  const next = signedAttributes === undefined ? 3 : 4;
  const signatureAlgorithm = readAlgorithm(reading, parts[next]);
  const value = parts[next + 1];
  const signature = isUniversal(value, TAG.octetString) ? readOctets(reading.bytes, value) : undefined;
  if (reference === undefined || digestAlgorithm === undefined) return undefined;
  if (signatureAlgorithm === undefined || signature === undefined) return undefined;
  return {
    node,
    version: readVersion(reading, parts[0]),
    reference,
    digestAlgorithm,
    signedAttributes,
    signatureAlgorithm,
    signature,
    unsignedAttributes: contextChild(node, 1),
  };
}

/** What is signed, and how a sentence calls it. */
export type SignedContent = {
  readonly octets: Uint8Array | undefined;
  /** As `the detached content`. */
  readonly name: string;
  /** OID of its type; absent for a signature value under a countersignature. */
  readonly type: string | undefined;
  /** Where it stands, if its canonical form with CRLF line ends may be what was signed there. */
  readonly standsIn: CmsContext['detachedIn'];
};
