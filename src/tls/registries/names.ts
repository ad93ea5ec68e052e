/**
 * Names of the numbers of TLS, as the IANA registries "TLS Parameters" and "TLS ExtensionType Values" have them
 * (November 2024). Unknown numbers are values, not errors: they are shown as hexadecimal.
 */
import { registeredSuiteName } from './suite-names.js';

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

const suites = new Map<number, SuiteName>();

/** Name of a cipher suite; `GREASE` and `unknown` for those without one. */
export function suiteName(id: number): SuiteName {
  let suite = suites.get(id);
  if (suite === undefined) {
    const name =
      registeredSuiteName(id) ??
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

const CONTENT_TYPES = ['change_cipher_spec', 'alert', 'handshake', 'application_data', 'heartbeat'] as const;

/** Name of a record's content type (20..24). */
export function contentTypeName(type: number): string {
  return CONTENT_TYPES[type - 20] ?? `content_type_${type}`;
}

const HANDSHAKE_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'HelloRequest'],
  [1, 'ClientHello'],
  [2, 'ServerHello'],
  [3, 'HelloVerifyRequest'],
  [4, 'NewSessionTicket'],
  [5, 'EndOfEarlyData'],
  [6, 'HelloRetryRequest'],
  [8, 'EncryptedExtensions'],
  [11, 'Certificate'],
  [12, 'ServerKeyExchange'],
  [13, 'CertificateRequest'],
  [14, 'ServerHelloDone'],
  [15, 'CertificateVerify'],
  [16, 'ClientKeyExchange'],
  [20, 'Finished'],
  [21, 'CertificateURL'],
  [22, 'CertificateStatus'],
  [23, 'SupplementalData'],
  [24, 'KeyUpdate'],
  [25, 'CompressedCertificate'],
  [67, 'NextProtocol'],
]);

/** `ClientHello` for 1: the message's name as the RFCs write it. */
export function handshakeTypeName(type: number): string {
  return HANDSHAKE_TYPES.get(type) ?? `handshake_type_${type}`;
}

const EXTENSION_TYPES: ReadonlyMap<number, string> = new Map(
  Object.entries({
    0: 'server_name',
    1: 'max_fragment_length',
    2: 'client_certificate_url',
    3: 'trusted_ca_keys',
    4: 'truncated_hmac',
    5: 'status_request',
    6: 'user_mapping',
    7: 'client_authz',
    8: 'server_authz',
    9: 'cert_type',
    10: 'supported_groups',
    11: 'ec_point_formats',
    12: 'srp',
    13: 'signature_algorithms',
    14: 'use_srtp',
    15: 'heartbeat',
    16: 'application_layer_protocol_negotiation',
    17: 'status_request_v2',
    18: 'signed_certificate_timestamp',
    19: 'client_certificate_type',
    20: 'server_certificate_type',
    21: 'padding',
    22: 'encrypt_then_mac',
    23: 'extended_master_secret',
    24: 'token_binding',
    25: 'cached_info',
    26: 'tls_lts',
    27: 'compress_certificate',
    28: 'record_size_limit',
    29: 'pwd_protect',
    30: 'pwd_clear',
    31: 'password_salt',
    32: 'ticket_pinning',
    33: 'tls_cert_with_extern_psk',
    34: 'delegated_credential',
    35: 'session_ticket',
    36: 'TLMSP',
    37: 'TLMSP_proxying',
    38: 'TLMSP_delegate',
    39: 'supported_ekt_ciphers',
    40: 'key_share_old',
    41: 'pre_shared_key',
    42: 'early_data',
    43: 'supported_versions',
    44: 'cookie',
    45: 'psk_key_exchange_modes',
    47: 'certificate_authorities',
    48: 'oid_filters',
    49: 'post_handshake_auth',
    50: 'signature_algorithms_cert',
    51: 'key_share',
    52: 'transparency_info',
    53: 'connection_id_old',
    54: 'connection_id',
    55: 'external_id_hash',
    56: 'external_session_id',
    57: 'quic_transport_parameters',
    58: 'ticket_request',
    59: 'dnssec_chain',
    60: 'sequence_number_encryption_algorithms',
    61: 'rrc',
    13172: 'next_protocol_negotiation',
    17513: 'application_settings',
    30031: 'channel_id_old',
    30032: 'channel_id',
    64768: 'ech_outer_extensions',
    65037: 'encrypted_client_hello',
    65281: 'renegotiation_info',
    65486: 'encrypted_server_name',
  }).map(([type, name]): [number, string] => [Number(type), name]),
);

/** `server_name` for 0: an extension's name in the registry. */
export function extensionName(type: number): string {
  return EXTENSION_TYPES.get(type) ?? (isGrease(type) ? 'GREASE' : `extension_${type}`);
}

const GROUPS: ReadonlyMap<number, string> = new Map(
  Object.entries({
    1: 'sect163k1',
    2: 'sect163r1',
    3: 'sect163r2',
    4: 'sect193r1',
    5: 'sect193r2',
    6: 'sect233k1',
    7: 'sect233r1',
    8: 'sect239k1',
    9: 'sect283k1',
    10: 'sect283r1',
    11: 'sect409k1',
    12: 'sect409r1',
    13: 'sect571k1',
    14: 'sect571r1',
    15: 'secp160k1',
    16: 'secp160r1',
    17: 'secp160r2',
    18: 'secp192k1',
    19: 'secp192r1',
    20: 'secp224k1',
    21: 'secp224r1',
    22: 'secp256k1',
    23: 'secp256r1',
    24: 'secp384r1',
    25: 'secp521r1',
    26: 'brainpoolP256r1',
    27: 'brainpoolP384r1',
    28: 'brainpoolP512r1',
    29: 'x25519',
    30: 'x448',
    31: 'brainpoolP256r1tls13',
    32: 'brainpoolP384r1tls13',
    33: 'brainpoolP512r1tls13',
    34: 'GC256A',
    35: 'GC256B',
    36: 'GC256C',
    37: 'GC256D',
    38: 'GC512A',
    39: 'GC512B',
    40: 'GC512C',
    41: 'curveSM2',
    256: 'ffdhe2048',
    257: 'ffdhe3072',
    258: 'ffdhe4096',
    259: 'ffdhe6144',
    260: 'ffdhe8192',
    512: 'MLKEM512',
    513: 'MLKEM768',
    514: 'MLKEM1024',
    4587: 'SecP256r1MLKEM768',
    4588: 'X25519MLKEM768',
    4589: 'SecP384r1MLKEM1024',
    25497: 'X25519Kyber768Draft00',
    65281: 'arbitrary_explicit_prime_curves',
    65282: 'arbitrary_explicit_char2_curves',
  }).map(([group, name]): [number, string] => [Number(group), name]),
);

/** `x25519` for 29: a group of the registry "TLS Supported Groups". */
export function groupName(group: number): string {
  return GROUPS.get(group) ?? (isGrease(group) ? 'GREASE' : codePoint(group));
}

const SIGNATURE_SCHEMES: ReadonlyMap<number, string> = new Map([
  [0x0201, 'rsa_pkcs1_sha1'],
  [0x0203, 'ecdsa_sha1'],
  [0x0401, 'rsa_pkcs1_sha256'],
  [0x0403, 'ecdsa_secp256r1_sha256'],
  [0x0501, 'rsa_pkcs1_sha384'],
  [0x0503, 'ecdsa_secp384r1_sha384'],
  [0x0601, 'rsa_pkcs1_sha512'],
  [0x0603, 'ecdsa_secp521r1_sha512'],
  [0x0708, 'sm2sig_sm3'],
  [0x0804, 'rsa_pss_rsae_sha256'],
  [0x0805, 'rsa_pss_rsae_sha384'],
  [0x0806, 'rsa_pss_rsae_sha512'],
  [0x0807, 'ed25519'],
  [0x0808, 'ed448'],
  [0x0809, 'rsa_pss_pss_sha256'],
  [0x080a, 'rsa_pss_pss_sha384'],
  [0x080b, 'rsa_pss_pss_sha512'],
  [0x081a, 'ecdsa_brainpoolP256r1tls13_sha256'],
  [0x081b, 'ecdsa_brainpoolP384r1tls13_sha384'],
  [0x081c, 'ecdsa_brainpoolP512r1tls13_sha512'],
]);
const HASHES = ['none', 'md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;
const SIGNATURES = ['anonymous', 'rsa', 'dsa', 'ecdsa'] as const;

/** A SignatureScheme (RFC 8446 §4.2.3), or the pair of hash and signature that TLS 1.2 made of it: `dsa_sha1`. */
export function signatureSchemeName(scheme: number): string {
  const known = SIGNATURE_SCHEMES.get(scheme);
  if (known !== undefined) return known;
  const hash = HASHES[scheme >> 8];
  const signature = SIGNATURES[scheme & 0xff];
  if (hash !== undefined && signature !== undefined) return `${signature}_${hash}`;
  return isGrease(scheme) ? 'GREASE' : codePoint(scheme);
}

const COMPRESSION_METHODS: ReadonlyMap<number, string> = new Map([
  [0, 'NULL'],
  [1, 'DEFLATE'],
  [64, 'LZS'],
]);

export function compressionName(method: number): string {
  return COMPRESSION_METHODS.get(method) ?? `compression_${method}`;
}

const CLIENT_CERTIFICATE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'rsa_sign'],
  [2, 'dss_sign'],
  [3, 'rsa_fixed_dh'],
  [4, 'dss_fixed_dh'],
  [5, 'rsa_ephemeral_dh'],
  [6, 'dss_ephemeral_dh'],
  [20, 'fortezza_dms'],
  [64, 'ecdsa_sign'],
  [65, 'rsa_fixed_ecdh'],
  [66, 'ecdsa_fixed_ecdh'],
  [67, 'gost_sign256'],
  [68, 'gost_sign512'],
]);

/** A ClientCertificateType of a CertificateRequest. */
export function clientCertificateTypeName(type: number): string {
  return CLIENT_CERTIFICATE_TYPES.get(type) ?? `certificate_type_${type}`;
}
