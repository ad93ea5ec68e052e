/**
 * What each header's value must look like (RFC 3261 §20, §25.1 and the RFCs that add headers), as one table.
 *
 * A check takes an unfolded value and gives faults that count from its start.
 */
import { append } from '../bytes/append.js';
import type { Fault } from '../bytes/fault.js';
import { isWildcardContact, type NameAddr, parseNameAddr, shiftFaults } from './grammar/address.js';
import { excerpt, isToken, skipBlanks, skipClass, TOKEN, WORD } from './grammar/characters.js';
import {
  emptyElementFaults,
  parseParameters,
  quotedStringEnd,
  splitCommaList,
} from './grammar/parameters.js';
import { parseUri } from './grammar/uri.js';
import {
  parseAuthentication,
  parseCommaParameters,
  parseCSeq,
  parseScalar,
  parseSipDate,
} from './grammar/values.js';
import { parseViaList } from './grammar/via.js';

export type ValueCheck = (value: string) => readonly Fault[];
export type HeaderRule = {
  /** Whether the header may be given once only. */
  readonly single: boolean;
  readonly check?: ValueCheck;
  /** Whether values repeat from message to message so much that their faults are worth remembering. */
  readonly remember?: boolean;
};

const NONE: readonly Fault[] = [];

/** All of a value is at fault. */
function whole(value: string, code: string, message: string): readonly Fault[] {
  return [{ code, message, start: 0, length: value.length }];
}

function checkAddress(value: string, needsBrackets: boolean): readonly Fault[] {
  const address = parseNameAddr(value);
  const faults = addressFaults(address);
  if (!needsBrackets || address.bracketed || faults.length > 0) return faults;
  return whole(value, 'name-addr-required', `The address ${excerpt(value)} must stand in angle brackets.`);
}

/** Faults of an address, its URI and the parameters that have a grammar of their own. */
function addressFaults(address: NameAddr): readonly Fault[] {
  const uri = parseUri(address.uri);
  if (address.faults.length === 0 && uri.faults.length === 0 && address.parameters.length === 0) return NONE;
  const faults = [...address.faults];
  // After a fault of the address's frame, what was taken for its URI is a guess: one fault is enough.
  if (address.faults.every((fault) => fault.code.startsWith('parameter')))
    append(faults, shiftFaults(uri.faults, address.places.uri.start));
  for (const { name, value = '', range } of address.parameters) {
    const place = { start: range.start, length: range.end - range.start };
    if ((name === 'expires' || name.toLowerCase() === 'expires') && parseScalar(value) === undefined)
      faults.push({
        code: 'expires-range',
        message: `The expires parameter is "${excerpt(value)}", not a number of 0 to 2^32-1.`,
        ...place,
      });
    else if ((name === 'q' || name === 'Q') && !/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value))
      faults.push({
        code: 'qvalue-range',
        message: `The q parameter is "${excerpt(value)}", not a number of 0 to 1 with up to three decimals.`,
        ...place,
      });
  }
  return faults;
}

const address: ValueCheck = (value) => checkAddress(value, false);

function addressList(name: string, needsBrackets: boolean): ValueCheck {
  return (value) => {
    if (!value.includes(',')) return checkAddress(value, needsBrackets);
    const items = splitCommaList(value);
    const faults = emptyElementFaults(items, name);
    for (const item of items)
      if (item.text !== '') append(faults, shiftFaults(checkAddress(item.text, needsBrackets), item.start));
    return faults;
  };
}

const contactList = addressList('Contact', false);
const contact: ValueCheck = (value) => (isWildcardContact(value) ? NONE : contactList(value));

const via: ValueCheck = (value) => {
  const hops = parseViaList(value);
  if (hops.length === 1 && !value.includes(',')) return hops[0]?.faults ?? NONE;
  const faults = emptyElementFaults(splitCommaList(value), 'Via');
  for (const hop of hops) append(faults, hop.faults);
  return faults.length === 0 ? NONE : faults;
};

function scalar(code: string, name: string, maximum: number, minimum = 0): ValueCheck {
  const limits = `${minimum} to ${maximum === 2 ** 32 - 1 ? '2^32-1' : maximum}`;
  return (value) => {
    const number = parseScalar(value, maximum);
    if (number !== undefined && number >= minimum) return NONE;
    return whole(value, code, `${name} is "${excerpt(value)}", not a number of ${limits}.`);
  };
}

/** `delta-seconds [comment] *(SEMI param)` */
function deltaWithParameters(code: string, name: string): ValueCheck {
  const check = scalar(code, name, 2 ** 32 - 1);
  return (value) => {
    let end = value.search(/[;( \t]/);
    if (end < 0) end = value.length;
    const faults = [...check(value.slice(0, end))];
    let at = skipBlanks(value, end);
    if (value.charAt(at) === '(') at = commentEnd(value, at);
    parseParameters(value, at, value.length, faults);
    return faults;
  };
}

/** Place after the (nested) comment at `start`; the text's end where it is not closed. */
function commentEnd(value: string, start: number): number {
  let depth = 0;
  for (let at = start; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === '\\') at++;
    else if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return at + 1;
  }
  return value.length;
}

/** callid = word [ "@" word ] */
function isCallId(value: string): boolean {
  const end = value.length;
  let at = skipClass(value, 0, end, WORD);
  if (at === 0) return false;
  if (at === end) return true;
  if (value.charAt(at) !== '@') return false;
  const second = at + 1;
  at = skipClass(value, second, end, WORD);
  return at === end && at > second;
}

const callId: ValueCheck = (value) =>
  isCallId(value)
    ? NONE
    : whole(value, 'call-id-syntax', `Call-ID "${excerpt(value)}" is not a word or two joined by "@".`);

/** Tokens between commas. */
function tokens(name: string, mayBeEmpty: boolean): ValueCheck {
  return (value) => {
    if (value === '' && mayBeEmpty) return NONE;
    if (isToken(value)) return NONE;
    const items = splitCommaList(value);
    const bad = items.find((item) => !isToken(item.text));
    if (bad === undefined && items.length > 0) return NONE;
    return [
      {
        code: 'token-syntax',
        message: `${name} has "${excerpt(bad?.text ?? value)}" where a token should be.`,
        start: bad?.start ?? 0,
        length: bad?.text.length ?? 0,
      },
    ];
  };
}

/** `token *(SEMI param)` */
function tokenWithParameters(name: string): ValueCheck {
  return (value) => {
    const end = skipClass(value, 0, value.length, TOKEN);
    const faults: Fault[] = [];
    if (end === 0)
      faults.push({
        code: 'token-syntax',
        message: `${name} does not begin with a token.`,
        start: 0,
        length: 0,
      });
    parseParameters(value, end, value.length, faults);
    return faults;
  };
}

/** m-type SLASH m-subtype *(SEMI m-parameter); blanks may stand around the slash. */
const contentType: ValueCheck = (value) => {
  const typeEnd = skipClass(value, 0, value.length, TOKEN);
  const slash = skipBlanks(value, typeEnd);
  const subtype = skipBlanks(value, slash + 1);
  const end = skipClass(value, subtype, value.length, TOKEN);
  if (typeEnd === 0 || value.charAt(slash) !== '/' || end === subtype)
    return whole(
      value,
      'content-type-syntax',
      `Content-Type "${excerpt(value)}" is not a type and a subtype.`,
    );
  const faults: Fault[] = [];
  parseParameters(value, end, value.length, faults);
  return faults;
};

/** warn-code SP warn-agent SP warn-text */
const warning: ValueCheck = (value) => {
  const items = splitCommaList(value);
  const faults = emptyElementFaults(items, 'Warning');
  for (const { text, start } of items) {
    if (text === '') continue;
    const [code = ''] = text.split(/[ \t]/, 1);
    if (!/^\d{3}$/.test(code))
      faults.push({
        code: 'warning-code',
        message: `The warning code "${excerpt(code)}" is not three digits.`,
        start,
        length: code.length,
      });
    const agent = skipBlanks(text, code.length);
    let at = agent;
    while (at < text.length && text.charAt(at) !== ' ' && text.charAt(at) !== '\t') at++;
    const quote = skipBlanks(text, at);
    if (at === agent || text.charAt(quote) !== '"' || quotedStringEnd(text, quote) !== text.length)
      faults.push({
        code: 'warning-syntax',
        message: `Warning "${excerpt(text)}" is not a code, an agent and a quoted text.`,
        start,
        length: text.length,
      });
  }
  return faults;
};

const rack: ValueCheck = (value) => {
  const [response = '', sequence = '', method = '', more] = value.split(/[ \t]+/);
  const holds = parseScalar(response) !== undefined && parseScalar(sequence) !== undefined && isToken(method);
  return holds && more === undefined
    ? NONE
    : whole(value, 'rack-syntax', `RAck "${excerpt(value)}" is not two numbers and a method.`);
};

const timestamp: ValueCheck = (value) =>
  /^\d*(?:\.\d*)?(?:[ \t]+\d*(?:\.\d*)?)?$/.test(value) && /^\d/.test(value)
    ? NONE
    : whole(value, 'timestamp-syntax', `Timestamp "${excerpt(value)}" is not a number.`);

const mimeVersion: ValueCheck = (value) =>
  /^\d+\.\d+$/.test(value)
    ? NONE
    : whole(value, 'mime-version-syntax', `MIME-Version "${excerpt(value)}" is not a version.`);

const authentication: ValueCheck = (value) => parseAuthentication(value).faults;

const authenticationInfo: ValueCheck = (value) => {
  const faults: Fault[] = [];
  parseCommaParameters(value, 0, faults);
  return faults;
};

/** callid *(SEMI param), as in Replaces and Join. */
const callIdWithParameters: ValueCheck = (value) => {
  let end = value.indexOf(';');
  if (end < 0) end = value.length;
  const faults = [...callId(value.slice(0, end).trimEnd())];
  parseParameters(value, end, value.length, faults);
  return faults;
};

const DELTA = 2 ** 32 - 1;

/** Rules by canonical header name. */
export const HEADER_RULES: ReadonlyMap<string, HeaderRule> = new Map<string, HeaderRule>([
  ['to', { single: true, check: address }],
  ['from', { single: true, check: address }],
  ['via', { single: false, check: via }],
  ['call-id', { single: true, check: callId }],
  ['cseq', { single: true, check: (value) => parseCSeq(value).faults }],
  ['max-forwards', { single: true, check: scalar('max-forwards-range', 'Max-Forwards', 255) }],
  ['contact', { single: false, check: contact }],
  ['route', { single: false, check: addressList('Route', true), remember: true }],
  ['record-route', { single: false, check: addressList('Record-Route', true), remember: true }],
  ['path', { single: false, check: addressList('Path', true), remember: true }],
  ['service-route', { single: false, check: addressList('Service-Route', true), remember: true }],
  [
    'p-asserted-identity',
    { single: false, check: addressList('P-Asserted-Identity', false), remember: true },
  ],
  [
    'p-preferred-identity',
    { single: false, check: addressList('P-Preferred-Identity', false), remember: true },
  ],
  ['alert-info', { single: false, check: addressList('Alert-Info', true) }],
  ['call-info', { single: false, check: addressList('Call-Info', true) }],
  ['error-info', { single: false, check: addressList('Error-Info', true) }],
  ['reply-to', { single: true, check: address }],
  ['refer-to', { single: true, check: address }],
  ['referred-by', { single: true, check: address }],
  ['content-length', { single: true }],
  ['content-type', { single: true, check: contentType }],
  ['content-disposition', { single: true, check: tokenWithParameters('Content-Disposition') }],
  ['content-encoding', { single: false, check: tokens('Content-Encoding', false) }],
  ['content-transfer-encoding', { single: true, check: tokens('Content-Transfer-Encoding', false) }],
  ['mime-version', { single: true, check: mimeVersion }],
  ['date', { single: true, check: (value) => parseSipDate(value).faults }],
  ['expires', { single: true, check: scalar('expires-range', 'Expires', DELTA) }],
  ['min-expires', { single: true, check: scalar('min-expires-range', 'Min-Expires', DELTA) }],
  ['retry-after', { single: true, check: deltaWithParameters('retry-after-range', 'Retry-After') }],
  [
    'session-expires',
    { single: true, check: deltaWithParameters('session-expires-range', 'Session-Expires') },
  ],
  ['min-se', { single: true, check: deltaWithParameters('session-expires-range', 'Min-SE') }],
  ['timestamp', { single: true, check: timestamp }],
  ['rseq', { single: true, check: scalar('rseq-range', 'RSeq', DELTA, 1) }],
  ['rack', { single: true, check: rack }],
  ['warning', { single: false, check: warning }],
  ['allow', { single: false, check: tokens('Allow', true), remember: true }],
  ['supported', { single: false, check: tokens('Supported', true), remember: true }],
  ['unsupported', { single: false, check: tokens('Unsupported', false) }],
  ['require', { single: false, check: tokens('Require', false) }],
  ['proxy-require', { single: false, check: tokens('Proxy-Require', false) }],
  ['allow-events', { single: false, check: tokens('Allow-Events', false) }],
  ['event', { single: true, check: tokenWithParameters('Event') }],
  ['subscription-state', { single: true, check: tokenWithParameters('Subscription-State') }],
  ['priority', { single: true, check: tokens('Priority', false) }],
  ['replaces', { single: true, check: callIdWithParameters }],
  ['join', { single: true, check: callIdWithParameters }],
  ['authorization', { single: false, check: authentication }],
  ['proxy-authorization', { single: false, check: authentication }],
  ['www-authenticate', { single: false, check: authentication }],
  ['proxy-authenticate', { single: false, check: authentication }],
  ['authentication-info', { single: true, check: authenticationInfo }],
  ['subject', { single: true }],
  ['organization', { single: true }],
  ['user-agent', { single: true }],
  ['server', { single: true }],
]);
