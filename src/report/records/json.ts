import { LimitedCache } from '../../bytes/limited-cache.js';

/** What JSON.stringify leaves as it is and a terminal may act on: C1 controls, DEL, bidirectional overrides. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const UNSAFE_EACH = new RegExp(UNSAFE, 'g');

/** A record, or a part of one, as JSON on one line that is safe on a terminal; escapes stand for the same characters (RFC 8259 §7). */
export function toJson(record: unknown, pretty = false): string {
  const text = pretty ? JSON.stringify(record, null, 2) : JSON.stringify(record);
  if (!UNSAFE.test(text)) return text;
  return text.replace(
    UNSAFE_EACH,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What JSON.stringify or `toJson` would write otherwise than it is. */
const NEEDS_ESCAPE =
  /["\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/;

/** Texts with escapes that come again: sentences that name a certificate in quotes, 0.7 us each to escape. */
const escapedTexts = new LimitedCache<string, string>(256);
/** Longest text remembered, in characters: with the limit above 0.5 MiB at the worst. */
const REMEMBERED_TEXT = 512;

/** A string as JSON, in the same text as `toJson` gives. */
export function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? toJson(text) : `"${text}"`;
}

/** What stands between the quotes of a string in JSON, for sentences and the like: most are as they are. */
export function escaped(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return text;
  if (text.length > REMEMBERED_TEXT) return toJson(text).slice(1, -1);
  return escapedTexts.get(text) ?? escapedTexts.keep(text, toJson(text).slice(1, -1));
}
