/**
 * The outermost structure of every CMS message and the pieces that its types share (RFC 5652 §3, §10.1): reading
 * only, no judgement. In: bytes and their walked tree. Out: values, or undefined where the element is not what the
 * type says or is cut off.
 */

import type { Asn1Node } from '../asn1/node.js';
import { contextChild, encoded, isContext, isUniversal, nodeEnd, TAG } from '../asn1/node.js';
import { readIntegerHex, readOctets, readOid, readSmallInteger } from '../asn1/values.js';
import type { Fault } from '../bytes/fault.js';
import { toHex } from '../bytes/hex.js';
import { WorkBudget } from '../model/budget.js';
import { distinguishedName } from '../x509/name.js';
import type { CmsFaultCode } from './faults.js';
import type { CertificateReference, ParametersForm } from './model.js';

/** Content types of RFC 5652, RFC 3274, RFC 5083, and one that PKCS #7 1.5 has alone (RFC 2315). */
export const CONTENT_TYPE = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  signedAndEnvelopedData: '1.2.840.113549.1.7.4',
  digestedData: '1.2.840.113549.1.7.5',
  encryptedData: '1.2.840.113549.1.7.6',
  authenticatedData: '1.2.840.113549.1.9.16.1.2',
  compressedData: '1.2.840.113549.1.9.16.1.9',
  authEnvelopedData: '1.2.840.113549.1.9.16.1.23',
} as const;

/** One message being read: its bytes, the faults found on the way, and what may still be spent on it. */
export type Reading = { readonly bytes: Uint8Array; readonly faults: Fault[]; budget?: WorkBudget };

/** Costs that no key tells, in microseconds on a slow machine; `x509/key-cost.ts` has those of keys. */
export const COST = { countersignature: 1000, thousandRounds: 400 } as const;

/** Takes from what may be spent on the message; false, with a fault, where it is used up. */
export function spend(reading: Reading, cost: number): boolean {
  reading.budget ??= new WorkBudget(reading.bytes.length);
  if (reading.budget.take(cost)) return true;
  noteTooMuchWork(reading);
  return false;
}

/** Says that something was left out for its cost. */
export function noteTooMuchWork(reading: Reading): void {
  noteFault(
    reading,
    'too-much-work',
    'The message asks for more work with keys than is done for one message, or for those of a capture of this length together; the rest is left out (--effort raises the limit).',
  );
}

/** Notes a fault at an element, once: some are met again where a signature is tried in several ways. */
export function noteFault(
  reading: Reading,
  code: CmsFaultCode,
  message: string,
  at?: Asn1Node,
  where?: string,
): void {
  const start = at?.start ?? 0;
  if (reading.faults.some((fault) => fault.code === code && fault.start === start)) return;
  const length = at === undefined ? 0 : Math.min(nodeEnd(at), reading.bytes.length) - start;
  reading.faults.push({ code, message, start, length, ...(where === undefined ? {} : { where }) });
}

export type Algorithm = {
  readonly oid: string;
  readonly parametersForm: ParametersForm;
  readonly parameters: Asn1Node | undefined;
  readonly node: Asn1Node;
};

/** AlgorithmIdentifier (RFC 5280 §4.1.1.2), under any tag. */
export function readAlgorithm({ bytes }: Reading, node: Asn1Node | undefined): Algorithm | undefined {
  const first = node?.children[0];
  if (node === undefined || !isUniversal(first, TAG.objectIdentifier)) return undefined;
  const oid = readOid(bytes, first);
  if (oid === undefined) return undefined;
  const parameters = node.children[1];
  const parametersForm =
    parameters === undefined
      ? 'absent'
      : isUniversal(parameters, TAG.null) && parameters.length === 0
        ? 'null'
        : 'other';
  return { oid, parametersForm, parameters, node };
}

/** EncapsulatedContentInfo (RFC 5652 §5.2). */
export type EncapsulatedContent = {
  readonly oid: string | undefined;
  /** The content's octets, joined where they came in pieces; absent where the content is detached. */
  readonly content: Uint8Array | undefined;
  readonly node: Asn1Node;
};

export function readEncapsulatedContent(
  reading: Reading,
  node: Asn1Node | undefined,
): EncapsulatedContent | undefined {
  if (node === undefined || !isUniversal(node, TAG.sequence)) return undefined;
  const { bytes } = reading;
  const type = node.children[0];
  const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
  const inner = contextChild(node, 0)?.children[0];
  if (inner === undefined) return { oid, content: undefined, node };
  const isOctets: boolean = isUniversal(inner, TAG.octetString);
  if (isOctets) return { oid, content: readOctets(bytes, inner), node };
  // PKCS #7 1.5 wraps the bare type here; RFC 5652 §5.2.1 says that its contents octets are what is digested.
  noteFault(
    reading,
    'content-not-octets',
    'The encapsulated content is not in an OCTET STRING, as PKCS #7 1.5 wrote it.',
    inner,
  );
  const start = inner.start + inner.headerLength;
  return { oid, content: inner.complete ? bytes.subarray(start, start + inner.length) : undefined, node };
}

/** IssuerAndSerialNumber (RFC 5652 §10.2.4). */
export function readIssuerAndSerial({ bytes }: Reading, node: Asn1Node): CertificateReference | undefined {
  const [issuer, serial] = node.children;
  if (!isUniversal(issuer, TAG.sequence) || !isUniversal(serial, TAG.integer)) return undefined;
  const serialNumber = readIntegerHex(bytes, serial);
  if (serialNumber === undefined || !issuer.complete) return undefined;
  const issuerDer = encoded(bytes, issuer);
  return { issuer: distinguishedName(issuerDer), issuerDer, serialNumber, subjectKeyIdentifier: undefined };
}

/** SignerIdentifier and RecipientIdentifier: a SEQUENCE with issuer and serial, or `[0]` with a key identifier. */
export function readReference(
  reading: Reading,
  node: Asn1Node | undefined,
): CertificateReference | undefined {
  if (node === undefined) return undefined;
  if (isUniversal(node, TAG.sequence)) return readIssuerAndSerial(reading, node);
  if (!isContext(node, 0)) return undefined;
  const identifier = readOctets(reading.bytes, node);
  return identifier === undefined ? undefined : { subjectKeyIdentifier: toHex(identifier) };
}

/** The version at the head of a structure. */
export function readVersion({ bytes }: Reading, node: Asn1Node | undefined): number | undefined {
  return isUniversal(node, TAG.integer) ? readSmallInteger(bytes, node) : undefined;
}

/** A reference for a sentence: `C=US, ..., serial number 0195007102330058`, or the key identifier. */
export function nameReference(reference: CertificateReference): string {
  if (reference.serialNumber !== undefined) {
    return `issuer "${reference.issuer}" and serial number ${reference.serialNumber}`;
  }
  if (reference.subjectKeyIdentifier !== undefined) {
    return `subject key identifier ${reference.subjectKeyIdentifier}`;
  }
  return 'no readable identifier';
}
