import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { BREAKS_WORDS, displayWidth, fitWidth, wrapText } from '../../src/bytes/width.js';

const FAMILY = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
const seconds = (work: () => void): number => {
  const { user, system } = process.cpuUsage();
  work();
  const after = process.cpuUsage({ user, system });
  return (after.user + after.system) / 1e6;
};

describe('the width of long texts', () => {
  it('is that of the whole, however it is cut into pieces', () => {
    for (const sign of ['’', '漢', '\u{1f600}', 'é', 'a’']) {
      const text = sign.repeat(3000);
      expect(displayWidth(text)).toBe(stringWidth(sign) * 3000);
    }
  });

  it('is measured in time that grows with their length', () => {
    const text = `’${'a DNS:1.a, '.repeat(6000)}’`;
    expect(seconds(() => displayWidth(text))).toBeLessThan(2);
    expect(seconds(() => fitWidth(text, 60_000))).toBeLessThan(2);
    expect(seconds(() => wrapText(text, 80))).toBeLessThan(2);
    expect(seconds(() => wrapText('’'.repeat(60_000), 80, BREAKS_WORDS))).toBeLessThan(2);
  });
});

describe('what fits', () => {
  it('ends between signs that are drawn as one, at the end of a piece too', () => {
    for (const before of [505, 506, 507, 508, 509, 510, 511, 512]) {
      const text = '’'.repeat(before) + FAMILY;
      expect(fitWidth(text, before + 1)).toEqual({ text: '’'.repeat(before), columns: before });
      expect(fitWidth(text, before + 2)).toEqual({ text, columns: before + 2 });
    }
  });

  it('is all, where there is room, and nothing where there is none', () => {
    expect(fitWidth('abc', 3)).toEqual({ text: 'abc', columns: 3 });
    expect(fitWidth('abcd', 3)).toEqual({ text: 'abc', columns: 3 });
    expect(fitWidth('abc’', 3)).toEqual({ text: 'abc', columns: 3 });
    expect(fitWidth('’', 0)).toEqual({ text: '', columns: 0 });
  });

  it('takes a sign that is longer than a piece as it comes', () => {
    const text = `a${'\u0301'.repeat(2000)}b`;
    expect(fitWidth(text, 2).text.length).toBe(text.length);
  });

  it('is wrapped as it was, and one line where no width is given', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('one twothree', 4, BREAKS_WORDS)).toEqual(['one', 'twot', 'hree']);
    expect(wrapText('one ’two’ three')).toEqual(['one ’two’ three']);
  });
});
