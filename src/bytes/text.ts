/**
 * Bytes to text and back. `latin1` keeps one character a byte, so offsets in the text are offsets in the bytes.
 */

const utf8Strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Buffer's own methods, which take any Uint8Array: making a Buffer of one first costs as much as decoding a header
 * section.
 */
const slices = Buffer.prototype as unknown as {
  readonly indexOf: (
    this: Uint8Array,
    needle: Uint8Array | string,
    from: number,
    encoding: 'latin1',
  ) => number;
  readonly latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  readonly utf8Slice: (this: Uint8Array, start: number, end: number) => string;
};

/** One character a byte. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return slices.latin1Slice.call(bytes, start, Math.min(end, bytes.length));
}

/** The bytes that `latin1` made a text of: one for each character, of at most U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** UTF-8, with U+FFFD for what is not UTF-8. */
export function utf8(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return slices.utf8Slice.call(bytes, start, Math.min(end, bytes.length));
}

/** UTF-8, or undefined where the bytes are not UTF-8. */
export function utf8OrUndefined(bytes: Uint8Array): string | undefined {
  try {
    return utf8Strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** UTF-8 bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Whether two byte strings are the same. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** `1 byte`, `2 bytes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** First place of `needle` in `bytes` from `from` on, or -1. */
export function indexOfBytes(bytes: Uint8Array, needle: Uint8Array | string, from = 0): number {
  return slices.indexOf.call(bytes, needle, from, 'latin1');
}

/** Most texts: safe without a look at each character. */
const SAFE = /^[\u0020-\u007e]*$/;

/**
 * Controls (C0, C1, DEL), all of Bidi_Control and Default_Ignorable_Code_Point (fillers, joiners, variation selectors and
 * tag characters among them), line and paragraph separators, interlinear annotations, and surrogates alone.
 */
const UNSAFE =
  /[\p{Cc}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb\p{Surrogate}]/gu;

/**
 * Text that is safe on a terminal: what controls it, turns its direction or is not seen becomes an escape, as `\x1b`,
 * `\u202e` or `\u{e0041}`. Tab too; line feed only where `keepLines` is not set.
 */
export function printable(text: string, keepLines = false): string {
  if (SAFE.test(text)) return text;
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) as number;
    if (keepLines && code === 0x0a) return character;
    if (code === 0x0d) return '\\r';
    if (code === 0x0a) return '\\n';
    if (code === 0x09) return '\\t';
    const digits = code.toString(16);
    if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
    return code > 0xffff ? `\\u{${digits}}` : `\\u${digits.padStart(4, '0')}`;
  });
}
