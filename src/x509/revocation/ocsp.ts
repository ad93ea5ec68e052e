/**
 * OCSP responses (RFC 6960 §4.2), as servers staple them to a TLS handshake (RFC 6066 §8).
 */

import type { Asn1Node } from '../../asn1/node.js';
import { contextChild, encoded, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { oidLabel } from '../../asn1/oids.js';
import { parseAsn1 } from '../../asn1/parse.js';
import {
  type Asn1Time,
  readBitString,
  readIntegerHex,
  readOctets,
  readOid,
  readSmallInteger,
  readTime,
} from '../../asn1/values.js';
import type { Fault, Result } from '../../bytes/fault.js';
import { failure, success } from '../../bytes/fault.js';
import { type Certificate, parseCertificate } from '../certificate.js';
import { readExtensions } from '../extensions.js';
import { nameKey } from '../name-key.js';
import { causeName } from './verdict.js';

/** Most certificates taken from a response: its signer, and what leads to it. */
const CERTIFICATES_LIMIT = 8;
/** Most answers read of a response; a stapled one has one. */
const ANSWERS_LIMIT = 256;

/** What a response says of one certificate. */
export type OcspAnswer = {
  /** Dotted OID of the digest of the two hashes. */
  readonly hashOid: string;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  readonly serialNumber: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAt?: Asn1Time;
  /** As RFC 5280 §5.3.1 names it. */
  readonly cause?: string;
  readonly thisUpdate: Asn1Time;
  readonly nextUpdate?: Asn1Time;
  /** A critical extension that is not processed. */
  readonly unknownCritical?: string;
};

/** A response that has an answer (BasicOCSPResponse). */
export type OcspResponse = {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
  /** Who signed: by name (`nameKey`) or by SHA-1 of the key. */
  readonly responder: { readonly nameKey: string } | { readonly keyHash: Uint8Array };
  readonly producedAt: Asn1Time;
  readonly answers: readonly OcspAnswer[];
  readonly certificates: readonly Certificate[];
  readonly unknownCritical?: string;
};

/** OCSPResponseStatus (RFC 6960 §4.2.1). */
const STATUSES: Readonly<Record<number, string>> = {
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
};
const BASIC = '1.3.6.1.5.5.7.48.1.1';
/** Response extensions that change nothing here: nonce, archive cutoff, extended revoke (§4.4). */
const KNOWN_EXTENSIONS = new Set(['1.3.6.1.5.5.7.48.1.2', '1.3.6.1.5.5.7.48.1.6', '1.3.6.1.5.5.7.48.1.9']);

/** Reads an OCSPResponse in DER. */
export function parseOcspResponse(der: Uint8Array): Result<OcspResponse> {
  const { root, error, trailing } = parseAsn1(der);
  if (!isUniversal(root, TAG.sequence) || error !== undefined || trailing > 0)
    return malformed('it is no whole sequence');
  const [statusNode, bytesNode] = root.children;
  const status = isUniversal(statusNode, TAG.enumerated) ? readSmallInteger(der, statusNode) : undefined;
  if (status === undefined) return malformed('its status cannot be read');
  if (status !== 0) return malformed(`the responder answered ${STATUSES[status] ?? `status ${status}`}`);
  const [type, octets] = isContext(bytesNode, 0) ? (bytesNode.children[0]?.children ?? []) : [];
  const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(der, type) : undefined;
  const basic = isUniversal(octets, TAG.octetString) ? readOctets(der, octets) : undefined;
  if (oid !== BASIC || basic === undefined) return malformed('it is of a type that is not known');
  return parseBasic(new Uint8Array(basic));
}

function parseBasic(bytes: Uint8Array): Result<OcspResponse> {
  const { root, error } = parseAsn1(bytes);
  const [data, algorithm, signatureNode, certificateList] = root?.children ?? [];
  const signature = isUniversal(signatureNode, TAG.bitString)
    ? readBitString(bytes, signatureNode)
    : undefined;
  if (
    error !== undefined ||
    !isUniversal(data, TAG.sequence) ||
    !isUniversal(algorithm, TAG.sequence) ||
    signature === undefined
  ) {
    return malformed('its data or signature cannot be read');
  }
  const fields = isContext(data.children[0], 0) ? data.children.slice(1) : data.children;
  const [responderNode, producedNode, answerList, extensionList] = fields;
  const responder = responderOf(bytes, responderNode);
  const producedAt = timeOf(bytes, producedNode);
  if (responder === undefined || producedAt === undefined || !isUniversal(answerList, TAG.sequence)) {
    return malformed('its responder, date or answers cannot be read');
  }
  const answers: OcspAnswer[] = [];
  for (const node of answerList.children.slice(0, ANSWERS_LIMIT)) {
    const answer = answerOf(bytes, node);
    if (answer === undefined) return malformed('one of its answers cannot be read');
    answers.push(answer);
  }
  const unknownCritical = criticalIn(bytes, isContext(extensionList, 1) ? extensionList : undefined);
  const certificates = isContext(certificateList, 0) ? (certificateList.children[0]?.children ?? []) : [];
  return success({
    tbs: encoded(bytes, data),
    signatureAlgorithmDer: encoded(bytes, algorithm),
    signature: signature.bytes,
    responder,
    producedAt,
    answers,
    certificates: certificates.slice(0, CERTIFICATES_LIMIT).flatMap((node) => {
      const parsed = parseCertificate(encoded(bytes, node));
      return parsed.ok ? [parsed.value] : [];
    }),
    ...(unknownCritical === undefined ? {} : { unknownCritical }),
  });
}

function responderOf(bytes: Uint8Array, node: Asn1Node | undefined): OcspResponse['responder'] | undefined {
  const [inner] = node?.children ?? [];
  if (inner === undefined) return undefined;
  if (isContext(node, 1)) return { nameKey: nameKey(encoded(bytes, inner)) };
  const keyHash =
    isContext(node, 2) && isUniversal(inner, TAG.octetString) ? readOctets(bytes, inner) : undefined;
  return keyHash === undefined ? undefined : { keyHash };
}

function answerOf(bytes: Uint8Array, node: Asn1Node): OcspAnswer | undefined {
  const [idNode, statusNode, thisNode, ...rest] = node.children;
  const [hashNode, nameNode, keyNode, serialNode] = idNode?.children ?? [];
  const hashOidNode = hashNode?.children[0];
  const hashOid = isUniversal(hashOidNode, TAG.objectIdentifier) ? readOid(bytes, hashOidNode) : undefined;
  const issuerNameHash = isUniversal(nameNode, TAG.octetString) ? readOctets(bytes, nameNode) : undefined;
  const issuerKeyHash = isUniversal(keyNode, TAG.octetString) ? readOctets(bytes, keyNode) : undefined;
  const serialNumber = isUniversal(serialNode, TAG.integer) ? readIntegerHex(bytes, serialNode) : undefined;
  const status = isContext(statusNode, 0)
    ? 'good'
    : isContext(statusNode, 1)
      ? 'revoked'
      : isContext(statusNode, 2)
        ? 'unknown'
        : undefined;
  const thisUpdate = timeOf(bytes, thisNode);
  const nextNode = rest.find((one) => isContext(one, 0));
  const nextUpdate = nextNode === undefined ? undefined : timeOf(bytes, nextNode.children[0]);
  const isWhole = hashOid !== undefined && issuerNameHash !== undefined && issuerKeyHash !== undefined;
  if (!isWhole || serialNumber === undefined || status === undefined || thisUpdate === undefined)
    return undefined;
  if (nextNode !== undefined && nextUpdate === undefined) return undefined;
  const revokedAt = status === 'revoked' ? timeOf(bytes, statusNode?.children[0]) : undefined;
  const reasonNode =
    status === 'revoked' && statusNode !== undefined ? contextChild(statusNode, 0)?.children[0] : undefined;
  const code = reasonNode === undefined ? undefined : readSmallInteger(bytes, reasonNode);
  const unknownCritical = criticalIn(
    bytes,
    rest.find((one) => isContext(one, 1)),
  );
  return {
    hashOid,
    issuerNameHash,
    issuerKeyHash,
    serialNumber,
    status,
    thisUpdate,
    ...(nextUpdate === undefined ? {} : { nextUpdate }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
    ...(code === undefined ? {} : { cause: causeName(code) }),
    ...(unknownCritical === undefined ? {} : { unknownCritical }),
  };
}

/** The first critical extension in an explicitly tagged list that is not processed. */
function criticalIn(bytes: Uint8Array, list: Asn1Node | undefined): string | undefined {
  const faults: Fault[] = [];
  const unknown = readExtensions(bytes, list, faults).find(
    ({ oid, critical }) => critical && !KNOWN_EXTENSIONS.has(oid),
  );
  if (unknown !== undefined) return oidLabel(unknown.oid);
  return faults.length > 0 ? 'that cannot be read' : undefined;
}

function timeOf(bytes: Uint8Array, node: Asn1Node | undefined): Asn1Time | undefined {
  return isUniversal(node, TAG.generalizedTime) ? readTime(bytes, node) : undefined;
}

/** `message` is a clause that goes on after "the OCSP response cannot be used:". */
function malformed<T>(message: string): Result<T> {
  return failure({ layer: 'OCSP response', message, offset: 0 });
}
