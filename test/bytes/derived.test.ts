import { describe, expect, it } from 'vitest';
import { derivedOnce } from '../../src/bytes/derived.js';

describe('what is derived once', () => {
  it('works it out once for each object, and again for an equal one', () => {
    const asked: object[] = [];
    const count = derivedOnce((source: { readonly size: number }) => asked.push(source) * source.size);
    const first = { size: 10 };
    expect([count(first), count(first), count({ size: 10 })]).toEqual([10, 10, 20]);
    expect(asked).toHaveLength(2);
  });

  it('remembers that there is nothing', () => {
    let asked = 0;
    const nothing = derivedOnce((_: object) => {
      asked++;
      return undefined;
    });
    const source = {};
    nothing(source);
    expect(nothing(source)).toBeUndefined();
    expect(asked).toBe(1);
  });
});
