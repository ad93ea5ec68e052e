import { constants, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import { parseNameAddr } from '../../sip/grammar/address.js';
import { parseUri } from '../../sip/grammar/uri.js';
import type { Rfc4474Identity } from '../../sip/identity/header.js';
import { identityDigestStrings } from '../../sip/identity/rfc4474.js';
import type { SignedText } from '../../sip/identity/signed-text.js';
import { firstHeader, type SipMessage } from '../../sip/message.js';
import { matchSipDomain } from '../../x509/identity.js';
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

/** Judges a header of RFC 4474 by the certificates given. */
export function judgeRfc4474(
  message: SipMessage,
  header: Rfc4474Identity,
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  const breaches = header.info === undefined ? ['There is no Identity-Info (RFC 4474 §9).'] : [];
  const common = { header, breaches };
  const texts = identityDigestStrings(message);
  if (texts === undefined) {
    const reason = 'The Identity header covers From, To, Call-ID, CSeq and Date, and one of them is missing.';
    return { ...common, ...invalid(reason) };
  }
  // An RSA signature is as long as the key, and under the right key it has a padding that no other gives.
  const keys = candidates(evidence.certificates, ({ publicKey: { algorithm, bits } }) => {
    return /^rsa/i.test(algorithm) && Math.ceil(bits / 8) === header.signature.length;
  });
  if (!pays(evidence.budget, keys, texts.length)) return { ...common, ...TOO_MUCH_WORK };
  const makers = keys.filter(({ key }) => isSignedWith(key, header.signature));
  if (makers.length === 0) {
    const where = header.info === undefined ? '' : `, which Identity-Info says is at ${header.info}`;
    const tried = keys.length === 0 ? '' : `; ${countOf(keys.length)} not made it`;
    const reason = `To check the Identity header, the certificate of the sender’s domain is needed${where}${tried}.`;
    return { ...common, ...unverifiable(reason) };
  }
  const verdicts = makers.map((maker) => ({
    ...common,
    ...judgeMaker(message, header, maker, texts, evidence),
    certificate: maker.certificate,
  }));
  return verdicts.find(({ status }) => status === 'valid') ?? (verdicts[0] as IdentityHeaderVerdict);
}

/** The header as signed with one certificate's key: several certificates may have the same key. */
function judgeMaker(
  message: SipMessage,
  header: Rfc4474Identity,
  { certificate, key }: Candidate,
  texts: readonly SignedText[],
  evidence: IdentityEvidence,
): Judgement {
  const owner = ownerOf(certificate);
  const digest = header.algorithm === 'rsa-sha256' ? 'sha256' : 'sha1';
  const match = texts.find(({ bytes }) => verifies(digest, bytes, key, header.signature));
  if (match === undefined) {
    const forms = texts.map(({ name }) => name).join('; ');
    const reason =
      `The Identity signature was made with the key of ${owner}, but not over what this message gives (${forms}): ` +
      'the message was changed after signing, or signed in another form.';
    // Before RFC 4474 there was no Identity-Info, and what was signed changed from draft to draft.
    return header.info === undefined ? unverifiable(reason) : invalid(reason);
  }
  const host = senderHost(message);
  const { status, found } = matchSipDomain(certificate, host);
  if (status !== 'match') {
    const names = found.length === 0 ? 'no domain' : found.join(', ');
    return invalid(
      `The Identity signature was made with the key of ${owner}, which is for ${names} and not for ${host === '' ? 'the sender' : host} (RFC 4474 §6).`,
    );
  }
  const verified = `The Identity signature verifies with the certificate of ${owner} (${match.name}).`;
  return trustJudgement(certificate, 'The Identity signature was made', verified, evidence);
}

/** The domain that must have signed (RFC 4474 §6 step 2). */
function senderHost(message: SipMessage): string {
  const value = firstHeader(message, 'from')?.value;
  return value === undefined ? '' : parseUri(parseNameAddr(value).uri).host;
}

function isSignedWith(key: KeyObject, signature: Uint8Array): boolean {
  try {
    publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return true;
  } catch {
    return false;
  }
}

function verifies(digest: string, bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify(digest, bytes, key, signature);
  } catch {
    return false;
  }
}
