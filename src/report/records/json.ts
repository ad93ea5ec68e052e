import { LimitedCache } from '../../bytes/limited-cache.js';

/**
 * What JSON.stringify leaves as it is and `printable` does not: C1 controls, DEL, what turns the direction of text and what
 * is not seen. It escapes C0 controls and surrogates alone itself.
 */
const UNSAFE = /[\u007f-\u009f\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb]/u;
const UNSAFE_EACH = new RegExp(UNSAFE, 'gu');
/** Most texts: safe without a look at each character. Line ends are those of indented JSON. */
const SAFE = /^[\n\u0020-\u007e]*$/;

/** A record, or a part of one, as JSON on one line that is safe on a terminal; escapes stand for the same characters (RFC 8259 §7). */
export function toJson(record: unknown, pretty = false): string {
  const text = pretty ? JSON.stringify(record, null, 2) : JSON.stringify(record);
  if (SAFE.test(text) || !UNSAFE.test(text)) return text;
  return text.replace(UNSAFE_EACH, unitEscapes);
}

/** A character as one escape, or two where it is above U+FFFF (RFC 8259 §7). */
function unitEscapes(character: string): string {
  let escapes = '';
  for (let at = 0; at < character.length; at++)
    escapes += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return escapes;
}

/** What JSON.stringify or `toJson` would write otherwise than it is. */
const NEEDS_ESCAPE =
  /["\\\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb\p{Surrogate}]/u;

/** Most texts: printable ASCII without quotes and backslashes. */
const PLAIN = /^[\u0020\u0021\u0023-\u005b\u005d-\u007e]*$/;

/** Texts with escapes that come again: sentences that name a certificate in quotes, 0.7 us each to escape. */
const escapedTexts = new LimitedCache<string, string>(256);
/** Longest text remembered, in characters: with the limit above 0.5 MiB at the worst. */
const REMEMBERED_TEXT = 512;

/** A string as JSON, in the same text as `toJson` gives. */
export function quoted(text: string): string {
  return PLAIN.test(text) || !NEEDS_ESCAPE.test(text) ? `"${text}"` : toJson(text);
}

/** What stands between the quotes of a string in JSON, for sentences and the like: most are as they are. */
export function escaped(text: string): string {
  if (PLAIN.test(text) || !NEEDS_ESCAPE.test(text)) return text;
  if (text.length > REMEMBERED_TEXT) return toJson(text).slice(1, -1);
  return escapedTexts.get(text) ?? escapedTexts.keep(text, toJson(text).slice(1, -1));
}
