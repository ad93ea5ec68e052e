import { describe, expect, it } from 'vitest';
import { csvLine } from '../../src/report/records/csv.js';

const line = (text: unknown): string => csvLine({ a: text } as never, ['a']);

describe('a field of CSV', () => {
  it.each([
    // U+FF1D and so on: fullwidth; U+FE66 and so on: small forms; U+2212: the minus of mathematics.
    ...['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹦', '﹢', '﹣', '﹫', '−'].map((sign) => [`${sign}1`]),
    [' =1'],
    ['\u00a0=1'],
    ['\u3000＝1'],
  ])('is no formula: %j', (text) => {
    expect(line(text).replaceAll('\u00a0', ' ')).toBe(`'${text.replaceAll('\u00a0', ' ')}\r\n`);
    expect(line([text]).startsWith("'")).toBe(true);
  });

  it('hides no formula behind what is not seen', () => {
    expect(line('\t=1')).toBe('\\t=1\r\n');
    expect(line('\u200b=1')).toBe('\\u200b=1\r\n');
    expect(line('\r\n=1')).toBe('\\r\\n=1\r\n');
  });

  it('that some take for two is in quotes, and a quote is doubled', () => {
    expect(line('a;b')).toBe('"a;b"\r\n');
    expect(line('a,b')).toBe('"a,b"\r\n');
    expect(line('a"b')).toBe('"a""b"\r\n');
    expect(line('=a;"b"')).toBe('"\'=a;""b"""\r\n');
    expect(line(['a', '=b'])).toBe('"a; \'=b"\r\n');
    expect(line(-1)).toBe('-1\r\n');
  });
});
