import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const require = createRequire(import.meta.url);

/** Characters of a pattern; matching costs up to pattern times text, and no one types more. */
const MAX_PATTERN = 1000;

export type Pattern =
  | { readonly ok: true; matches(text: string): boolean }
  | { readonly ok: false; readonly message: string };

/**
 * Compiles a regular expression in RE2's syntax, which takes linear time on any text: no back references, no
 * look-around. It is looked for anywhere in the text, without regard to case, and `.` stands for line ends too;
 * `(?-i)` and `(?-s)` at its start turn that off.
 */
export function compilePattern(text: string): Pattern {
  if (text.length > MAX_PATTERN) {
    return { ok: false, message: `the regular expression is longer than ${MAX_PATTERN} characters` };
  }
  // Loaded when the first pattern is there: 6 ms that most runs need not pay.
  const library = require('re2js') as typeof import('re2js');
  try {
    const flags = library.RE2JS.CASE_INSENSITIVE | library.RE2JS.DOTALL;
    const pattern: RE2JS = library.RE2JS.compile(text, flags);
    return { ok: true, matches: (subject) => pattern.test(subject) };
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    return { ok: false, message: cause.replace(/^error parsing regexp/, 'in the regular expression') };
  }
}
