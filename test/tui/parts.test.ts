import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTime,
  shortSecurity,
  shortUri,
} from '../../src/tui/format.js';
import { KeyDecoder } from '../../src/tui/keys.js';
import { ListCursor } from '../../src/tui/list-cursor.js';
import { candidates } from '../../src/tui/prompts/filter-prompt.js';
import { LineEditor } from '../../src/tui/prompts/line-editor.js';
import { hexLines } from '../../src/tui/views/hex-lines.js';

describe('the key decoder', () => {
  // Sequences of xterm, of rxvt and of the Linux console.
  it.each([
    ['a', ['a']],
    ['jjjj', ['j', 'j', 'j', 'j']],
    ['é界', ['é', '界']],
    ['\r', ['enter']],
    ['\t', ['tab']],
    ['\u007f', ['backspace']],
    ['\u0006', ['ctrl-f']],
    ['\u001b[A\u001b[B', ['up', 'down']],
    ['\u001bOC', ['right']],
    ['\u001b[1;5D', ['left']],
    ['\u001b[H\u001b[1~\u001b[7~', ['home', 'home', 'home']],
    ['\u001b[F\u001b[4~\u001b[8~', ['end', 'end', 'end']],
    ['\u001b[5~\u001b[6~', ['pageup', 'pagedown']],
    ['\u001b[Z', ['shift-tab']],
    ['\u001bOP\u001b[11~\u001b[[A', ['f1', 'f1', 'f1']],
    ['\u001b[18~\u001b[17~', ['f7', 'f6']],
    ['\u001bq', ['escape', 'q']],
    ['\u001b[?1;2c', []],
    ['\u001b[200~x', ['x']],
  ])('%j', (text, keys) => {
    expect(new KeyDecoder().push(text)).toEqual(keys);
  });

  it('waits for the rest of a sequence, and takes a lone escape for one', () => {
    const decoder = new KeyDecoder();
    expect(decoder.push('\u001b')).toEqual([]);
    expect(decoder.isWaiting).toBe(true);
    expect(decoder.push('[')).toEqual([]);
    expect(decoder.push('A')).toEqual(['up']);
    expect(decoder.isWaiting).toBe(false);
    expect(decoder.push('\u001b')).toEqual([]);
    expect(decoder.flush()).toEqual(['escape']);
    expect(decoder.flush()).toEqual([]);
  });

  it('gives the same keys however the bytes are cut', () => {
    const text = 'j\u001b[A\u001b[15~x\u001bOP\u001b[1;2Bk';
    const whole = new KeyDecoder().push(text);
    expect(whole).toEqual(['j', 'up', 'f5', 'x', 'f1', 'down', 'k']);
    for (let cut = 0; cut <= text.length; cut++) {
      const decoder = new KeyDecoder();
      expect([...decoder.push(text.slice(0, cut)), ...decoder.push(text.slice(cut))]).toEqual(whole);
    }
  });

  it('does not wait for ever', () => {
    const decoder = new KeyDecoder();
    decoder.push(`\u001b[${'1;'.repeat(40)}`);
    expect(decoder.isWaiting).toBe(false);
  });
});

describe('the line editor', () => {
  const typed = (text: string, ...keys: string[]): string => {
    const editor = new LineEditor(text);
    for (const key of keys) editor.press(key);
    return `${editor.text.slice(0, editor.position)}|${editor.text.slice(editor.position)}`;
  };

  it.each<[string, string[], string]>([
    ['', ['a', 'b'], 'ab|'],
    ['abc', ['left', 'x'], 'abx|c'],
    ['abc', ['home', 'delete'], '|bc'],
    ['abc', ['backspace'], 'ab|'],
    ['a界', ['backspace'], 'a|'],
    ['a👍', ['left', 'left', 'right'], 'a|👍'],
    ['a👍', ['backspace', 'backspace', 'backspace'], '|'],
    ['one two', ['ctrl-w'], 'one |'],
    ['one two', ['ctrl-a', 'ctrl-k'], '|'],
    ['one two', ['left', 'ctrl-u'], '|o'],
    ['x', ['f7'], 'x|'],
  ])('%j %j', (text, keys, expected) => {
    expect(typed(text, ...keys)).toBe(expected);
  });
});

describe('the cursor of a list', () => {
  it('stays in the list and in what is seen', () => {
    const cursor = new ListCursor();
    for (const command of [
      'down',
      'pageDown',
      'bottom',
      'up',
      'halfUp',
      'pageUp',
      'top',
      'up',
      'halfDown',
      'bottom',
      'down',
    ] as const) {
      cursor.run(command, 50);
      cursor.fit(50, 7);
      expect(cursor.position).toBeGreaterThanOrEqual(cursor.top);
      expect(cursor.position).toBeLessThan(cursor.top + 7);
      expect(cursor.top).toBeGreaterThanOrEqual(0);
      expect(cursor.top).toBeLessThanOrEqual(43);
    }
    expect(cursor.position).toBe(49);
    cursor.fit(3, 7);
    expect([cursor.position, cursor.top]).toEqual([2, 0]);
    cursor.fit(0, 7);
    expect([cursor.position, cursor.top]).toEqual([0, 0]);
  });
});

describe('lines', () => {
  it('of bytes have the offset, both halves and the text', () => {
    const bytes = Buffer.from('0123456789abcdefXY\u0000', 'latin1');
    const drawn = (start: number, length: number): string[] =>
      hexLines({ name: 'x', bytes }, 0, 9, 80, start, length).map((line) => render(line, 'attributes'));
    expect(drawn(0, 0)).toEqual([
      '00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef',
      `00000010  58 59 00${' '.repeat(42)}XY.`,
    ]);
    const [first, second] = drawn(15, 2);
    expect(first).toContain('65 \u001b[7m66\u001b[27m  0123456789abcde\u001b[7mf\u001b[27m');
    expect(second).toContain('\u001b[7m58\u001b[27m 59 00');
  });
});

describe('formats', () => {
  it('of numbers', () => {
    expect([0, 999, 1000, 1234567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect(formatBytes(147.792)).toBe('148 B');
    expect([999, 262_144, 188_650_074, 2e9].map(formatBytes)).toEqual([
      '999 B',
      '262 kB',
      '188.7 MB',
      '2.00 GB',
    ]);
    expect([0, 0.012, 1.5, 187, 3725].map(formatDuration)).toEqual([
      '0 ms',
      '12 ms',
      '1.50 s',
      '3:07',
      '1:02:05',
    ]);
  });

  it('of times, in UTC, with the digits there are', () => {
    const frame = { number: 1, seconds: 1_108_774_087, nanoseconds: 939_316_000, timeDigits: 6 };
    expect(formatTime(frame, 'time', undefined)).toBe('00:48:07.939316');
    expect(formatTime(frame, 'time', undefined, 3)).toBe('00:48:07.939');
    expect(formatTime(frame, 'date', undefined)).toBe('2005-02-19 00:48:07.939316');
    expect(formatTime(frame, 'relative', { ...frame, seconds: frame.seconds - 2 })).toBe('2.000000');
    expect(formatTime({ ...frame, seconds: -1, timeDigits: 0 }, 'date', undefined)).toBe(
      '1969-12-31 23:59:59',
    );
    expect(formatTime(undefined, 'time', undefined)).toBe('');
  });

  it('of URIs and security', () => {
    expect(shortUri('sips:alice@example.com:5061;transport=tls?x=y')).toBe('alice@example.com:5061');
    expect(shortSecurity('decrypted; signed ok')).toBe('opened, signed ok');
  });
});

describe('completion', () => {
  it('has names of the record, and words', () => {
    expect(candidates('cseq')).toEqual(['cseq.number', 'cseq.method']);
    expect(candidates('INV')).toEqual(['INVITE']);
    expect(candidates('nothing')).toEqual([]);
  });
});
