import { constants, type KeyObject, publicDecrypt, verify } from 'node:crypto';
import type { WorkBudget } from '../model/budget.js';
import { parseNameAddr } from '../sip/grammar/address.js';
import { parseUri } from '../sip/grammar/uri.js';
import { parseSipDate } from '../sip/grammar/values.js';
import {
  type IdentityHeader,
  identityDigestStrings,
  type Passport,
  parseIdentities,
  type Rfc4474Identity,
  type SignedText,
} from '../sip/identity.js';
import { firstHeader, type SipMessage } from '../sip/message.js';
import { passportIdentity } from '../sip/passport-identity.js';
import { type Certificate, publicKeyOf } from '../x509/certificate.js';
import { chainSeverity, verifyChain } from '../x509/chain.js';
import { matchSipDomain } from '../x509/identity.js';
import { verifyCost } from '../x509/key-cost.js';
import type { CertificateStore } from '../x509/store.js';

/** What became of one Identity header. */
export type IdentityHeaderVerdict = {
  readonly header: IdentityHeader;
  readonly status: 'valid' | 'invalid' | 'unverifiable';
  /** A whole sentence. */
  readonly reason: string;
  /** Of whose key it is, where that is known. */
  readonly certificate?: Certificate;
  /** Why it is too old or too new to be believed, where it is. */
  readonly stale?: string;
  /** Rules that it breaks besides, a sentence each. */
  readonly breaches: readonly string[];
};

/** RFC 8224 §6.2: sixty seconds are recommended between iat or Date and the receipt. */
const PASSPORT_FRESH_SECONDS = 60;
/** RFC 4474 §13.1. */
const RFC4474_FRESH_SECONDS = 3600;
/** Certificates tried on one header: folders of thousands were not given for this, and hostile headers cost a try each. */
const MAX_TRIED = 100;

/** What a header is judged by. */
export type IdentityEvidence = {
  readonly certificates: readonly Certificate[];
  /** Unix seconds at which the message was seen; undefined where nobody knows, as for a file of one message. */
  readonly seenAt: number | undefined;
  /** Trust anchors; without any, no chain is judged. */
  readonly anchors?: CertificateStore;
  /** Unix seconds at which certificates are judged where `seenAt` is not known. */
  readonly now: number;
  /** What may still be spent on the message; nothing is counted without. */
  readonly budget?: WorkBudget;
};

/** Verifies the Identity headers of a message, in their order. */
export function judgeIdentityHeaders(
  message: SipMessage,
  evidence: IdentityEvidence,
): readonly IdentityHeaderVerdict[] {
  return parseIdentities(message).map((header) => judgeIdentityHeader(message, header, evidence));
}

function judgeIdentityHeader(
  message: SipMessage,
  header: IdentityHeader,
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  switch (header.kind) {
    case 'malformed': {
      const reason = `The Identity header cannot be read: ${header.reason}.`;
      return { header, status: 'invalid', reason, breaches: [] };
    }
    case 'rfc4474':
      return { ...judgeRfc4474(message, header, evidence), ...rfc4474Age(message, evidence.seenAt) };
    case 'passport':
      return { ...judgePassport(message, header, evidence), ...passportAge(header, evidence.seenAt) };
  }
}

function judgeRfc4474(
  message: SipMessage,
  header: Rfc4474Identity,
  { certificates, budget }: IdentityEvidence,
): IdentityHeaderVerdict {
  const breaches = header.info === undefined ? ['There is no Identity-Info (RFC 4474 §9).'] : [];
  const common = { header, breaches };
  const texts = identityDigestStrings(message);
  if (texts === undefined) {
    const reason = 'The Identity header covers From, To, Call-ID, CSeq and Date, and one of them is missing.';
    return { ...common, status: 'invalid', reason };
  }
  // An RSA signature is as long as the key, and under the right key it has a padding that no other gives.
  const keys = candidates(certificates, ({ publicKey: { algorithm, bits } }) => {
    return /^rsa/i.test(algorithm) && Math.ceil(bits / 8) === header.signature.length;
  });
  const digest = header.algorithm === 'rsa-sha256' ? 'sha256' : 'sha1';
  if (!pays(budget, keys, texts.length)) return { ...common, ...TOO_MUCH_WORK };
  const maker = keys.find(({ key }) => isSignedWith(key, header.signature));
  if (maker === undefined) {
    const where = header.info === undefined ? '' : `, which Identity-Info says is at ${header.info}`;
    const tried = keys.length === 0 ? '' : `; ${countOf(keys.length)} not made it`;
    const reason = `To check the Identity header, the certificate of the sender’s domain is needed${where}${tried}.`;
    return { ...common, status: 'unverifiable', reason };
  }
  const { certificate, key } = maker;
  const match = texts.find(({ bytes }) => verifies(digest, bytes, key, header.signature));
  const owner = `"${certificate.subject}"`;
  if (match === undefined) {
    const forms = texts.map(({ name }) => name).join('; ');
    // Before RFC 4474 there was no Identity-Info, and what was signed changed from draft to draft.
    const status = header.info === undefined ? 'unverifiable' : 'invalid';
    const reason =
      `The Identity signature was made with the key of ${owner}, but not over what this message gives (${forms}): ` +
      'the message was changed after signing, or signed in another form.';
    return { ...common, status, reason, certificate };
  }
  const reason = `The Identity signature verifies with the certificate of ${owner} (${match.name}).`;
  return authorized({ ...common, status: 'valid', reason, certificate }, hostOf(message, 'from'));
}

/** RFC 4474 §6 step 2, RFC 8224 §6.2: who signs for a domain has a certificate that names it. */
function authorized(
  verdict: IdentityHeaderVerdict & { readonly certificate: Certificate },
  host: string | undefined,
): IdentityHeaderVerdict {
  if (host === undefined) return verdict;
  const { status, found } = matchSipDomain(verdict.certificate, host);
  if (status === 'match') return verdict;
  const names = found.length === 0 ? 'no domain' : found.join(', ');
  const reason = `${verdict.reason.slice(0, -1)}, which is for ${names} and not for ${host}.`;
  return { ...verdict, status: 'invalid', reason };
}

function hostOf(message: SipMessage, name: string): string | undefined {
  const value = firstHeader(message, name)?.value;
  const host = value === undefined ? '' : parseUri(parseNameAddr(value).uri).host;
  return host === '' ? undefined : host;
}

function judgePassport(
  message: SipMessage,
  header: Passport,
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  const { certificates } = evidence;
  const { algorithm, info, compact, ppt, signature } = header;
  const common = { header, breaches: [...header.breaches, ...header.mismatches] };
  if (algorithm !== 'ES256') {
    const reason = `The PASSporT is signed with ${algorithm}; RFC 8225 §4.2 knows ES256 alone.`;
    return { ...common, status: 'invalid', reason };
  }
  if (signature.length !== 64) {
    const reason = `The signature of the PASSporT has ${signature.length} bytes; one of ES256 has 64 (RFC 7518 §3.4).`;
    return { ...common, status: 'invalid', reason };
  }
  const keys = candidates(certificates, ({ publicKey: { algorithm: kind, bits } }) => {
    return bits === 256 && !/^rsa/i.test(kind);
  });
  if (!pays(evidence.budget, keys, header.signedTexts.length)) return { ...common, ...TOO_MUCH_WORK };
  for (const { certificate, key } of keys) {
    const match = header.signedTexts.find(({ bytes }) => verifiesEcdsa(bytes, key, signature));
    if (match === undefined) continue;
    const signed = { header, breaches: header.breaches, certificate };
    const owner = `"${certificate.subject}"`;
    if (header.mismatches.length > 0) {
      const reason = `The PASSporT was signed with the key of ${owner}, and does not vouch for this request: ${header.mismatches.join(' ')}`;
      return { ...signed, status: 'invalid', reason };
    }
    const unread = unreadExtension(header);
    if (unread !== undefined) return { ...signed, status: 'unverifiable', reason: unread };
    const distrust = distrustOf(certificate, evidence);
    if (distrust !== undefined) return { ...signed, ...distrust };
    const form = compact ? ` (compact form, ${match.name})` : '';
    const reason = `The PASSporT verifies with the certificate of ${owner}${form}.`;
    const verdict = { ...signed, status: 'valid', reason } as const;
    // Numbers are named by an extension (RFC 8226) that chains of SIP domains do not have.
    const host = originHost(message, header, match);
    return authorized(verdict, host);
  }
  if (keys.length === 0) {
    const where = info === undefined ? '' : `; it says that it is at ${info}`;
    const reason = `To check the PASSporT, its signer’s certificate is needed${where}.`;
    return { ...common, status: 'unverifiable', reason };
  }
  if (compact && ppt !== undefined) {
    const reason = `The PASSporT is in compact form, and what "${ppt}" adds to its claims cannot be made from the message.`;
    return { ...common, status: 'unverifiable', reason };
  }
  const changed = compact ? ' over what this message gives' : '';
  const reason = `The PASSporT does not verify${changed}: ${countOf(keys.length)} not signed it.`;
  return { ...common, status: 'invalid', reason };
}

const TOO_MUCH_WORK = {
  status: 'unverifiable',
  reason:
    'The Identity header is not checked: the message, or those of a capture of this length together, ask for too many key operations.',
} as const;

/** Takes from the budget what trying these keys on so many texts costs at most; false where it is not left. */
function pays(budget: WorkBudget | undefined, keys: readonly Candidate[], texts: number): boolean {
  return budget?.take(keys.reduce((sum, { key }) => sum + texts * verifyCost(key), 0)) !== false;
}

/** Forms of an attestation and an origination identifier (RFC 8588 §4, §5). */
const ATTESTATION = /^[ABC]$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Why the claims of an extension are not judged, where they are not: of extensions only `shaken` is read here. One that is
 * not known makes the token one that is not there (RFC 8224 §6.2).
 */
function unreadExtension({ ppt, claims, compact }: Passport): string | undefined {
  if (ppt === undefined) return undefined;
  if (ppt !== 'shaken' || compact)
    return `The PASSporT has the extension "${ppt}", which is not read here: it is not judged (RFC 8224 §6.2).`;
  const { attest, origid } = claims;
  if (typeof attest !== 'string' || !ATTESTATION.test(attest))
    return 'The PASSporT is not judged: its attest is not A, B or C (RFC 8588 §4).';
  if (typeof origid !== 'string' || !UUID.test(origid))
    return 'The PASSporT is not judged: its origid is no UUID (RFC 8588 §5).';
  return undefined;
}

/** What speaks against the signer's certificate where trust anchors were given, or against what its key is for. */
function distrustOf(
  certificate: Certificate,
  { anchors, seenAt, now, budget }: IdentityEvidence,
): Pick<IdentityHeaderVerdict, 'status' | 'reason'> | undefined {
  const owner = `"${certificate.subject}"`;
  const { keyUsage } = certificate;
  if (
    keyUsage !== undefined &&
    !keyUsage.includes('digitalSignature') &&
    !keyUsage.includes('nonRepudiation')
  ) {
    const reason = `The PASSporT was signed with the key of ${owner}, whose key usage forbids signatures (RFC 5280 §4.2.1.3).`;
    return { status: 'invalid', reason };
  }
  if (anchors === undefined || anchors.size === 0) return undefined;
  const atSeconds = seenAt ?? now;
  const pay = budget === undefined ? undefined : (microseconds: number) => budget.take(microseconds);
  const chain = verifyChain(certificate, { anchors, intermediates: anchors, atSeconds, pay });
  if (chain.status === 'valid') return undefined;
  const status = chainSeverity(chain.status) === 'error' ? 'invalid' : 'unverifiable';
  return {
    status,
    reason: `The PASSporT was signed with the key of ${owner}, which is not trusted: ${chain.reason}`,
  };
}

/** The domain that must have signed; undefined where the caller is a telephone number. */
function originHost(message: SipMessage, header: Passport, match: SignedText): string | undefined {
  const orig = passportIdentity(header.compact ? undefined : header.claims['orig']);
  if (orig !== undefined) {
    const host = orig.kind === 'uri' ? parseUri(orig.value).host : '';
    return host === '' ? undefined : host;
  }
  return match.name.startsWith('from sip') ? hostOf(message, 'from') : undefined;
}

function rfc4474Age(message: SipMessage, seenAt: number | undefined): { readonly stale?: string } {
  const date = firstHeader(message, 'date')?.value;
  const seconds = date === undefined ? undefined : parseSipDate(date).seconds;
  return age('Date', seconds, seenAt, RFC4474_FRESH_SECONDS, 'RFC 4474 §13.1');
}

function passportAge({ claims }: Passport, seenAt: number | undefined): { readonly stale?: string } {
  const iat = claims['iat'];
  const seconds = typeof iat === 'number' && Number.isFinite(iat) ? iat : undefined;
  return age('The PASSporT’s iat', seconds, seenAt, PASSPORT_FRESH_SECONDS, 'RFC 8224 §6.2');
}

function age(
  what: string,
  seconds: number | undefined,
  seenAt: number | undefined,
  limit: number,
  reference: string,
): { readonly stale?: string } {
  if (seconds === undefined || seenAt === undefined) return {};
  const difference = Math.round(seenAt - seconds);
  if (Math.abs(difference) <= limit) return {};
  const side = difference > 0 ? 'before' : 'after';
  return {
    stale: `${what} is ${Math.abs(difference)} s ${side} the message was seen; ${limit} s are allowed (${reference}).`,
  };
}

type Candidate = { readonly certificate: Certificate; readonly key: KeyObject };

function candidates(
  certificates: readonly Certificate[],
  fits: (certificate: Certificate) => boolean,
): readonly Candidate[] {
  return certificates
    .filter(fits)
    .slice(0, MAX_TRIED)
    .flatMap((certificate) => {
      const key = publicKeyOf(certificate);
      return key === undefined ? [] : [{ certificate, key }];
    });
}

function countOf(tried: number): string {
  return tried === 1
    ? 'the key of the one certificate given that it could be has'
    : `the keys of the ${tried} certificates given that it could be have`;
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

function verifiesEcdsa(bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  try {
    return verify('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    // A key of another curve.
    return false;
  }
}
