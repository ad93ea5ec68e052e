/**
 * Character classes of RFC 3261 §25.1 as one table of bits, so that a check of a character is one look-up.
 * Characters at 0x80 and above have no bit: UTF-8 is allowed only where a rule names UTF8-NONASCII.
 */

/** `token` */
export const TOKEN = 1;
/** `user`: unreserved / user-unreserved (escapes apart) */
export const USER = 2;
/** `password`: unreserved / & = + $ , (escapes apart) */
export const PASSWORD = 4;
/** `paramchar` of a URI parameter (escapes apart) */
export const URI_PARAMETER = 8;
/** `hnv`: header names and values inside a URI (escapes apart) */
export const URI_HEADER = 16;
/** `uric` of RFC 2396 with the brackets of RFC 2732 (escapes apart) */
export const URIC = 32;
/** `word`, as in Call-ID */
export const WORD = 64;
/** Characters of host names, IPv4 addresses and IPv6 references */
export const HOST = 128;

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const MARK = "-_.!~*'()";

const classes = new Uint8Array(256);
function mark(characters: string, bit: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    classes[code] = (classes[code] as number) | bit;
  }
}
mark(`${ALPHANUM}-.!%*_+\`'~`, TOKEN | WORD);
mark('()<>:\\"/[]?{}', WORD);
mark(ALPHANUM + MARK, USER | PASSWORD | URI_PARAMETER | URI_HEADER | URIC);
mark('&=+$,;?/', USER);
mark('&=+$,', PASSWORD);
mark('[]/:&+$', URI_PARAMETER);
mark('[]/?:+$', URI_HEADER);
mark(';/?:@&=+$,[]', URIC);
mark(`${ALPHANUM}-.:[]`, HOST);

/** Bits by character code 0..255. */
export const CHARACTER_CLASSES: Uint8Array = classes;

/** Whether the character (0..65535, NaN past the end of a text) is in one of the classes of `bits`. */
export function isInClass(code: number, bits: number): boolean {
  return code < 256 && ((classes[code] as number) & bits) !== 0;
}

/** First character of `text[start..end)` that is in none of the classes; `end` where all are. */
export function skipClass(text: string, start: number, end: number, bits: number): number {
  let at = start;
  while (at < end && isInClass(text.charCodeAt(at), bits)) at++;
  return at;
}

/** Whether `text` is one `token` or more characters long. */
export function isToken(text: string): boolean {
  return text.length > 0 && skipClass(text, 0, text.length, TOKEN) === text.length;
}

/** SP or HTAB, what LWS comes down to once a value is unfolded. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** First place from `start` on that is not SP or HTAB. */
export function skipBlanks(text: string, start: number, end = text.length): number {
  let at = start;
  while (at < end && isBlank(text.charCodeAt(at))) at++;
  return at;
}

/** The end of `text[start..end)` without the SP and HTAB it ends with. */
export function trimBlanks(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && isBlank(text.charCodeAt(at - 1))) at--;
  return at;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether `text` is one or more decimal digits. */
export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isDigit(text.charCodeAt(at))) return false;
  return text.length > 0;
}

export function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Text for a fault's message: shortened, so that a hostile value does not fill the screen. */
export function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** A number of octets in words: `1 octet`, `2 octets`. */
export function octets(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`;
}
