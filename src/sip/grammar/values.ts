/**
 * Header values that are neither addresses nor Via: CSeq, numbers, dates, credentials, warnings (RFC 3261 §20).
 */
import type { Fault } from '../../bytes/fault.js';
import { excerpt, isDigit, isDigits, isToken, skipBlanks, skipClass, TOKEN } from './characters.js';
import { type Parameter, parseParameter } from './parameters.js';

/** CSeq (§20.16). */
export type CSeq = {
  /** Below 2^31 (§8.1.1.5); a larger one has a fault and may have lost digits. NaN where there is no number. */
  readonly number: number;
  /** '' where there is none. */
  readonly method: string;
  readonly places: {
    readonly number: { start: number; end: number };
    readonly method: { start: number; end: number };
  };
  readonly faults: readonly Fault[];
};

const NO_FAULTS: readonly Fault[] = [];

/** Reads `1*DIGIT LWS Method`. */
export function parseCSeq(value: string): CSeq {
  let digits = 0;
  while (digits < value.length && isDigit(value.charCodeAt(digits))) digits++;
  const methodStart = skipBlanks(value, digits);
  const method = value.slice(methodStart);
  const number = digits === 0 ? Number.NaN : Number(value.slice(0, digits));
  const places = { number: { start: 0, end: digits }, method: { start: methodStart, end: value.length } };
  if (digits === 0 || methodStart === digits || !isToken(method))
    return {
      number,
      method,
      places,
      faults: [
        {
          code: 'cseq-syntax',
          message: `CSeq "${excerpt(value)}" is not a number and a method.`,
          start: 0,
          length: value.length,
        },
      ],
    };
  if (number >= 2 ** 31)
    return {
      number,
      method,
      places,
      faults: [
        {
          code: 'cseq-range',
          message: `The CSeq number ${excerpt(value.slice(0, digits))} is not below 2^31.`,
          start: 0,
          length: digits,
        },
      ],
    };
  return { number, method, places, faults: NO_FAULTS };
}

/** Number of 1*DIGIT in 0..`maximum`; undefined where it is not one. */
export function parseScalar(value: string, maximum = 2 ** 32 - 1): number | undefined {
  if (!isDigits(value)) return undefined;
  const number = Number(value);
  return number <= maximum ? number : undefined;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (\S+)$/;

/**
 * Reads a Date (§20.17): `Sat, 13 Nov 2010 23:29:00 GMT`. Out: seconds since 1970 in UTC, or why not.
 */
export function parseSipDate(value: string): {
  readonly seconds?: number;
  readonly faults: readonly Fault[];
} {
  const place = { start: 0, length: value.length };
  const match = value.length > 64 ? null : DATE.exec(value);
  const month = match === null ? -1 : MONTHS.indexOf(match[3] as string);
  const parts = match?.slice(4, 8).map(Number) ?? [];
  const [year = 0, hour = 0, minute = 0, second = 0] = parts;
  const day = Number(match?.[2]);
  if (match === null || month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
    return {
      faults: [
        {
          code: 'date-syntax',
          message: `"${excerpt(value)}" is not a date as RFC 1123 writes it.`,
          ...place,
        },
      ],
    };
  if (match[8] !== 'GMT')
    return {
      faults: [
        {
          code: 'date-zone',
          message: `The time zone of Date is ${excerpt(match[8] as string)}, but only GMT is allowed.`,
          start: value.lastIndexOf(' ') + 1,
          length: (match[8] as string).length,
        },
      ],
    };
  return { seconds: Date.UTC(year, month, day, hour, minute, second) / 1000, faults: NO_FAULTS };
}

/** Credentials or a challenge (§20.7, §20.44): scheme and comma-separated parameters. */
export type Authentication = {
  /** As written: Digest, Basic ... */
  readonly scheme: string;
  readonly parameters: readonly Parameter[];
  readonly faults: readonly Fault[];
};

/**
 * Reads Authorization, WWW-Authenticate and their proxy forms. Parameters of schemes other than Digest may be in a
 * form of their own (a lone token68): they are read as far as they are `name=value`.
 */
export function parseAuthentication(value: string): Authentication {
  const schemeEnd = skipClass(value, 0, value.length, TOKEN);
  const scheme = value.slice(0, schemeEnd);
  const start = skipBlanks(value, schemeEnd);
  const faults: Fault[] = [];
  if (scheme === '' || (start === schemeEnd && start < value.length)) {
    faults.push({
      code: 'auth-syntax',
      message: `"${excerpt(value)}" does not begin with an authentication scheme.`,
      start: 0,
      length: value.length,
    });
    return { scheme: '', parameters: [], faults };
  }
  const parameters = parseCommaParameters(value, start, faults);
  const isStrict = scheme.toLowerCase() === 'digest';
  if (isStrict && parameters.length === 0 && faults.length === 0)
    faults.push({
      code: 'auth-syntax',
      message: 'A Digest has no parameters.',
      start: schemeEnd,
      length: 0,
    });
  return { scheme, parameters, faults: isStrict ? faults : NO_FAULTS };
}

/** `name=value` separated by commas, from `start` to the end, as in credentials and Authentication-Info. */
export function parseCommaParameters(value: string, start: number, faults: Fault[]): readonly Parameter[] {
  const parameters: Parameter[] = [];
  const end = value.length;
  let at = skipBlanks(value, start);
  while (at < end) {
    const ignored: Fault[] = [];
    const parameter = parseParameter(value, at, end, ignored);
    const unterminated = ignored.find((fault) => fault.code === 'quoted-string-unterminated');
    if (unterminated !== undefined) faults.push(unterminated);
    if (parameter?.value !== undefined) parameters.push(parameter);
    const next = parameter === undefined ? at : skipBlanks(value, parameter.range.end);
    if (next >= end && parameter?.value !== undefined) break;
    if (parameter?.value === undefined || value.charCodeAt(next) !== 0x2c) {
      faults.push({
        code: 'auth-syntax',
        message: `"${excerpt(value.slice(at))}" is not a list of name=value separated by commas.`,
        start: at,
        length: end - at,
      });
      break;
    }
    at = skipBlanks(value, next + 1);
  }
  return parameters;
}
