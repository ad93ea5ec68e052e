/**
 * The parts that header values are made of: quoted strings, comma lists and parameters (RFC 3261 §25.1).
 *
 * In: unfolded text. Out: values with the places they stand at, and faults; places and faults count UTF-16 units
 * from the start of the text. All of it is linear and total: any text gives an answer.
 */
import type { Fault } from '../../bytes/fault.js';
import { excerpt, HOST, isBlank, skipBlanks, skipClass, TOKEN, trimBlanks } from './characters.js';

/** A place in a text: from `start` up to `end`. */
export type Range = { readonly start: number; readonly end: number };

/** A `;name=value` of a header or a URI, or a `name=value` of credentials. */
export type Parameter = {
  /** As written; names are compared in any case (§7.3.1). */
  readonly name: string;
  /** Without the quotes of a quoted string and its escapes; absent where there is no `=`. */
  readonly value?: string;
  readonly quoted: boolean;
  /** Name and value together. */
  readonly range: Range;
  readonly valueRange?: Range;
};

/** An element of a comma list. */
export type ListItem = Range & { readonly text: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const COMMA = 0x2c;

/** First place after the quoted string that begins at `start`; -1 where it has no end before `end`. */
export function quotedStringEnd(text: string, start: number, end = text.length): number {
  for (let at = start + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

/** What a quoted string says: without its quotes and the backslashes of quoted pairs. */
export function unquote(text: string): string {
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\([\s\S])/g, '$1') : inner;
}

/** Elements between commas that are not in quotes or angle brackets, trimmed; empty ones too. No element for ''. */
export function splitCommaList(value: string): ListItem[] {
  if (value === '') return [];
  const items: ListItem[] = [];
  let from = 0;
  let inBrackets = false;
  for (let at = 0; at <= value.length; at++) {
    const code = at < value.length ? value.charCodeAt(at) : COMMA;
    if (code === QUOTE && !inBrackets) {
      const end = quotedStringEnd(value, at);
      at = (end < 0 ? value.length : end) - 1;
    } else if (code === 0x3c) inBrackets = true;
    else if (code === 0x3e) inBrackets = false;
    else if (code === COMMA && (!inBrackets || at === value.length)) {
      const start = skipBlanks(value, from, at);
      const end = trimBlanks(value, start, at);
      items.push({ start, end, text: value.slice(start, end) });
      from = at + 1;
    }
  }
  return items;
}

/** Faults for the empty elements of a list, where at least one element is required of each (as in Via, Contact). */
export function emptyElementFaults(items: readonly ListItem[], name: string): Fault[] {
  const empty = items.find((item) => item.text === '');
  if (empty === undefined) return [];
  return [
    {
      code: 'list-element-empty',
      message: `${name} has a comma with nothing before or after it.`,
      start: empty.start,
      length: 0,
    },
  ];
}

/**
 * Parameters `*(SEMI name [EQUAL value])` in text[start..end). Values are tokens, hosts or quoted strings; others
 * are read up to the next semicolon, with a fault.
 */
export function parseParameters(
  text: string,
  start: number,
  end: number,
  faults: Fault[],
): readonly Parameter[] {
  let at = skipBlanks(text, start, end);
  if (at >= end) return NONE;
  const parameters: Parameter[] = [];
  while (at < end) {
    if (text.charCodeAt(at) !== SEMICOLON) {
      const next = nextSemicolon(text, at, end);
      faults.push({
        code: 'parameter-syntax',
        message: `"${excerpt(text.slice(at, next))}" stands where a parameter or the end should be.`,
        start: at,
        length: next - at,
      });
      at = next;
      continue;
    }
    at = skipBlanks(text, at + 1, end);
    if (at >= end || text.charCodeAt(at) === SEMICOLON) {
      // One fault for a run of them.
      if (faults.at(-1)?.code !== 'parameter-empty')
        faults.push({
          code: 'parameter-empty',
          message: 'There is a semicolon with no parameter after it.',
          start: at - 1,
          length: 1,
        });
      continue;
    }
    const parameter = parseParameter(text, at, end, faults);
    if (parameter === undefined) at = nextSemicolon(text, at, end);
    else {
      parameters.push(parameter);
      at = skipBlanks(text, parameter.range.end, end);
    }
  }
  return parameters;
}

const NONE: readonly Parameter[] = [];

/** One `name [EQUAL value]` at `start`; undefined, with a fault, where no name stands there. Ends at `;`, `,` or a blank. */
export function parseParameter(
  text: string,
  start: number,
  end: number,
  faults: Fault[],
): Parameter | undefined {
  const nameEnd = skipClass(text, start, end, TOKEN);
  const name = text.slice(start, nameEnd);
  if (name === '') {
    const next = nextSemicolon(text, start, end);
    faults.push({
      code: 'parameter-syntax',
      message: `"${excerpt(text.slice(start, next))}" does not begin with a parameter's name.`,
      start,
      length: next - start,
    });
    return undefined;
  }
  let at = skipBlanks(text, nameEnd, end);
  if (at >= end || text.charCodeAt(at) !== EQUALS)
    return { name, quoted: false, range: { start, end: nameEnd } };
  at = skipBlanks(text, at + 1, end);
  if (at < end && text.charCodeAt(at) === QUOTE) {
    const close = quotedStringEnd(text, at, end);
    if (close < 0) {
      faults.push({
        code: 'quoted-string-unterminated',
        message: `The quoted value of the parameter ${excerpt(name)} has no closing quote.`,
        start: at,
        length: end - at,
      });
      return {
        name,
        value: text.slice(at + 1, end),
        quoted: true,
        range: { start, end },
        valueRange: { start: at, end },
      };
    }
    return {
      name,
      value: unquote(text.slice(at, close)),
      quoted: true,
      range: { start, end: close },
      valueRange: { start: at, end: close },
    };
  }
  let valueEnd = skipClass(text, at, end, TOKEN | HOST);
  if (valueEnd < end && !endsValue(text.charCodeAt(valueEnd))) {
    const bad = valueEnd;
    while (valueEnd < end && !endsValue(text.charCodeAt(valueEnd))) valueEnd++;
    faults.push({
      code: 'parameter-syntax',
      message: `The value of the parameter ${excerpt(name)} has the character "${text.charAt(bad)}" in it, which must be quoted.`,
      start: bad,
      length: 1,
    });
  } else if (valueEnd === at)
    faults.push({
      code: 'parameter-value-missing',
      message: `The parameter ${excerpt(name)} has an equals sign and no value.`,
      start,
      length: at - start,
    });
  return {
    name,
    value: text.slice(at, valueEnd),
    quoted: false,
    range: { start, end: Math.max(valueEnd, nameEnd) },
    valueRange: { start: at, end: valueEnd },
  };
}

function endsValue(code: number): boolean {
  return code === SEMICOLON || code === COMMA || isBlank(code);
}

function nextSemicolon(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === SEMICOLON && at > start) return at;
    if (code === QUOTE) {
      const close = quotedStringEnd(text, at, end);
      if (close > 0) at = close - 1;
    }
  }
  return end;
}

/** First parameter of that name, compared in any case. */
export function findParameter(parameters: readonly Parameter[], name: string): Parameter | undefined {
  for (const parameter of parameters)
    if (parameter.name === name || parameter.name.toLowerCase() === name) return parameter;
  return undefined;
}

/** Value of the first parameter of that (lower-case) name; '' where it has none, undefined where it is not there. */
export function parameterValue(parameters: readonly Parameter[], name: string): string | undefined {
  const parameter = findParameter(parameters, name);
  return parameter === undefined ? undefined : (parameter.value ?? '');
}
