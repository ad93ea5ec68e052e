import { expect } from 'vitest';

/**
 * Bytes are compared at once: element by element, as all that can be iterated over is, they took a third of the time that
 * tests spend in assertions. Whether they are a Buffer or a plain Uint8Array does not matter to `toEqual`.
 */
expect.addEqualityTesters([
  (a: unknown, b: unknown): boolean | undefined =>
    a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : undefined,
]);
