/**
 * Whether a certificate is revoked by an OCSP response: its signature, who may sign it, and its dates at the time
 * judged (RFC 6960 §3.2, §4.2.2).
 */

import { createHash } from 'node:crypto';
import { isUniversal, TAG } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readBitString } from '../../asn1/values.js';
import { derivedOnce } from '../../bytes/derived.js';
import { LimitedCache } from '../../bytes/limited-cache.js';
import { equalBytes } from '../../bytes/text.js';
import { type Certificate, usableKeyOf } from '../certificate.js';
import { isSignedBy } from '../issued.js';
import { JudgedTime } from '../path/clock.js';
import { quoted } from '../path/verdict.js';
import { type SignatureVerdict, verifySignature } from '../signature.js';
import { type OcspAnswer, type OcspResponse, parseOcspResponse } from './ocsp.js';
import { notChecked, type RevocationVerdict, revokedVerdict } from './verdict.js';

/** Clocks of responders, servers and captures differ; OpenSSL allows as much. */
const SKEW_SECONDS = 300;
/** How long an answer without nextUpdate counts: it says that newer ones can be had at any time (§4.2.2.1). */
const WITHOUT_END_SECONDS = 24 * 3600;

const HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

type Spend = (signer: Certificate) => boolean;

export type OcspQuestion = {
  readonly certificate: Certificate;
  /** The certificate of its issuer: responses name it by digests of its name and key. */
  readonly issuer: Certificate;
  /** The time judged; Unix epoch, UTC. */
  readonly atSeconds: number;
};

/** What an OCSPResponse in DER says of a certificate, judged as RFC 6960 asks. */
export function judgeOcsp(
  response: Uint8Array,
  { certificate, issuer, atSeconds }: OcspQuestion,
): RevocationVerdict {
  const parsed = parseOcspResponse(response);
  if (!parsed.ok) {
    return notChecked(
      `Revocation of ${quoted(certificate)} was not checked: the OCSP response cannot be used: ${parsed.error.message}.`,
    );
  }
  return statusByOcsp(parsed.value, certificate, issuer, new JudgedTime(atSeconds));
}

/**
 * The same of a response that was read, with a clock that learns for how long the answer holds. `spend` takes a check with
 * the signer's key from what the judgement may cost.
 */
export function statusByOcsp(
  response: OcspResponse,
  certificate: Certificate,
  issuer: Certificate,
  clock: JudgedTime,
  spend: Spend = () => true,
): RevocationVerdict {
  const owner = quoted(certificate);
  const cannot = (why: string): RevocationVerdict =>
    notChecked(`Revocation of ${owner} was not checked: ${why}.`);
  const answer = response.answers.find((one) => concerns(one, certificate, issuer));
  if (answer === undefined) return cannot('the OCSP response is about another certificate');
  const unknown = answer.unknownCritical ?? response.unknownCritical;
  if (unknown !== undefined)
    return cannot(`the OCSP response has the critical extension ${unknown}, which is not processed`);
  const trouble = whyNotTrusted(response, issuer, clock, spend);
  if (trouble !== undefined) return cannot(trouble);
  if (answer.status === 'unknown') return cannot('the OCSP responder does not know the certificate');
  const { thisUpdate, nextUpdate } = answer;
  const isFuture = !clock.isFrom(thisUpdate.seconds - SKEW_SECONDS);
  if (answer.status === 'revoked') {
    const { revokedAt, cause } = answer;
    if (isFuture && revokedAt !== undefined && !clock.isFrom(revokedAt.seconds)) {
      return cannot(
        `the OCSP response is of ${thisUpdate.rfc3339}, and by it the certificate was revoked later, at ${revokedAt.rfc3339}`,
      );
    }
    const date = revokedAt?.rfc3339 ?? '?';
    return revokedVerdict(owner, 'the OCSP response', { date, ...(cause === undefined ? {} : { cause }) });
  }
  if (isFuture) return cannot(`the OCSP response is of ${thisUpdate.rfc3339}, later than the time judged`);
  const end = nextUpdate?.seconds ?? thisUpdate.seconds + WITHOUT_END_SECONDS;
  if (clock.isAfter(end + SKEW_SECONDS)) {
    return cannot(
      nextUpdate === undefined
        ? `the OCSP response is of ${thisUpdate.rfc3339}, and has no end that it would count to`
        : `the OCSP response was current until ${nextUpdate.rfc3339}`,
    );
  }
  return { status: 'good', reason: `The OCSP response of ${thisUpdate.rfc3339} says that ${owner} is good.` };
}

/** Whether the answer's CertID (§4.1.1) names the certificate. */
function concerns(answer: OcspAnswer, certificate: Certificate, issuer: Certificate): boolean {
  const hash = HASHES[answer.hashOid];
  if (hash === undefined || answer.serialNumber !== certificate.serialNumber) return false;
  const digest = (bytes: Uint8Array): Uint8Array => createHash(hash).update(bytes).digest();
  // Names may be encoded in two ways: the digest is over the one in the certificate that was asked about.
  const isName = [certificate.issuerDer, issuer.subjectDer].some((name) =>
    equalBytes(digest(name), answer.issuerNameHash),
  );
  return isName && equalBytes(digest(keyOctets(issuer)), answer.issuerKeyHash);
}

/** The octets of subjectPublicKey, without tag, length and unused bits. */
function keyOctets({ spki }: Certificate): Uint8Array {
  const node = parseAsn1(spki).root?.children[1];
  return (
    (isUniversal(node, TAG.bitString) ? readBitString(spki, node)?.bytes : undefined) ?? new Uint8Array(0)
  );
}

/** Why the response is not taken (a clause): §4.2.2.2 lets the issuer sign, or whom it named for that directly. */
function whyNotTrusted(
  response: OcspResponse,
  issuer: Certificate,
  clock: JudgedTime,
  spend: Spend,
): string | undefined {
  if (isResponder(response, issuer)) return signatureTrouble(verify(response, issuer, spend));
  const signer = response.certificates.find((one) => isResponder(response, one));
  if (signer === undefined) return 'the certificate of the OCSP responder is not in its response';
  const trouble = signatureTrouble(verify(response, signer, spend));
  if (trouble !== undefined) return trouble;
  if (!spend(issuer)) return OVERSPENT;
  const isIssued = signer.issuerKey === issuer.subjectKey && isSignedBy(signer, issuer).status === 'valid';
  if (!isIssued) return 'the OCSP responder was not named by the issuer of the certificate';
  if (!signer.extendedKeyUsage.includes('id-kp-OCSPSigning')) {
    return 'the certificate of the OCSP responder is not for signing OCSP responses';
  }
  if (signer.keyUsage !== undefined && !signer.keyUsage.includes('digitalSignature')) {
    return 'the key usage of the OCSP responder lacks digitalSignature';
  }
  if (signer.unknownCritical.length > 0 || signer.unreadable.length > 0) {
    return 'the certificate of the OCSP responder has extensions that are not processed';
  }
  const isTimely = clock.isFrom(signer.notBeforeSeconds) && !clock.isAfter(signer.notAfterSeconds);
  return isTimely ? undefined : 'the certificate of the OCSP responder is not valid at the time judged';
}

function isResponder({ responder }: OcspResponse, certificate: Certificate): boolean {
  if ('nameKey' in responder) return responder.nameKey === certificate.subjectKey;
  return equalBytes(responder.keyHash, createHash('sha1').update(keyOctets(certificate)).digest());
}

const OVERSPENT = 'too many key operations were asked for';

/** Results of the signature on a response, by the signer's fingerprint. */
const checked = derivedOnce((_: OcspResponse) => new LimitedCache<string, SignatureVerdict>(KEPT_SIGNATURES));
/** Most results kept on one response. */
const KEPT_SIGNATURES = 16;

function verify(response: OcspResponse, signer: Certificate, spend: Spend): SignatureVerdict | undefined {
  const known = checked(response).get(signer.fingerprintSha256);
  if (known !== undefined) return known;
  if (!spend(signer)) return undefined;
  const { key, fault } = usableKeyOf(signer);
  const result: SignatureVerdict =
    key === undefined
      ? { status: 'unsupported', reason: `${quoted(signer)} ${fault?.reason}` }
      : verifySignature(response.signatureAlgorithmDer, key, response.tbs, response.signature);
  return checked(response).keep(signer.fingerprintSha256, result);
}

function signatureTrouble(signature: SignatureVerdict | undefined): string | undefined {
  if (signature === undefined) return OVERSPENT;
  return signature.status === 'valid'
    ? undefined
    : `the signature on the OCSP response does not verify: ${signature.reason}`;
}
