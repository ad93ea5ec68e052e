import type { Runs } from './iana.js';

/** Name by value, of a table of the generated file. */
export function namesOf(runs: Runs): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [first, run] of Object.entries(runs)) {
    let value = Number(first);
    for (const name of run.trim().split(/\s+/)) names.set(value++, name);
  }
  return names;
}
