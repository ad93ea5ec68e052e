/**
 * EnvelopedData (RFC 5652 §6), AuthEnvelopedData (RFC 5083) and EncryptedData (RFC 5652 §8): who may open them, and
 * the content, if the key of one of them was given.
 */

import { setOf, toDer } from '../../asn1/der.js';
import type { Asn1Node } from '../../asn1/node.js';
import { contextChild, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { readOctets, readOid } from '../../asn1/values.js';
import { counted } from '../../bytes/text.js';
import type { Certificate } from '../../x509/certificate.js';
import { algorithmName, cipherEntry } from '../algorithms.js';
import { readCertificates } from '../certificates.js';
import type {
  CertificateFinder,
  CmsContext,
  CmsHead,
  Decryption,
  EncryptedDataCms,
  EnvelopedDataCms,
  Recipient,
} from '../model.js';
import type { Algorithm, Reading } from '../structure.js';
import { nameReference, noteFault, readAlgorithm, readVersion } from '../structure.js';
import type { ContentCipher, ContentResult } from './content-cipher.js';
import { decryptContent, keyLengthFits, readContentCipher, USUAL_TAG_OCTETS } from './content-cipher.js';
import type { ContentKey } from './content-key.js';
import { contentKeysOf } from './content-key.js';
import { openPasswordEncryption } from './password-encryption.js';
import type { RawRecipient } from './recipients.js';
import { readRecipients } from './recipients.js';

/** Most recipients named in a sentence. */
const NAMED_RECIPIENTS = 4;

/** EncryptedContentInfo (RFC 5652 §6.1). */
export type EncryptedContent = {
  readonly innerType: string | undefined;
  readonly algorithm: Algorithm | undefined;
  /** The ciphertext in one piece; absent where it is detached or cut off. */
  readonly ciphertext: Uint8Array | undefined;
  readonly ciphertextNode: Asn1Node | undefined;
};

export type EnvelopedStructure = {
  readonly version: number | undefined;
  readonly originatorCertificates: Asn1Node | undefined;
  readonly recipients: readonly RawRecipient[];
  readonly encrypted: EncryptedContent;
  /** AuthEnvelopedData: authAttrs in DER, the tag. */
  readonly associatedData: Uint8Array | undefined;
  readonly tag: Uint8Array | undefined;
};

/** Reads both types: RFC 5083 §2.1 appends authAttrs, the tag and unauthAttrs to what EnvelopedData has. */
export function readEnvelopedData(
  reading: Reading,
  node: Asn1Node | undefined,
  certificates: CertificateFinder,
  contentType: EnvelopedDataCms['contentType'],
): EnvelopedStructure {
  if (contentType === 'signed_and_enveloped_data') return readSignedAndEnveloped(reading, node, certificates);
  const parts = node?.children ?? [];
  const originator = isContext(parts[1], 0) ? parts[1] : undefined;
  const next = originator === undefined ? 1 : 2;
  const recipientSet = isUniversal(parts[next], TAG.set) ? parts[next] : undefined;
  const tail = parts.slice(next + 2);
  const isAuthenticated = contentType === 'auth_enveloped_data';
  const tagNode = isAuthenticated ? tail.find((part) => isUniversal(part, TAG.octetString)) : undefined;
  const attributes = tagNode === undefined ? undefined : tail.find((part) => isContext(part, 1));
  const encrypted = readEncryptedContent(reading, parts[next + 1]);
  if (recipientSet === undefined || encrypted.algorithm === undefined) {
    noteFault(reading, 'bad-enveloped-data', 'The structure around the encrypted content is damaged.', node);
  }
  return {
    version: readVersion(reading, parts[0]),
    originatorCertificates: originator === undefined ? undefined : contextChild(originator, 0),
    recipients: readRecipients(reading, recipientSet, certificates),
    encrypted,
    associatedData: attributes === undefined ? undefined : attributesDer(reading, attributes),
    tag: tagNode === undefined ? undefined : readOctets(reading.bytes, tagNode),
  };
}

/** SignedAndEnvelopedData (RFC 2315 §11.1): recipients and encrypted content, with signers around them. */
function readSignedAndEnveloped(
  reading: Reading,
  node: Asn1Node | undefined,
  certificates: CertificateFinder,
): EnvelopedStructure {
  const [version, recipientSet, , contentNode] = node?.children ?? [];
  const encrypted = readEncryptedContent(reading, contentNode);
  const isSet: boolean = isUniversal(recipientSet, TAG.set);
  if (!isSet || encrypted.algorithm === undefined) {
    noteFault(reading, 'bad-enveloped-data', 'The structure around the encrypted content is damaged.', node);
  }
  noteFault(
    reading,
    'signatures-not-judged',
    'SignedAndEnvelopedData of PKCS #7 1.5 is not part of CMS: its signatures, whose digests are encrypted, are not checked.',
    node,
  );
  return {
    version: readVersion(reading, version),
    originatorCertificates: undefined,
    recipients: readRecipients(reading, isSet ? recipientSet : undefined, certificates),
    encrypted,
    associatedData: undefined,
    tag: undefined,
  };
}

/** RFC 5083 §2.2: authAttrs are authenticated as DER under the SET OF tag. */
export function attributesDer({ bytes }: Reading, node: Asn1Node): Uint8Array | undefined {
  const parts = node.children.map((child) => toDer(bytes, child));
  return parts.every((part) => part !== undefined) ? setOf(parts) : undefined;
}

export function readEncryptedContent(reading: Reading, node: Asn1Node | undefined): EncryptedContent {
  const type = node?.children[0];
  const algorithm = node?.children[1];
  const ciphertextNode = node === undefined ? undefined : contextChild(node, 0);
  return {
    innerType: isUniversal(type, TAG.objectIdentifier) ? readOid(reading.bytes, type) : undefined,
    algorithm: readAlgorithm(reading, algorithm),
    ciphertext: ciphertextNode === undefined ? undefined : readOctets(reading.bytes, ciphertextNode),
    ciphertextNode,
  };
}

export function evaluateEnvelopedData(
  { contentTypeOid, encodingForm, faults }: CmsHead,
  reading: Reading,
  node: Asn1Node | undefined,
  context: CmsContext,
  contentType: EnvelopedDataCms['contentType'],
): EnvelopedDataCms {
  const structure = readEnvelopedData(reading, node, context.certificates, contentType);
  const { encrypted, version } = structure;
  const certificates = readCertificates(reading, structure.originatorCertificates);
  const { decryption, content, keyBits } = decryptEnveloped(
    reading,
    structure,
    context,
    certificates,
    contentType,
  );
  const recipients: Recipient[] = [];
  for (const { recipient } of structure.recipients) recipients.push(recipient);
  return {
    contentTypeOid,
    encodingForm,
    faults,
    contentType,
    version,
    contentEncryptionAlgorithm:
      encrypted.algorithm === undefined ? 'unknown' : algorithmName(encrypted.algorithm.oid),
    contentEncryptionAlgorithmOid: encrypted.algorithm?.oid ?? '',
    contentKeyBits: keyBits,
    recipients,
    decryption,
    certificates,
    content,
    innerContentType: encrypted.innerType,
  };
}

type Opened = {
  readonly decryption: Decryption;
  readonly content?: Uint8Array | undefined;
  readonly keyBits?: number | undefined;
};

function decryptEnveloped(
  reading: Reading,
  structure: EnvelopedStructure,
  context: CmsContext,
  certificates: readonly Certificate[],
  contentType: EnvelopedDataCms['contentType'],
): Opened {
  const { encrypted, recipients } = structure;
  const cipher = usableCipher(reading, encrypted, contentType, structure.tag);
  const keyBits = typeof cipher === 'string' ? undefined : cipher.keyBits;
  const failed = (why: string, recipient?: string): Opened => ({
    decryption: {
      status: 'failed',
      reason: `The content could not be decrypted: ${why}.`,
      ...(recipient === undefined ? {} : { recipient: unquoted(recipient) }),
    },
    keyBits,
  });

  let failure: Opened | undefined;
  for (const raw of recipients) {
    const result = contentKeysOf(reading, raw, context, certificates);
    if (result.outcome === 'no_key') continue;
    if (result.outcome === 'failed') {
      failure ??= failed(result.why, result.recipient);
      continue;
    }
    if (typeof cipher === 'string') return failed(cipher, result.keys[0]?.recipient);
    const { ciphertext } = encrypted;
    if (ciphertext === undefined) {
      return failed(missingCiphertext(reading, encrypted), result.keys[0]?.recipient);
    }
    for (const { key, recipient } of preferred(cipher, result.keys)) {
      const opened = decryptContent(cipher, key, ciphertext, structure.tag, structure.associatedData);
      if (opened.ok) {
        const reason = `The content was decrypted with ${cipher.entry.name} and the key of ${recipient}.`;
        return {
          decryption: { status: 'decrypted', reason, recipient: unquoted(recipient) },
          content: opened.content,
          keyBits,
        };
      }
      failure ??= failed(whyOf(opened), recipient);
    }
  }
  if (failure !== undefined) return failure;
  return { decryption: { status: 'no_key', reason: noKeyReason(recipients, context) }, keyBits };
}

/**
 * The content cipher, or why it cannot be used here, in half a sentence. Authenticated encryption and the structures with
 * a place for its tag go together (RFC 5083 §2.1, RFC 5084 §3); what does not go by that is told, with a key and without.
 */
export function usableCipher(
  reading: Reading,
  { algorithm }: EncryptedContent,
  contentType: EnvelopedDataCms['contentType'] | 'encrypted_data',
  tag: Uint8Array | undefined,
): ContentCipher | string {
  if (algorithm === undefined) return 'the content encryption algorithm cannot be read';
  const cipher = readContentCipher(reading.bytes, algorithm);
  const { node } = algorithm;
  const isAuthenticated = contentType === 'auth_enveloped_data';
  if (typeof cipher === 'string') {
    const mode = cipherEntry(algorithm.oid)?.mode;
    if (mode === 'gcm' || mode === 'ccm') {
      noteFault(reading, 'aead-tag-length', `The content encryption cannot be used: ${cipher}.`, node);
    }
    return cipher;
  }
  const { name } = cipher.entry;
  if (cipher.tagOctets === 0) {
    if (!isAuthenticated) return cipher;
    const why = `${name} authenticates nothing, and AuthEnvelopedData is for authenticated encryption (RFC 5083 §2.1)`;
    noteFault(reading, 'cipher-without-authentication', `The content is not authenticated: ${why}.`, node);
    return why;
  }
  if (!isAuthenticated) {
    noteFault(
      reading,
      'aead-in-enveloped-data',
      `The content is encrypted with ${name}, whose tag has a place in AuthEnvelopedData only (RFC 5083, RFC 5084); receivers differ in where they look for it, and some check none.`,
      node,
    );
    return cipher;
  }
  return judgeTag(reading, cipher, tag, node) ?? cipher;
}

/** Why the tag of AuthEnvelopedData cannot be relied on: fewer octets than are said are easily guessed. */
function judgeTag(
  reading: Reading,
  { entry, tagOctets }: ContentCipher,
  tag: Uint8Array | undefined,
  node: Asn1Node,
): string | undefined {
  if (tag?.length !== tagOctets) {
    const why =
      tag === undefined
        ? 'its authentication tag is missing'
        : `its authentication tag has ${counted(tag.length, 'octet')}, and ICVlen says ${tagOctets} (RFC 5084 §3)`;
    noteFault(reading, 'aead-tag-length', `The content is not authenticated as it says: ${why}.`, node);
    return tag === undefined || tag.length < tagOctets ? why : undefined;
  }
  if (tagOctets < USUAL_TAG_OCTETS) {
    noteFault(
      reading,
      'aead-tag-short',
      `The authentication tag of ${entry.name} has ${tagOctets} octets; RFC 5084 §3.1 recommends ${USUAL_TAG_OCTETS}.`,
      node,
    );
  }
  return undefined;
}

/** A recipient's name as a value of its own: certificate subjects are quoted in sentences. */
function unquoted(name: string): string {
  return /^"(.*)"$/.exec(name)?.[1] ?? name;
}

function whyOf(result: ContentResult & { ok: false }): string {
  return result.why;
}

/** Keys of the right length first: only with them a failure tells of the content and not of the key. */
function preferred(cipher: ContentCipher, keys: readonly ContentKey[]): readonly ContentKey[] {
  if (keys.length === 1) return keys;
  return [...keys].sort(
    (a, b) => Number(keyLengthFits(cipher, b.key)) - Number(keyLengthFits(cipher, a.key)),
  );
}

function missingCiphertext(reading: Reading, { ciphertextNode }: EncryptedContent): string {
  if (ciphertextNode === undefined) return 'the encrypted content is not in the message';
  const had = reading.bytes.length - ciphertextNode.start - ciphertextNode.headerLength;
  return ciphertextNode.indefinite
    ? 'the encrypted content is cut off'
    : `the encrypted content is cut off: it should have ${ciphertextNode.length} bytes and ${had} are there`;
}

/** Which keys would be wanted. */
export function noKeyReason(recipients: readonly RawRecipient[], context: CmsContext): string {
  if (recipients.length === 0) return 'The message names no recipient.';
  const names = recipients.slice(0, NAMED_RECIPIENTS).map(({ recipient }) => nameRecipient(recipient));
  const more =
    recipients.length > NAMED_RECIPIENTS ? ` and ${recipients.length - NAMED_RECIPIENTS} more` : '';
  const given = context.keys.privateKeys.length;
  const keys =
    given === 0
      ? 'No private key was given'
      : given === 1
        ? 'The private key given does not open it'
        : `None of the ${given} private keys given opens it`;
  return `${keys}; the message is encrypted to ${names.join('; ')}${more}.`;
}

function nameRecipient(recipient: Recipient): string {
  const { certificate } = recipient;
  if (certificate !== undefined) return `"${certificate.subject}" (${nameReference(recipient)})`;
  if (recipient.kind === 'kek') return `the key-encryption key ${recipient.keyIdentifier}`;
  if (recipient.kind === 'password') return 'a password';
  if (recipient.kind === 'other') return `a recipient of another kind (${recipient.keyEncryptionAlgorithm})`;
  return `the certificate with ${nameReference(recipient)}`;
}

type EncryptedPart = Omit<EncryptedDataCms, 'contentTypeOid' | 'encodingForm' | 'faults'>;

/** EncryptedData: its key comes by other means, here from `secretKeys` or, under PBES2, from a password. */
export function evaluateEncryptedData(
  reading: Reading,
  node: Asn1Node | undefined,
  context: CmsContext,
): EncryptedPart {
  const [versionNode, infoNode] = node?.children ?? [];
  const encrypted = readEncryptedContent(reading, infoNode);
  const version = readVersion(reading, versionNode);
  const { decryption, content, keyBits } = openEncrypted(reading, encrypted, context);
  return {
    contentType: 'encrypted_data',
    ...(version === undefined ? {} : { version }),
    contentEncryptionAlgorithm:
      encrypted.algorithm === undefined ? 'unknown' : algorithmName(encrypted.algorithm.oid),
    contentEncryptionAlgorithmOid: encrypted.algorithm?.oid ?? '',
    ...(keyBits === undefined ? {} : { contentKeyBits: keyBits }),
    decryption,
    ...(content === undefined ? {} : { content }),
    ...(encrypted.innerType === undefined ? {} : { innerContentType: encrypted.innerType }),
  };
}

function openEncrypted(reading: Reading, encrypted: EncryptedContent, context: CmsContext): Opened {
  const { algorithm, ciphertext } = encrypted;
  const failed = (why: string): Opened => ({
    decryption: { status: 'failed', reason: `The content could not be decrypted: ${why}.` },
  });
  if (algorithm === undefined) return failed('its algorithm cannot be read');
  if (ciphertext === undefined) return failed(missingCiphertext(reading, encrypted));
  const byPassword = openPasswordEncryption(reading, algorithm, ciphertext, context.keys.passwords ?? []);
  if (byPassword !== undefined) {
    if (byPassword === 'no_key') {
      return { decryption: { status: 'no_key', reason: 'No password given opens the encrypted data.' } };
    }
    return {
      decryption: {
        status: 'decrypted',
        reason: 'The content was decrypted with a password.',
        recipient: 'a password',
      },
      content: byPassword,
    };
  }
  const cipher = usableCipher(reading, encrypted, 'encrypted_data', undefined);
  if (typeof cipher === 'string') return failed(cipher);
  const { keyBits } = cipher;
  for (const key of (context.keys.secretKeys ?? []).filter((one) => keyLengthFits(cipher, one))) {
    const opened = decryptContent(cipher, key, ciphertext);
    if (!opened.ok) continue;
    const reason = `The content was decrypted with ${cipher.entry.name} and a secret key given.`;
    return {
      decryption: { status: 'decrypted', reason, recipient: 'a secret key' },
      content: opened.content,
      keyBits,
    };
  }
  const reason = `No secret key given opens the encrypted data; it wants one for ${cipher.entry.name}.`;
  return { decryption: { status: 'no_key', reason }, keyBits };
}
