import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FlowHistory, History } from '../../src/stream/history.js';

test('what is kept of several flows is what they delivered last', () => {
  const operation = fc.record({
    flow: fc.integer({ min: 0, max: 2 }),
    data: fc.uint8Array({ minLength: 1, maxLength: 12 }),
    skip: fc.constantFrom(0, 0, 0, 5),
  });
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (operations, limit) => {
        const history = new History(limit);
        const flows = [0, 1, 2].map(() => ({
          history: new FlowHistory(),
          delivered: new Map<number, number>(),
          end: 0,
        }));
        for (const { flow: index, data, skip } of operations) {
          const flow = flows[index] as (typeof flows)[number];
          const offset = flow.end + skip;
          flow.history.append(history, data, offset);
          for (const [at, value] of data.entries()) flow.delivered.set(offset + at, value);
          flow.end = offset + data.length;
          expect(history.size).toBeLessThanOrEqual(limit);
          if (data.length > limit) continue;
          // The bytes just delivered are there, and any change of them shows, at its place.
          expect(flow.history.firstDifference(history, data, offset)).toBe(-1);
          const changed = data.slice();
          const at = data.length >> 1;
          changed[at] = (data[at] as number) ^ 1;
          expect(flow.history.firstDifference(history, changed, offset)).toBe(offset + at);
        }
        for (const { history: own, delivered, end } of flows) {
          const all = Uint8Array.from({ length: end }, (_, at) => delivered.get(at) ?? 0);
          expect(own.firstDifference(history, all, 0)).toBe(-1);
        }
      },
    ),
    { numRuns: 500, seed: 13 },
  );
});

test('older pieces of a flow are forgotten first', () => {
  const history = new History(1 << 20);
  const one = new FlowHistory();
  const other = new FlowHistory();
  for (let at = 0; at < 200; at++) {
    one.append(history, Uint8Array.of(at), at);
    other.append(history, Uint8Array.of(0), at);
  }
  expect(one.firstDifference(history, Uint8Array.of(255), 0)).toBe(-1);
  expect(one.firstDifference(history, Uint8Array.of(255), 199)).toBe(199);
});
