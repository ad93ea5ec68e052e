import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LimitedCache } from '../../src/bytes/limited-cache.js';

describe('a memory with a limit', () => {
  it('is a list that loses its oldest entry', () => {
    const operations = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer()), { maxLength: 400 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), operations, (limit, steps) => {
        const memory = new LimitedCache<number, number>(limit);
        let model: [key: number, value: number][] = [];
        for (const [key, value] of steps) {
          expect(memory.keep(key, value)).toBe(value);
          model = [...model.filter(([known]) => known !== key), [key, value] as [number, number]];
          model = model.slice(-limit);
          for (let asked = 0; asked <= 12; asked++) {
            expect(memory.get(asked)).toBe(model.find(([known]) => known === asked)?.[1]);
          }
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('takes no more room for one key that is kept a million times', () => {
    const memory = new LimitedCache<string, number>(4096);
    for (let round = 0; round < 100_000; round++) memory.keep('one', round);
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 1_000_000; round++) memory.keep('one', round);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20e6);
    expect(memory.get('one')).toBe(999_999);
  });
});
