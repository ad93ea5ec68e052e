import { describe, expect, it } from 'vitest';
import { append, largest } from '../../src/bytes/append.js';

describe('lists of any length', () => {
  const many = Array.from({ length: 1_000_000 }, (_, index) => index);

  it('are appended in their order', () => {
    const target = [-1];
    append(target, many);
    expect(target).toHaveLength(1_000_001);
    expect(target.slice(0, 3)).toEqual([-1, 0, 1]);
  });

  it('have a largest number, or the least that is asked for', () => {
    expect(largest(many, 0)).toBe(999_999);
    expect(largest([], 1)).toBe(1);
    expect(largest([-5, -2], 0)).toBe(0);
  });
});
