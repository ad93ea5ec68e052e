/** What several records hold: findings, headers, certificates, CMS and bodies. */
import { SEVERITIES } from '../../../model/finding.js';
import {
  body,
  boolean,
  choice,
  count,
  field,
  integer,
  list,
  object,
  optional,
  text,
  timestamp,
} from './field.js';

/** The fields of a finding, with its columns of CSV where it is a record of its own. */
export const FINDING = {
  rule: field(text, 'stable name of the rule, as smime/base64-encoding', { column: 25 }),
  severity: field(choice(SEVERITIES), 'how much it matters', { column: 24 }),
  summary: field(text, 'what was found, in one or two sentences', { column: 26 }),
  reference: optional(text, 'the text that the rule comes from, as RFC 3853 §2'),
  where: optional(text, 'frame, header or path in the tree'),
} as const;

/** Findings within another record; of these CSV has the rules. */
export const FINDINGS = list(
  object({
    ...FINDING,
    rule: field(text, FINDING.rule.description, { column: 23 }),
    severity: field(FINDING.severity.type, FINDING.severity.description),
    summary: field(text, FINDING.summary.description),
  }),
);

export const HEADER = object(
  { name: field(text, 'as written'), value: field(text, 'unfolded') },
  'headers stand in their order, repeated ones again',
);

export const CERTIFICATE = object({
  subject: field(text, 'distinguished name of the subject'),
  issuer: field(text, 'distinguished name of the issuer'),
  serial_number: field(text, 'hexadecimal'),
  not_before: field(timestamp, 'RFC 3339, UTC'),
  not_after: field(timestamp, 'RFC 3339, UTC'),
  public_key: field(
    object({ algorithm: field(text, 'name of the algorithm'), bits: field(count, 'key size') }),
    'the public key',
  ),
  signature_algorithm: field(text, 'name of the algorithm that the issuer signed with'),
  subject_alt_names: field(
    list(object({ type: field(text, 'DNS, URI, email, IP ...'), value: field(text, 'the name') })),
    'subject alternative names (RFC 5280 §4.2.1.6)',
  ),
  extended_key_usage: field(list(text), 'purposes that the certificate is limited to (RFC 5280 §4.2.1.12)'),
  is_ca: field(boolean, 'whether basic constraints make it a CA'),
  fingerprint_sha256: field(text, 'hexadecimal, of the DER'),
});

const REVOCATION = object({
  status: field(
    choice(['good', 'revoked', 'on_hold', 'not_checked']),
    'what the revocation lists and OCSP responses given say; not_checked is neither good nor bad',
  ),
  reason: field(text, 'a sentence'),
  date: optional(text, 'when it was revoked, RFC 3339'),
  cause: optional(text, 'why it was revoked, as RFC 5280 §5.3.1 names it'),
});

export const CHAIN = object({
  status: field(text, 'valid, or the name of what is wrong, as expired'),
  reason: field(text, 'a sentence'),
  revocation: optional(REVOCATION, 'where a path leads to a trust anchor'),
});

/** An Identity header (RFC 8224, RFC 4474). */
export const IDENTITY_HEADER = object({
  form: field(
    choice(['passport', 'passport_compact', 'rfc4474', 'malformed']),
    'a PASSporT in full or compact form (RFC 8224 §4), or a signature of RFC 4474',
  ),
  ppt: optional(text, 'extension of the PASSporT, as shaken'),
  status: field(
    choice(['valid', 'invalid', 'unverifiable']),
    'valid: signature, claims, authority of the certificate, chain to a given anchor and freshness all hold',
  ),
  reason: field(text, 'why, in one or several sentences'),
  attest: optional(text, 'attestation of SHAKEN: A, B or C (RFC 8588 §4)'),
  orig: optional(
    object({ tn: optional(text, 'telephone number'), uri: optional(text, 'URI') }),
    'who the request is from, as claimed',
  ),
  dest: optional(
    object({ tn: field(list(text), 'telephone numbers'), uri: field(list(text), 'URIs') }),
    'who the request is for, as claimed',
  ),
  iat: optional(integer, 'when it was signed, as claimed: seconds since 1970'),
  certificate: optional(CERTIFICATE, 'that of the signer, where its key made the signature'),
  chain: optional(CHAIN, 'verdict on the chain of that certificate'),
});

const IDENTITY = object({
  status: field(choice(['match', 'mismatch', 'unknown']), 'whether the certificate is for the identity'),
  expected: field(text, 'the identity that was meant'),
  found: field(list(text), 'the identities that the certificate holds'),
});

/** How a certificate is named in CMS: by issuer and serial number, or by key identifier. */
const CERTIFICATE_NAME = {
  issuer: optional(text, 'distinguished name of the issuer of the certificate'),
  serial_number: optional(text, 'hexadecimal'),
  subject_key_identifier: optional(text, 'hexadecimal'),
} as const;

const SIGNER = object({
  ...CERTIFICATE_NAME,
  digest_algorithm: field(text, 'name of the digest algorithm'),
  signature_algorithm: field(text, 'name of the signature algorithm'),
  signature: field(
    choice(['valid', 'invalid', 'unverifiable']),
    'verdict on the mathematics of the signature',
  ),
  reason: field(text, 'why, in a sentence'),
  certificate: optional(CERTIFICATE, 'the certificate of the signer'),
  chain: optional(CHAIN, 'verdict on the chain of that certificate'),
  identity: optional(IDENTITY, 'verdict on the identity of the signer against the sender of the message'),
});

const RECIPIENT = object(
  {
    ...CERTIFICATE_NAME,
    key_encryption_algorithm: field(text, 'name of the algorithm that encrypts the content key'),
  },
  'a recipient without these names has neither (password, shared key)',
);

const VERDICT = object({
  algorithm: field(text, 'name of the algorithm'),
  verdict: field(choice(['valid', 'invalid', 'unverifiable']), 'verdict on its mathematics'),
  reason: field(text, 'why, in a sentence'),
});

const CMS = object({
  content_type: field(text, 'signed_data, enveloped_data ...'),
  encoding_form: field(choice(['der', 'ber']), 'ber where anything in the structure is not DER'),
  detached: optional(boolean, 'whether the signed content lies outside'),
  certificates: optional(list(CERTIFICATE), 'certificates that came with the signature'),
  signers: optional(list(SIGNER), 'signers, in their order'),
  content_encryption_algorithm: optional(text, 'name of the algorithm that encrypts the content'),
  recipients: optional(list(RECIPIENT), 'recipients, in their order'),
  decryption: optional(
    object({
      status: field(choice(['decrypted', 'failed', 'no_key']), 'whether the content was decrypted'),
      reason: field(text, 'why, in a sentence'),
      recipient: optional(text, 'the recipient whose key opened it'),
    }),
    'what became of the encrypted content',
  ),
  digest: optional(VERDICT, 'what became of the digest of digested_data'),
  mac: optional(VERDICT, 'what became of the MAC of authenticated_data'),
  content: optional(body, 'the content, where it could be reached'),
});

/** A MIME entity, which may hold others. */
export const BODY = object({
  content_type: optional(text, 'as written, unfolded'),
  headers: field(list(HEADER), 'headers of the entity; of the body of a message its Content-* headers'),
  transfer_encoding: optional(text, 'Content-Transfer-Encoding'),
  length: field(count, 'bytes, as carried'),
  text: optional(text, 'the body with its transfer encoding undone, where it is text in UTF-8'),
  base64: optional(text, 'the same, where it is not'),
  full_length: optional(
    count,
    'bytes of it in all, where text or base64 has its beginning alone (--max-body)',
  ),
  parts: optional(list(body), 'the parts of a multipart, or the body of a tunnelled message'),
  cms: optional(CMS, 'the CMS that the body is (RFC 5652)'),
});
