import { type Body, eachBody, isStructured } from '../model/body.js';
import type { Finding } from '../model/finding.js';
import { validateSipMessage } from '../sip/validate.js';
import { bodyFinding, cmsFinding, sipFinding, tlsFinding } from './fault-rules.js';
import { mistakeFinding } from './mistakes.js';
import { finding, type MessageRule, type Report, type Rule } from './rule.js';
import { contentTypeFolded } from './rules/sip/content-type-folded.js';
import { identityHeader } from './rules/sip/identity-header.js';
import { sipsOverPlainHop } from './rules/sip/sips-over-plain-hop.js';
import { tunnelledHeaders } from './rules/sip/tunnelled-headers.js';
import { viaTransport } from './rules/sip/via-transport.js';
import { acceptMissing } from './rules/smime/accept-missing.js';
import { contentEncryptionNotAes } from './rules/smime/algorithms/content-encryption-not-aes.js';
import { digestNullParameters } from './rules/smime/algorithms/digest-null-parameters.js';
import { md5ParametersAbsent } from './rules/smime/algorithms/md5-parameters-absent.js';
import { micalgMismatch } from './rules/smime/algorithms/micalg-mismatch.js';
import { shortKey } from './rules/smime/algorithms/short-key.js';
import { weakDigest } from './rules/smime/algorithms/weak-digest.js';
import { base64Encoding } from './rules/smime/base64-encoding.js';
import { certsOnly } from './rules/smime/certs-only.js';
import { clearTextCopy } from './rules/smime/clear-text-copy.js';
import { digestInvalid } from './rules/smime/digest-invalid.js';
import { handlingNotRequired } from './rules/smime/handling-not-required.js';
import { macInvalid } from './rules/smime/mac-invalid.js';
import { bodyNotDecrypted } from './rules/smime/not-decrypted.js';
import { recipientIdentity } from './rules/smime/recipient-identity.js';
import { signatureMediaType } from './rules/smime/signature-media-type.js';
import { certificateAttached } from './rules/smime/signer/certificate-attached.js';
import { certificateDates } from './rules/smime/signer/certificate-dates.js';
import { certificateMalformed } from './rules/smime/signer/certificate-malformed.js';
import { certificateWeakHash } from './rules/smime/signer/certificate-weak-hash.js';
import { draftCertificate } from './rules/smime/signer/draft-certificate.js';
import { signatureInvalid } from './rules/smime/signer/signature-invalid.js';
import { signatureUnverifiable } from './rules/smime/signer/signature-unverifiable.js';
import { signerChain } from './rules/smime/signer/signer-chain.js';
import { signerIdentity } from './rules/smime/signer/signer-identity.js';
import { signerKeyUsage } from './rules/smime/signer/signer-key-usage.js';
import { smimeTypeMismatch } from './rules/smime/smime-type-mismatch.js';
import { tlsAlert } from './rules/tls/alert.js';
import { tlsCertificateExpired } from './rules/tls/certificate-expired.js';
import { tlsCertificateMalformed } from './rules/tls/certificate-malformed.js';
import { tlsCertificateNotYetValid } from './rules/tls/certificate-not-yet-valid.js';
import { tlsCertificateSignature } from './rules/tls/certificate-signature.js';
import { tlsCertificateWeakHash } from './rules/tls/certificate-weak-hash.js';
import { tlsChain } from './rules/tls/chain.js';
import { tlsDraftCertificate } from './rules/tls/draft-certificate.js';
import { tlsExtendedKeyUsage } from './rules/tls/extended-key-usage.js';
import { tlsHandshakeSignature } from './rules/tls/handshake-signature.js';
import { tlsKeyUsage } from './rules/tls/key-usage.js';
import { tlsMacFailure } from './rules/tls/mac-failure.js';
import { tlsMandatorySuite } from './rules/tls/mandatory-suite.js';
import { tlsNotACa } from './rules/tls/not-a-ca.js';
import { tlsNotDecrypted } from './rules/tls/not-decrypted.js';
import { tlsOnlySsl3 } from './rules/tls/only-ssl3.js';
import { tlsServerIdentity } from './rules/tls/server-identity.js';
import { tlsTooMuchWork } from './rules/tls/too-much-work.js';
import { tlsUnknownIssuer } from './rules/tls/unknown-issuer.js';
import { tlsWeakKey } from './rules/tls/weak-key.js';
import { tlsWeakSuite } from './rules/tls/weak-suite.js';
import type { ConnectionSubject, Hop, MessageSubject } from './subject.js';

/** Every rule, in the order in which its findings are told. Faults of the parsers come before them. */
export const RULES: readonly Rule[] = [
  signatureInvalid,
  signatureUnverifiable,
  signerChain,
  certificateDates,
  signerKeyUsage,
  signerIdentity,
  bodyNotDecrypted,
  digestInvalid,
  macInvalid,
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
  certificateMalformed,
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
  tlsCertificateMalformed,
  tlsChain,
  tlsExtendedKeyUsage,
  tlsDraftCertificate,
  tlsOnlySsl3,
  tlsWeakSuite,
  tlsMandatorySuite,
  tlsAlert,
  tlsHandshakeSignature,
  tlsKeyUsage,
  tlsNotDecrypted,
  tlsMacFailure,
  tlsTooMuchWork,
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
