import { describe, expect, test } from 'vitest';
import { formatAddress, formatMac } from '../../src/net/address.js';
import { hex } from './encapsulations.js';

function format(digits: string): string {
  return formatAddress(hex(`ff${digits}ff`), 1, digits.length === 8 ? 4 : 16);
}

describe('formatAddress', () => {
  // Each rule of RFC 5952 §4 and §5 with an address of the RFC or one that would break it.
  test.each([
    ['c0000201', '192.0.2.1'],
    ['00000000', '0.0.0.0'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000000000000000020001', '2001:db8::2:1'],
    // §4.2.2: one group of zeros is not shortened.
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    // §4.2.3: the longest run; the first of equal ones.
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    // §4.3: lower case, no leading zeros.
    ['2001ABCD0A0B00CD0123456789ABCDEF', '2001:abcd:a0b:cd:123:4567:89ab:cdef'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['fe800000000000000000000000000000', 'fe80::'],
    // §5: IPv4-mapped.
    ['00000000000000000000ffffc0000201', '::ffff:192.0.2.1'],
    ['00000000000000000000fffec0000201', '::fffe:c000:201'],
  ])('%s is %s', (digits, text) => {
    expect(format(digits)).toBe(text);
  });

  test('bytes that are not there give no address', () => {
    expect(formatAddress(new Uint8Array(3), 0, 4)).toBe('');
    expect(formatAddress(new Uint8Array(16), 1, 16)).toBe('');
    expect(formatAddress(new Uint8Array(16), -1, 4)).toBe('');
  });
});

test('formatMac', () => {
  expect(formatMac(hex('001b210a0b0c'))).toBe('00:1b:21:0a:0b:0c');
});
