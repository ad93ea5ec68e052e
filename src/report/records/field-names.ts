const PATHS = `
  schema_version type file
  frame frames timestamp transport src src_port dst dst_port tcp_stream
  is_request method request_uri status_code reason_phrase call_id cseq.number cseq.method
  from.uri from.display_name from.tag to.uri to.display_name to.tag via_branch headers.name headers.value
  body.content_type body.headers body.transfer_encoding body.length body.text body.base64 body.parts
  body.cms.encoding_form body.cms.detached body.cms.certificates body.cms.content
  body.cms.signers.issuer body.cms.signers.serial_number body.cms.signers.subject_key_identifier
  body.cms.signers.digest_algorithm body.cms.signers.signature_algorithm body.cms.signers.signature
  body.cms.signers.reason body.cms.signers.certificate body.cms.signers.chain.status
  body.cms.signers.identity.expected body.cms.signers.identity.found
  body.cms.content_encryption_algorithm body.cms.recipients.key_encryption_algorithm
  body.cms.decryption.status body.cms.decryption.recipient
  certificates.subject certificates.issuer certificates.not_before certificates.not_after
  certificates.public_key.algorithm certificates.public_key.bits certificates.signature_algorithm
  certificates.subject_alt_names.type certificates.subject_alt_names.value certificates.extended_key_usage
  certificates.is_ca certificates.fingerprint_sha256
  client client_port server server_port versions_offered version
  cipher_suites_offered.id cipher_suites_offered.name cipher_suite.id cipher_suite.name compression server_name alpn
  session_id resumed extended_master_secret encrypt_then_mac mutual client_certificates
  alerts.from alerts.level alerts.description alerts.frame established
  decryption.status decryption.reason decryption.detail decryption.by mac_failures
  application_bytes.client application_bytes.server
  findings.rule findings.severity findings.summary findings.reference findings.where
  rule severity summary reference where message offset policy result detail
  link_type captured_length original_length protocol payload_length problem
`;

/** Every name that a record of an export may have, with its path: what display filters may ask for. */
export const RECORD_FIELDS: readonly string[] = PATHS.trim().split(/\s+/);
