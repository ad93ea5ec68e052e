/**
 * URIs: SIP and SIPS (RFC 3261 §19.1, §25.1), tel (RFC 3966), and others as scheme and opaque part (RFC 2396).
 *
 * In: text. Out: the parts as written (escapes kept) with their places, and faults. Total: any text gives an
 * answer, with '' for what is not there.
 */
import type { Fault } from '../../bytes/fault.js';
import {
  excerpt,
  isDigits,
  isHexDigit,
  isInClass,
  PASSWORD,
  URI_HEADER,
  URI_PARAMETER,
  URIC,
  USER,
} from './characters.js';
import { isHost } from './host.js';
import type { Parameter, Range } from './parameters.js';

/** A URI in its parts. */
export type Uri = {
  /** Lower-case; '' where there is none. */
  readonly scheme: string;
  /** User of a sip or sips URI, number of a tel URI; escapes kept. */
  readonly user?: string;
  readonly password?: string;
  /** As written, IPv6 in its brackets; '' for schemes without a host of their own. */
  readonly host: string;
  /** 0..65535; absent where none is given or it is no number. */
  readonly port?: number;
  readonly parameters: readonly Parameter[];
  /** `?name=value&...`; escapes kept. */
  readonly headers: readonly Parameter[];
  /** What follows the scheme, for schemes other than sip, sips and tel. */
  readonly opaque?: string;
  readonly places: {
    readonly user?: Range;
    readonly password?: Range;
    readonly host?: Range;
    readonly port?: Range;
  };
  readonly faults: readonly Fault[];
};

const NONE: readonly Parameter[] = [];

/** Reads a URI. */
export function parseUri(text: string): Uri {
  const colon = text.indexOf(':');
  const scheme = colon < 0 ? '' : text.slice(0, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return parseSipUri(text, scheme, colon + 1);
  if (scheme === 'tel') return parseTelUri(text, colon + 1);
  const faults: Fault[] = [];
  if (!/^[a-z][a-z0-9+\-.]*$/.test(scheme)) {
    faults.push({
      code: 'uri-scheme-missing',
      message: `"${excerpt(text)}" does not begin with a URI scheme.`,
      start: 0,
      length: text.length,
    });
    return { scheme: '', host: '', parameters: NONE, headers: NONE, opaque: text, places: {}, faults };
  }
  // A fragment is no part of a URI in SIP, but is recognized by its character like any other.
  checkCharacters(text, colon + 1, text.length, URIC, 'URI', faults);
  return {
    scheme,
    host: '',
    parameters: NONE,
    headers: NONE,
    opaque: text.slice(colon + 1),
    places: {},
    faults,
  };
}

function parseSipUri(text: string, scheme: string, start: number): Uri {
  const faults: Fault[] = [];
  const places: { user?: Range; password?: Range; host?: Range; port?: Range } = {};
  let user: string | undefined;
  let password: string | undefined;
  let port: number | undefined;
  const sign = text.indexOf('@', start);
  let at = start;
  if (sign >= 0) {
    let userEnd = text.indexOf(':', start);
    if (userEnd < 0 || userEnd > sign) userEnd = sign;
    user = text.slice(start, userEnd);
    places.user = { start, end: userEnd };
    if (userEnd === start)
      faults.push({
        code: 'uri-character',
        message: 'The URI has an "@" with no user before it.',
        start: sign,
        length: 1,
      });
    checkCharacters(text, start, userEnd, USER, 'user part', faults);
    if (userEnd < sign) {
      password = text.slice(userEnd + 1, sign);
      places.password = { start: userEnd + 1, end: sign };
      checkCharacters(text, userEnd + 1, sign, PASSWORD, 'password', faults);
    }
    at = sign + 1;
  }
  const hostStart = at;
  if (text.charCodeAt(at) === 0x5b) {
    const close = text.indexOf(']', at);
    at = close < 0 ? text.length : close + 1;
  }
  at = indexOfAny(text, at, ':;?');
  const host = text.slice(hostStart, at);
  places.host = { start: hostStart, end: at };
  if (!isHost(host))
    faults.push({
      code: 'host-syntax',
      message:
        host === '' ? 'The URI has no host.' : `"${excerpt(host)}" is not a host name or an IP address.`,
      start: hostStart,
      length: host.length,
    });
  if (text.charCodeAt(at) === 0x3a) {
    const portStart = at + 1;
    at = indexOfAny(text, portStart, ';?');
    places.port = { start: portStart, end: at };
    port = parsePort(text.slice(portStart, at), portStart, faults);
  }
  let parameters = NONE;
  let headers = NONE;
  if (text.charCodeAt(at) === 0x3b) {
    const end = indexOfAny(text, at, '?');
    parameters = parsePairs(text, at + 1, end, ';', URI_PARAMETER, 'uri-parameter-syntax', faults);
    at = end;
  }
  if (text.charCodeAt(at) === 0x3f)
    headers = parsePairs(text, at + 1, text.length, '&', URI_HEADER, 'uri-header-syntax', faults);
  const uri: { -readonly [K in keyof Uri]: Uri[K] } = { scheme, host, parameters, headers, places, faults };
  if (user !== undefined) uri.user = user;
  if (password !== undefined) uri.password = password;
  if (port !== undefined) uri.port = port;
  return uri;
}

/** RFC 3966 §3: a global number begins with "+"; a local one needs a phone-context. */
function parseTelUri(text: string, start: number): Uri {
  const faults: Fault[] = [];
  const end = indexOfAny(text, start, ';');
  const user = text.slice(start, end);
  let parameters = NONE;
  if (end < text.length)
    parameters = parsePairs(text, end + 1, text.length, ';', URI_PARAMETER, 'uri-parameter-syntax', faults);
  const isGlobal = /^\+[-.()]*[0-9][-.()0-9]*$/.test(user);
  const isLocal = /^[-.()0-9A-Fa-f*#]*[0-9A-Fa-f*#][-.()0-9A-Fa-f*#]*$/.test(user);
  if (!isGlobal && !isLocal)
    faults.push({
      code: 'tel-uri-syntax',
      message: `"${excerpt(user)}" is not a telephone number.`,
      start,
      length: user.length,
    });
  else if (isLocal && !parameters.some((parameter) => parameter.name.toLowerCase() === 'phone-context'))
    faults.push({
      code: 'tel-uri-syntax',
      message: `The local number ${excerpt(user)} has no phone-context.`,
      start,
      length: user.length,
    });
  return {
    scheme: 'tel',
    user,
    host: '',
    parameters,
    headers: NONE,
    places: { user: { start, end } },
    faults,
  };
}

/** A port of 0..65535 in `text`, which stands at `start`. */
export function parsePort(text: string, start: number, faults: Fault[]): number | undefined {
  const port = Number(text);
  if (isDigits(text) && port <= 65535) return port;
  faults.push({
    code: 'port-range',
    message: `"${excerpt(text)}" is not a port of 0 to 65535.`,
    start,
    length: text.length,
  });
  return undefined;
}

/** `name[=value]` pairs; each must have a name, and characters of the class or escapes. */
function parsePairs(
  text: string,
  start: number,
  end: number,
  separator: string,
  characters: number,
  code: string,
  faults: Fault[],
): readonly Parameter[] {
  const pairs: Parameter[] = [];
  let at = start;
  while (at <= end) {
    let next = text.indexOf(separator, at);
    if (next < 0 || next > end) next = end;
    let equals = text.indexOf('=', at);
    if (equals < 0 || equals > next) equals = next;
    const name = text.slice(at, equals);
    if (name === '')
      faults.push({
        code,
        message: `The URI has a "${text.charAt(at - 1)}" with no name after it.`,
        start: at - 1,
        length: 1,
      });
    else {
      const what = separator === ';' ? 'URI parameters' : 'URI headers';
      checkCharacters(text, at, equals, characters, what, faults);
      const range = { start: at, end: next };
      if (equals < next) {
        checkCharacters(text, equals + 1, next, characters, what, faults);
        const valueRange = { start: equals + 1, end: next };
        pairs.push({ name, value: text.slice(equals + 1, next), quoted: false, range, valueRange });
      } else pairs.push({ name, quoted: false, range });
    }
    at = next + 1;
  }
  return pairs;
}

/** Every character is of the class or part of a `%HH`. One fault a part. */
function checkCharacters(
  text: string,
  start: number,
  end: number,
  characters: number,
  what: string,
  faults: Fault[],
): void {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isInClass(code, characters)) continue;
    if (code === 0x25) {
      if (at + 2 < end && isHexDigit(text.charCodeAt(at + 1)) && isHexDigit(text.charCodeAt(at + 2))) {
        at += 2;
        continue;
      }
      faults.push({
        code: 'uri-escape',
        message: `The ${what} has a "%" that two hexadecimal digits do not follow.`,
        start: at,
        length: 1,
      });
      return;
    }
    faults.push({
      code: 'uri-character',
      message: `The ${what} has the character "${text.charAt(at)}" in it, which must be escaped.`,
      start: at,
      length: 1,
    });
    return;
  }
}

/** First place from `start` on of one of the (one to three) `characters`, or the text's end. */
function indexOfAny(text: string, start: number, characters: string): number {
  const first = characters.charCodeAt(0);
  // NaN, where there is no second or third, equals nothing.
  const second = characters.charCodeAt(1);
  const third = characters.charCodeAt(2);
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === first || code === second || code === third) break;
  }
  return at;
}

/** Text with its `%HH` escapes resolved, as UTF-8; escapes that are none are left as they stand. */
export function decodeEscapes(text: string): string {
  if (!text.includes('%')) return text;
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
