/**
 * A certificate (RFC 5280 §4.1) as siplens sees it. Read by our own walker, so that hostile and sloppy certificates
 * can still be shown: what breaks a rule without making the rest unreadable is a fault, not an error.
 */

import { createHash, createPublicKey, getCurves, type KeyObject } from 'node:crypto';
import type { Asn1Node } from '../asn1/node.js';
import { contents, encoded, isContext, isUniversal, TAG } from '../asn1/node.js';
import { oidLabel } from '../asn1/oids.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readBitString, readIntegerHex, readOid, readSmallInteger, readTime } from '../asn1/values.js';
import { derivedOnce } from '../bytes/derived.js';
import type { Fault, Result } from '../bytes/fault.js';
import { failure, success } from '../bytes/fault.js';
import { counted, equalBytes, latin1 } from '../bytes/text.js';
import type { DecodedExtensions, Extension } from './extensions.js';
import { decodeExtensions, isExtensionList, readExtensions } from './extensions.js';
import { type KeyFault, keyFault } from './key-fault.js';
import { nameText } from './name.js';
import { nameKey } from './name-key.js';
import type { PublicKeyInfo } from './public-key.js';
import { publicKeyInfo, withParametersOf } from './public-key.js';

/** Largest certificate read. TLS allows 16 MiB; real ones stay under 10 KiB, and post-quantum ones under 100 KiB. */
export const CERTIFICATE_SIZE_LIMIT = 1 << 20;
/** RFC 5280 §4.1.2.2. */
const SERIAL_OCTETS_LIMIT = 20;

export type Certificate = DecodedExtensions & {
  /** The whole certificate; a copy that stays valid. */
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Subject in the order of the encoding, as `C=US, ST=California, O=sipit, CN=example.net`. */
  readonly subject: string;
  readonly issuer: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** `nameKey` of both: the same for names that RFC 5280 §7.1 takes for the same. */
  readonly subjectKey: string;
  readonly issuerKey: string;
  /** Lower-case hexadecimal, even digits, no sign octet: `0195007102330058`; `-` leads a negative one. */
  readonly serialNumber: string;
  /** RFC 3339 UTC; the encoded text itself where it is no time. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Unix epoch, UTC; NaN where the encoded text is no time. */
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  readonly publicKey: PublicKeyInfo;
  /** SubjectPublicKeyInfo in DER. */
  readonly spki: Uint8Array;
  /** Registry name of the algorithm that signed it, as `sha1WithRSAEncryption`. */
  readonly signatureAlgorithm: string;
  /** AlgorithmIdentifier in DER: the name alone does not tell RSASSA-PSS parameters. */
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
  /** TBSCertificate in DER: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly extensions: readonly Extension[];
  /** SHA-256 of `der`, lower-case hexadecimal. */
  readonly fingerprintSha256: string;
  /** What breaks RFC 5280 without making the certificate unreadable; offsets count within `der`. */
  readonly faults: readonly Fault[];
};

/** Reads one certificate in DER (BER is read too); bytes after it are an error. */
export function parseCertificate(der: Uint8Array): Result<Certificate> {
  if (der.length > CERTIFICATE_SIZE_LIMIT) {
    return malformed(`larger than ${CERTIFICATE_SIZE_LIMIT} bytes`, CERTIFICATE_SIZE_LIMIT);
  }
  // Copied: callers pass views of buffers that are reused, and certificates outlive them. (A Buffer's slice() would
  // share its memory.)
  const bytes = new Uint8Array(der);
  const { root, error, trailing } = parseAsn1(bytes);
  if (root === undefined || error !== undefined) {
    return error === undefined ? malformed('no bytes', 0) : failure({ ...error, layer: 'certificate' });
  }
  if (trailing > 0)
    return malformed(`${counted(trailing, 'byte follows', 'bytes follow')} it`, bytes.length - trailing);
  const [tbs, signatureAlgorithm, signatureNode] = root.children;
  if (!isUniversal(root, TAG.sequence) || !isUniversal(tbs, TAG.sequence)) {
    return malformed('not a sequence of TBSCertificate, algorithm and signature', root.start);
  }
  const signature = isUniversal(signatureNode, TAG.bitString)
    ? readBitString(bytes, signatureNode)
    : undefined;
  if (!isUniversal(signatureAlgorithm, TAG.sequence) || signature === undefined) {
    return malformed('the signature or its algorithm cannot be read', signatureAlgorithm?.start ?? tbs.start);
  }

  const faults: Fault[] = [];
  const versionNode = isContext(tbs.children[0], 0) ? tbs.children[0] : undefined;
  const fields = tbs.children.slice(versionNode === undefined ? 0 : 1);
  const [serial, innerAlgorithm, issuer, validity, subject, spki] = fields;
  const serialNumber = isUniversal(serial, TAG.integer) ? readIntegerHex(bytes, serial) : undefined;
  if (serial === undefined || serialNumber === undefined) {
    return malformed('the serial number cannot be read', serial?.start ?? tbs.start);
  }
  if (!isUniversal(issuer, TAG.sequence) || !isUniversal(subject, TAG.sequence)) {
    return malformed('the issuer or subject cannot be read', (issuer ?? serial).start);
  }
  if (!isUniversal(validity, TAG.sequence) || !isUniversal(spki, TAG.sequence)) {
    return malformed('the validity or public key cannot be read', (validity ?? issuer).start);
  }

  const notBefore = readValidityTime(bytes, validity, 0, 'notBefore', faults);
  const notAfter = readValidityTime(bytes, validity, 1, 'notAfter', faults);
  const extensionList = fields.find(isExtensionList);
  const extensions = readExtensions(bytes, extensionList, faults);
  const versionValue = versionNode?.children[0];
  const version = (versionValue === undefined ? 0 : (readSmallInteger(bytes, versionValue) ?? 0)) + 1;

  const fault = (code: string, message: string, node: Asn1Node): void => {
    faults.push({ code, message, start: node.start, length: node.headerLength + node.length });
  };
  if (serialNumber.startsWith('-') || /^0+$/.test(serialNumber) || serial.length > SERIAL_OCTETS_LIMIT) {
    fault('serial-number', 'The serial number is not a positive integer of up to 20 octets.', serial);
  }
  if (version !== 3 && extensionList !== undefined) {
    fault('version', `A version ${version} certificate has extensions.`, extensionList);
  }
  const outer = encoded(bytes, signatureAlgorithm);
  if (innerAlgorithm === undefined || !equalBytes(encoded(bytes, innerAlgorithm), outer)) {
    fault(
      'signature-algorithm',
      'The two signature algorithms differ (RFC 5280 §4.1.1.2).',
      signatureAlgorithm,
    );
  }
  const [algorithmOid] = signatureAlgorithm.children;
  const oid = algorithmOid === undefined ? undefined : readOid(bytes, algorithmOid);

  return success({
    ...decodeExtensions(extensions),
    der: bytes,
    version,
    subject: nameText(bytes, subject),
    issuer: nameText(bytes, issuer),
    subjectDer: encoded(bytes, subject),
    issuerDer: encoded(bytes, issuer),
    subjectKey: nameKey(encoded(bytes, subject)),
    issuerKey: nameKey(encoded(bytes, issuer)),
    serialNumber,
    notBefore: notBefore.text,
    notAfter: notAfter.text,
    notBeforeSeconds: notBefore.seconds,
    notAfterSeconds: notAfter.seconds,
    publicKey: publicKeyInfo(bytes, spki),
    spki: encoded(bytes, spki),
    signatureAlgorithm: oid === undefined ? 'unknown' : oidLabel(oid),
    signatureAlgorithmDer: outer,
    signature: signature.bytes,
    tbs: encoded(bytes, tbs),
    extensions,
    fingerprintSha256: createHash('sha256').update(bytes).digest('hex'),
    faults,
  });
}

function readValidityTime(
  bytes: Uint8Array,
  validity: Asn1Node,
  index: 0 | 1,
  where: string,
  faults: Fault[],
): { readonly text: string; readonly seconds: number } {
  const node = validity.children[index];
  const time = node === undefined ? undefined : readTime(bytes, node);
  if (node !== undefined && time !== undefined) {
    if (!hasCertificateForm(bytes, node)) {
      faults.push({
        code: 'time-form',
        message: `${where} is written without seconds, with fractions or with an offset; RFC 5280 §4.1.2.5 wants seconds and Z.`,
        start: node.start,
        length: node.headerLength + node.length,
        where,
      });
    }
    return { text: time.rfc3339, seconds: time.seconds };
  }
  const raw = node === undefined ? '' : latin1(encoded(bytes, node).subarray(node.headerLength));
  faults.push({
    code: 'time',
    message: `${where} is not a time that can be read.`,
    start: (node ?? validity).start,
    length: node === undefined ? 0 : node.headerLength + node.length,
    where,
  });
  return { text: raw, seconds: Number.NaN };
}

/** RFC 5280 §4.1.2.5.1 and .2: YYMMDDHHMMSSZ or YYYYMMDDHHMMSSZ. */
function hasCertificateForm(bytes: Uint8Array, node: Asn1Node): boolean {
  const digits = isUniversal(node, TAG.generalizedTime) ? 14 : 12;
  const text = contents(bytes, node);
  return text.length === digits + 1 && text[digits] === 0x5a;
}

function malformed<T>(message: string, offset: number): Result<T> {
  return failure({ layer: 'certificate', message, offset });
}

/** Why a key is not used; `reason` is a clause that goes on after the owner of the key. */
export type UnusableKey = KeyFault | { readonly kind: 'unreadable'; readonly reason: string };

/** A key ready for use, or why there is none: a clause that goes on after the owner of the key, as `KeyFault.reason`. */
export type UsableKey =
  | { readonly key: KeyObject; readonly fault?: undefined }
  | {
      readonly key?: undefined;
      readonly fault: UnusableKey;
    };

const ownKeyOf = derivedOnce(({ spki, publicKey }: Certificate): UsableKey => createKey(spki, publicKey));

/**
 * The public key, ready for use, or why it is not. DSA keys may leave their parameters to the certificate of their
 * `issuer` (RFC 3279 §2.3.2), which must be given then.
 */
export function usableKeyOf(certificate: Certificate, issuer?: Pick<Certificate, 'spki'>): UsableKey {
  const usable = ownKeyOf(certificate);
  if (usable.key !== undefined || issuer === undefined) return usable;
  const inherited = withParametersOf(certificate.spki, issuer.spki);
  return inherited === undefined ? usable : createKey(inherited, certificate.publicKey);
}

/** The public key, ready for use; undefined where `usableKeyOf` says why not. */
export function publicKeyOf(
  certificate: Certificate,
  issuer?: Pick<Certificate, 'spki'>,
): KeyObject | undefined {
  return usableKeyOf(certificate, issuer).key;
}

/** OpenSSL's names of the curves that RFC 5480 calls otherwise. */
const OPENSSL_CURVES: Readonly<Record<string, string>> = { secp256r1: 'prime256v1', secp192r1: 'prime192v1' };

function createKey(spki: Uint8Array, { algorithm, curve }: PublicKeyInfo): UsableKey {
  const fault = keyFault(spki);
  if (fault !== undefined) return { fault };
  try {
    return { key: createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }) };
  } catch {
    if (curve !== undefined && getCurves().includes(OPENSSL_CURVES[curve] ?? curve)) {
      return { fault: { kind: 'unsafe', reason: `has a key that is no point on the curve ${curve}` } };
    }
    return {
      fault: {
        kind: 'unreadable',
        reason: `has a key of the type ${curve ?? algorithm} that cannot be used`,
      },
    };
  }
}

/** Fingerprint with another digest, lower-case hexadecimal, as `sha1`. */
export function fingerprint(certificate: Certificate, digest: 'sha1' | 'sha256' | 'md5'): string {
  return createHash(digest).update(certificate.der).digest('hex');
}
