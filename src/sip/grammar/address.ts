/**
 * name-addr and addr-spec (RFC 3261 §20.10, §25.1): To, From, Contact, Route, Refer-To and their like.
 *
 * In: one unfolded value (an element, where the header is a list). Out: its parts with their places, and faults.
 */

import type { Fault } from '../../bytes/fault.js';
import { LimitedCache } from '../../bytes/limited-cache.js';
import { excerpt, isBlank, skipBlanks, skipClass, TOKEN, trimBlanks } from './characters.js';
import {
  findParameter,
  type Parameter,
  parseParameters,
  quotedStringEnd,
  type Range,
  splitCommaList,
  unquote,
} from './parameters.js';

/** An address as a header carries it. */
export type NameAddr = {
  /** Without quotes and escapes; absent where there is none. */
  readonly displayName?: string;
  /** As written, without angle brackets and the blanks in them. */
  readonly uri: string;
  /** Whether the URI stands in angle brackets. */
  readonly bracketed: boolean;
  /** Those of the header, not of the URI. */
  readonly parameters: readonly Parameter[];
  /** Value of the tag parameter. */
  readonly tag?: string;
  readonly places: { readonly displayName?: Range; readonly uri: Range };
  readonly faults: readonly Fault[];
};

/** Values read last: one message's From and To are asked for by several, a tenth of the time of an export over UDP. */
const readBefore = new LimitedCache<string, NameAddr>(4);

/** Reads one address with its parameters. */
export function parseNameAddr(value: string): NameAddr {
  return readBefore.get(value) ?? readBefore.keep(value, readNameAddr(value));
}

function readNameAddr(value: string): NameAddr {
  const faults: Fault[] = [];
  const end = value.length;
  const start = skipBlanks(value, 0);
  let bracket = -1;
  let name: Range | undefined;
  let displayName: string | undefined;
  if (value.charCodeAt(start) === 0x22) {
    const close = quotedStringEnd(value, start);
    if (close < 0) {
      faults.push({
        code: 'quoted-string-unterminated',
        message: `The display name ${excerpt(value.slice(start))} has no closing quote.`,
        start,
        length: end - start,
      });
      bracket = value.indexOf('<', start);
      name = { start, end: trimBlanks(value, start, bracket < 0 ? end : bracket) };
      displayName = value.slice(name.start + 1, name.end);
    } else {
      name = { start, end: close };
      displayName = unquote(value.slice(start, close));
      bracket = value.indexOf('<', close);
      const next = skipBlanks(value, close);
      if (bracket !== next)
        faults.push({
          code: 'name-addr-syntax',
          message: 'A quoted display name is not followed by a URI in angle brackets.',
          start: close,
          length: (bracket < 0 ? end : bracket) - close,
        });
    }
  } else {
    bracket = bracketAfterTokens(value, start);
    if (bracket > start) {
      name = { start, end: trimBlanks(value, start, bracket) };
      if (name.end > name.start) displayName = value.slice(name.start, name.end);
      else name = undefined;
      if (name !== undefined) checkTokens(value, name, faults);
    }
  }
  if (bracket >= 0) {
    let close = value.indexOf('>', bracket);
    let after = close + 1;
    if (close < 0) {
      faults.push({
        code: 'name-addr-unterminated',
        message: 'The angle bracket before the URI is not closed.',
        start: bracket,
        length: end - bracket,
      });
      close = end;
      after = end;
    }
    const from = skipBlanks(value, bracket + 1, close);
    const to = trimBlanks(value, from, close);
    if (from !== bracket + 1 || to !== close)
      faults.push({
        code: 'addr-spec-space',
        message: 'There is white space between an angle bracket and the URI in it.',
        start: bracket,
        length: close - bracket,
      });
    return finish(value, displayName, name, { start: from, end: to }, true, after, faults);
  }
  // An addr-spec, if need be after a display name that should not be there.
  const from = skipBlanks(value, name?.end ?? start);
  let stop = value.indexOf(';', from);
  if (stop < 0) stop = end;
  const to = trimBlanks(value, from, stop);
  const uri = value.slice(from, to);
  const special = uri.search(/[,?]/);
  if (special >= 0)
    faults.push({
      code: 'addr-spec-brackets',
      message: `A URI with a "${uri.charAt(special)}" in it must stand in angle brackets.`,
      start: from + special,
      length: 1,
    });
  const blank = uri.search(/[ \t]/);
  if (blank >= 0)
    faults.push({
      code: 'addr-spec-space',
      message: `The URI ${excerpt(uri)} has white space in it.`,
      start: from + blank,
      length: 1,
    });
  return finish(value, displayName, name, { start: from, end: to }, false, stop, faults);
}

/** Addresses of a value that is a list, with the places of the whole value. `*` is no address: see isWildcardContact. */
export function parseAddressList(value: string): NameAddr[] {
  const items = splitCommaList(value);
  return items
    .filter((item) => item.text !== '')
    .map((item) => shiftAddress(parseNameAddr(item.text), item.start));
}

/** Whether a Contact is the `*` that a REGISTER removes all bindings with (§10.2.2). */
export function isWildcardContact(value: string): boolean {
  return value === '*';
}

function finish(
  value: string,
  displayName: string | undefined,
  name: Range | undefined,
  uri: Range,
  bracketed: boolean,
  parametersStart: number,
  faults: Fault[],
): NameAddr {
  const parameters = parseParameters(value, parametersStart, value.length, faults);
  const address: { -readonly [K in keyof NameAddr]: NameAddr[K] } = {
    uri: value.slice(uri.start, uri.end),
    bracketed,
    parameters,
    places: name === undefined ? { uri } : { displayName: name, uri },
    faults,
  };
  if (displayName !== undefined) address.displayName = displayName;
  const tag = parameters.length === 0 ? undefined : findParameter(parameters, 'tag')?.value;
  if (tag !== undefined) address.tag = tag;
  return address;
}

/**
 * The `<` of a name-addr without a quoted display name; -1 where the value is an addr-spec. In an addr-spec a `<`
 * can only stand in a parameter, so after a colon or a semicolon.
 */
function bracketAfterTokens(value: string, start: number): number {
  const bracket = value.indexOf('<', start);
  if (bracket < 0) return -1;
  const quote = value.indexOf('"', start);
  if (quote < 0 || quote > bracket) return bracket;
  return /[:;]/.test(value.slice(start, quote)) ? -1 : bracket;
}

/** display-name = *(token LWS): tokens and blanks alone. */
function checkTokens(value: string, name: Range, faults: Fault[]): void {
  let at = name.start;
  while (at < name.end) {
    at = skipClass(value, at, name.end, TOKEN);
    if (at >= name.end) return;
    if (!isBlank(value.charCodeAt(at))) {
      faults.push({
        code: 'display-name-syntax',
        message: `The display name ${excerpt(value.slice(name.start, name.end))} has the character "${value.charAt(at)}" in it and is not quoted.`,
        start: at,
        length: 1,
      });
      return;
    }
    at = skipBlanks(value, at, name.end);
  }
}

function shiftAddress(address: NameAddr, by: number): NameAddr {
  if (by === 0) return address;
  const shift = (range: Range): Range => ({ start: range.start + by, end: range.end + by });
  const { displayName, uri } = address.places;
  return {
    ...address,
    parameters: address.parameters.map((parameter) => shiftParameter(parameter, by)),
    places:
      displayName === undefined ? { uri: shift(uri) } : { displayName: shift(displayName), uri: shift(uri) },
    faults: shiftFaults(address.faults, by),
  };
}

/** The parameter as it stands `by` places further on. */
export function shiftParameter(parameter: Parameter, by: number): Parameter {
  const { range, valueRange } = parameter;
  return {
    ...parameter,
    range: { start: range.start + by, end: range.end + by },
    ...(valueRange === undefined
      ? {}
      : { valueRange: { start: valueRange.start + by, end: valueRange.end + by } }),
  };
}

/** The faults as they stand `by` places further on. */
export function shiftFaults(faults: readonly Fault[], by: number): readonly Fault[] {
  return by === 0 || faults.length === 0
    ? faults
    : faults.map((fault) => ({ ...fault, start: fault.start + by }));
}
