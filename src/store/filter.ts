import { printable } from '../bytes/text.js';
import { displayWidth } from '../bytes/width.js';
import { compileNode } from './filter-evaluate.js';
import type { FilterError } from './filter-lexer.js';
import { topLevelNames, unknownName } from './filter-names.js';
import { parseFilter } from './filter-parser.js';

export type { FilterError } from './filter-lexer.js';

/**
 * Display filters over the names of the JSON contract: `method == INVITE and src in {10.0.0.1, 10.0.0.2}`.
 *
 * - A path names a value of the record, with dots into objects: `cseq.number`. Where a list stands on the way, any of
 *   its elements will do; `parts.0` is its first one, and `**` any number of levels: `**.signature == invalid`.
 * - `header.Via` are the values of the headers of that name, in any case and in long or compact form.
 * - A path alone is true where its value is there and is not false, 0 or empty.
 * - `==` (or `=`, `eq`), `<`, `<=`, `>`, `>=`, `contains` and `in {a, b, 5060..5069}` are true where any value at the
 *   path passes. `!=` is true where there is a value and all of them differ, as in Wireshark 4; `not a == b` is true
 *   where `a` is missing, too.
 * - `matches` (or `~`) looks for a regular expression (RE2 syntax, linear time), without regard to case; `(?-i)` at
 *   its start makes case count. All else is case-sensitive, as Wireshark is.
 * - A path that names an object stands for all values in it: `from contains alice`.
 * - Values are words or strings in either quote. Numbers compare as numbers (0x for hexadecimal), texts by characters,
 *   booleans with true and false; what cannot be compared is not equal.
 */
export type CompiledFilter = {
  readonly ok: true;
  test(record: object): boolean;
  /** Top-level names of the record that the test reads; `**` stands for any. */
  readonly names: ReadonlySet<string>;
};

/** Characters of a filter; it comes from a command line, and a person reads it. */
const MAX_FILTER = 10_000;

/**
 * Compiles a filter. With `knownNames` (`method`, `cseq.number` ...) other names are errors. An empty filter is one
 * too: who takes it for "everything" must say so.
 */
export function compileFilter(
  text: string,
  knownNames?: readonly string[],
): CompiledFilter | ({ readonly ok: false } & FilterError) {
  if (text.length > MAX_FILTER) {
    const message = `the filter is longer than ${MAX_FILTER} characters`;
    return { ok: false, message, position: MAX_FILTER, length: 1 };
  }
  const parsed = parseFilter(text);
  if (!parsed.ok) return parsed;
  const unknown = knownNames === undefined ? undefined : unknownName(parsed.root, knownNames);
  if (unknown !== undefined) return { ok: false, ...unknown };
  const test = compileNode(parsed.root);
  if (typeof test !== 'function') return { ok: false, ...test };
  return { ok: true, test, names: topLevelNames(parsed.root) };
}

/** The filter and, below it, carets under what is wrong with the message after them: two lines, safe to print. */
export function renderFilterError(text: string, error: FilterError): string {
  const before = displayWidth(printable(text.slice(0, error.position)));
  const marked = displayWidth(printable(text.slice(error.position, error.position + error.length)));
  const carets = '^'.repeat(Math.max(1, marked));
  return `${printable(text)}\n${' '.repeat(before)}${carets} ${printable(error.message)}`;
}
