/**
 * How many terminal columns a text takes. In: text that is safe to print (see `printable`). Out: columns.
 *
 * Unicode leaves this to terminals; this is what most of them do: East Asian wide and fullwidth characters and emoji
 * take two columns (UAX #11), combining marks, joiners and variation selectors none, an emoji sequence joined by
 * U+200D two in all.
 */

/** First and last code points that take two columns: UAX #11 classes W and F, blocks joined where nothing else lies. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x23f0, 0x23f0],
  [0x23f3, 0x23f3],
  [0x25fd, 0x25fe],
  [0x2614, 0x2615],
  [0x2630, 0x2637],
  [0x2648, 0x2653],
  [0x267f, 0x267f],
  [0x268a, 0x268f],
  [0x2693, 0x2693],
  [0x26a1, 0x26a1],
  [0x26aa, 0x26ab],
  [0x26bd, 0x26be],
  [0x26c4, 0x26c5],
  [0x26ce, 0x26ce],
  [0x26d4, 0x26d4],
  [0x26ea, 0x26ea],
  [0x26f2, 0x26f3],
  [0x26f5, 0x26f5],
  [0x26fa, 0x26fa],
  [0x26fd, 0x26fd],
  [0x2705, 0x2705],
  [0x270a, 0x270b],
  [0x2728, 0x2728],
  [0x274c, 0x274c],
  [0x274e, 0x274e],
  [0x2753, 0x2755],
  [0x2757, 0x2757],
  [0x2795, 0x2797],
  [0x27b0, 0x27b0],
  [0x27bf, 0x27bf],
  [0x2b1b, 0x2b1c],
  [0x2b50, 0x2b50],
  [0x2b55, 0x2b55],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4dc0, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f004, 0x1f004],
  [0x1f0cf, 0x1f0cf],
  [0x1f18e, 0x1f18e],
  [0x1f191, 0x1f19a],
  [0x1f200, 0x1f320],
  [0x1f32d, 0x1f335],
  [0x1f337, 0x1f37c],
  [0x1f37e, 0x1f393],
  [0x1f3a0, 0x1f3ca],
  [0x1f3cf, 0x1f3d3],
  [0x1f3e0, 0x1f3f0],
  [0x1f3f4, 0x1f3f4],
  [0x1f3f8, 0x1f43e],
  [0x1f440, 0x1f440],
  [0x1f442, 0x1f4fc],
  [0x1f4ff, 0x1f53d],
  [0x1f54b, 0x1f54e],
  [0x1f550, 0x1f567],
  [0x1f57a, 0x1f57a],
  [0x1f595, 0x1f596],
  [0x1f5a4, 0x1f5a4],
  [0x1f5fb, 0x1f64f],
  [0x1f680, 0x1f6c5],
  [0x1f6cc, 0x1f6cc],
  [0x1f6d0, 0x1f6d2],
  [0x1f6d5, 0x1f6d8],
  [0x1f6dc, 0x1f6df],
  [0x1f6eb, 0x1f6ec],
  [0x1f6f4, 0x1f6fc],
  [0x1f7e0, 0x1f7eb],
  [0x1f7f0, 0x1f7f0],
  [0x1f90c, 0x1f93a],
  [0x1f93c, 0x1f945],
  [0x1f947, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\p{Emoji_Modifier}]$/u;
const ASCII = /^[\u0020-\u007e]*$/;
const JOINER = 0x200d;
const EMOJI_SELECTOR = 0xfe0f;

/** Columns of `text`. */
export function displayWidth(text: string): number {
  return ASCII.test(text) ? text.length : measure(text, Number.POSITIVE_INFINITY).columns;
}

/** The longest beginning of `text` that fits into `columns`, with the columns that it takes. */
export function fitWidth(text: string, columns: number): { readonly text: string; readonly columns: number } {
  const { end, columns: taken } = measure(text, columns);
  return { text: text.slice(0, end), columns: taken };
}

function measure(text: string, limit: number): { end: number; columns: number } {
  let columns = 0;
  let end = 0;
  let joined = false;
  let previous = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.codePointAt(at) as number;
    const next = at + (code > 0xffff ? 2 : 1);
    let width = joined && isPictograph(text, next) ? 0 : codePointWidth(code);
    if (code === EMOJI_SELECTOR && previous === 1 && isPictograph(text, at)) width = 1;
    if (columns + width > limit) return { end, columns };
    columns += width;
    joined = code === JOINER && previous === 2;
    if (width > 0) previous = code === EMOJI_SELECTOR ? 2 : width;
    at = next;
    end = at;
  }
  return { end, columns };
}

/** Whether the character before `at` is a picture, or one that U+FE0F turns into one, of two columns. */
function isPictograph(text: string, at: number): boolean {
  return at > 0 && /[\p{Extended_Pictographic}]$/u.test(text.slice(Math.max(0, at - 2), at));
}

function codePointWidth(code: number): 0 | 1 | 2 {
  if (code < 0x300) return code === 0xad ? 0 : 1;
  if (ZERO.test(String.fromCodePoint(code))) return 0;
  return isWide(code) ? 2 : 1;
}

function isWide(code: number): boolean {
  let low = 0;
  let high = WIDE.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = WIDE[middle] as readonly [number, number];
    if (code < first) high = middle - 1;
    else if (code > last) low = middle + 1;
    else return true;
  }
  return false;
}
