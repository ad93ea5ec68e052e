/** CMS messages put together piece by piece, so that each piece can be made wrong. */
import type { KeyObject } from 'node:crypto';
import { constants, createCipheriv, createHash, privateEncrypt, publicEncrypt, sign } from 'node:crypto';
import type { Certificate } from '../../src/x509/certificate.js';
import {
  context,
  contextPrimitive,
  element,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  set,
  time,
} from '../support/der.js';

export const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha512: '2.16.840.1.101.3.4.2.3',
  rsaEncryption: '1.2.840.113549.1.1.1',
  ecdsaSha256: '1.2.840.10045.4.3.2',
  ed25519: '1.3.101.112',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  countersignature: '1.2.840.113549.1.9.6',
  aes128cbc: '2.16.840.1.101.3.4.1.2',
} as const;
const DIGEST_OIDS: Readonly<Record<string, string>> = {
  sha1: OID.sha1,
  sha256: OID.sha256,
  sha512: OID.sha512,
};

export const hash = (name: string, bytes: Uint8Array): Uint8Array => createHash(name).update(bytes).digest();
export const contentInfo = (type: string, inner: Uint8Array): Uint8Array =>
  sequence(oid(type), context(0, inner));
export const attribute = (type: string, ...values: Uint8Array[]): Uint8Array =>
  sequence(oid(type), set(...values));

export type SignerOptions = {
  readonly key: KeyObject;
  readonly certificate: Certificate;
  readonly signed: Uint8Array;
  readonly digest?: string;
  readonly signatureOid?: string;
  readonly attributes?: boolean;
  /** The digest that the attributes name. */
  readonly messageDigest?: Uint8Array;
  /** The attributes in the order in which they are sent. */
  readonly arrange?: (attributes: readonly Uint8Array[]) => readonly Uint8Array[];
  /** From the attributes as sent to the bytes that are signed. */
  readonly covered?: (attributes: readonly Uint8Array[]) => Uint8Array;
  /** Makes the signature value over what is covered. */
  readonly sign?: (data: Uint8Array) => Uint8Array;
  readonly unsigned?: readonly Uint8Array[];
};

export const setOf = (parts: readonly Uint8Array[]): Uint8Array => element('universal', 17, true, ...parts);

export function signerInfo(options: SignerOptions): {
  readonly der: Uint8Array;
  readonly signature: Uint8Array;
} {
  const digest = options.digest ?? 'sha256';
  const digestOid = DIGEST_OIDS[digest] as string;
  const attributes = [
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.signingTime, time(1_100_000_000)),
    attribute(OID.messageDigest, octetString(options.messageDigest ?? hash(digest, options.signed))),
  ].sort(Buffer.compare);
  const sent = options.arrange?.(attributes) ?? attributes;
  const hasAttributes = options.attributes ?? true;
  const data = hasAttributes
    ? (options.covered?.(sent) ?? setOf(sent))
    : (options.covered?.([]) ?? options.signed);
  const make =
    options.sign ??
    ((bytes) => sign(options.key.asymmetricKeyType === 'ed25519' ? null : digest, bytes, options.key));
  const signature = make(data);
  const der = sequence(
    integer(1),
    sequence(options.certificate.issuerDer, integer(Buffer.from(options.certificate.serialNumber, 'hex'))),
    sequence(oid(digestOid)),
    ...(hasAttributes ? [context(0, ...sent)] : []),
    sequence(
      oid(options.signatureOid ?? OID.rsaEncryption),
      ...(options.signatureOid === undefined ? [nullValue()] : []),
    ),
    octetString(signature),
    ...(options.unsigned === undefined ? [] : [context(1, ...options.unsigned)]),
  );
  return { der, signature };
}

export function signedData(
  signers: readonly Uint8Array[],
  parts: {
    readonly content?: Uint8Array;
    readonly certificates?: readonly Certificate[];
    readonly digests?: readonly string[];
  } = {},
): Uint8Array {
  const digests = (parts.digests ?? ['sha256']).map((name) => sequence(oid(DIGEST_OIDS[name] as string)));
  return contentInfo(
    OID.signedData,
    sequence(
      integer(1),
      set(...digests),
      sequence(
        oid(OID.data),
        ...(parts.content === undefined ? [] : [context(0, octetString(parts.content))]),
      ),
      ...(parts.certificates === undefined ? [] : [context(0, ...parts.certificates.map((one) => one.der))]),
      set(...signers),
    ),
  );
}

/** RSA with PKCS #1 v1.5 padding around the bytes given, without a DigestInfo. */
export function rawRsa(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, bytes);
}

/** EnvelopedData with one key transport recipient; the plaintext is padded by the caller. */
export function envelopedData(options: {
  readonly certificate: Certificate;
  readonly key: KeyObject;
  readonly contentKey: Uint8Array;
  readonly padded: Uint8Array;
  readonly cut?: number;
  readonly sentKey?: Uint8Array;
}): Uint8Array {
  const iv = Buffer.alloc(16, 3);
  const cipher = createCipheriv('aes-128-cbc', options.contentKey, iv).setAutoPadding(false);
  const ciphertext = Buffer.concat([cipher.update(options.padded), cipher.final()]);
  const padding = constants.RSA_PKCS1_PADDING;
  const encryptedKey = publicEncrypt({ key: options.key, padding }, options.sentKey ?? options.contentKey);
  const { issuerDer, serialNumber } = options.certificate;
  const recipient = sequence(
    integer(0),
    sequence(issuerDer, integer(Buffer.from(serialNumber, 'hex'))),
    sequence(oid(OID.rsaEncryption), nullValue()),
    octetString(encryptedKey),
  );
  return contentInfo(
    OID.envelopedData,
    sequence(
      integer(0),
      set(recipient),
      sequence(
        oid(OID.data),
        sequence(oid(OID.aes128cbc), octetString(iv)),
        contextPrimitive(0, ciphertext.subarray(0, ciphertext.length - (options.cut ?? 0))),
      ),
    ),
  );
}

/** PKCS #7 padding. */
export function pad(bytes: Uint8Array, block = 16): Uint8Array {
  const count = block - (bytes.length % block);
  return Buffer.concat([bytes, Buffer.alloc(count, count)]);
}
