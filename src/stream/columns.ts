/**
 * Columns of numbers, one row per connection or flow. What there is of every connection stands in columns: an object has a
 * header of 24 bytes, 8 bytes a field and 16 more for a number that is no small integer, and garbage collection visits it.
 */

/**
 * Rows of a table at first: a capture of some connections needs no more, and one without any should not pay for them. With
 * 1024, making the tables of a short capture took a sixth of its analysis.
 */
export const FIRST_ROWS = 64;

/**
 * How much a table grows at a time. Room that was never written to takes no memory, as the system gives it page by page,
 * but what is outgrown does until the next full garbage collection: after doubling, as much as what is in use.
 */
export const GROWTH = 16;

type Column = Uint8Array | Uint32Array | Int32Array | Float64Array;

/** The same numbers with room for `length` of them; the new ones are 0. */
export function grown<T extends Column>(column: T, length: number): T {
  const larger = new (column.constructor as new (length: number) => T)(length);
  larger.set(column);
  return larger;
}
