import type { JsonRecord } from './to-record.js';

/**
 * The value at a path as `from.uri`; through a list, the list of what its items have there. Undefined where there is
 * nothing.
 */
export function valueAt(record: JsonRecord, path: string): unknown {
  return follow(record, path.split('.'), 0);
}

function follow(value: unknown, names: readonly string[], depth: number): unknown {
  if (depth === names.length) return value;
  if (Array.isArray(value)) {
    const found = value.map((item) => follow(item, names, depth)).filter((item) => item !== undefined);
    return found.length === 0 ? undefined : found.flat();
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const name = names[depth] as string;
  return Object.hasOwn(value, name) ? follow((value as JsonRecord)[name], names, depth + 1) : undefined;
}

/** Names to pick, as a tree: an empty one takes all that is below. */
type Picked = Map<string, Picked>;

/**
 * A function that leaves of a record only what the paths name, in the shape and order that it has; undefined of one that
 * has nothing of it.
 */
export function picker(paths: readonly string[]): (record: JsonRecord) => JsonRecord | undefined {
  const root: Picked = new Map();
  const whole = new Set<Picked>();
  for (const path of paths) {
    let at = root;
    for (const name of path.split('.')) {
      const next: Picked = at.get(name) ?? new Map();
      at.set(name, next);
      at = next;
    }
    whole.add(at);
  }
  const pick = (value: unknown, tree: Picked): unknown => {
    if (whole.has(tree)) return value;
    if (Array.isArray(value)) {
      const items = value.map((item) => pick(item, tree)).filter((item) => item !== undefined);
      return items.length === 0 ? undefined : items;
    }
    if (typeof value !== 'object' || value === null) return undefined;
    const left: Record<string, unknown> = {};
    let any = false;
    for (const [name, inner] of Object.entries(value)) {
      const below = tree.get(name);
      const kept = below === undefined ? undefined : pick(inner, below);
      if (kept === undefined) continue;
      left[name] = kept;
      any = true;
    }
    return any ? left : undefined;
  };
  return (record) => pick(record, root) as JsonRecord | undefined;
}
