import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Defragmenter,
  type DefragmenterLimits,
  type FragmentFault,
  type IpFragment,
  type ReassembledPayload,
} from '../../src/stream/defragment.js';
import { addressBytes } from '../support/packets.js';
import { frameAt } from './support.js';

type Options = {
  readonly identification?: number;
  readonly protocol?: number;
  readonly missing?: number;
  readonly family?: 4 | 6;
  readonly source?: string;
};

function fragment(
  offset: number,
  data: Uint8Array | string,
  more: boolean,
  options: Options = {},
): IpFragment {
  const { identification = 77, protocol = 17, missing = 0, family = 4 } = options;
  const source = addressBytes(options.source ?? (family === 4 ? '192.0.2.1' : '2001:db8::1'));
  const bytes = Buffer.concat([source, addressBytes(family === 4 ? '198.51.100.2' : '2001:db8::2')]);
  return {
    network: 0,
    addressBytes: bytes,
    sourceOffset: 0,
    destinationOffset: source.length,
    addressLength: source.length as 4 | 16,
    fragment: { identification, protocol, offset, more, data: Buffer.from(data), missing },
  };
}

class Harness {
  readonly faults: FragmentFault[] = [];
  readonly defragmenter: Defragmenter;
  frame = 0;
  time = 1000;

  constructor(limits: Partial<DefragmenterLimits> = {}) {
    this.defragmenter = new Defragmenter({ fault: (fault) => this.faults.push(fault) }, limits);
  }

  push(
    offset: number,
    data: Uint8Array | string,
    more: boolean,
    options: Options = {},
  ): ReassembledPayload | undefined {
    this.frame++;
    const made = fragment(offset, data, more, options);
    const whole = this.defragmenter.push(made, frameAt(this.frame, this.time));
    // Fragments are views of memory that is used again.
    made.fragment?.data.fill(0xee);
    return whole;
  }

  get codes(): string[] {
    return this.faults.map(({ code }) => code);
  }
}

function text(payload: ReassembledPayload | undefined): string | undefined {
  return payload && Buffer.from(payload.bytes).toString();
}

describe.each([4, 6] as const)('IPv%d', (family) => {
  test('in order', () => {
    const ip = new Harness();
    expect(ip.push(0, 'aaaaaaaa', true, { family })).toBeUndefined();
    expect(ip.push(8, 'bbbbbbbb', true, { family })).toBeUndefined();
    const whole = ip.push(16, 'ccc', false, { family });
    expect(text(whole)).toBe('aaaaaaaabbbbbbbbccc');
    expect(whole).toMatchObject({ protocol: 17, frames: [1, 2, 3] });
    ip.defragmenter.end();
    expect(ip.faults).toEqual([]);
    expect(ip.defragmenter.usage).toEqual({ bytes: 0, datagrams: 0 });
  });

  test('any order and repetition', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 9, maxLength: 400 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (payload, units, keys, repeated) => {
          const size = units * 8;
          const starts = Array.from({ length: Math.ceil(payload.length / size) }, (_, index) => index * size);
          fc.pre(starts.length > 1);
          const order = starts
            .map((start, index) => ({ start, key: keys[index % keys.length] as number }))
            .sort((a, b) => a.key - b.key)
            .map(({ start }) => start);
          for (const index of repeated) order.splice(index % 7, 0, starts[index % starts.length] as number);
          const ip = new Harness();
          const whole: string[] = [];
          for (const start of order) {
            const more = start + size < payload.length;
            const made = ip.push(start, payload.slice(start, start + size), more, { family });
            if (made !== undefined) whole.push(Buffer.from(made.bytes).toString('hex'));
          }
          expect(whole).toEqual([Buffer.from(payload).toString('hex')]);
          ip.defragmenter.end();
          expect(ip.faults).toEqual([]);
        },
      ),
      { numRuns: 300, seed: 5 },
    );
  });

  test('datagrams apart by identification and address', () => {
    const ip = new Harness();
    ip.push(0, 'aaaaaaaa', true, { family, identification: 1 });
    ip.push(0, 'bbbbbbbb', true, { family, identification: 2 });
    const source = family === 4 ? '192.0.2.9' : '2001:db8::9';
    ip.push(0, 'cccccccc', true, { family, identification: 1, source });
    expect(text(ip.push(8, '2', false, { family, identification: 2 }))).toBe('bbbbbbbb2');
    expect(text(ip.push(8, '1', false, { family, identification: 1 }))).toBe('aaaaaaaa1');
    expect(text(ip.push(8, '9', false, { family, identification: 1, source }))).toBe('cccccccc9');
  });

  test('an identification used again after its datagram was whole', () => {
    const ip = new Harness();
    ip.push(0, 'aaaaaaaa', true, { family });
    expect(text(ip.push(8, '1', false, { family }))).toBe('aaaaaaaa1');
    expect(ip.push(0, 'aaaaaaaa', true, { family })).toBeUndefined();
    ip.push(0, 'bbbbbbbb', true, { family });
    expect(text(ip.push(8, '2', false, { family }))).toBe('bbbbbbbb2');
    expect(ip.faults).toEqual([]);
  });

  test('incomplete after 60 seconds: told with frames and missing ranges', () => {
    const ip = new Harness();
    ip.push(8, 'bbbbbbbb', true, { family });
    ip.push(32, 'e', false, { family });
    ip.time += 59.9;
    ip.push(0, 'x', true, { family, identification: 5, missing: 7 });
    expect(ip.faults).toEqual([]);
    ip.time += 0.2;
    ip.push(0, 'yyyyyyyy', true, { family, identification: 6 });
    expect(ip.faults).toMatchObject([
      {
        code: 'fragments-missing',
        frames: [1, 2],
        frame: { number: 2 },
        missing: [
          { start: 0, end: 8 },
          { start: 16, end: 32 },
        ],
      },
    ]);
    // What comes now belongs to a new datagram.
    expect(ip.push(0, 'aaaaaaaa', true, { family })).toBeUndefined();
    ip.defragmenter.end();
    expect(ip.codes).toEqual(Array(4).fill('fragments-missing'));
    expect(ip.faults[1]?.missing).toEqual([{ start: 1 }]);
  });

  test('a fragment cut by the snap length leaves its datagram incomplete', () => {
    const ip = new Harness();
    ip.push(0, 'aaaa', true, { family, missing: 4 });
    expect(ip.push(8, 'b', false, { family })).toBeUndefined();
    ip.defragmenter.end();
    expect(ip.faults[0]?.missing).toEqual([{ start: 4, end: 8 }]);
  });

  test('lengths that contradict the rules', () => {
    const ip = new Harness();
    ip.push(0, 'aaaaaaa', true, { family });
    ip.push(65_528, 'aaaaaaaaaaaaaaaa', false, { family });
    ip.push(8, 'bb', false, { family });
    ip.push(8, 'bbb', false, { family });
    ip.push(16, 'cccccccc', true, { family });
    expect(ip.codes).toEqual(Array(4).fill('fragment-malformed'));
    expect(text(ip.push(0, 'aaaaaaaa', true, { family }))).toBe('aaaaaaaabb');
  });

  test('limits of bytes and datagrams: the oldest is given up', () => {
    const ip = new Harness({ bytes: 3000, datagrams: 5 });
    for (let identification = 0; identification < 10; identification++) {
      ip.push(0, Buffer.alloc(400), true, { family, identification });
      expect(ip.defragmenter.usage.bytes).toBeLessThanOrEqual(3000);
      expect(ip.defragmenter.usage.datagrams).toBeLessThanOrEqual(5);
    }
    expect(ip.faults.map(({ frames }) => frames[0])).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('overlap', () => {
  test('IPv4: the byte that came first wins, and a fault tells', () => {
    const ip = new Harness();
    ip.push(0, 'GOODGOOD', true);
    ip.push(0, 'EVILEVILEVILEVIL', true);
    expect(text(ip.push(16, '!', false))).toBe('GOODGOODEVILEVIL!');
    expect(ip.faults).toMatchObject([{ code: 'fragment-overlap-conflict', frame: { number: 2 } }]);
  });

  test('IPv4: with the same bytes', () => {
    const ip = new Harness();
    ip.push(8, 'bbbbbbbb', true);
    ip.push(0, 'aaaaaaaabbbbbbbb', true);
    expect(text(ip.push(16, 'c', false))).toBe('aaaaaaaabbbbbbbbc');
    expect(ip.codes).toEqual(['fragment-overlap']);
  });

  test('IPv6: the datagram is refused, and all that follows of it (RFC 5722)', () => {
    const ip = new Harness();
    ip.push(0, 'aaaaaaaa', true, { family: 6 });
    ip.push(0, 'aaaaaaaabbbbbbbb', true, { family: 6 });
    expect(ip.push(16, 'c', false, { family: 6 })).toBeUndefined();
    expect(ip.push(8, 'bbbbbbbb', true, { family: 6 })).toBeUndefined();
    ip.defragmenter.end();
    expect(ip.codes).toEqual(['fragment-overlap']);
  });
});

test('IPv4 tells datagrams apart by protocol; IPv6 takes the protocol of the first fragment', () => {
  const ip = new Harness();
  ip.push(0, 'aaaaaaaa', true, { protocol: 17 });
  expect(ip.push(8, 'b', false, { protocol: 6 })).toBeUndefined();
  ip.push(8, 'b', false, { protocol: 60, family: 6 });
  expect(ip.push(0, 'aaaaaaaa', true, { protocol: 17, family: 6 })).toMatchObject({ protocol: 17 });
});

test('any fragments whatever: bounded, and what is whole is as long as stated', () => {
  const ip = new Harness({ bytes: 200_000, datagrams: 20 });
  const any = fc.record({
    offset: fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8191 })),
    length: fc.integer({ min: 0, max: 40 }),
    more: fc.boolean(),
    missing: fc.constantFrom(0, 0, 0, 3),
    identification: fc.integer({ min: 0, max: 40 }),
    family: fc.constantFrom<4 | 6>(4, 6),
  });
  fc.assert(
    fc.property(fc.array(any, { maxLength: 60 }), (fragments) => {
      for (const { offset, length, more, ...options } of fragments) {
        ip.time += 1;
        const whole = ip.push(offset * 8, Buffer.alloc(length, offset), more, options);
        if (whole !== undefined) expect(whole.bytes.length).toBeGreaterThan(0);
        expect(ip.defragmenter.usage.bytes).toBeLessThanOrEqual(200_000);
        expect(ip.defragmenter.usage.datagrams).toBeLessThanOrEqual(20);
      }
    }),
    { numRuns: 200, seed: 11 },
  );
  ip.defragmenter.end();
  expect(ip.defragmenter.usage).toEqual({ bytes: 0, datagrams: 0 });
});
