/**
 * What evaluateCms answers: one layer of CMS (RFC 5652) with its verdicts. The report's JSON follows these names.
 *
 * What is absent may be left out or undefined. The layers that every message has are made with all their fields:
 * spreads that leave some out take ten times as long (measured: 6 us for a signer, 0.5 us).
 */

import type { KeyObject } from 'node:crypto';
import type { Fault } from '../bytes/fault.js';
import type { WorkBudget } from '../model/budget.js';
import type { Certificate } from '../x509/certificate.js';
import type { ChainVerdict, PolicyOptions } from '../x509/chain.js';
import type { CrlFinder } from '../x509/revocation/crl-store.js';
import type { CertificateStore } from '../x509/store.js';
import type { RsaBlocks } from './encryption/rsa-blocks.js';

/** Where certificates are looked up: the two finders of CertificateStore. */
export type CertificateFinder = Pick<
  CertificateStore,
  'findAllByIssuerAndSerial' | 'findAllBySubjectKeyIdentifier'
>;

/** One private key given, as the keyring holds it. */
export type CmsPrivateKey = {
  /** The file that it came from. */
  readonly label: string;
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo of its public key, DER. */
  readonly spki: Uint8Array;
};

/** The private keys given, and symmetric secrets of recipients that have no certificate. */
export type CmsKeys = {
  findBySpki(spki: Uint8Array): CmsPrivateKey | undefined;
  readonly privateKeys: readonly CmsPrivateKey[];
  /** Key-encryption keys (RFC 5652 §6.2.3), and content keys of EncryptedData. */
  readonly secretKeys?: readonly Uint8Array[];
  /** Passwords of password recipients (RFC 5652 §6.2.4). */
  readonly passwords?: readonly string[];
};

export type CmsContext = {
  /** Bytes that a detached signature covers, exactly as they stood in the message. */
  readonly detached?: Uint8Array | undefined;
  /**
   * Where the detached bytes stood, if it was inside another CMS layer or in a file of their own. LF is how the sender
   * keeps its text in the one, and how the file was saved in the other: the canonical form with CRLF (RFC 8551 §3.1.1) is
   * judged too where the exact bytes do not verify. Elsewhere the exact bytes alone count.
   */
  readonly detachedIn?: 'cms' | 'file' | undefined;
  readonly certificates: CertificateFinder;
  readonly keys: CmsKeys;
  readonly anchors: CertificateStore;
  /** Other certificates from which chains may be built, besides those in the message. */
  readonly intermediates?: CertificateStore;
  /** Revocation lists given, besides those in the message. */
  readonly crls?: CrlFinder | undefined;
  /** What is asked of certificate policies. */
  readonly policies?: PolicyOptions | undefined;
  /** When certificates are judged; Unix epoch, UTC. */
  readonly atSeconds: number;
  /** Results of RSA decryption that may be there already. */
  readonly rsaBlocks?: Pick<RsaBlocks, 'take'> | undefined;
  /** What may still be spent on the message; each layer has its own where it is absent. */
  readonly budget?: WorkBudget | undefined;
};

export type CmsContentType =
  | 'data'
  | 'signed_data'
  | 'enveloped_data'
  | 'auth_enveloped_data'
  | 'signed_and_enveloped_data'
  | 'compressed_data'
  | 'digested_data'
  | 'authenticated_data'
  | 'encrypted_data'
  | 'unknown';

/** How an AlgorithmIdentifier's parameters stand: RFC 3370 §2 wants them absent for SHA-1 and NULL for MD5. */
export type ParametersForm = 'absent' | 'null' | 'other';

/** What is known of a layer before it is judged. */
export type CmsHead = {
  readonly contentTypeOid: string;
  /** `ber` where anything in the structure is not DER. */
  readonly encodingForm: 'der' | 'ber';
  readonly faults: readonly Fault[];
};

type CmsLayer = CmsHead & {
  /** The syntax version, where it could be read. */
  readonly version?: number | undefined;
  /** The content in the clear, where it could be reached: encapsulated, decrypted, inflated. */
  readonly content?: Uint8Array | undefined;
  /** OID of the content's type, as 1.2.840.113549.1.7.1 for data. */
  readonly innerContentType?: string | undefined;
};

/** One attribute of a signer, decoded for reading. */
export type CmsAttribute = {
  readonly oid: string;
  /** Name of the attribute's type, as `messageDigest`, or its numbers. */
  readonly name: string;
  /** Each value for a person; hexadecimal where it has no better form. */
  readonly values: readonly string[];
  /** First byte of the attribute and its length in the CMS bytes. */
  readonly start: number;
  readonly length: number;
};

export type Verdict = 'valid' | 'invalid' | 'unverifiable';

/** A name for a certificate, as signers and recipients carry it. */
export type CertificateReference = {
  /** Distinguished name, as a certificate shows it. */
  readonly issuer?: string | undefined;
  readonly issuerDer?: Uint8Array | undefined;
  /** Lower-case hexadecimal. */
  readonly serialNumber?: string | undefined;
  /** Lower-case hexadecimal. */
  readonly subjectKeyIdentifier?: string | undefined;
};

export type Signer = CertificateReference & {
  readonly version?: number | undefined;
  readonly digestAlgorithm: string;
  readonly digestAlgorithmOid: string;
  readonly digestParameters: ParametersForm;
  readonly signatureAlgorithm: string;
  readonly signatureAlgorithmOid: string;
  readonly signature: Verdict;
  /** Why, in a whole sentence. */
  readonly reason: string;
  readonly certificate?: Certificate | undefined;
  /** Whether the certificate came with the message. */
  readonly certificateAttached?: boolean | undefined;
  readonly chain?: ChainVerdict | undefined;
  readonly signedAttributes: readonly CmsAttribute[];
  readonly unsignedAttributes: readonly CmsAttribute[];
  /** The signer's own statement of when it signed (RFC 5652 §11.3), RFC 3339. */
  readonly signingTime?: string | undefined;
  /** Ciphers and hashes that the signer says it can do, in its order of preference (RFC 8551 §2.5.2). */
  readonly smimeCapabilities?: readonly string[] | undefined;
  /** Signatures over this signer's signature (RFC 5652 §11.4). */
  readonly countersignatures: readonly Signer[];
};

/** A revocation list that came with the message. */
export type RevocationList = {
  readonly issuer: string;
  readonly thisUpdate: string;
  readonly nextUpdate?: string;
  readonly revokedCount: number;
};

export type SignedDataCms = CmsLayer & {
  readonly contentType: 'signed_data';
  /** Whether the signed content stands outside. */
  readonly detached: boolean;
  readonly digestAlgorithms: readonly string[];
  readonly certificates: readonly Certificate[];
  readonly crlCount: number;
  readonly crls: readonly RevocationList[];
  readonly signers: readonly Signer[];
};

export type RecipientKind = 'key_transport' | 'key_agreement' | 'kek' | 'password' | 'other';

export type Recipient = CertificateReference & {
  readonly kind: RecipientKind;
  /** Identifier of a key-encryption key, hexadecimal. */
  readonly keyIdentifier?: string | undefined;
  readonly keyEncryptionAlgorithm: string;
  readonly keyEncryptionAlgorithmOid: string;
  /** How the content key is wrapped where a key is agreed on or derived. */
  readonly keyWrapAlgorithm?: string | undefined;
  /** The certificate it means, where it was given. */
  readonly certificate?: Certificate | undefined;
};

export type Decryption = {
  readonly status: 'decrypted' | 'failed' | 'no_key';
  /** Why, in a whole sentence. */
  readonly reason: string;
  /** Whose key opened it, or was tried and failed. */
  readonly recipient?: string | undefined;
};

export type EnvelopedDataCms = CmsLayer & {
  readonly contentType: 'enveloped_data' | 'auth_enveloped_data' | 'signed_and_enveloped_data';
  readonly contentEncryptionAlgorithm: string;
  readonly contentEncryptionAlgorithmOid: string;
  /** Effective bits of the content key, where the algorithm identifier says. */
  readonly contentKeyBits?: number | undefined;
  readonly recipients: readonly Recipient[];
  readonly decryption: Decryption;
  /** Certificates of the originator. */
  readonly certificates: readonly Certificate[];
};

export type EncryptedDataCms = CmsLayer & {
  readonly contentType: 'encrypted_data';
  readonly contentEncryptionAlgorithm: string;
  readonly contentEncryptionAlgorithmOid: string;
  readonly contentKeyBits?: number | undefined;
  readonly decryption: Decryption;
};

export type CompressedDataCms = CmsLayer & {
  readonly contentType: 'compressed_data';
  readonly compressionAlgorithm: string;
  readonly compressedLength: number;
};

export type DigestedDataCms = CmsLayer & {
  readonly contentType: 'digested_data';
  readonly digestAlgorithm: string;
  readonly digest: Verdict;
  readonly reason: string;
};

export type AuthenticatedDataCms = CmsLayer & {
  readonly contentType: 'authenticated_data';
  readonly macAlgorithm: string;
  readonly digestAlgorithm?: string;
  readonly recipients: readonly Recipient[];
  readonly mac: Verdict;
  readonly reason: string;
  readonly attributes: readonly CmsAttribute[];
};

/** A layer with encrypted content. */
export type EncryptedCms = EnvelopedDataCms | EncryptedDataCms;

/** Whether a layer is one of them. */
export function isEncrypted(cms: Cms | undefined): cms is EncryptedCms {
  switch (cms?.contentType) {
    case 'enveloped_data':
    case 'auth_enveloped_data':
    case 'signed_and_enveloped_data':
    case 'encrypted_data':
      return true;
    default:
      return false;
  }
}

export type DataCms = CmsLayer & { readonly contentType: 'data' };
export type UnknownCms = CmsLayer & { readonly contentType: 'unknown' };

export type Cms =
  | DataCms
  | SignedDataCms
  | EnvelopedDataCms
  | EncryptedDataCms
  | CompressedDataCms
  | DigestedDataCms
  | AuthenticatedDataCms
  | UnknownCms;
