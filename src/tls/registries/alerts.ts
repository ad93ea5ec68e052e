/** Alerts: RFC 8446 §6, RFC 5246 §7.2, RFC 6101 §5.4 and the IANA registry "TLS Alerts". */

const ALERTS: ReadonlyMap<number, readonly [name: string, words: string]> = new Map([
  [0, ['close_notify', 'will send nothing more']],
  [1, ['end_of_early_data', 'early data ends (drafts of TLS 1.3)']],
  [10, ['unexpected_message', 'a message came that has no place here']],
  [20, ['bad_record_mac', 'a record could not be authenticated']],
  [21, ['decryption_failed', 'a record could not be decrypted']],
  [22, ['record_overflow', 'a record is too long']],
  [30, ['decompression_failure', 'a record could not be decompressed']],
  [40, ['handshake_failure', 'no common parameters were found']],
  [41, ['no_certificate', 'there is no certificate to send (SSL 3.0)']],
  [42, ['bad_certificate', 'the certificate is corrupt or its signature is wrong']],
  [43, ['unsupported_certificate', 'the certificate is of a kind that is not supported']],
  [44, ['certificate_revoked', 'the certificate is revoked']],
  [45, ['certificate_expired', 'the certificate has expired or is not yet valid']],
  [46, ['certificate_unknown', 'the certificate is not acceptable']],
  [47, ['illegal_parameter', 'a field is out of range or contradicts another']],
  [48, ['unknown_ca', 'the issuer of the certificate is not trusted']],
  [49, ['access_denied', 'the certificate is valid, but access is refused']],
  [50, ['decode_error', 'a message could not be decoded']],
  [51, ['decrypt_error', 'a signature, a Finished or a key exchange is wrong']],
  [60, ['export_restriction', 'the parameters break export restrictions']],
  [70, ['protocol_version', 'the protocol version is not supported']],
  [71, ['insufficient_security', 'the offered cipher suites are too weak']],
  [80, ['internal_error', 'an error of its own']],
  [86, ['inappropriate_fallback', 'the client fell back to a lower version without need']],
  [90, ['user_canceled', 'the user cancelled the handshake']],
  [100, ['no_renegotiation', 'renegotiation is refused']],
  [109, ['missing_extension', 'a mandatory extension is missing']],
  [110, ['unsupported_extension', 'an extension came that was not asked for']],
  [111, ['certificate_unobtainable', 'the certificate could not be fetched']],
  [112, ['unrecognized_name', 'the server does not go by that name']],
  [113, ['bad_certificate_status_response', 'the OCSP response is not acceptable']],
  [114, ['bad_certificate_hash_value', 'the fetched certificate has another hash']],
  [115, ['unknown_psk_identity', 'the PSK identity is not known']],
  [116, ['certificate_required', 'a client certificate is required']],
  [117, ['general_error', 'an error without a name']],
  [120, ['no_application_protocol', 'no common application protocol (ALPN)']],
  [121, ['ech_required', 'Encrypted Client Hello is required']],
]);

/** Name in the registry: `handshake_failure` for 40. */
export function alertName(description: number): string {
  return ALERTS.get(description)?.[0] ?? `alert_${description}`;
}

/** What the alert says, in words: `no common parameters were found`. */
export function alertWords(description: number): string {
  return ALERTS.get(description)?.[1] ?? 'an alert without a registered meaning';
}

/** `warning`, `fatal`, or the number. */
export function alertLevelName(level: number): string {
  return level === 1 ? 'warning' : level === 2 ? 'fatal' : `level_${level}`;
}
