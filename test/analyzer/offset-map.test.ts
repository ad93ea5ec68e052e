import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetMap } from '../../src/analyzer/offset-map.js';

const frame = (number: number) => ({ number, seconds: 1_700_000_000, nanoseconds: 0, timeDigits: 6 });

describe('which frames carried what', () => {
  it('is what a list with a frame for each byte says', () => {
    const piece = fc.record({
      length: fc.integer({ min: 1, max: 20 }),
      number: fc.integer({ min: 1, max: 6 }),
    });
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (pieces, lengths) => {
          const map = new OffsetMap();
          const carriers: number[] = [];
          for (const { length, number } of pieces) {
            for (let count = 0; count < length; count++) carriers.push(number);
            map.add(carriers.length, frame(number));
          }
          let start = 0;
          for (let turn = 0; start < carriers.length; turn++) {
            const end = Math.min(carriers.length, start + (lengths[turn % lengths.length] as number));
            const wanted = carriers.slice(start, end).filter((one, at, all) => one !== all[at - 1]);
            const taken = map.take(start, end);
            expect(taken?.frames).toEqual(wanted);
            expect(taken?.frame.number).toBe(Math.max(...wanted));
            start = end;
          }
          expect(map.take(start, start + 1)).toBeUndefined();
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });
});
