import { append } from '../bytes/append.js';
import type { Fault } from '../bytes/fault.js';
import { mimeFault } from './faults.js';

/**
 * The parameters of Content-Type, Content-Disposition and their like: `*(";" attribute "=" value)` of RFC 2045 §5.1
 * with the comments and folding of RFC 5322 and the continuations and character sets of RFC 2231.
 *
 * In: the header's text and where the parameters begin. Out: the parameters in order of first appearance, and faults
 * whose offsets count characters of that text. Nothing is refused; cost is linear in the text.
 */

export type Parameter = {
  /** Lower-case, without the `*` marks of RFC 2231. */
  readonly name: string;
  /** Without quotes and escapes, put together and decoded where RFC 2231 was used. */
  readonly value: string;
  /** First character of the parameter's first appearance, in the header's text. */
  readonly start: number;
  /** Characters from the name up to the end of the value. */
  readonly length: number;
};

/** RFC 2231 sections joined for one name; more would be an attack on memory, and real ones have under ten. */
const MAX_SECTIONS = 1000;

/** Faults told of one header's parameters: a header of semicolons would make one a byte. */
const MAX_FAULTS = 20;

const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/;

/** Index after white space and comments from `at` on; an unclosed comment runs to the end and is a fault. */
export function skipComments(text: string, at: number, faults?: Fault[]): number {
  let index = at;
  let depth = 0;
  let opened = 0;
  for (; index < text.length; index++) {
    const character = text[index] as string;
    if (character === '(') {
      if (depth === 0) opened = index;
      depth++;
    } else if (depth === 0) {
      if (!isWhiteSpace(character)) return index;
    } else if (character === ')') depth--;
    else if (character === '\\') index++;
  }
  if (depth > 0)
    faults?.push(mimeFault('comment-open', 'a comment is not closed', opened, text.length - opened));
  return text.length;
}

function isWhiteSpace(character: string): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}

/** Reads the parameters of `text` from index `from` on; adds to `faults`. */
export function parseParameters(text: string, from: number, faults: Fault[]): Parameter[] {
  const found: Fault[] = [];
  const raw = readParameters(text, from, found);
  const parameters = isSimple(raw) ? raw : joinSections(raw, found);
  if (found.length > 0) append(faults, found.slice(0, MAX_FAULTS));
  return parameters;
}

/** Parameters compared with each other for `isSimple`; headers with more take the way of those that repeat one. */
const MAX_COMPARED = 8;

/** Whether there is nothing to join: few parameters, none twice, none with a mark of RFC 2231. */
function isSimple(raw: readonly Parameter[]): boolean {
  if (raw.length > MAX_COMPARED) return false;
  for (let index = 0; index < raw.length; index++) {
    const { name } = raw[index] as Parameter;
    if (name.includes('*')) return false;
    for (let earlier = 0; earlier < index; earlier++) if (raw[earlier]?.name === name) return false;
  }
  return true;
}

function readParameters(text: string, from: number, faults: Fault[]): Parameter[] {
  const found: Parameter[] = [];
  let at = from;
  // A parameter may follow another without its semicolon; then this is not a semicolon's turn.
  let separated = false;
  while (true) {
    at = skipComments(text, at, faults);
    if (at >= text.length) {
      if (separated) faults.push(mimeFault('parameter-empty', 'the text ends with ";"', text.length, 0));
      return found;
    }
    if (text[at] === ';') {
      if (separated) faults.push(mimeFault('parameter-empty', 'two ";" in a row', at, 1));
      separated = true;
      at++;
      continue;
    }
    if (!separated)
      faults.push(mimeFault('parameter-malformed', 'a parameter is not set apart by ";"', at, 0));
    separated = false;
    const parameter = readParameter(text, at, faults);
    at = parameter.start + parameter.length;
    if (parameter.name !== '') found.push(parameter);
  }
}

/** Reads one parameter; its name is empty where there is none, and it then covers what to pass over. */
function readParameter(text: string, start: number, faults: Fault[]): Parameter {
  let at = start;
  while (at < text.length && !endsName(text[at] as string)) at++;
  const name = text.slice(start, at).toLowerCase();
  const afterName = skipComments(text, at, faults);
  if (text[afterName] !== '=' || name === '') {
    const end = passOver(text, afterName);
    faults.push(
      mimeFault('parameter-malformed', `"${text.slice(start, end)}" has no "="`, start, end - start, name),
    );
    return { name: '', value: '', start, length: end - start };
  }
  at = skipComments(text, afterName + 1, faults);
  if (text[at] === '"') {
    const { value, end } = readQuoted(text, at, name, faults);
    return { name, value, start, length: end - start };
  }
  let end = wordEnd(text, at);
  // `name=my file.txt`: the value goes on over spaces, unless what follows looks like another parameter.
  for (let next = skipSpaces(text, end); next < text.length; next = skipSpaces(text, end)) {
    if (next === end || text[next] === ';' || text[next] === '(') break;
    const nextEnd = wordEnd(text, next);
    if (nextEnd === next || text.slice(next, nextEnd).includes('=')) break;
    end = nextEnd;
  }
  const value = text.slice(at, end);
  if (!TOKEN.test(value)) {
    faults.push(mimeFault('parameter-unquoted', `value "${value}" wants quotes`, at, end - at, name));
  }
  return { name, value, start, length: end - start };
}

function readQuoted(
  text: string,
  open: number,
  name: string,
  faults: Fault[],
): { readonly value: string; readonly end: number } {
  let value = '';
  let copied = open + 1;
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '"') return { value: value + text.slice(copied, at), end: at + 1 };
    if (text[at] !== '\\' || at + 1 >= text.length) continue;
    value += text.slice(copied, at);
    copied = ++at;
  }
  faults.push(mimeFault('parameter-quote-open', 'a quote is not closed', open, text.length - open, name));
  return { value: value + text.slice(copied), end: text.length };
}

function endsName(character: string): boolean {
  return endsWord(character) || character === '=' || character === '"';
}

function endsWord(character: string): boolean {
  return character === ';' || character === '(' || isWhiteSpace(character);
}

/** Index of the first character from `from` on that is white space, `;` or `(`; of a value or a transfer encoding. */
export function wordEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && !endsWord(text[at] as string)) at++;
  return at;
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && isWhiteSpace(text[at] as string)) at++;
  return at;
}

/** Where reading goes on after a parameter that is none: at the next semicolon. */
function passOver(text: string, from: number): number {
  const semicolon = text.indexOf(';', from);
  return semicolon === -1 ? text.length : semicolon;
}

type Sections = { first: Parameter; parts: Map<number, { text: string; encoded: boolean }> };

/** Puts RFC 2231 continuations together; of repeated parameters the first counts (the extended form before all). */
function joinSections(raw: readonly Parameter[], faults: Fault[]): Parameter[] {
  const joined = new Map<string, Parameter>();
  const sections = new Map<string, Sections>();
  for (const parameter of raw) {
    const mark = /^([^*]+)\*(?:(\d{1,9})(\*)?)?$/.exec(parameter.name);
    if (mark === null) {
      if (joined.has(parameter.name)) repeated(parameter, parameter.name, faults);
      else joined.set(parameter.name, parameter);
      continue;
    }
    const name = mark[1] as string;
    let group = sections.get(name);
    if (group === undefined) {
      group = { first: parameter, parts: new Map() };
      sections.set(name, group);
      // Keeps the place of the first appearance; the value follows below.
      if (!joined.has(name)) joined.set(name, { ...parameter, name, value: '' });
      else repeated(parameter, name, faults);
    }
    const index = mark[2] === undefined ? 0 : Number(mark[2]);
    const encoded = mark[2] === undefined || mark[3] !== undefined;
    if (group.parts.has(index)) repeated(parameter, name, faults);
    else if (group.parts.size < MAX_SECTIONS) group.parts.set(index, { text: parameter.value, encoded });
  }
  for (const [name, group] of sections) {
    joined.set(name, { ...group.first, name, value: decodeSections(name, group, faults) });
  }
  return [...joined.values()];
}

function repeated(parameter: Parameter, name: string, faults: Fault[]): void {
  faults.push(
    mimeFault(
      'parameter-repeated',
      `parameter ${name} occurs again`,
      parameter.start,
      parameter.length,
      name,
    ),
  );
}

function decodeSections(name: string, group: Sections, faults: Fault[]): string {
  const { start, length } = group.first;
  const pieces: Buffer[] = [];
  let charset = 'utf-8';
  let badEscape = false;
  let index = 0;
  for (let part = group.parts.get(0); part !== undefined; part = group.parts.get(++index)) {
    let text = part.text;
    if (index === 0 && part.encoded) {
      const prefix = /^([^']*)'[^']*'/.exec(text);
      if (prefix === null) badEscape = true;
      else {
        charset = prefix[1] === '' ? 'utf-8' : (prefix[1] as string);
        text = text.slice(prefix[0].length);
      }
    }
    if (part.encoded) {
      badEscape ||= /%(?![0-9a-fA-F]{2})/.test(text);
      pieces.push(percentDecode(text));
    } else pieces.push(Buffer.from(text, 'utf8'));
  }
  if (index !== group.parts.size) {
    faults.push(mimeFault('parameter-continuation', `section ${index} is missing`, start, length, name));
  }
  const decoded = decodeCharset(Buffer.concat(pieces), charset);
  if (decoded === undefined || badEscape) {
    const message = `the extended value (character set "${charset}") cannot be decoded whole`;
    faults.push(mimeFault('parameter-charset', message, start, length, name));
  }
  return decoded ?? Buffer.concat(pieces).toString('latin1');
}

function percentDecode(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  let out = 0;
  for (let at = 0; at < bytes.length; at++) {
    const pair = bytes[at] === 0x25 ? bytes.toString('latin1', at + 1, at + 3) : '';
    const escaped = /^[0-9a-fA-F]{2}$/.test(pair);
    bytes[out++] = escaped ? Number.parseInt(pair, 16) : (bytes[at] as number);
    if (escaped) at += 2;
  }
  return bytes.subarray(0, out);
}

function decodeCharset(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // RangeError: no such label
  }
}
