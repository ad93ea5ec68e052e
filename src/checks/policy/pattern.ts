import { registeredSuiteName } from '../../tls/registries/names.js';

/** A name with `*` for any characters, as `TLS_RSA_WITH_*`; case does not count. */
export type Pattern = {
  readonly text: string;
  /** `id` is another name of the same thing, as `0x0035`. */
  matches(name: string, id?: string): boolean;
};

export function namePattern(text: string): Pattern {
  const wanted = text.toLowerCase();
  const parts = wanted.split('*');
  return {
    text,
    matches: (name, id) => id?.toLowerCase() === wanted || matchesParts(name.toLowerCase(), parts),
  };
}

/** Linear: each part is looked for behind the one before, the first and last at the ends. */
function matchesParts(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

let registered: readonly { readonly id: string; readonly name: string }[] | undefined;

/** Whether a pattern matches at least one suite of the IANA registry: one that does not is a slip of the pen. */
export function matchesAnySuite(pattern: Pattern): boolean {
  registered ??= Array.from({ length: 0x10000 }, (_, id) => ({
    id: `0x${id.toString(16).padStart(4, '0')}`,
    name: registeredSuiteName(id),
  })).flatMap(({ id, name }) => (name === undefined ? [] : [{ id, name }]));
  return registered.some(({ id, name }) => pattern.matches(name, id));
}
