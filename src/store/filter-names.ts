import type { FilterError } from './filter-lexer.js';
import type { FilterNode, PathSegment } from './filter-parser.js';

/** Which names a filter uses, and whether they are names of records at all. */

/** Paths of a filter, in the order of its text. */
export function pathsOf(node: FilterNode): readonly (readonly PathSegment[])[] {
  switch (node.kind) {
    case 'and':
    case 'or':
      return node.operands.flatMap(pathsOf);
    case 'not':
      return pathsOf(node.operand);
    default:
      return [node.path];
  }
}

/** The top-level names of the record that the filter looks at; `**` where it looks at all of them. */
export function topLevelNames(node: FilterNode): ReadonlySet<string> {
  return new Set(
    pathsOf(node).map(([first, second]) =>
      first?.name === 'header' && second !== undefined ? 'headers' : (first?.name ?? '**'),
    ),
  );
}

/**
 * The first unknown name of a filter, or undefined. `known` are names as `method` or dotted ones as `cseq.number`.
 * The first name of a path must be a first one there; the others may be any that follows a dot, as bodies nest, and
 * are not looked at where `known` has no dotted names.
 */
export function unknownName(node: FilterNode, known: readonly string[]): FilterError | undefined {
  const first = new Set(known.map((name) => name.split('.')[0] as string));
  const later = new Set(known.flatMap((name) => name.split('.').slice(1)));
  for (const path of pathsOf(node)) {
    for (let index = 0; index < path.length; index++) {
      const { name, position } = path[index] as PathSegment;
      if (name === 'header') {
        // What follows is the name of a header, of which there are any.
        if (index + 1 < path.length) break;
      }
      const afterAny = path[0]?.name === '**';
      if (name === '**' || (index > 0 && (later.size === 0 || /^\d/.test(name)))) continue;
      const names = afterAny ? new Set([...first, ...later]) : index === 0 ? first : later;
      if (names.has(name)) continue;
      const suggestion = nearest(name, names);
      const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
      return { message: `there is no field "${name}"${hint}`, position, length: name.length };
    }
  }
  return undefined;
}

/** The name that is a few slips of the finger away from `written`, if one is, else one that begins or ends with it. */
function nearest(written: string, names: Iterable<string>): string | undefined {
  const wanted = written.toLowerCase().replaceAll('-', '_').slice(0, 64);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  if (best !== undefined || wanted.length < 3) return best;
  for (const name of names) if (name.startsWith(wanted) || name.endsWith(wanted)) return name;
  return undefined;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
