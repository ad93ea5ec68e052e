/**
 * From a recipient and the keys given to the content key (RFC 5652 §6.4). The private key is found by the
 * recipient's certificate where that was given, by key identifier, or else by trying those that could fit.
 */

import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, diffieHellman } from 'node:crypto';
import { bitString, sequence } from '../../asn1/der.js';
import { contextChild, encoded, isUniversal, TAG } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readBitString } from '../../asn1/values.js';
import { derivedOnce } from '../../bytes/derived.js';
import { toHex } from '../../bytes/hex.js';
import { readWith } from '../../bytes/libraries.js';
import type { Certificate } from '../../x509/certificate.js';
import { publicKeyOf } from '../../x509/certificate.js';
import { privateKeyCost } from '../../x509/key-cost.js';
import { agreementEntry, algorithmName, hashOf, wrapEntry } from '../algorithms.js';
import { findCertificate, nameCertificate } from '../certificates.js';
import type { CmsContext, CmsPrivateKey } from '../model.js';
import type { Algorithm, Reading } from '../structure.js';
import { COST, nameReference, readAlgorithm, spend } from '../structure.js';
import { readContentCipher } from './content-cipher.js';
import { deriveAgreedKeys, derivePasswordKey, readPbkdf2 } from './key-derivation.js';
import { unwrapKey, unwrapPasswordKey } from './key-wrap.js';
import type { RawRecipient } from './recipients.js';
import { modulusOctets, rsaBlock, unpadOaep, unpadPkcs1 } from './rsa.js';

/** Most private key operations tried for one recipient whose certificate is not given. */
const TRIED_KEYS_LIMIT = 32;
/** Most passwords tried for one recipient: each costs the sender's number of rounds. */
const TRIED_PASSWORDS_LIMIT = 8;

export type ContentKey = { readonly key: Uint8Array; readonly recipient: string };

export type ContentKeyResult =
  | { readonly outcome: 'keys'; readonly keys: readonly ContentKey[] }
  /** A key was meant and there, and did not open it. */
  | { readonly outcome: 'failed'; readonly why: string; readonly recipient: string }
  /** None of the keys given is meant. */
  | { readonly outcome: 'no_key' };

const NO_KEY: ContentKeyResult = { outcome: 'no_key' };

export function contentKeysOf(
  reading: Reading,
  raw: RawRecipient,
  context: CmsContext,
  originatorCertificates: readonly Certificate[],
): ContentKeyResult {
  switch (raw.kind) {
    case 'key_transport':
      return transported(reading, raw, context);
    case 'key_agreement':
      return agreed(reading, raw, context, originatorCertificates);
    case 'kek':
      return wrapped(raw, context);
    case 'password':
      return fromPassword(reading, raw, context);
    case 'other':
      return NO_KEY;
  }
}

type Candidates = {
  readonly entries: readonly CmsPrivateKey[];
  readonly certain: boolean;
  readonly name: string;
};

/** The private keys to try: the one that the recipient's certificate names, or all that `fits` lets through. */
function candidates(
  { recipient }: RawRecipient,
  context: Pick<CmsContext, 'keys'>,
  fits: (key: KeyObject) => boolean,
): Candidates {
  const { certificate, subjectKeyIdentifier } = recipient;
  if (certificate !== undefined) {
    const entry = context.keys.findBySpki(certificate.spki);
    return {
      entries: entry === undefined ? [] : [entry],
      certain: true,
      name: nameCertificate(certificate),
    };
  }
  const name = nameReference(recipient);
  if (subjectKeyIdentifier !== undefined) {
    const named = context.keys.privateKeys.filter((entry) => keyIdentifierOf(entry) === subjectKeyIdentifier);
    if (named.length > 0) return { entries: named.slice(0, 1), certain: true, name };
  }
  const entries = context.keys.privateKeys.filter((entry) => fits(entry.key)).slice(0, TRIED_KEYS_LIMIT);
  return { entries, certain: false, name };
}

/** RFC 5280 §4.2.1.2 (1): SHA-1 of the public key's BIT STRING. */
const keyIdentifierOf = derivedOnce((entry: CmsPrivateKey): string => {
  const bits = parseAsn1(entry.spki).root?.children[1];
  const key = bits === undefined ? undefined : readBitString(entry.spki, bits);
  return key === undefined ? '' : toHex(createHash('sha1').update(key.bytes).digest());
});

/** The RSA keys to try on a transported content key. */
export function transportKeys(
  raw: RawRecipient & { kind: 'key_transport' },
  context: Pick<CmsContext, 'keys'>,
): Candidates {
  return candidates(raw, context, (key) => modulusOctets(key) === raw.encryptedKey.length);
}

function transported(
  reading: Reading,
  raw: RawRecipient & { kind: 'key_transport' },
  context: CmsContext,
): ContentKeyResult {
  const { encryptedKey, algorithm } = raw;
  const unpad = transportPadding(reading, algorithm);
  const { entries, certain, name } = transportKeys(raw, context);
  if (entries.length === 0) return NO_KEY;
  if (typeof unpad === 'string') return { outcome: 'failed', why: unpad, recipient: name };
  const keys: ContentKey[] = [];
  for (const entry of entries) {
    if (!spend(reading, privateKeyCost(entry.key))) break;
    const ahead = context.rsaBlocks?.take(entry, encryptedKey);
    const block = ahead === undefined ? rsaBlock(entry.key, encryptedKey) : (ahead ?? undefined);
    const contentKey = block === undefined ? undefined : unpad(block);
    if (contentKey !== undefined) keys.push({ key: contentKey, recipient: name });
  }
  if (keys.length > 0) return { outcome: 'keys', keys };
  if (!certain) return NO_KEY;
  const length = modulusOctets((entries[0] as CmsPrivateKey).key);
  const why =
    length === undefined
      ? `the key of ${name} is not an RSA key, as ${algorithmName(algorithm.oid)} wants`
      : length !== encryptedKey.length
        ? `the encrypted content key has ${encryptedKey.length} bytes and the key of ${name} makes ${length}`
        : `the content key does not decrypt with the key of ${name}: what comes out has no ${algorithmName(algorithm.oid) === 'RSAES-OAEP' ? 'OAEP' : 'PKCS #1 v1.5'} padding, so it was encrypted with another key or damaged`;
  return { outcome: 'failed', why, recipient: name };
}

type Unpad = (block: Uint8Array) => Uint8Array | undefined;

/** RSAES-PKCS1-v1_5 (RFC 3370 §4.2.1) or RSAES-OAEP (RFC 3560); half a sentence for others. */
function transportPadding(reading: Reading, algorithm: Algorithm): Unpad | string {
  if (algorithm.oid === '1.2.840.113549.1.1.1') return unpadPkcs1;
  if (algorithm.oid !== '1.2.840.113549.1.1.7') {
    return `the key encryption algorithm ${algorithmName(algorithm.oid)} is not supported`;
  }
  if (algorithm.parameters === undefined)
    return (block) => unpadOaep(block, 'sha1', 'sha1', new Uint8Array(0));
  const labelNode = contextChild(algorithm.parameters, 2);
  const read = readWith(
    (library, schema) => {
      const parameters = new library.RSAESOAEPParams({ schema });
      const mask = parameters.maskGenAlgorithm.algorithmParams as
        | { valueBlock?: { value?: { valueBlock?: object }[] } }
        | undefined;
      // Absent, the label is empty; pkijs's default for it is the SHA-1 of the empty string.
      const label =
        labelNode === undefined
          ? undefined
          : (parameters.pSourceAlgorithm.algorithmParams as { valueBlock?: { valueHexView?: Uint8Array } });
      return {
        hash: hashOf(parameters.hashAlgorithm.algorithmId),
        maskHash: hashOf(mask?.valueBlock?.value?.[0]?.valueBlock?.toString() ?? '1.3.14.3.2.26'),
        label: new Uint8Array(label?.valueBlock?.valueHexView ?? []),
      };
    },
    encoded(reading.bytes, algorithm.parameters),
  );
  const { hash, maskHash, label } = read ?? {};
  if (hash === undefined || maskHash === undefined || label === undefined) {
    return 'the RSAES-OAEP parameters cannot be read';
  }
  return (block) => unpadOaep(block, hash.node, maskHash.node, label);
}

function agreed(
  reading: Reading,
  raw: RawRecipient & { kind: 'key_agreement' },
  context: CmsContext,
  originatorCertificates: readonly Certificate[],
): ContentKeyResult {
  const { entries, certain, name } = candidates(raw, context, (key) =>
    ['ec', 'x25519', 'x448'].includes(key.asymmetricKeyType ?? ''),
  );
  if (entries.length === 0) return NO_KEY;
  const scheme = agreementEntry(raw.algorithm.oid);
  const wrapAlgorithm = raw.algorithm.parameters;
  const wrapOid = wrapAlgorithm === undefined ? undefined : algorithmOid(wrapAlgorithm);
  const wrap = wrapOid === undefined ? undefined : wrapEntry(wrapOid);
  if (scheme === undefined || wrap === undefined || wrapAlgorithm === undefined) {
    const what =
      scheme === undefined ? algorithmName(raw.algorithm.oid) : `key wrap ${wrapOid ?? 'without a name'}`;
    return certain ? { outcome: 'failed', why: `${what} is not supported`, recipient: name } : NO_KEY;
  }
  const keys: ContentKey[] = [];
  for (const entry of entries) {
    if (!spend(reading, privateKeyCost(entry.key))) break;
    const publicKey = originatorKey(raw, entry, context, originatorCertificates);
    const secret = publicKey === undefined ? undefined : agree(entry.key, publicKey);
    if (secret === undefined) continue;
    for (const kek of deriveAgreedKeys(
      scheme,
      secret,
      wrapAlgorithm,
      raw.userKeyingMaterial,
      wrap.keyOctets,
    )) {
      const contentKey = unwrapKey(wrap, kek, raw.encryptedKey);
      if (contentKey !== undefined) keys.push({ key: contentKey, recipient: name });
    }
  }
  if (keys.length > 0) return { outcome: 'keys', keys };
  if (!certain) return NO_KEY;
  return {
    outcome: 'failed',
    why: `the key agreed on with the key of ${name} does not unwrap the content key: it was made for another key or damaged`,
    recipient: name,
  };
}

function agree(privateKey: KeyObject, publicKey: KeyObject): Uint8Array | undefined {
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch {
    // Different curves, or a point that is not on the curve.
    return undefined;
  }
}

/** The originator's public key; one without domain parameters has those of the recipient (RFC 5753 §3.1.1). */
function originatorKey(
  raw: RawRecipient & { kind: 'key_agreement' },
  entry: CmsPrivateKey,
  context: CmsContext,
  originatorCertificates: readonly Certificate[],
): KeyObject | undefined {
  const { originator } = raw;
  if (!('publicKey' in originator)) {
    const found = findCertificate(originator, originatorCertificates, context.certificates);
    return found === undefined ? undefined : publicKeyOf(found.certificate);
  }
  const algorithm = parseAsn1(entry.spki).root?.children[0];
  if (algorithm === undefined) return undefined;
  const spki = sequence(encoded(entry.spki, algorithm), bitString(originator.publicKey));
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function algorithmOid(der: Uint8Array): string | undefined {
  return readAlgorithm({ bytes: der, faults: [] }, parseAsn1(der).root)?.oid;
}

function wrapped(raw: RawRecipient & { kind: 'kek' }, context: CmsContext): ContentKeyResult {
  const entry = wrapEntry(raw.algorithm.oid);
  const name = `the key-encryption key ${raw.recipient.keyIdentifier}`;
  const fitting = (context.keys.secretKeys ?? []).filter((key) => key.length === entry?.keyOctets);
  if (entry === undefined || fitting.length === 0) return NO_KEY;
  const keys = fitting.slice(0, TRIED_KEYS_LIMIT).flatMap((secret): ContentKey[] => {
    const key = unwrapKey(entry, secret, raw.encryptedKey);
    return key === undefined ? [] : [{ key, recipient: name }];
  });
  return keys.length > 0 ? { outcome: 'keys', keys } : NO_KEY;
}

function fromPassword(
  reading: Reading,
  raw: RawRecipient & { kind: 'password' },
  context: CmsContext,
): ContentKeyResult {
  const passwords = context.keys.passwords ?? [];
  const name = 'the password recipient';
  if (passwords.length === 0) return NO_KEY;
  const failed = (why: string): ContentKeyResult => ({ outcome: 'failed', why, recipient: name });
  if (raw.derivation === undefined) return failed('the password recipient has no key derivation');
  if (raw.algorithm.oid !== '1.2.840.113549.1.9.16.3.9' || raw.algorithm.parameters === undefined) {
    return failed(`key encryption ${algorithmName(raw.algorithm.oid)} is not supported for passwords`);
  }
  const inner: Reading = { bytes: raw.algorithm.parameters, faults: [] };
  const { root } = parseAsn1(inner.bytes);
  const algorithm = isUniversal(root, TAG.sequence) ? readAlgorithm(inner, root) : undefined;
  const cipher =
    algorithm === undefined ? 'its cipher cannot be read' : readContentCipher(inner.bytes, algorithm);
  if (typeof cipher === 'string') return failed(cipher);
  const parameters = readPbkdf2(raw.derivation);
  if (typeof parameters === 'string') return failed(parameters);
  const keys: ContentKey[] = [];
  for (const password of passwords.slice(0, TRIED_PASSWORDS_LIMIT)) {
    if (!spend(reading, (COST.thousandRounds * parameters.iterations) / 1000)) break;
    const kek = derivePasswordKey(
      parameters,
      password,
      cipher.entry.keyOctets ?? (cipher.keyBits ?? 128) / 8,
    );
    const key = unwrapPasswordKey(cipher, kek, raw.encryptedKey);
    if (key !== undefined) keys.push({ key, recipient: name });
  }
  return keys.length > 0 ? { outcome: 'keys', keys } : NO_KEY;
}
