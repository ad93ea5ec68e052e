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
