/**
 * The record of a body as JSON, written straight from its parts: the same text as `toJson(bodyRecord(body))`, at a
 * tenth of its cost, as most of it are names that come again and again and a few certificates, which are kept as bytes.
 */

import { derivedOnce } from '../../bytes/derived.js';
import type { CertificateReference, Cms, Decryption, Recipient, Signer } from '../../cms/model.js';
import type { Body } from '../../model/body.js';
import type { Certificate } from '../../x509/certificate.js';
import type { IdentityVerdict } from '../../x509/identity.js';
import type { RevocationVerdict } from '../../x509/revocation/verdict.js';
import { toJson } from './json.js';
import { ascii, type JsonWriter } from './json-writer.js';
import { bodyText, certificateRecord } from './to-record.js';

const CONTENT_TYPE = ascii('{"content_type":"');
const THEN_HEADERS = ascii('","headers":[');
const HEADERS = ascii('{"headers":[');
const NAME = ascii('{"name":"');
const VALUE = ascii('","value":"');
const TRANSFER_ENCODING = ascii('],"transfer_encoding":"');
const THEN_LENGTH = ascii('","length":');
const LENGTH = ascii('],"length":');
const BASE64 = ascii(',"base64":"');
const TEXT = ascii(',"text":"');
const PARTS = ascii(',"parts":[');
const CMS = ascii(',"cms":{"content_type":"');
const ENCODING_FORM = ascii('","encoding_form":"');
const DETACHED = ascii(',"detached":true,"certificates":[');
const NOT_DETACHED = ascii(',"detached":false,"certificates":[');
const SIGNERS = ascii('],"signers":[');
const CONTENT_ENCRYPTION = ascii(',"content_encryption_algorithm":"');
const RECIPIENTS = ascii('","recipients":[');
const DECRYPTION = ascii('],"decryption":{"status":"');
const CONTENT = ascii(',"content":');
const DIGEST_ALGORITHM = ascii('"digest_algorithm":"');
const SIGNATURE_ALGORITHM = ascii('","signature_algorithm":"');
const SIGNATURE = ascii('","signature":"');
const REASON = ascii('","reason":"');
const CERTIFICATE = ascii(',"certificate":');
const CHAIN = ascii(',"chain":{"status":"');
const REVOCATION = ascii('","revocation":{"status":"');
const DATE = ascii('","date":"');
const CAUSE = ascii('","cause":"');
const IDENTITY = ascii(',"identity":{"status":"');
const EXPECTED = ascii('","expected":"');
const FOUND = ascii('","found":[');
const BRACKET_BRACE = ascii(']}');
const KEY_ENCRYPTION = ascii('"key_encryption_algorithm":"');
const RECIPIENT = ascii(',"recipient":"');
const ISSUER = ascii('"issuer":"');
const SERIAL_NUMBER = ascii('"serial_number":"');
const KEY_IDENTIFIER = ascii('"subject_key_identifier":"');
const QUOTED_COMMA = ascii('",');
const QUOTED_BRACE = ascii('"}');
const OPEN = ascii('{');
const BRACE = ascii('}');
const BRACKET = ascii(']');

/** Writes one object on one line. */
export function writeBody(json: JsonWriter, body: Body): void {
  const { contentTypeText, transferEncoding, parts, cms } = body;
  if (contentTypeText === undefined) json.raw(HEADERS);
  else {
    json.raw(CONTENT_TYPE);
    json.text(contentTypeText);
    json.raw(THEN_HEADERS);
  }
  writeHeaders(json, body.headers);
  if (transferEncoding === undefined) json.raw(LENGTH);
  else {
    json.raw(TRANSFER_ENCODING);
    json.text(transferEncoding);
    json.raw(THEN_LENGTH);
  }
  json.number(body.end - body.bodyStart);
  if (parts.length === 0 && cms === undefined) {
    const text = bodyText(body);
    json.raw(text === undefined ? BASE64 : TEXT);
    if (text === undefined) json.json(Buffer.from(body.bytes).toString('base64'));
    else json.text(text);
    json.quote();
  }
  if (parts.length > 0) {
    json.raw(PARTS);
    json.list(parts, (part) => writeBody(json, part));
    json.raw(BRACKET);
  }
  if (cms !== undefined) writeCms(json, body, cms);
  json.raw(BRACE);
}

/** Headers as the inside of a list. */
function writeHeaders(
  json: JsonWriter,
  headers: readonly { readonly name: string; readonly value: string }[],
): void {
  json.list(headers, ({ name, value }) => {
    json.raw(NAME);
    json.text(name);
    json.raw(VALUE);
    json.text(value);
    json.raw(QUOTED_BRACE);
  });
}

function writeCms(json: JsonWriter, body: Body, cms: Cms): void {
  json.raw(CMS);
  json.ascii(cms.contentType);
  json.raw(ENCODING_FORM);
  json.ascii(cms.encodingForm);
  json.quote();
  if (cms.contentType === 'signed_data') {
    json.raw(cms.detached ? DETACHED : NOT_DETACHED);
    json.list(cms.certificates, (certificate) => json.raw(certificateLine(certificate)));
    json.raw(SIGNERS);
    json.list(cms.signers, (signer, index) => writeSigner(json, signer, body.identities[index]));
    json.raw(BRACKET);
  }
  if (cms.contentType === 'enveloped_data' || cms.contentType === 'auth_enveloped_data') {
    json.raw(CONTENT_ENCRYPTION);
    json.text(cms.contentEncryptionAlgorithm);
    json.raw(RECIPIENTS);
    json.list(cms.recipients, (recipient) => writeRecipient(json, recipient));
    writeDecryption(json, cms.decryption);
  }
  if (body.content !== undefined) {
    json.raw(CONTENT);
    writeBody(json, body.content);
  }
  json.raw(BRACE);
}

/** After the reason of a chain, whose quotation mark is still open. */
function writeRevocation(json: JsonWriter, { status, reason, date, cause }: RevocationVerdict): void {
  json.raw(REVOCATION);
  json.ascii(status);
  json.raw(REASON);
  json.recurring(reason);
  if (date !== undefined) {
    json.raw(DATE);
    json.text(date);
  }
  if (cause !== undefined) {
    json.raw(CAUSE);
    json.text(cause);
  }
  json.raw(QUOTED_BRACE);
}

function writeSigner(json: JsonWriter, signer: Signer, identity: IdentityVerdict | undefined): void {
  const { certificate, chain } = signer;
  json.raw(OPEN);
  writeReference(json, signer);
  json.raw(DIGEST_ALGORITHM);
  json.text(signer.digestAlgorithm);
  json.raw(SIGNATURE_ALGORITHM);
  json.text(signer.signatureAlgorithm);
  json.raw(SIGNATURE);
  json.ascii(signer.signature);
  json.raw(REASON);
  json.recurring(signer.reason);
  json.quote();
  if (certificate !== undefined) {
    json.raw(CERTIFICATE);
    json.raw(certificateLine(certificate));
  }
  if (chain !== undefined) {
    json.raw(CHAIN);
    json.ascii(chain.status);
    json.raw(REASON);
    json.recurring(chain.reason);
    if (chain.revocation === undefined) json.raw(QUOTED_BRACE);
    else {
      writeRevocation(json, chain.revocation);
      json.raw(BRACE);
    }
  }
  if (identity !== undefined) {
    const { status, expected, found } = identity;
    json.raw(IDENTITY);
    json.ascii(status);
    json.raw(EXPECTED);
    json.text(expected);
    json.raw(FOUND);
    json.list(found, (name) => {
      json.quote();
      json.recurring(name);
      json.quote();
    });
    json.raw(BRACKET_BRACE);
  }
  json.raw(BRACE);
}

function writeRecipient(json: JsonWriter, recipient: Recipient): void {
  json.raw(OPEN);
  writeReference(json, recipient);
  json.raw(KEY_ENCRYPTION);
  json.text(recipient.keyEncryptionAlgorithm);
  json.raw(QUOTED_BRACE);
}

function writeDecryption(json: JsonWriter, { status, reason, recipient }: Decryption): void {
  json.raw(DECRYPTION);
  json.ascii(status);
  json.raw(REASON);
  json.recurring(reason);
  json.quote();
  if (recipient !== undefined) {
    json.raw(RECIPIENT);
    json.recurring(recipient);
    json.quote();
  }
  json.raw(BRACE);
}

/** How CMS names a certificate, with a comma behind each member. */
function writeReference(
  json: JsonWriter,
  { issuer, serialNumber, subjectKeyIdentifier }: CertificateReference,
): void {
  if (issuer !== undefined) {
    json.raw(ISSUER);
    json.recurring(issuer);
    json.raw(QUOTED_COMMA);
  }
  if (serialNumber !== undefined) {
    json.raw(SERIAL_NUMBER);
    json.ascii(serialNumber);
    json.raw(QUOTED_COMMA);
  }
  if (subjectKeyIdentifier !== undefined) {
    json.raw(KEY_IDENTIFIER);
    json.ascii(subjectKeyIdentifier);
    json.raw(QUOTED_COMMA);
  }
}

/** Records of certificates: that of a signer stands in each of its messages, and takes 5 us to write. */
const certificateLine = derivedOnce(
  (certificate: Certificate): Uint8Array => Buffer.from(toJson(certificateRecord(certificate))),
);
