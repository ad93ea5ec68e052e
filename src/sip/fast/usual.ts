/**
 * The forms that addresses, Vias and other values nearly always have, told from bytes: a value in its usual form has no
 * fault, and need not be made a text and parsed to be checked. What is not in it may be right all the same.
 *
 * In: bytes[start..end) of one unfolded value of printable ASCII. Cost: one look at each byte, about 1 ns.
 */
import { CHARACTER_CLASSES, TOKEN, URI_PARAMETER, USER, WORD } from '../grammar/characters.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const AT = 0x40;
const SPACE = 0x20;

/** What separates parts of a URI elsewhere: a user with one of these is left to the parser. */
const USER_SEPARATORS = ';?/,';

const USUAL_USER = classTable(USER, USER_SEPARATORS);
/** 1 for the characters of a token. */
export const TOKENS = classTable(TOKEN);
const WORDS = classTable(WORD);
const URI_PARAMETERS = classTable(URI_PARAMETER);

function classTable(bits: number, without = ''): Uint8Array {
  const table = CHARACTER_CLASSES.map((classes) => ((classes & bits) === 0 ? 0 : 1));
  for (const character of without) table[character.charCodeAt(0)] = 0;
  return table;
}

/** First place of bytes[start..end) whose byte is not in the table. */
function skip(bytes: Uint8Array, start: number, end: number, table: Uint8Array): number {
  let at = start;
  while (at < end && table[bytes[at] as number] === 1) at++;
  return at;
}

/** End of the digits at `start`, which are a number of 0 to `maximum` and at most nine; -1 where they are not. */
function numberEnd(bytes: Uint8Array, start: number, end: number, maximum: number): number {
  let number = 0;
  let at = start;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return at === start || at - start > 9 || number > maximum ? -1 : at;
}

function isAlphanumeric(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5a);
}

/** Whether the bytes at `start` are the (lower-case) word, in any case. */
function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let index = 0; index < word.length; index++)
    if (((bytes[start + index] as number) | 0x20) !== word.charCodeAt(index)) return false;
  return true;
}

/**
 * End of the host name or IPv4 address at `start` (RFC 3261 §25.1); -1 where none stands there. IPv6 references are
 * parsed, and so are addresses that begin with 255: one of them is the broadcast address, which has a fault of its own.
 */
function hostEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let label = start;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === DOT) {
      if (at === label || bytes[at - 1] === HYPHEN) return -1;
      label = at + 1;
    } else if (byte === HYPHEN) {
      if (at === label) return -1;
    } else if (!isAlphanumeric(byte)) break;
  }
  if (at === label || bytes[at - 1] === HYPHEN) return -1;
  const first = bytes[label] as number;
  return first > 0x39 || isIpv4(bytes, start, at) ? at : -1;
}

function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let parts = 0;
  for (let at = start; at < end; at++) {
    const part = at;
    at = numberEnd(bytes, part, Math.min(end, part + 3), part === start ? 254 : 255);
    if (at < 0) return false;
    if (at < end && bytes[at] !== DOT) return false;
    parts++;
  }
  return parts === 4 && bytes[end - 1] !== DOT;
}

/** End of `:port` at `start`, or `start` where no colon stands there; -1 where what follows is no port. */
function portEnd(bytes: Uint8Array, start: number, end: number): number {
  return bytes[start] === COLON && start < end ? numberEnd(bytes, start + 1, end, 65_535) : start;
}

/** End of the SIP or SIPS URI at `start` (RFC 3261 §19.1), without escapes and headers; -1 where none stands there. */
export function usualUriEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at++] !== 0x73 || bytes[at++] !== 0x69 || bytes[at++] !== 0x70) return -1;
  if (bytes[at] === 0x73) at++;
  if (bytes[at++] !== COLON) return -1;
  const user = skip(bytes, at, end, USUAL_USER);
  if (user < end && bytes[user] === AT) {
    if (user === at) return -1;
    at = user + 1;
  }
  at = hostEnd(bytes, at, end);
  if (at < 0) return -1;
  at = portEnd(bytes, at, end);
  while (at >= 0 && at < end && bytes[at] === SEMICOLON) {
    const name = at + 1;
    at = skip(bytes, name, end, URI_PARAMETERS);
    if (at === name) return -1;
    if (at < end && bytes[at] === EQUALS) at = skip(bytes, at + 1, end, URI_PARAMETERS);
  }
  return at;
}

/** Whether a value is a number of 0 to `maximum` with at most nine digits. */
export function isUsualNumber(bytes: Uint8Array, start: number, end: number, maximum: number): boolean {
  return numberEnd(bytes, start, end, maximum) === end;
}

/** Whether a value is a Call-ID: `word [ "@" word ]` (RFC 3261 §25.1). */
export function isUsualCallId(bytes: Uint8Array, start: number, end: number): boolean {
  const first = skip(bytes, start, end, WORDS);
  if (first === end) return first > start;
  return (
    first > start && bytes[first] === AT && first + 1 < end && skip(bytes, first + 1, end, WORDS) === end
  );
}

/** Whether a value is tokens between commas, one at least; blanks may follow a comma. */
export function isUsualTokenList(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (;;) {
    const token = at;
    at = skip(bytes, token, end, TOKENS);
    if (at === token) return false;
    if (at === end) return true;
    if (bytes[at++] !== COMMA) return false;
    while (at < end && bytes[at] === SPACE) at++;
  }
}

/** Whether a value is `type/subtype` without parameters. */
export function isUsualMediaType(bytes: Uint8Array, start: number, end: number): boolean {
  const slash = skip(bytes, start, end, TOKENS);
  if (slash === start || slash >= end - 1 || bytes[slash] !== SLASH) return false;
  return skip(bytes, slash + 1, end, TOKENS) === end;
}

/** Where the parts of an address stand, in its usual form: `"name" <sip:user@host:port;lr>;tag=...`. */
export class AddressPlaces {
  isUsual = false;
  /** Display name without its quotes; -1 where there is none. */
  nameStart = -1;
  nameEnd = -1;
  uriStart = 0;
  uriEnd = 0;
  /** Value of the tag parameter; -1 where there is none. */
  tagStart = -1;
  tagEnd = -1;

  /** Reads one address (RFC 3261 §20.10) and answers whether it is in the usual form; else the places mean nothing. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.isUsual = this.#read(bytes, start, end);
    return this.isUsual;
  }

  #read(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    this.nameStart = -1;
    if (bytes[at] === QUOTE) {
      this.nameStart = ++at;
      while (at < end && bytes[at] !== QUOTE) if (bytes[at++] === 0x5c) return false;
      this.nameEnd = at++;
      while (at < end && bytes[at] === SPACE) at++;
    } else if (bytes[at] !== LESS) {
      this.nameStart = at;
      do {
        const word = at;
        at = skip(bytes, word, end, TOKENS);
        if (at === word) return false;
        this.nameEnd = at;
        while (at < end && bytes[at] === SPACE) at++;
      } while (at < end && bytes[at] !== LESS);
    }
    if (at >= end || bytes[at] !== LESS) return false;
    this.uriStart = at + 1;
    this.uriEnd = usualUriEnd(bytes, at + 1, end);
    if (this.uriEnd < 0 || this.uriEnd >= end || bytes[this.uriEnd] !== GREATER) return false;
    return this.#parameters(bytes, this.uriEnd + 1, end);
  }

  /** `;name[=token]` up to the end; those with a grammar of their own are `tag` and `expires`, others are parsed. */
  #parameters(bytes: Uint8Array, start: number, end: number): boolean {
    this.tagStart = -1;
    let at = start;
    while (at < end) {
      const name = at + 1;
      if (bytes[at] !== SEMICOLON) return false;
      const nameEnd = skip(bytes, name, end, TOKENS);
      if (nameEnd === name) return false;
      at = nameEnd;
      const hasValue = at < end && bytes[at] === EQUALS;
      if (hasValue) {
        at = skip(bytes, nameEnd + 1, end, TOKENS);
        if (at === nameEnd + 1) return false;
      }
      if (isWord(bytes, name, nameEnd, 'tag')) {
        if (!hasValue || this.tagStart >= 0) return false;
        this.tagStart = nameEnd + 1;
        this.tagEnd = at;
      } else if (isWord(bytes, name, nameEnd, 'expires')) {
        if (!hasValue || numberEnd(bytes, nameEnd + 1, at, Number.MAX_SAFE_INTEGER) !== at) return false;
      } else if (isWord(bytes, name, nameEnd, 'q')) return false;
    }
    return true;
  }
}

/** `SIP/2.0/` */
const PROTOCOL = [0x53, 0x49, 0x50, 0x2f, 0x32, 0x2e, 0x30, 0x2f];
/** `z9hG4bK`, with which branches of RFC 3261 begin (§8.1.1.7). */
const COOKIE = [0x7a, 0x39, 0x68, 0x47, 0x34, 0x62, 0x4b];

/** Where the parts of a Via stand, in its usual form: `SIP/2.0/UDP host:port;branch=z9hG4bK...;rport`. */
export class ViaPlaces {
  isUsual = false;
  transportStart = 0;
  transportEnd = 0;
  branchStart = 0;
  branchEnd = 0;

  /** Reads one hop (RFC 3261 §20.42) and answers whether it is in the usual form; else the places mean nothing. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.isUsual = this.#read(bytes, start, end);
    return this.isUsual;
  }

  #read(bytes: Uint8Array, start: number, end: number): boolean {
    if (!startsWith(bytes, start, PROTOCOL)) return false;
    this.transportStart = start + PROTOCOL.length;
    this.transportEnd = skip(bytes, this.transportStart, end, TOKENS);
    if (this.transportEnd === this.transportStart || bytes[this.transportEnd] !== SPACE) return false;
    let at = hostEnd(bytes, this.transportEnd + 1, end);
    if (at < 0) return false;
    at = portEnd(bytes, at, end);
    if (at < 0) return false;
    this.branchStart = -1;
    while (at < end) {
      const name = at + 1;
      if (bytes[at] !== SEMICOLON) return false;
      const nameEnd = skip(bytes, name, end, TOKENS);
      if (nameEnd === name) return false;
      at = nameEnd;
      const value = nameEnd + 1;
      const hasValue = at < end && bytes[at] === EQUALS;
      if (hasValue) {
        at = skip(bytes, value, end, TOKENS);
        if (at === value) return false;
      }
      if (isWord(bytes, name, nameEnd, 'branch')) {
        if (!hasValue || this.branchStart >= 0) return false;
        this.branchStart = value;
        this.branchEnd = at;
      } else if (isWord(bytes, name, nameEnd, 'rport')) {
        if (hasValue && numberEnd(bytes, value, at, 65_535) !== at) return false;
      } else if (isWord(bytes, name, nameEnd, 'received')) {
        if (!hasValue || hostEnd(bytes, value, at) !== at) return false;
      } else if (isWord(bytes, name, nameEnd, 'ttl') || isWord(bytes, name, nameEnd, 'maddr')) return false;
    }
    // The cookie alone identifies no transaction.
    if (this.branchStart < 0 || this.branchEnd - this.branchStart <= COOKIE.length) return false;
    return startsWith(bytes, this.branchStart, COOKIE);
  }
}

function startsWith(bytes: Uint8Array, start: number, prefix: readonly number[]): boolean {
  for (let index = 0; index < prefix.length; index++)
    if (bytes[start + index] !== prefix[index]) return false;
  return true;
}
