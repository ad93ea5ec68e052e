/**
 * What PASSporT extensions add to the claims (`ppt`): SHAKEN (RFC 8588), diversion (RFC 8946), Resource-Priority (RFC 8443),
 * rich call data (RFC 9795) and messaging (RFC 9475). A token with an extension that is not known is as if it were not there
 * (RFC 8224 §6.2): it is not judged.
 */
import { createHash } from 'node:crypto';
import { parseNameAddr } from '../../sip/grammar/address.js';
import { passportIdentity } from '../../sip/identity/address.js';
import { diverted } from '../../sip/identity/claims.js';
import type { JsonObject, Passport } from '../../sip/identity/passport.js';
import { firstHeader, headersNamed, type SipMessage } from '../../sip/message.js';
import { invalid, type Judgement, unverifiable } from './verdict.js';

/** What an extension comes to: what speaks against the token, or what is to be said beside it where nothing does. */
export type ExtensionVerdict = { readonly problem: Judgement } | { readonly notes: readonly string[] };

type Reader = (claims: JsonObject, message: SipMessage) => ExtensionVerdict;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['shaken', readShaken],
  ['div', readDiversion],
  ['div-o', readDiversion],
  ['rph', readPriorities],
  ['rcd', readRichCallData],
  ['msgi', readMessageIntegrity],
]);

const NOTHING: ExtensionVerdict = { notes: [] };

export function extensionVerdict({ ppt, compact, claims }: Passport, message: SipMessage): ExtensionVerdict {
  if (ppt === undefined) return NOTHING;
  const reader = READERS.get(ppt);
  if (reader === undefined) {
    const reason = `The PASSporT has the extension "${ppt}", which is not read here: it is not judged (RFC 8224 §6.2).`;
    return { problem: unverifiable(reason) };
  }
  if (compact) {
    const reason = `The PASSporT is in compact form, and what "${ppt}" adds to its claims cannot be made from the message.`;
    return { problem: unverifiable(reason) };
  }
  return reader(claims, message);
}

function wrong(sentence: string): ExtensionVerdict {
  return { problem: invalid(`The PASSporT does not verify: ${sentence}`) };
}

/** Forms of an attestation and an origination identifier (RFC 8588 §4, §5). */
const ATTESTATION = /^[ABC]$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function readShaken({ attest, origid }: JsonObject): ExtensionVerdict {
  if (typeof attest !== 'string' || !ATTESTATION.test(attest)) {
    return wrong('its attest is not A, B or C (RFC 8588 §4).');
  }
  if (typeof origid !== 'string' || !UUID.test(origid)) return wrong('its origid is no UUID (RFC 8588 §5).');
  return NOTHING;
}

/** Whom it was diverted from; the chain to the tokens before is followed where all are known. */
function readDiversion(claims: JsonObject): ExtensionVerdict {
  const from = passportIdentity(diverted({ claims } as Passport));
  if (from === undefined) return wrong('its div names no one tn or uri (RFC 8946 §3).');
  return NOTHING;
}

/** Keys of the rph claim that name priorities: RFC 8443 §3, RFC 9027 §3. */
const PRIORITY_KEYS = ['auth', 'ESorig', 'ESdest'];

/** Each priority that the request asks for is one that the token authorises (RFC 8443 §4.2). */
function readPriorities({ rph }: JsonObject, message: SipMessage): ExtensionVerdict {
  if (typeof rph !== 'object' || rph === null) return wrong('it has no rph claim (RFC 8443 §3).');
  const named = PRIORITY_KEYS.flatMap((key) => (rph as JsonObject)[key]);
  const allowed = new Set(named.flatMap((value) => (typeof value === 'string' ? [value.toLowerCase()] : [])));
  if (allowed.size === 0) return wrong('its rph names no priority (RFC 8443 §3).');
  const asked = headersNamed(message, 'resource-priority')
    .flatMap(({ value }) => value.split(','))
    .map((value) => value.trim().toLowerCase());
  if (asked.length === 0)
    return wrong('the request has no Resource-Priority, which it vouches for (RFC 8443 §4.2).');
  const other = asked.find((value) => !allowed.has(value));
  return other === undefined
    ? NOTHING
    : wrong(`its rph does not name the priority "${other}" that the request asks for (RFC 8443 §4.2).`);
}

/** A name at least (RFC 9795 §5.1.1); what its addresses hold is not fetched. */
function readRichCallData({ rcd, crn }: JsonObject, message: SipMessage): ExtensionVerdict {
  if (typeof rcd !== 'object' || rcd === null) {
    return typeof crn === 'string' ? NOTHING : wrong('it has neither rcd nor crn (RFC 9795 §5).');
  }
  const { nam, icn, jcl } = rcd as JsonObject;
  if (typeof nam !== 'string') return wrong('its rcd has no nam (RFC 9795 §5.1.1).');
  const notes: string[] = [];
  const from = firstHeader(message, 'from');
  const shown = from === undefined ? undefined : parseNameAddr(from.value).displayName;
  if (shown !== undefined && shown !== '' && shown !== nam) {
    notes.push(`The display name of From is "${shown}", the token vouches for "${nam}" (RFC 9795 §5.1.1).`);
  }
  for (const [name, address] of Object.entries({ icn, jcl })) {
    if (address !== undefined)
      notes.push(`What the ${name} of the rcd points to is not fetched and not judged.`);
  }
  return { notes };
}

/** A digest of the body, as `sha256-` and base64 (RFC 9475 §3.2). */
const DIGEST = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})$/;

function readMessageIntegrity({ msgi }: JsonObject, message: SipMessage): ExtensionVerdict {
  const match = typeof msgi === 'string' ? DIGEST.exec(msgi) : null;
  if (match === null) return wrong('its msgi is no digest with a name (RFC 9475 §3.2).');
  const [, hash = '', text = ''] = match;
  const digest = createHash(hash).update(message.body).digest();
  return digest.equals(Buffer.from(text, 'base64'))
    ? NOTHING
    : wrong('its msgi is not the digest of the body: the body was changed (RFC 9475 §3.2).');
}
