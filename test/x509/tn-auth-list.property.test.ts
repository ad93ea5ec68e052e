import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coversNumber, readTnAuthList, type TnEntry } from '../../src/x509/stir/tn-auth-list.js';

const NUMBER = fc.stringMatching(/^[0-9]{1,15}$/);
const ENTRY: fc.Arbitrary<TnEntry> = fc.oneof(
  fc.record({ kind: fc.constant('spc' as const), code: fc.stringMatching(/^[A-Z0-9]{1,8}$/) }),
  fc.record({ kind: fc.constant('one' as const), number: fc.stringMatching(/^[0-9#*]{1,15}$/) }),
  fc.record({
    kind: fc.constant('range' as const),
    start: NUMBER,
    count: fc.integer({ min: 2, max: 99_999 }),
  }),
);

function tlv(tag: number, contents: Uint8Array): Buffer {
  const { length } = contents;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), contents]);
}

/** As the module of RFC 8226 has it, with explicit tags. */
function encode(entry: TnEntry): Buffer {
  const text = (value: string): Buffer => tlv(0x16, Buffer.from(value, 'latin1'));
  if (entry.kind === 'spc') return tlv(0xa0, text(entry.code));
  if (entry.kind === 'one') return tlv(0xa2, text(entry.number));
  const count = Buffer.from(`00${entry.count.toString(16).padStart(6, '0')}`, 'hex');
  const first = count.findIndex((octet, index) => octet !== 0 || (count[index + 1] ?? 0xff) > 0x7f);
  return tlv(0xa1, tlv(0x30, Buffer.concat([text(entry.start), tlv(0x02, count.subarray(first))])));
}

describe('TNAuthList', () => {
  const LIST = fc.array(ENTRY, { minLength: 1, maxLength: 40 });

  it('gives back what was written', () => {
    fc.assert(
      fc.property(LIST, (entries) => {
        expect(readTnAuthList(tlv(0x30, Buffer.concat(entries.map(encode))))).toEqual(entries);
      }),
    );
  });

  it('is not read where a part of it is missing, or with anything behind it', () => {
    fc.assert(
      fc.property(LIST, fc.nat(), (entries, at) => {
        const der = tlv(0x30, Buffer.concat(entries.map(encode)));
        expect(readTnAuthList(der.subarray(0, at % der.length))).toBeUndefined();
        expect(readTnAuthList(Buffer.concat([der, Buffer.from([0])]))).toBeUndefined();
      }),
    );
  });

  it('answers any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readTnAuthList(bytes)));
  });

  it('covers the numbers of a range and no other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000_000, max: 8_000_000 }),
        fc.integer({ min: 2, max: 1000 }),
        (start, count) => {
          const entry: TnEntry = { kind: 'range', start: String(start), count };
          const covers = (number: number): boolean => coversNumber(entry, String(number));
          expect([start - 1, start, start + count - 1, start + count].map(covers)).toEqual([
            false,
            true,
            true,
            false,
          ]);
          expect(coversNumber(entry, `0${start}`)).toBe(false);
        },
      ),
    );
  });
});
