/** A tree of fields as lines: which branches are open, and what a search finds in them. */
import type { Field } from '../../bytes/field.js';

export type TreeLine = {
  readonly field: Field;
  readonly depth: number;
  /** The same for the same field of another message: names from the root, with a number among equals. */
  readonly path: string;
  readonly isOpen: boolean;
};

/** Lines of one tree at most; what an array of a hostile message could hold beyond is not listed. */
const MAX_LINES = 20_000;
const SEPARATOR = '\u0000';

/** Branches that are open at first: those that lead to what was said, and what is wrong with it. */
const OPEN_AT_FIRST = /^(Message Body|MIME entity|CMS|Part \d+|[\w ]+ content|message\/rfc822|Findings)$/i;

/** Open and closed branches, remembered by path, so that they stay while one goes from message to message. */
export class TreeState {
  readonly #chosen = new Map<string, boolean>();

  lines(roots: readonly Field[]): TreeLine[] {
    const lines: TreeLine[] = [];
    const visit = (fields: readonly Field[], depth: number, prefix: string): void => {
      const seen = new Map<string, number>();
      for (const field of fields) {
        if (lines.length >= MAX_LINES) return;
        const among = seen.get(field.name) ?? 0;
        seen.set(field.name, among + 1);
        const path = `${prefix}${field.name}${among === 0 ? '' : `#${among}`}${SEPARATOR}`;
        const isOpen = field.children.length > 0 && this.#isOpen(field, path, prefix);
        lines.push({ field, depth, path, isOpen });
        if (isOpen) visit(field.children, depth + 1, path);
      }
    };
    visit(roots, 0, '');
    return lines;
  }

  set(path: string, isOpen: boolean): void {
    this.#chosen.set(path, isOpen);
  }

  /** Opens or closes a branch with all below it. */
  setAll(line: TreeLine, isOpen: boolean): void {
    const visit = (field: Field, path: string): void => {
      this.#chosen.set(path, isOpen);
      const seen = new Map<string, number>();
      for (const child of field.children) {
        const among = seen.get(child.name) ?? 0;
        seen.set(child.name, among + 1);
        visit(child, `${path}${child.name}${among === 0 ? '' : `#${among}`}${SEPARATOR}`);
      }
    };
    visit(line.field, line.path);
  }

  #isOpen(field: Field, path: string, prefix: string): boolean {
    const chosen = this.#chosen.get(path);
    if (chosen !== undefined) return chosen;
    // Parents that are shut hide it anyway; the last name of the prefix is the parent's.
    const parent = prefix.split(SEPARATOR).at(-2)?.replace(/#\d+$/, '') ?? '';
    return OPEN_AT_FIRST.test(field.name) && (prefix === '' || OPEN_AT_FIRST.test(parent));
  }
}

/** Path of the first field, in the order of the tree, that `matches`; its branches must be opened to see it. */
export function findField(roots: readonly Field[], matches: (field: Field) => boolean): string | undefined {
  const visit = (fields: readonly Field[], prefix: string): string | undefined => {
    const seen = new Map<string, number>();
    for (const field of fields) {
      const among = seen.get(field.name) ?? 0;
      seen.set(field.name, among + 1);
      const path = `${prefix}${field.name}${among === 0 ? '' : `#${among}`}${SEPARATOR}`;
      if (matches(field)) return path;
      const below = visit(field.children, path);
      if (below !== undefined) return below;
    }
    return undefined;
  };
  return visit(roots, '');
}

/** Opens all that is above a path. */
export function openTo(state: TreeState, path: string): void {
  let end = path.indexOf(SEPARATOR);
  while (end >= 0 && end + 1 < path.length) {
    state.set(path.slice(0, end + 1), true);
    end = path.indexOf(SEPARATOR, end + 1);
  }
}
