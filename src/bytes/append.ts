/**
 * Adds items at the end of a list. `push(...items)` puts each item on the stack as an argument, which ends in a
 * RangeError above about 120,000 of them; lists whose length the input decides are added with this.
 */
export function append<Item>(target: Item[], items: Iterable<Item>): void {
  for (const item of items) target.push(item);
}

/** The largest number, at least `least`; `Math.max(...values)` has the limit that `push(...items)` has. */
export function largest(values: Iterable<number>, least: number): number {
  let result = least;
  for (const value of values) if (value > result) result = value;
  return result;
}
