import { validateSipMessage } from '../sip/validate.js';
import { bodyFinding, cmsFinding, sipFinding, tlsFinding } from './fault-rules.js';
import type { Finding } from './finding.js';
import { mistakeFinding } from './mistakes.js';
import { finding, type MessageRule, type Report, type Rule } from './rule.js';
import { acceptMissing } from './rules/accept-missing.js';
import { base64Encoding } from './rules/base64-encoding.js';
import { certificateAttached } from './rules/certificate-attached.js';
import { certificateDates } from './rules/certificate-dates.js';
import { certificateWeakHash } from './rules/certificate-weak-hash.js';
import { certsOnly } from './rules/certs-only.js';
import { clearTextCopy } from './rules/clear-text-copy.js';
import { contentEncryptionNotAes } from './rules/content-encryption-not-aes.js';
import { contentTypeFolded } from './rules/content-type-folded.js';
import { digestNullParameters } from './rules/digest-null-parameters.js';
import { draftCertificate } from './rules/draft-certificate.js';
import { handlingNotRequired } from './rules/handling-not-required.js';
import { identityHeader } from './rules/identity-header.js';
import { md5ParametersAbsent } from './rules/md5-parameters-absent.js';
import { micalgMismatch } from './rules/micalg-mismatch.js';
import { bodyNotDecrypted } from './rules/not-decrypted.js';
import { recipientIdentity } from './rules/recipient-identity.js';
import { shortKey } from './rules/short-key.js';
import { signatureInvalid } from './rules/signature-invalid.js';
import { signatureMediaType } from './rules/signature-media-type.js';
import { signatureUnverifiable } from './rules/signature-unverifiable.js';
import { signerChain } from './rules/signer-chain.js';
import { signerIdentity } from './rules/signer-identity.js';
import { signerKeyUsage } from './rules/signer-key-usage.js';
import { sipsOverPlainHop } from './rules/sips-over-plain-hop.js';
import { smimeTypeMismatch } from './rules/smime-type-mismatch.js';
import { tlsAlert } from './rules/tls-alert.js';
import { tlsCertificateExpired } from './rules/tls-certificate-expired.js';
import { tlsCertificateNotYetValid } from './rules/tls-certificate-not-yet-valid.js';
import { tlsCertificateSignature } from './rules/tls-certificate-signature.js';
import { tlsCertificateWeakHash } from './rules/tls-certificate-weak-hash.js';
import { tlsChain } from './rules/tls-chain.js';
import { tlsDraftCertificate } from './rules/tls-draft-certificate.js';
import { tlsExtendedKeyUsage } from './rules/tls-extended-key-usage.js';
import { tlsHandshakeSignature } from './rules/tls-handshake-signature.js';
import { tlsMacFailure } from './rules/tls-mac-failure.js';
import { tlsMandatorySuite } from './rules/tls-mandatory-suite.js';
import { tlsNotACa } from './rules/tls-not-a-ca.js';
import { tlsNotDecrypted } from './rules/tls-not-decrypted.js';
import { tlsOnlySsl3 } from './rules/tls-only-ssl3.js';
import { tlsServerIdentity } from './rules/tls-server-identity.js';
import { tlsUnknownIssuer } from './rules/tls-unknown-issuer.js';
import { tlsWeakKey } from './rules/tls-weak-key.js';
import { tlsWeakSuite } from './rules/tls-weak-suite.js';
import { tunnelledHeaders } from './rules/tunnelled-headers.js';
import { viaTransport } from './rules/via-transport.js';
import { weakDigest } from './rules/weak-digest.js';
import {
  type Body,
  type ConnectionSubject,
  eachBody,
  type Hop,
  isStructured,
  type MessageSubject,
} from './subject.js';

/** Every rule, in the order in which its findings are told. Faults of the parsers come before them. */
export const RULES: readonly Rule[] = [
  signatureInvalid,
  signatureUnverifiable,
  signerChain,
  certificateDates,
  signerKeyUsage,
  signerIdentity,
  bodyNotDecrypted,
  recipientIdentity,
  clearTextCopy,
  tunnelledHeaders,
  smimeTypeMismatch,
  signatureMediaType,
  micalgMismatch,
  md5ParametersAbsent,
  digestNullParameters,
  weakDigest,
  shortKey,
  certificateWeakHash,
  draftCertificate,
  certificateAttached,
  certsOnly,
  base64Encoding,
  contentEncryptionNotAes,
  handlingNotRequired,
  identityHeader,
  sipsOverPlainHop,
  viaTransport,
  contentTypeFolded,
  acceptMissing,
  tlsServerIdentity,
  tlsCertificateExpired,
  tlsCertificateNotYetValid,
  tlsUnknownIssuer,
  tlsCertificateSignature,
  tlsNotACa,
  tlsWeakKey,
  tlsCertificateWeakHash,
  tlsChain,
  tlsExtendedKeyUsage,
  tlsDraftCertificate,
  tlsOnlySsl3,
  tlsWeakSuite,
  tlsMandatorySuite,
  tlsAlert,
  tlsHandshakeSignature,
  tlsNotDecrypted,
  tlsMacFailure,
];

const MESSAGE_RULES = RULES.filter((rule) => rule.on === 'message');
const BODY_RULES = RULES.filter((rule) => rule.on === 'body');
const CONNECTION_RULES = RULES.filter((rule) => rule.on === 'connection');

/** All findings about a message: faults of SIP and of the bodies inside, then the rules. */
export function checkMessage(subject: MessageSubject): readonly Finding[] {
  const { message, framingFaults, body } = subject;
  const found: Finding[] = [];
  for (const fault of framingFaults) found.push(sipFinding(fault));
  if (subject.isFaultless !== true) {
    for (const fault of message.faults) found.push(sipFinding(fault));
    for (const fault of validateSipMessage(message)) found.push(sipFinding(fault));
  }
  // One function for all rules: a closure a rule would be a tenth of what the checks cost.
  let current: Rule | undefined;
  const report: Report = (summary, where, severity) => {
    if (current !== undefined) found.push(finding(current, summary, where, severity));
  };
  for (const rule of MESSAGE_RULES) {
    if (!isAsked(rule, subject)) continue;
    current = rule;
    rule.check(subject, report);
  }
  checkBodies(body, found);
  return found;
}

/** Whether a message has what the rule is about. */
function isAsked(rule: MessageRule, subject: MessageSubject): boolean {
  switch (rule.about) {
    case 'structured-body':
      return subject.body !== undefined && isStructured(subject.body);
    case 'identity':
      return subject.identityHeaders.length > 0;
    case 'clear-text-copies':
      return subject.clearTextCopies.length > 0;
    case 'folding':
      return true;
    case 'hop':
      return rule.concerns(subject.hop);
  }
}

/** Whether any rule has something to say of how a message travelled. */
export function isHopWrong(hop: Hop): boolean {
  for (const rule of MESSAGE_RULES) if (rule.about === 'hop' && rule.concerns(hop)) return true;
  return false;
}

/** All findings about a body that stands alone. */
export function checkEntity(body: Body): readonly Finding[] {
  const found: Finding[] = [];
  checkBodies(body, found);
  return found;
}

/** All findings about a TLS connection at its end. */
export function checkConnection(subject: ConnectionSubject): readonly Finding[] {
  const found: Finding[] = [];
  for (const fault of subject.connection.faults) found.push(tlsFinding(fault));
  for (const rule of CONNECTION_RULES) rule.check(subject, reporter(rule, found));
  return found;
}

function checkBodies(outermost: Body | undefined, found: Finding[]): void {
  if (outermost === undefined) return;
  let current: Rule | undefined;
  const report: Report = (summary, where, severity) => {
    if (current !== undefined) found.push(finding(current, summary, where, severity));
  };
  for (const { body, path } of eachBody(outermost)) {
    for (const fault of body.faults) found.push(bodyFinding(fault, path));
    if (body.cms !== undefined) for (const fault of body.cms.faults) found.push(cmsFinding(fault, path));
    for (const mistake of body.mistakes) found.push(mistakeFinding(mistake, path));
    if (!isStructured(body)) continue;
    for (const rule of BODY_RULES) {
      current = rule;
      rule.check(body, path, report);
    }
  }
}

function reporter(rule: Rule, found: Finding[]): Report {
  return (summary, where, severity) => {
    found.push(finding(rule, summary, where, severity));
  };
}
