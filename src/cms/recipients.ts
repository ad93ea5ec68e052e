/**
 * RecipientInfos (RFC 5652 §6.2): who a message is encrypted to, and what each needs to get at the content key.
 * Key transport, which nearly every S/MIME message uses, is read by our walker; the other kinds by pkijs.
 */

import type { AsnType } from 'asn1js';
import type { KEKRecipientInfo, KeyAgreeRecipientInfo, PasswordRecipientinfo } from 'pkijs';
import type { Asn1Node } from '../asn1/node.js';
import { encoded, isContext, isUniversal, TAG } from '../asn1/node.js';
import { readOctets } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';
import { distinguishedName } from '../x509/name.js';
import { algorithmName, wrapEntry } from './algorithms.js';
import { findCertificate } from './certificates.js';
import { readWith } from './libraries.js';
import type { CertificateFinder, CertificateReference, Recipient } from './model.js';
import type { Algorithm, Reading } from './structure.js';
import { noteFault, readAlgorithm, readReference } from './structure.js';

/** Most recipients read of one message: mail to lists has hundreds, SIP has one or two. */
const RECIPIENTS_LIMIT = 256;
/** Most recipients read by pkijs, at about a millisecond each. */
const PKIJS_RECIPIENTS_LIMIT = 32;

/** An AlgorithmIdentifier read by pkijs: `parameters` in DER. */
export type LooseAlgorithm = { readonly oid: string; readonly parameters: Uint8Array | undefined };

export type RawRecipient = { readonly recipient: Recipient; readonly node: Asn1Node } & (
  | { readonly kind: 'key_transport'; readonly algorithm: Algorithm; readonly encryptedKey: Uint8Array }
  | {
      readonly kind: 'key_agreement';
      readonly algorithm: LooseAlgorithm;
      /** The originator's SubjectPublicKeyInfo (without domain parameters where it leaves them out), or a name for it. */
      readonly originator:
        | { readonly keyAlgorithm: LooseAlgorithm; readonly publicKey: Uint8Array }
        | CertificateReference;
      readonly userKeyingMaterial: Uint8Array | undefined;
      readonly encryptedKey: Uint8Array;
    }
  | { readonly kind: 'kek'; readonly algorithm: LooseAlgorithm; readonly encryptedKey: Uint8Array }
  | {
      readonly kind: 'password';
      readonly derivation: LooseAlgorithm | undefined;
      readonly algorithm: LooseAlgorithm;
      readonly encryptedKey: Uint8Array;
    }
  | { readonly kind: 'other' }
);

/** Reads RecipientInfos; the certificate that each means is looked up among `certificates`. */
export function readRecipients(
  reading: Reading,
  set: Asn1Node | undefined,
  certificates: CertificateFinder,
): RawRecipient[] {
  const found: RawRecipient[] = [];
  let slow = 0;
  for (const node of set?.children ?? []) {
    if (found.length >= RECIPIENTS_LIMIT) {
      noteFault(
        reading,
        'too-many-recipients',
        `Only the first ${RECIPIENTS_LIMIT} recipients are read.`,
        node,
      );
      break;
    }
    if (isUniversal(node, TAG.sequence)) {
      const one = readKeyTransport(reading, node, certificates);
      if (one !== undefined) found.push(one);
      else noteFault(reading, 'bad-recipient', 'A KeyTransRecipientInfo is damaged.', node, 'RecipientInfo');
    } else if (slow++ < PKIJS_RECIPIENTS_LIMIT) {
      for (const raw of readOther(reading, node)) found.push(withCertificate(raw, certificates));
    }
  }
  return found;
}

function withCertificate(raw: RawRecipient, certificates: CertificateFinder): RawRecipient {
  const found = findCertificate(raw.recipient, [], certificates);
  return found === undefined
    ? raw
    : { ...raw, recipient: { ...raw.recipient, certificate: found.certificate } };
}

/** KeyTransRecipientInfo (RFC 5652 §6.2.1). */
function readKeyTransport(
  reading: Reading,
  node: Asn1Node,
  certificates: CertificateFinder,
): RawRecipient | undefined {
  const parts = node.children;
  const reference = readReference(reading, parts[1]);
  const algorithm = readAlgorithm(reading, parts[2]);
  const key = parts[3];
  const encryptedKey = isUniversal(key, TAG.octetString) ? readOctets(reading.bytes, key) : undefined;
  if (reference === undefined || algorithm === undefined || encryptedKey === undefined) return undefined;
  const { issuer, issuerDer, serialNumber, subjectKeyIdentifier } = reference;
  const recipient: Recipient = {
    kind: 'key_transport',
    issuer,
    issuerDer,
    serialNumber,
    subjectKeyIdentifier,
    keyEncryptionAlgorithm: algorithmName(algorithm.oid),
    keyEncryptionAlgorithmOid: algorithm.oid,
    certificate: findCertificate(reference, [], certificates)?.certificate,
  };
  return { kind: 'key_transport', recipient, node, algorithm, encryptedKey };
}

function readOther(reading: Reading, node: Asn1Node): readonly RawRecipient[] {
  const der = encoded(reading.bytes, node);
  const read = readWith((library, schema) => {
    const info = new library.RecipientInfo({ schema });
    if (info.variant === 2) return keyAgreement(info.value as KeyAgreeRecipientInfo, node);
    if (info.variant === 3) return [keyEncryptionKey(info.value as KEKRecipientInfo, node)];
    if (info.variant === 4) return [password(info.value as PasswordRecipientinfo, node)];
    return undefined;
  }, der);
  if (read !== undefined) return read;
  if (!isContext(node, 4)) {
    noteFault(
      reading,
      'bad-recipient',
      'A RecipientInfo is damaged or of an unknown kind.',
      node,
      'RecipientInfo',
    );
  }
  const type = node.children[0];
  const oid = (isContext(node, 4) && readAlgorithm(reading, node)?.oid) || '';
  const recipient: Recipient = {
    kind: 'other',
    keyEncryptionAlgorithm: type === undefined || oid === '' ? 'unknown' : algorithmName(oid),
    keyEncryptionAlgorithmOid: oid,
  };
  return [{ kind: 'other', recipient, node }];
}

/** KeyAgreeRecipientInfo (RFC 5652 §6.2.2): one entry for each of its encrypted keys. */
function keyAgreement(info: KeyAgreeRecipientInfo, node: Asn1Node): RawRecipient[] {
  const algorithm = loose(info.keyEncryptionAlgorithm);
  const originator = originatorOf(info);
  const userKeyingMaterial = info.ukm === undefined ? undefined : octetsOf(info.ukm);
  return info.recipientEncryptedKeys.encryptedKeys.slice(0, PKIJS_RECIPIENTS_LIMIT).map((one) => {
    const reference: CertificateReference =
      one.rid.variant === 1
        ? issuerAndSerial(one.rid.value)
        : { subjectKeyIdentifier: toHex(octetsOf(one.rid.value.subjectKeyIdentifier)) };
    const wrapOid = wrapAlgorithmOid(info.keyEncryptionAlgorithm.algorithmParams);
    const recipient: Recipient = {
      kind: 'key_agreement',
      ...reference,
      keyEncryptionAlgorithm: algorithmName(algorithm.oid),
      keyEncryptionAlgorithmOid: algorithm.oid,
      ...(wrapOid === undefined
        ? {}
        : { keyWrapAlgorithm: wrapEntry(wrapOid)?.name ?? algorithmName(wrapOid) }),
    };
    const encryptedKey = octetsOf(one.encryptedKey);
    return {
      kind: 'key_agreement',
      recipient,
      node,
      algorithm,
      originator,
      userKeyingMaterial,
      encryptedKey,
    };
  });
}

function originatorOf(info: KeyAgreeRecipientInfo): (RawRecipient & { kind: 'key_agreement' })['originator'] {
  const { variant, value } = info.originator;
  if (variant === 1) return issuerAndSerial(value);
  if (variant === 2) return { subjectKeyIdentifier: toHex(octetsOf(value)) };
  return {
    keyAlgorithm: loose(value.algorithm),
    publicKey: new Uint8Array(value.publicKey.valueBlock.valueHexView),
  };
}

function keyEncryptionKey(info: KEKRecipientInfo, node: Asn1Node): RawRecipient {
  const algorithm = loose(info.keyEncryptionAlgorithm);
  const recipient: Recipient = {
    kind: 'kek',
    keyIdentifier: toHex(octetsOf(info.kekid.keyIdentifier)),
    keyEncryptionAlgorithm: algorithmName(algorithm.oid),
    keyEncryptionAlgorithmOid: algorithm.oid,
  };
  return { kind: 'kek', recipient, node, algorithm, encryptedKey: octetsOf(info.encryptedKey) };
}

function password(info: PasswordRecipientinfo, node: Asn1Node): RawRecipient {
  const algorithm = loose(info.keyEncryptionAlgorithm);
  const derivation =
    info.keyDerivationAlgorithm === undefined ? undefined : loose(info.keyDerivationAlgorithm);
  const inner = wrapAlgorithmOid(info.keyEncryptionAlgorithm.algorithmParams);
  const recipient: Recipient = {
    kind: 'password',
    keyEncryptionAlgorithm: algorithmName(algorithm.oid),
    keyEncryptionAlgorithmOid: algorithm.oid,
    ...(inner === undefined ? {} : { keyWrapAlgorithm: algorithmName(inner) }),
  };
  return {
    kind: 'password',
    recipient,
    node,
    derivation,
    algorithm,
    encryptedKey: octetsOf(info.encryptedKey),
  };
}

/** An asn1js value as pkijs hands it out; only what is read of it here. */
type Block = { valueBlock: { valueHexView?: Uint8Array; value?: Block[] }; toString(): string };

/** Octets of an OCTET STRING, of one under a context tag, or of the pieces of a constructed one. */
function octetsOf(value: unknown): Uint8Array {
  const { valueBlock } = value as Block;
  const pieces = valueBlock.value ?? [];
  if (pieces.length > 0) return Buffer.concat(pieces.map(octetsOf));
  return new Uint8Array(valueBlock.valueHexView ?? []);
}

/** The OID of an AlgorithmIdentifier that stands as the parameters of another. */
function wrapAlgorithmOid(parameters: unknown): string | undefined {
  const first = (parameters as Block | undefined)?.valueBlock.value?.[0] as
    | { valueBlock: object }
    | undefined;
  const oid = first?.valueBlock.toString();
  return oid !== undefined && /^\d+(\.\d+)+$/.test(oid) ? oid : undefined;
}

function loose(algorithm: { algorithmId: string; algorithmParams?: AsnType }): LooseAlgorithm {
  const { algorithmId, algorithmParams } = algorithm;
  return {
    oid: algorithmId,
    parameters: algorithmParams === undefined ? undefined : new Uint8Array(algorithmParams.toBER(false)),
  };
}

function issuerAndSerial(value: {
  issuer: { toSchema(): { toBER(sizeOnly: boolean): ArrayBuffer } };
  serialNumber: { valueBlock: { valueHexView: Uint8Array } };
}): CertificateReference {
  const issuerDer = new Uint8Array(value.issuer.toSchema().toBER(false));
  const serial = toHex(value.serialNumber.valueBlock.valueHexView).replace(/^(00)+(?=..)/, '');
  return { issuer: distinguishedName(issuerDer), issuerDer, serialNumber: serial };
}
