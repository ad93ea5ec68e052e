/**
 * Names of the numbers of TLS, as the IANA registries "TLS Parameters" and "TLS ExtensionType Values" have them
 * (iana.ts). Unknown numbers are values, not errors: they are shown as hexadecimal.
 */
import {
  CIPHER_SUITES,
  CLIENT_CERTIFICATE_TYPES,
  COMPRESSION_METHODS,
  CONTENT_TYPES,
  EXTENSION_TYPES,
  GROUPS,
  HANDSHAKE_TYPES,
  SIGNATURE_SCHEMES,
} from './iana.js';
import { namesOf } from './runs.js';

/** `0x0035`: how a 16-bit code point is written. */
export function codePoint(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}

/** Whether a 16-bit value is one of those of RFC 8701 (GREASE): 0x0a0a, 0x1a1a .. 0xfafa. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** SSLv2's own cipher kinds (24 bits), of draft-hickman-netscape-ssl-00 §5.4. */
const SSL2_CIPHER_KINDS: ReadonlyMap<number, string> = new Map([
  [0x010080, 'SSL_CK_RC4_128_WITH_MD5'],
  [0x020080, 'SSL_CK_RC4_128_EXPORT40_WITH_MD5'],
  [0x030080, 'SSL_CK_RC2_128_CBC_WITH_MD5'],
  [0x040080, 'SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5'],
  [0x050080, 'SSL_CK_IDEA_128_CBC_WITH_MD5'],
  [0x060040, 'SSL_CK_DES_64_CBC_WITH_MD5'],
  [0x0700c0, 'SSL_CK_DES_192_EDE3_CBC_WITH_MD5'],
]);

/** A cipher suite as it is told: `{id: '0x0035', name: 'TLS_RSA_WITH_AES_256_CBC_SHA'}`. */
export type SuiteName = { readonly id: string; readonly name: string };

const SUITE_NAMES = namesOf(CIPHER_SUITES);
const suites = new Map<number, SuiteName>();

/** Name of cipher suite `id` (0..65535), if it is registered or known from the field. */
export function registeredSuiteName(id: number): string | undefined {
  return SUITE_NAMES.get(id);
}

/** Name of a cipher suite; `GREASE` and `unknown` for those without one. */
export function suiteName(id: number): SuiteName {
  let suite = suites.get(id);
  if (suite === undefined) {
    const name =
      SUITE_NAMES.get(id) ??
      SSL2_CIPHER_KINDS.get(id) ??
      (isGrease(id) ? 'GREASE' : `unknown_${id.toString(16).padStart(4, '0')}`);
    suite = { id: id > 0xffff ? `0x${id.toString(16).padStart(6, '0')}` : codePoint(id), name };
    // Three SSLv2 bytes have 16 M values: only the 16-bit ones are worth remembering.
    if (id <= 0xffff) suites.set(id, suite);
  }
  return suite;
}

const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0002, 'SSL 2.0'],
  [0x0300, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
]);

/** `TLS 1.0` for 0x0301; drafts of TLS 1.3 and what is unknown by their number. */
export function versionName(version: number): string {
  const known = VERSIONS.get(version);
  if (known !== undefined) return known;
  if (version >> 8 === 0x7f) return `TLS 1.3 draft ${version & 0xff}`;
  if (isGrease(version)) return 'GREASE';
  return codePoint(version);
}

const CONTENT_TYPE_NAMES = namesOf(CONTENT_TYPES);

/** `alert` for 21: a record's content type. */
export function contentTypeName(type: number): string {
  return CONTENT_TYPE_NAMES.get(type) ?? `content_type_${type}`;
}

const MESSAGE_NAMES = namesOf(HANDSHAKE_TYPES);

/** `ClientHello` for 1: the message's name as the RFCs write it. */
export function handshakeTypeName(type: number): string {
  return MESSAGE_NAMES.get(type) ?? `handshake_type_${type}`;
}

const EXTENSION_NAMES = namesOf(EXTENSION_TYPES);

/** `server_name` for 0: an extension's name in the registry. */
export function extensionName(type: number): string {
  return EXTENSION_NAMES.get(type) ?? (isGrease(type) ? 'GREASE' : `extension_${type}`);
}

const GROUP_NAMES = namesOf(GROUPS);

/** `x25519` for 29: a group of the registry "TLS Supported Groups". */
export function groupName(group: number): string {
  return GROUP_NAMES.get(group) ?? (isGrease(group) ? 'GREASE' : codePoint(group));
}

const SCHEME_NAMES = namesOf(SIGNATURE_SCHEMES);
/** HashAlgorithm and SignatureAlgorithm of RFC 5246 §7.4.1.4.1. */
const HASHES = ['none', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const SIGNATURES = ['anonymous', 'rsa', 'dsa', 'ecdsa'] as const;

/** A SignatureScheme (RFC 8446 §4.2.3), or the pair of hash and signature that TLS 1.2 made of it: `dsa_sha1`. */
export function signatureSchemeName(scheme: number): string {
  const known = SCHEME_NAMES.get(scheme);
  if (known !== undefined) return known;
  const hash = HASHES[scheme >> 8];
  const signature = SIGNATURES[scheme & 0xff];
  if (hash !== undefined && signature !== undefined) return `${signature}_${hash}`;
  return isGrease(scheme) ? 'GREASE' : codePoint(scheme);
}

const COMPRESSION_NAMES = namesOf(COMPRESSION_METHODS);

/** `DEFLATE` for 1: a compression method (RFC 3749). */
export function compressionName(method: number): string {
  return COMPRESSION_NAMES.get(method) ?? `compression_${method}`;
}

const CERTIFICATE_TYPE_NAMES = namesOf(CLIENT_CERTIFICATE_TYPES);

/** A ClientCertificateType of a CertificateRequest. */
export function clientCertificateTypeName(type: number): string {
  return CERTIFICATE_TYPE_NAMES.get(type) ?? `certificate_type_${type}`;
}
