/**
 * SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): algorithm and size without any cryptography.
 */

import { oid, sequence } from '../asn1/der.js';
import type { Asn1Node } from '../asn1/node.js';
import { encoded, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel, oidName } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readBitString, readOid, readUnsignedOctets } from '../asn1/values.js';

export type PublicKeyInfo = {
  /** Registry name of the key's algorithm, as `rsaEncryption`, `id-ecPublicKey`, `Ed25519`; dotted where unknown. */
  readonly algorithm: string;
  /** Size: of the modulus (RSA), the prime p (DSA, DH), the curve's field; 0 where it cannot be told. */
  readonly bits: number;
  /** Named curve of an EC key, as `secp256r1`. */
  readonly curve?: string;
};

const DSA = '1.2.840.10040.4.1';

const CURVE_BITS: ReadonlyMap<string, number> = new Map([
  ['secp192r1', 192],
  ['secp224r1', 224],
  ['secp256r1', 256],
  ['secp256k1', 256],
  ['secp384r1', 384],
  ['secp521r1', 521],
  ['brainpoolP256r1', 256],
  ['brainpoolP384r1', 384],
  ['brainpoolP512r1', 512],
  ['Ed25519', 256],
  ['X25519', 256],
  ['Ed448', 456],
  ['X448', 448],
]);

/** Reads the element `spki` of `bytes`. */
export function publicKeyInfo(bytes: Uint8Array, spki: Asn1Node): PublicKeyInfo {
  const [algorithmNode, keyNode] = spki.children;
  const [oidNode, parameters] = algorithmNode?.children ?? [];
  const algorithmOid = oidNode === undefined ? undefined : readOid(bytes, oidNode);
  if (algorithmOid === undefined) return { algorithm: 'unknown', bits: 0 };
  const algorithm = oidLabel(algorithmOid);
  const bits = keyNode === undefined ? undefined : readBitString(bytes, keyNode);
  switch (algorithm) {
    case 'rsaEncryption':
    case 'id-RSASSA-PSS':
    case 'id-RSAES-OAEP': {
      const key = bits === undefined ? undefined : parseAsn1(bits.bytes).root;
      const modulus = key?.children[0];
      return { algorithm, bits: bits === undefined ? 0 : integerBits(bits.bytes, modulus) };
    }
    case 'id-dsa':
    case 'dhpublicnumber':
    case 'dhKeyAgreement':
      return { algorithm, bits: integerBits(bytes, parameters?.children[0]) };
    case 'id-ecPublicKey': {
      const curveOid = isUniversal(parameters, TAG.objectIdentifier) ? readOid(bytes, parameters) : undefined;
      if (curveOid === undefined) return { algorithm, bits: 0 };
      const curve = oidName(curveOid) ?? curveOid;
      return { algorithm, bits: CURVE_BITS.get(curve) ?? 0, curve };
    }
    default:
      return { algorithm, bits: CURVE_BITS.get(algorithm) ?? 0 };
  }
}

function integerBits(bytes: Uint8Array, node: Asn1Node | undefined): number {
  const octets = isUniversal(node, TAG.integer) ? readUnsignedOctets(bytes, node) : undefined;
  if (octets === undefined) return 0;
  return octets.length * 8 - Math.clz32(octets[0] as number) + 24;
}

/** A DSA key in DER with the parameters of another DSA key put in; undefined where either is none. */
export function withParametersOf(spki: Uint8Array, other: Uint8Array): Uint8Array | undefined {
  const [algorithm, key] = parseAsn1(spki).root?.children ?? [];
  const [otherAlgorithm] = parseAsn1(other).root?.children ?? [];
  if (algorithm === undefined || key === undefined || otherAlgorithm === undefined) return undefined;
  const [own] = algorithm.children;
  const [otherOid, parameters] = otherAlgorithm.children;
  if (own === undefined || otherOid === undefined || !isUniversal(parameters, TAG.sequence)) return undefined;
  const isDsa = readOid(spki, own) === DSA && readOid(other, otherOid) === DSA;
  if (!isDsa) return undefined;
  return sequence(sequence(oid(DSA), encoded(other, parameters)), encoded(spki, key));
}
