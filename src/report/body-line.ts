/**
 * The record of a body as JSON, written straight from its parts: the same text as `toJson(bodyRecord(body))`, at a
 * fifth of its cost, as most of it are a few certificates' texts that come again and again.
 */
import type { Body } from '../checks/subject.js';
import type { CertificateReference, Cms, Decryption, Recipient, Signer } from '../cms/model.js';
import type { Certificate } from '../x509/certificate.js';
import type { IdentityVerdict } from '../x509/identity.js';
import { escaped, quoted, quotedName, toJson } from './json.js';
import { bodyText, certificateRecord } from './record.js';

/** One object on one line. */
export function bodyLine(body: Body): string {
  const { contentTypeText, transferEncoding, parts, cms } = body;
  let line = contentTypeText === undefined ? '{' : `{"content_type":"${escaped(contentTypeText)}",`;
  line += `"headers":${headersText(body.headers)}`;
  if (transferEncoding !== undefined) line += `,"transfer_encoding":"${escaped(transferEncoding)}"`;
  line += `,"length":${body.end - body.bodyStart}`;
  if (parts.length === 0 && cms === undefined) {
    const text = bodyText(body);
    line +=
      text === undefined
        ? `,"base64":"${Buffer.from(body.bytes).toString('base64')}"`
        : `,"text":${quoted(text)}`;
  }
  if (parts.length > 0) line += `,"parts":${list(parts, bodyLine)}`;
  if (cms !== undefined) line += `,"cms":${cmsText(body, cms)}`;
  return `${line}}`;
}

/** Headers as a list of names and values. */
export function headersText(headers: readonly { readonly name: string; readonly value: string }[]): string {
  let text = '[';
  let isFirst = true;
  for (const { name, value } of headers) {
    text += isFirst ? '{"name":' : ',{"name":';
    text += `${quotedName(name)},"value":"${escaped(value)}"}`;
    isFirst = false;
  }
  return `${text}]`;
}

function list<Item>(items: readonly Item[], write: (item: Item, index: number) => string): string {
  let text = '[';
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ',';
    text += write(items[index] as Item, index);
  }
  return `${text}]`;
}

function cmsText(body: Body, cms: Cms): string {
  let text = `{"content_type":"${cms.contentType}","encoding_form":"${cms.encodingForm}"`;
  if (cms.contentType === 'signed_data') {
    text += `,"detached":${cms.detached},"certificates":${list(cms.certificates, certificateText)}`;
    text += `,"signers":${list(cms.signers, (signer, index) => signerText(signer, body.identities[index]))}`;
  }
  if (cms.contentType === 'enveloped_data' || cms.contentType === 'auth_enveloped_data') {
    text += `,"content_encryption_algorithm":${quotedName(cms.contentEncryptionAlgorithm)}`;
    text += `,"recipients":${list(cms.recipients, recipientText)}`;
    text += `,"decryption":${decryptionText(cms.decryption)}`;
  }
  if (body.content !== undefined) text += `,"content":${bodyLine(body.content)}`;
  return `${text}}`;
}

function signerText(signer: Signer, identity: IdentityVerdict | undefined): string {
  const { certificate, chain } = signer;
  let text = `{${nameText(signer)}"digest_algorithm":${quotedName(signer.digestAlgorithm)}`;
  text += `,"signature_algorithm":${quotedName(signer.signatureAlgorithm)}`;
  text += `,"signature":"${signer.signature}","reason":"${escaped(signer.reason)}"`;
  if (certificate !== undefined) text += `,"certificate":${certificateText(certificate)}`;
  if (chain !== undefined)
    text += `,"chain":{"status":"${chain.status}","reason":"${escaped(chain.reason)}"}`;
  if (identity !== undefined) {
    const { status, expected, found } = identity;
    text += `,"identity":{"status":"${status}","expected":"${escaped(expected)}","found":${list(found, quoted)}}`;
  }
  return `${text}}`;
}

function recipientText(recipient: Recipient): string {
  return `{${nameText(recipient)}"key_encryption_algorithm":${quotedName(recipient.keyEncryptionAlgorithm)}}`;
}

function decryptionText({ status, reason, recipient }: Decryption): string {
  const to = recipient === undefined ? '' : `,"recipient":"${escaped(recipient)}"`;
  return `{"status":"${status}","reason":"${escaped(reason)}"${to}}`;
}

/** How CMS names a certificate, with a comma behind each member. */
function nameText({ issuer, serialNumber, subjectKeyIdentifier }: CertificateReference): string {
  let text = issuer === undefined ? '' : `"issuer":"${escaped(issuer)}",`;
  if (serialNumber !== undefined) text += `"serial_number":"${serialNumber}",`;
  if (subjectKeyIdentifier !== undefined) text += `"subject_key_identifier":"${subjectKeyIdentifier}",`;
  return text;
}

/** Records of certificates: that of a signer stands in each of its messages, and takes 5 us to write. */
const certificateTexts = new WeakMap<Certificate, string>();

function certificateText(certificate: Certificate): string {
  const known = certificateTexts.get(certificate);
  if (known !== undefined) return known;
  const text = toJson(certificateRecord(certificate));
  certificateTexts.set(certificate, text);
  return text;
}
