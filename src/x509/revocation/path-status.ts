/** What is known of the revocation of a whole path: by OCSP responses first, then by lists. */

import { derivedOnce } from '../../bytes/derived.js';
import { LimitedCache } from '../../bytes/limited-cache.js';
import { type Certificate, usableKeyOf } from '../certificate.js';
import type { JudgedTime } from '../path/clock.js';
import { quoted } from '../path/verdict.js';
import { type SignatureVerdict, verifySignature } from '../signature.js';
import type { Crl } from './crl.js';
import { type CrlSurroundings, statusByCrls } from './crl-status.js';
import type { CrlFinder } from './crl-store.js';
import { parseOcspResponse } from './ocsp.js';
import { statusByOcsp } from './ocsp-status.js';
import { notChecked, type RevocationVerdict } from './verdict.js';

export type RevocationSurroundings = {
  readonly clock: JudgedTime;
  readonly crls: CrlFinder | undefined;
  readonly ocspResponses: readonly Uint8Array[];
  /** Certificates with this subject, those of the path first. */
  readonly signersNamed: (issuerDer: Uint8Array) => readonly Certificate[];
  readonly trusts: (signer: Certificate) => boolean;
  /** Takes a check with the signer's key from what the judgement may spend; false where there is nothing left. */
  readonly spend: (signer: Certificate) => boolean;
};

const NOTHING_GIVEN = notChecked('Revocation was not checked: no CRL and no OCSP response was given.');
/** Most OCSP responses looked at: a server staples one for each certificate that it shows (RFC 8446 §4.4.2.1). */
const RESPONSES_LIMIT = 16;

/**
 * Judges each certificate of a path but the anchor, from the leaf up: the first that is revoked is told, else the first
 * of which nothing is known. Only where every one is good, the path is.
 */
export function pathRevocation(
  path: readonly Certificate[],
  surroundings: RevocationSurroundings,
): RevocationVerdict {
  const { crls, ocspResponses } = surroundings;
  if ((crls === undefined || crls.size === 0) && ocspResponses.length === 0) return NOTHING_GIVEN;
  let unknown: RevocationVerdict | undefined;
  for (const [index, certificate] of path.entries()) {
    const issuer = path[index + 1];
    if (issuer === undefined) break;
    const verdict = certificateRevocation(certificate, issuer, surroundings);
    if (verdict.status === 'revoked' || verdict.status === 'on_hold') return verdict;
    if (verdict.status === 'not_checked') unknown ??= verdict;
  }
  return unknown ?? { status: 'good', reason: 'No certificate of the path is revoked.' };
}

function certificateRevocation(
  certificate: Certificate,
  issuer: Certificate,
  surroundings: RevocationSurroundings,
): RevocationVerdict {
  const { clock, crls, ocspResponses, spend } = surroundings;
  const answers: RevocationVerdict[] = [];
  for (const der of ocspResponses.slice(0, RESPONSES_LIMIT)) {
    const response = parsed(der);
    if (response.ok) answers.push(statusByOcsp(response.value, certificate, issuer, clock, spend));
    else
      answers.push(
        notChecked(
          `Revocation was not checked: the OCSP response cannot be used: ${response.error.message}.`,
        ),
      );
  }
  if (crls !== undefined && crls.size > 0)
    answers.push(statusByCrls(certificate, crlSurroundings(certificate, crls, surroundings)));
  // What one source says of a revocation is not undone by what another does not know.
  const told = answers.find(({ status }) => status === 'revoked' || status === 'on_hold');
  return (
    told ??
    answers.find(({ status }) => status === 'good') ??
    answers[answers.length - 1] ??
    notChecked(`Revocation of ${quoted(certificate)} was not checked.`)
  );
}

function crlSurroundings(
  certificate: Certificate,
  crls: CrlFinder,
  { clock, signersNamed, trusts, spend }: RevocationSurroundings,
): CrlSurroundings {
  return {
    clock,
    crls,
    signersNamed: (issuerDer) => signersNamed(issuerDer).filter((one) => one !== certificate),
    trusts,
    signedBy: (list, signer) => signedBy(list, signer, spend),
  };
}

/** Each certificate of a path asks for the response again. */
const parsed = derivedOnce((der: Uint8Array) => parseOcspResponse(der));

/** Results of the signature on a list, by the signer's fingerprint. */
const checked = derivedOnce((_: Crl) => new LimitedCache<string, SignatureVerdict>(KEPT_SIGNATURES));
/** Most results kept on one list. */
const KEPT_SIGNATURES = 16;

/** The signature on a list, remembered: it is asked for once for each certificate that is judged. */
function signedBy(
  list: Crl,
  signer: Certificate,
  spend: (signer: Certificate) => boolean,
): SignatureVerdict | undefined {
  const known = checked(list).get(signer.fingerprintSha256);
  if (known !== undefined) return known;
  if (!spend(signer)) return undefined;
  const usable = usableKeyOf(signer);
  const result: SignatureVerdict =
    usable.key === undefined
      ? { status: 'unsupported', reason: `${quoted(signer)} ${usable.fault.reason}` }
      : verifySignature(list.signatureAlgorithmDer, usable.key, list.tbs, list.signature);
  return checked(list).keep(signer.fingerprintSha256, result);
}
