import fc from 'fast-check';
import { expect, test } from 'vitest';
import { History, NO_PIECE } from '../../src/stream/history.js';

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
          newest: NO_PIECE,
          delivered: new Map<number, number>(),
          end: 0,
        }));
        for (const { flow: index, data, skip } of operations) {
          const flow = flows[index] as (typeof flows)[number];
          const offset = flow.end + skip;
          flow.newest = history.append(flow.newest, data, offset);
          for (const [at, value] of data.entries()) flow.delivered.set(offset + at, value);
          flow.end = offset + data.length;
          expect(history.size).toBeLessThanOrEqual(limit);
          if (data.length > limit) continue;
          // The bytes just delivered are there, and any change of them shows, at its place.
          expect(history.firstDifference(flow.newest, data, offset)).toBe(-1);
          const changed = data.slice();
          const at = data.length >> 1;
          changed[at] = (data[at] as number) ^ 1;
          expect(history.firstDifference(flow.newest, changed, offset)).toBe(offset + at);
        }
        for (const { newest, delivered, end } of flows) {
          const all = Uint8Array.from({ length: end }, (_, at) => delivered.get(at) ?? 0);
          expect(history.firstDifference(newest, all, 0)).toBe(-1);
        }
      },
    ),
    { numRuns: 500, seed: 13 },
  );
});

test('older pieces of a flow are forgotten first', () => {
  const history = new History(1 << 20);
  let one = NO_PIECE;
  let other = NO_PIECE;
  for (let at = 0; at < 200; at++) {
    one = history.append(one, Uint8Array.of(at), at);
    other = history.append(other, Uint8Array.of(0), at);
  }
  expect(history.firstDifference(one, Uint8Array.of(255), 0)).toBe(-1);
  expect(history.firstDifference(one, Uint8Array.of(255), 199)).toBe(199);
});

test('a retransmission over several pieces is compared with each, and the first difference told', () => {
  const history = new History(1 << 20);
  let one = NO_PIECE;
  let other = NO_PIECE;
  for (let at = 0; at < 100; at += 10) {
    one = history.append(one, new Uint8Array(10).fill(at), at);
    other = history.append(other, new Uint8Array(3), at * 3);
  }
  const all = Uint8Array.from({ length: 100 }, (_, at) => at - (at % 10));
  expect(history.firstDifference(one, all, 0)).toBe(-1);
  for (const changed of [[99], [40, 70], [0, 99], [15]]) {
    const bytes = all.slice();
    for (const at of changed) bytes[at] = 1;
    expect(history.firstDifference(one, bytes, 0)).toBe(changed[0]);
    expect(history.firstDifference(one, bytes.subarray(5), 5)).toBe(changed.find((at) => at >= 5));
  }
});

test.each([1024, 4096, 65_536])(
  'pieces of %i bytes, which fill the ring to the last, are found where they are',
  (size) => {
    const history = new History(1 << 22);
    let newest = NO_PIECE;
    for (let at = 0; at < 1 << 23; at += size) {
      const data = new Uint8Array(size).fill(at / size);
      newest = history.append(newest, data, at);
      expect(history.firstDifference(newest, data, at)).toBe(-1);
    }
  },
);

test('memory is bounded by the ring, and by the pieces where they are tiny; what is left is right', () => {
  const limit = 1 << 21;
  const history = new History(limit);
  let large = NO_PIECE;
  let end = 0;
  for (; end < 3 * limit; end += 50_000) {
    large = history.append(large, new Uint8Array(50_000).fill(end / 50_000), end);
    expect(history.size).toBeLessThanOrEqual(limit);
    // Another flow in between, so that each piece is one of its own.
    history.append(NO_PIECE, Uint8Array.of(1), 0);
  }
  const differing = new Uint8Array(50_000).fill(255);
  expect(history.firstDifference(large, differing, 0)).toBe(-1);
  expect(history.firstDifference(large, differing, end - 50_000)).toBe(end - 50_000);
  const kept = end - Math.floor(limit / 50_001) * 50_000;
  expect(history.firstDifference(large, differing, kept)).toBe(kept);
  for (let count = 0; count < limit; count++) history.append(NO_PIECE, Uint8Array.of(1), 0);
  expect(history.firstDifference(large, differing, end - 50_000)).toBe(-1);
});
