import { type KeyObject, verify } from 'node:crypto';
import { type PassportIdentity, passportIdentity } from '../../sip/identity/address.js';
import { claimMismatches, diverted, isDiversion } from '../../sip/identity/claims.js';
import type { Passport, PassportText } from '../../sip/identity/passport.js';
import type { SipMessage } from '../../sip/message.js';
import { authorityProblem } from './authority.js';
import { extensionVerdict } from './extensions.js';
import { type Candidate, candidates, countOf, pays, TOO_MUCH_WORK } from './keys.js';
import { trustJudgement } from './trust.js';
import {
  type IdentityEvidence,
  type IdentityHeaderVerdict,
  invalid,
  type Judgement,
  ownerOf,
  unverifiable,
} from './verdict.js';

/** Judges a token by the certificates given; `all` are the tokens of the message. Diversions are judged by themselves here. */
export function judgePassport(
  message: SipMessage,
  header: Passport,
  all: readonly Passport[],
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  const { algorithm, signature, texts } = header;
  const mismatches = claimMismatches(message, header, all);
  const common = { header, breaches: [...header.breaches, ...mismatches] };
  if (algorithm !== 'ES256') {
    const reason = `The PASSporT is signed with ${algorithm}; RFC 8225 §4.2 knows ES256 alone.`;
    return { ...common, ...invalid(reason) };
  }
  if (signature.length !== 64) {
    const reason = `The signature of the PASSporT has ${signature.length} bytes; one of ES256 has 64 (RFC 7518 §3.4).`;
    return { ...common, ...invalid(reason) };
  }
  const keys = candidates(evidence.certificates, ({ publicKey: { algorithm: kind, bits } }) => {
    return bits === 256 && !/^rsa/i.test(kind);
  });
  if (!pays(evidence.budget, keys, texts.length)) return { ...common, ...TOO_MUCH_WORK };
  const verdicts = keys.flatMap((candidate): IdentityHeaderVerdict[] => {
    const text = texts.find(({ bytes }) => isSignedBy(bytes, candidate.key, signature));
    if (text === undefined) return [];
    const { certificate } = candidate;
    const judged = judgeSigned(message, header, text, mismatches, candidate, evidence);
    return [
      { header, text, certificate, ...judged, breaches: [...header.breaches, ...(judged.notes ?? [])] },
    ];
  });
  // Several certificates may have the same key: more of them never make the answer worse.
  const best = verdicts.find(({ status }) => status === 'valid') ?? verdicts[0];
  return best ?? { ...common, ...notSigned(header, keys.length) };
}

/** The token as signed with one certificate's key. */
function judgeSigned(
  message: SipMessage,
  header: Passport,
  { name, orig }: PassportText,
  mismatches: readonly string[],
  { certificate }: Candidate,
  evidence: IdentityEvidence,
): Judgement & { readonly notes?: readonly string[] } {
  const owner = ownerOf(certificate);
  if (mismatches.length > 0 || orig === undefined) {
    const why = mismatches.join(' ');
    return invalid(
      `The PASSporT was signed with the key of ${owner}, and does not vouch for this request: ${why}`,
    );
  }
  const extension = extensionVerdict(header, message);
  if ('problem' in extension) return extension.problem;
  const problem = authorityProblem(certificate, header, vouchedFor(header) ?? orig);
  if (problem !== undefined) return problem;
  const form = header.compact ? ` (compact form, ${name})` : '';
  const verified = `The PASSporT verifies with the certificate of ${owner}${form}.`;
  return {
    ...trustJudgement(certificate, 'The PASSporT was signed', verified, evidence),
    notes: extension.notes,
  };
}

/** A diversion is signed by whom the call was diverted from (RFC 8946 §4.1); its caller signed the token before it. */
function vouchedFor(header: Passport): PassportIdentity | undefined {
  return isDiversion(header) ? passportIdentity(diverted(header)) : undefined;
}

function notSigned({ compact, ppt, info }: Passport, tried: number): Judgement {
  if (tried === 0) {
    const where = info === undefined ? '' : `; it says that it is at ${info}`;
    return unverifiable(`To check the PASSporT, its signer’s certificate is needed${where}.`);
  }
  if (compact && ppt !== undefined) {
    return unverifiable(
      `The PASSporT is in compact form, and what "${ppt}" adds to its claims cannot be made from the message.`,
    );
  }
  const changed = compact ? ' over what this message gives' : '';
  return invalid(`The PASSporT does not verify${changed}: ${countOf(tried)} not signed it.`);
}

function isSignedBy(bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // A key of another curve.
    return false;
  }
}
