/**
 * What the Identity headers of a message prove (RFC 8224 §6.2, RFC 4474 §6): who signed, whether they may vouch for who the
 * request is from, and whether the header is for this request and fresh.
 */
import { parseSipDate } from '../../sip/grammar/values.js';
import { isSameIdentity, passportDestinations, passportIdentity } from '../../sip/identity/address.js';
import { diverted, isDiversion, secondsAfterDate } from '../../sip/identity/claims.js';
import { type IdentityHeader, parseIdentities } from '../../sip/identity/header.js';
import { type Passport, parseNestedPassport } from '../../sip/identity/passport.js';
import { firstHeader, type SipMessage } from '../../sip/message.js';
import { judgePassport } from './passport.js';
import { judgeRfc4474 } from './rfc4474.js';
import { type IdentityEvidence, type IdentityHeaderVerdict, invalid, unverifiable } from './verdict.js';

/** RFC 8224 §6.2: sixty seconds are recommended between iat or Date and the receipt. */
const PASSPORT_FRESH_SECONDS = 60;
/** RFC 4474 §13.1. */
const RFC4474_FRESH_SECONDS = 3600;

/** Judges the Identity headers of a message, in their order. */
export function judgeIdentityHeaders(
  message: SipMessage,
  evidence: IdentityEvidence,
): readonly IdentityHeaderVerdict[] {
  const headers = parseIdentities(message);
  const passports = headers.filter((header) => header.kind === 'passport');
  const alone = headers.map((header) =>
    withAge(message, judgeHeader(message, header, passports, evidence), evidence),
  );
  return alone.map((verdict) => withDiversion(message, verdict, alone, evidence));
}

function judgeHeader(
  message: SipMessage,
  header: IdentityHeader,
  passports: readonly Passport[],
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  switch (header.kind) {
    case 'malformed':
      return { header, ...invalid(`The Identity header cannot be read: ${header.reason}.`), breaches: [] };
    case 'rfc4474':
      return judgeRfc4474(message, header, evidence);
    case 'passport':
      return judgePassport(message, header, passports, evidence);
  }
}

/** A verdict with the age of the header: what is right and not fresh is no proof of this request. */
function withAge(
  message: SipMessage,
  verdict: IdentityHeaderVerdict,
  { seenAt }: IdentityEvidence,
): IdentityHeaderVerdict {
  const stale = staleness(message, verdict.header, seenAt);
  if (stale === undefined) return verdict;
  if (verdict.status !== 'valid') return { ...verdict, stale };
  const reason =
    'The signature of the Identity header is right, and its time is not: a receiver answers 403 Stale Date.';
  return { ...verdict, ...unverifiable(reason, 'warning'), stale };
}

function staleness(
  message: SipMessage,
  header: IdentityHeader,
  seenAt: number | undefined,
): string | undefined {
  if (header.kind === 'rfc4474') {
    const date = firstHeader(message, 'date')?.value;
    const seconds = date === undefined ? undefined : parseSipDate(date).seconds;
    return age('Date', seconds, seenAt, RFC4474_FRESH_SECONDS, 'RFC 4474 §13.1');
  }
  if (header.kind !== 'passport') return undefined;
  const { iat } = header.claims;
  const seconds = typeof iat === 'number' && Number.isFinite(iat) ? iat : undefined;
  const own = age('The PASSporT’s iat', seconds, seenAt, PASSPORT_FRESH_SECONDS, 'RFC 8224 §6.2');
  if (own !== undefined) return own;
  const distance = Math.round(secondsAfterDate(message, header));
  if (!(Math.abs(distance) > PASSPORT_FRESH_SECONDS)) return undefined;
  return `The PASSporT’s iat is ${Math.abs(distance)} s ${distance > 0 ? 'after' : 'before'} Date; ${PASSPORT_FRESH_SECONDS} s are allowed (RFC 8224 §6.2).`;
}

function age(
  what: string,
  seconds: number | undefined,
  seenAt: number | undefined,
  limit: number,
  reference: string,
): string | undefined {
  if (seconds === undefined || seenAt === undefined) return undefined;
  const difference = Math.round(seenAt - seconds);
  if (Math.abs(difference) <= limit) return undefined;
  const side = difference > 0 ? 'before' : 'after';
  return `${what} is ${Math.abs(difference)} s ${side} the message was seen; ${limit} s are allowed (${reference}).`;
}

/**
 * A diversion proves what the token before it proves (RFC 8946 §4.2): the one for whom its div claim names, of the same
 * caller, beside it in the message or inside it (`div-o`).
 */
function withDiversion(
  message: SipMessage,
  verdict: IdentityHeaderVerdict,
  all: readonly IdentityHeaderVerdict[],
  evidence: IdentityEvidence,
): IdentityHeaderVerdict {
  const { header } = verdict;
  if (verdict.status !== 'valid' || header.kind !== 'passport' || !isDiversion(header)) return verdict;
  const problem = chainProblem(message, header, all, evidence, []);
  return problem === undefined ? verdict : { ...verdict, ...unverifiable(problem, 'warning') };
}

/** Why the tokens before a diversion do not hold, a sentence; undefined where they lead to one that is none. */
function chainProblem(
  message: SipMessage,
  header: Passport,
  all: readonly IdentityHeaderVerdict[],
  evidence: IdentityEvidence,
  seen: readonly Passport[],
): string | undefined {
  const before =
    header.ppt === 'div-o'
      ? nestedVerdict(message, header, evidence)
      : all.find(({ header: other }) => {
          return other.kind === 'passport' && !seen.includes(other) && precedes(other, header);
        });
  if (typeof before === 'string') return before;
  if (before === undefined) {
    return 'The PASSporT tells of a diversion, and the request has no PASSporT for whom the call was diverted from (RFC 8946 §4.2).';
  }
  if (before.status !== 'valid') {
    return `The PASSporT tells of a diversion, and the one before it does not hold: ${before.reason}`;
  }
  const { header: other } = before;
  if (other.kind !== 'passport' || !isDiversion(other)) return undefined;
  return chainProblem(message, other, all, evidence, [...seen, header]);
}

function precedes(earlier: Passport, later: Passport): boolean {
  const from = passportIdentity(diverted(later));
  const caller = passportIdentity(later.claims['orig']);
  const earlierCaller = passportIdentity(earlier.claims['orig']);
  if (earlier === later || from === undefined || caller === undefined || earlierCaller === undefined)
    return false;
  return (
    isSameIdentity(caller, earlierCaller) &&
    passportDestinations(earlier.claims['dest']).some((dest) => isSameIdentity(dest, from))
  );
}

/** The token in `opt` (RFC 8946 §5), judged as if it stood in a header of its own; why there is none, a sentence. */
function nestedVerdict(
  message: SipMessage,
  header: Passport,
  evidence: IdentityEvidence,
): IdentityHeaderVerdict | string {
  const { opt } = header.claims;
  const nested = typeof opt === 'string' ? parseNestedPassport(opt) : 'it is no text';
  if (typeof nested === 'string')
    return `The opt claim of the PASSporT cannot be read: ${nested} (RFC 8946 §5).`;
  if (!precedes(nested, header)) {
    return 'The PASSporT in the opt claim is not for whom the call was diverted from, or of another caller (RFC 8946 §5).';
  }
  // One level: a diversion inside one would be a chain of unknown length in one header.
  if (isDiversion(nested))
    return 'The PASSporT in the opt claim is a diversion itself, which is not followed.';
  return judgePassport(message, nested, [nested, header], evidence);
}
