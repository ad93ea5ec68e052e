/**
 * Whether the claims of a PASSporT vouch for the request that carries it (RFC 8224 §6.2): orig and dest are those of the
 * request, with every extension.
 */

import { parseSipDate } from '../grammar/values.js';
import { firstHeader, type SipMessage } from '../message.js';
import {
  identitiesOf,
  identitiesOfUri,
  isSameIdentity,
  type PassportIdentity,
  passportDestinations,
  passportIdentity,
} from './address.js';
import type { JsonObject, Passport } from './passport.js';

/** Extensions of RFC 8946: a call was diverted. */
export function isDiversion({ ppt }: Passport): boolean {
  return ppt === 'div' || ppt === 'div-o';
}

/** Why the claims do not vouch for this request, a sentence each: they lack something, or are for another. */
export function claimMismatches(
  message: SipMessage,
  passport: Passport,
  all: readonly Passport[],
): readonly string[] {
  // The claims of a compact token are made from the message.
  if (passport.compact) return [];
  return [...claimBreaches(passport.claims), ...identityMismatches(message, passport, all)];
}

/** RFC 8225 §5.1.1, §5.2: iat, orig and dest are there and of their forms. */
function claimBreaches({ iat, orig, dest }: JsonObject): string[] {
  const breaches: string[] = [];
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    breaches.push('The claims have no iat that is a number (RFC 8225 §5.1.1).');
  }
  if (passportIdentity(orig) === undefined) {
    breaches.push('The claims have no orig with one tn or uri (RFC 8225 §5.2.1).');
  }
  if (passportDestinations(dest).length === 0) {
    breaches.push('The claims have no dest with an array of tn or uri (RFC 8225 §5.2.1).');
  }
  return breaches;
}

/**
 * P-Asserted-Identity may stand for From. A call that was diverted has To as it was, or rewritten, and where it goes now in
 * the Request-URI; each diversion names in its div claim whom the token before it was for (RFC 8946 §4).
 */
function identityMismatches(message: SipMessage, passport: Passport, all: readonly Passport[]): string[] {
  const breaches: string[] = [];
  const said = passportIdentity(passport.claims['orig']);
  const callers = [...identitiesOf(message, 'from'), ...identitiesOf(message, 'p-asserted-identity')];
  if (said !== undefined && !callers.some((caller) => isSameIdentity(caller, said))) {
    breaches.push(`The orig of the claims is ${said.value}, which is not who From names (RFC 8224 §6.2).`);
  }
  const called = passportDestinations(passport.claims['dest']);
  const target =
    isDiversion(passport) && message.kind === 'request' ? identitiesOfUri(message.requestUri) : [];
  const to = [...identitiesOf(message, 'to'), ...target, ...divertedFrom(passport, all)];
  if (called.length > 0 && !to.some((one) => called.some((claimed) => isSameIdentity(one, claimed)))) {
    const names = called.map(({ value }) => value).join(', ');
    breaches.push(`The dest of the claims is ${names}, which is not who To names (RFC 8224 §6.2).`);
  }
  return breaches;
}

/** Whom the other tokens say that the call was diverted from. */
function divertedFrom(passport: Passport, all: readonly Passport[]): readonly PassportIdentity[] {
  return all.flatMap((other) => {
    const from = other === passport || !isDiversion(other) ? undefined : passportIdentity(diverted(other));
    return from === undefined ? [] : [from];
  });
}

/** The div claim without `hi`, which names a History-Info entry (RFC 8946 §3). */
export function diverted({ claims }: Passport): unknown {
  const { div } = claims;
  if (typeof div !== 'object' || div === null) return undefined;
  const { hi: _, ...identity } = div as JsonObject;
  return identity;
}

/** Seconds between iat and Date where both are there; NaN where not. */
export function secondsAfterDate(message: SipMessage, { claims }: Passport): number {
  const date = firstHeader(message, 'date')?.value;
  const { iat } = claims;
  const seconds = date === undefined ? undefined : parseSipDate(date).seconds;
  return seconds === undefined || typeof iat !== 'number' ? Number.NaN : iat - seconds;
}
