/** RecipientInfos (RFC 5652 §6.2): who a message is encrypted to, and what each needs to get at the content key. */

import type { Asn1Node } from '../../asn1/node.js';
import { contextChild, encoded, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { readBitString, readOctets } from '../../asn1/values.js';
import { toHex } from '../../bytes/hex.js';
import { algorithmName, wrapEntry } from '../algorithms.js';
import { findCertificate } from '../certificates.js';
import type { CertificateFinder, CertificateReference, Recipient } from '../model.js';
import type { Algorithm, Reading } from '../structure.js';
import { noteFault, readAlgorithm, readReference } from '../structure.js';

/** Most recipients read of one message: mail to lists has hundreds, SIP has one or two. */
const RECIPIENTS_LIMIT = 256;

/** An AlgorithmIdentifier apart from the bytes that it was read of: `parameters` as they are encoded there. */
export type LooseAlgorithm = { readonly oid: string; readonly parameters: Uint8Array | undefined };

export type RawRecipient = { readonly recipient: Recipient; readonly node: Asn1Node } & (
  | { readonly kind: 'key_transport'; readonly algorithm: Algorithm; readonly encryptedKey: Uint8Array }
  | {
      readonly kind: 'key_agreement';
      readonly algorithm: LooseAlgorithm;
      /** The originator's public key, or what names its certificate. */
      readonly originator: { readonly publicKey: Uint8Array } | CertificateReference;
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
    } else {
      for (const raw of readOther(reading, node, RECIPIENTS_LIMIT - found.length)) {
        found.push(withCertificate(raw, certificates));
      }
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

/** The kinds that are rare; `limit` is how many are read of one that has several in it. */
function readOther(reading: Reading, node: Asn1Node, limit: number): readonly RawRecipient[] {
  const read = readByTag(reading, node, limit);
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
  const oid = (isContext(node, 4) && readAlgorithm(reading, node)?.oid) || '';
  const recipient: Recipient = {
    kind: 'other',
    keyEncryptionAlgorithm: oid === '' ? 'unknown' : algorithmName(oid),
    keyEncryptionAlgorithmOid: oid,
  };
  return [{ kind: 'other', recipient, node }];
}

/** Undefined where a part that is needed is missing or damaged, or the tag is none of these. */
function readByTag(reading: Reading, node: Asn1Node, limit: number): readonly RawRecipient[] | undefined {
  if (isContext(node, 1)) return readKeyAgreement(reading, node, limit);
  const read = isContext(node, 2)
    ? readKeyEncryptionKey(reading, node)
    : isContext(node, 3)
      ? readPassword(reading, node)
      : undefined;
  return read === undefined ? undefined : [read];
}

/** KeyAgreeRecipientInfo (RFC 5652 §6.2.2): one entry for each of its encrypted keys. */
function readKeyAgreement(reading: Reading, node: Asn1Node, limit: number): RawRecipient[] | undefined {
  const originator = readOriginator(reading, contextChild(node, 0)?.children[0]);
  const material = contextChild(node, 1)?.children[0];
  const [algorithmNode, keys] = node.children.filter((child) => isUniversal(child, TAG.sequence));
  const algorithm = readAlgorithm(reading, algorithmNode);
  if (originator === undefined || algorithm === undefined || keys === undefined) return undefined;
  const found: RawRecipient[] = [];
  for (const one of keys.children.slice(0, limit)) {
    const [identifier, key] = one.children;
    const reference = readKeyAgreementIdentifier(reading, identifier);
    const encryptedKey = octetsAt(reading, key);
    if (reference === undefined || encryptedKey === undefined) return undefined;
    found.push({
      kind: 'key_agreement',
      recipient: {
        kind: 'key_agreement',
        ...reference,
        ...namesOf(reading, algorithm),
      },
      node,
      algorithm: loose(reading, algorithm),
      originator,
      userKeyingMaterial: octetsAt(reading, material),
      encryptedKey,
    });
  }
  return found.length === 0 ? undefined : found;
}

/** OriginatorIdentifierOrKey: as a SignerIdentifier names a certificate, or `[1]` with a key. */
function readOriginator(
  reading: Reading,
  node: Asn1Node | undefined,
): (RawRecipient & { kind: 'key_agreement' })['originator'] | undefined {
  if (!isContext(node, 1)) return readReference(reading, node);
  const key = node.children[1];
  const bits = isUniversal(key, TAG.bitString) ? readBitString(reading.bytes, key) : undefined;
  return bits === undefined ? undefined : { publicKey: bits.bytes };
}

/** KeyAgreeRecipientIdentifier: issuer and serial, or `[0]` with a key identifier and what else tells the key. */
function readKeyAgreementIdentifier(
  reading: Reading,
  node: Asn1Node | undefined,
): CertificateReference | undefined {
  if (!isContext(node, 0)) return readReference(reading, node);
  const identifier = octetsAt(reading, node.children[0]);
  return identifier === undefined ? undefined : { subjectKeyIdentifier: toHex(identifier) };
}

/** KEKRecipientInfo (RFC 5652 §6.2.3). */
function readKeyEncryptionKey(reading: Reading, node: Asn1Node): RawRecipient | undefined {
  const [, identifier, algorithmNode, key] = node.children;
  const keyIdentifier = octetsAt(reading, identifier?.children[0]);
  const algorithm = readAlgorithm(reading, algorithmNode);
  const encryptedKey = octetsAt(reading, key);
  if (keyIdentifier === undefined || algorithm === undefined || encryptedKey === undefined) return undefined;
  const recipient: Recipient = {
    kind: 'kek',
    keyIdentifier: toHex(keyIdentifier),
    keyEncryptionAlgorithm: algorithmName(algorithm.oid),
    keyEncryptionAlgorithmOid: algorithm.oid,
  };
  return { kind: 'kek', recipient, node, algorithm: loose(reading, algorithm), encryptedKey };
}

/** PasswordRecipientInfo (RFC 5652 §6.2.4). */
function readPassword(reading: Reading, node: Asn1Node): RawRecipient | undefined {
  const derivation = readAlgorithm(reading, contextChild(node, 0));
  const algorithm = readAlgorithm(
    reading,
    node.children.find((child) => isUniversal(child, TAG.sequence)),
  );
  const encryptedKey = octetsAt(reading, node.children.at(-1));
  if (algorithm === undefined || encryptedKey === undefined) return undefined;
  return {
    kind: 'password',
    recipient: { kind: 'password', ...namesOf(reading, algorithm) },
    node,
    derivation: derivation === undefined ? undefined : loose(reading, derivation),
    algorithm: loose(reading, algorithm),
    encryptedKey,
  };
}

function octetsAt({ bytes }: Reading, node: Asn1Node | undefined): Uint8Array | undefined {
  return isUniversal(node, TAG.octetString) ? readOctets(bytes, node) : undefined;
}

/** The names of a key encryption algorithm and of the one that stands as its parameters. */
function namesOf(
  reading: Reading,
  { oid, parameters }: Algorithm,
): Pick<Recipient, 'keyEncryptionAlgorithm' | 'keyEncryptionAlgorithmOid' | 'keyWrapAlgorithm'> {
  const wrap = readAlgorithm(reading, parameters)?.oid;
  return {
    keyEncryptionAlgorithm: algorithmName(oid),
    keyEncryptionAlgorithmOid: oid,
    ...(wrap === undefined ? {} : { keyWrapAlgorithm: wrapEntry(wrap)?.name ?? algorithmName(wrap) }),
  };
}

function loose({ bytes }: Reading, { oid, parameters }: Algorithm): LooseAlgorithm {
  return { oid, parameters: parameters === undefined ? undefined : encoded(bytes, parameters) };
}
