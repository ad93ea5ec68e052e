import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/bytes/text.js';
import { BREAKS_WORDS, displayWidth, fitWidth, wrapText } from '../../src/bytes/width.js';
import { type Paint, render } from '../../src/report/render.js';
import type { Styled } from '../../src/report/styled.js';
import {
  ASCII_TREE,
  type Column,
  drawTree,
  fieldLabel,
  pad,
  type TableOptions,
  TableWriter,
  treeGlyphs,
  truncate,
  UNICODE_TREE,
} from '../../src/report/terminal.js';

const ESCAPES = /\u001b\[\d+m/g;

const text = (line: Styled): string => render(line, 'nothing');

describe('display width', () => {
  it.each([
    ['', 0],
    ['siplens', 7],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['日本語', 6],
    ['한국', 4],
    ['ｆｕｌｌ', 8],
    ['ｶﾀｶﾅ', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧‍👦', 2],
    ['👩‍❤️‍👨', 2],
    ['🇺🇸', 2],
    ['❤', 1],
    ['❤️', 2],
    ['├─ a…', 5],
    ['\u200b', 0],
    ['𠀀', 2],
    ['1️⃣', 2],
    ['\u202eabc', 3],
  ])('of %s is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('is that of string-width for code points of every block', () => {
    // All of the planes that have scripts and emoji; of those behind one in 97.
    for (let code = 0x20; code <= 0x10ffff; code += code < 0x1fbff ? 1 : 97) {
      if (code >= 0x7f && code < 0xa0) continue;
      const character = String.fromCodePoint(code);
      if (displayWidth(character) !== stringWidth(character)) expect.fail(`U+${code.toString(16)}`);
    }
    expect(displayWidth(`${'a'.repeat(1_000_000)}é`)).toBe(1_000_001);
  });

  it('wraps by columns, and breaks words only where it is told to', () => {
    expect(wrapText('日本 語 abc', 5)).toEqual(['日本', '語', 'abc']);
    expect(wrapText('日本語日本 x', 5)).toEqual(['日本語日本', 'x']);
    expect(wrapText('日本語日本 x', 5, BREAKS_WORDS)).toEqual(['日本', '語日', '本 x']);
    expect(wrapText('日', 1, BREAKS_WORDS)).toEqual(['日']);
    expect(wrapText('a  b', 80)).toEqual(['a  b']);
  });

  it('cuts to no more than the room there is, and to as much as fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, width) => {
        const cut = fitWidth(text, width);
        expect(displayWidth(cut.text)).toBe(cut.columns);
        expect(cut.columns).toBeLessThanOrEqual(width);
        expect(text.startsWith(cut.text)).toBe(true);
        const [next] = new Intl.Segmenter().segment(text.slice(cut.text.length));
        if (next !== undefined) expect(cut.columns + displayWidth(next.segment)).toBeGreaterThan(width);
        expect(displayWidth(truncate(text, width))).toBeLessThanOrEqual(width);
        expect(displayWidth(pad(text, width))).toBe(Math.max(width, displayWidth(text)));
      }),
      { numRuns: 2000 },
    );
  });

  it('truncates with an ellipsis only where something is cut', () => {
    expect(truncate('siplens', 7)).toBe('siplens');
    expect(truncate('siplens', 6)).toBe('siple…');
    expect(truncate('日本語', 5)).toBe('日本…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('siplens', 5, '...')).toBe('si...');
    expect(truncate('siplens', 2, '...')).toBe('si');
    expect(truncate('siplens', 0)).toBe('');
    expect(pad('7', 3, 'right')).toBe('  7');
  });
});

function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options?: TableOptions,
): string[] {
  const lines: string[] = [];
  const writer = new TableWriter(columns, (line) => lines.push(text(line)), options);
  for (const row of rows) writer.row(row);
  writer.flush();
  return lines;
}

describe('table', () => {
  const columns: Column[] = [{ title: 'No.', align: 'right' }, { title: 'Method' }, { title: 'Summary' }];

  it('aligns columns by what they hold', () => {
    const rows = [
      ['1', 'INVITE', 'a'],
      ['100', '日本', 'b'],
      ['2', '', ''],
    ];
    expect(table(columns, rows)).toEqual(['No.  Method  Summary', '  1  INVITE  a', '100  日本    b', '  2']);
    expect(table(columns, rows, { titles: false })[0]).toBe('  1  INVITE  a');
    expect(table(columns, [])).toEqual(['No.  Method  Summary']);
  });

  it('streams once it has seen its sample, and loses nothing of later wide cells', () => {
    const lines: string[] = [];
    const writer = new TableWriter(columns, (line) => lines.push(text(line)), { sample: 2 });
    writer.row(['1', 'ACK', 'a']);
    expect(lines).toEqual([]);
    writer.row(['2', 'BYE', 'b']);
    expect(lines).toHaveLength(3);
    writer.row(['3', 'SUBSCRIBE', 'c']);
    expect(lines.at(-1)).toBe('  3  SUBSCRIBE  c');
  });

  it('cuts columns and lines where it is told to', () => {
    const narrow: Column[] = [{ title: 'A', maxWidth: 4 }, { title: 'B' }];
    expect(table(narrow, [['abcdef', 'x']])).toEqual(['A     B', 'abc…  x']);
    expect(table(columns, [['1', 'INVITE', 'long summary']], { width: 16 })[1]).toBe('  1  INVITE  lo…');
  });

  it('never lets a control character through', () => {
    expect(table([{ title: 'A' }], [['\u001b[2J\r\n']], { titles: false })).toEqual(['\\x1b[2J\\r\\n']);
  });

  it('looks the same with colours as without, and within its width', () => {
    const cell = fc.string({ unit: 'binary', maxLength: 20 });
    const rows = fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 60 }), (contents, width) => {
        const draw = (paint: Paint): string[] => {
          const lines: string[] = [];
          const writer = new TableWriter(columns, (line) => lines.push(render(line, paint)), {
            width,
          });
          for (const row of contents) writer.row(row.map((text) => ({ text, style: 'red' })));
          writer.flush();
          return lines;
        };
        const plain = draw('nothing');
        expect(plain).toHaveLength(contents.length + 1);
        for (const line of plain) {
          expect(displayWidth(line)).toBeLessThanOrEqual(width);
          expect(printable(line)).toBe(line);
        }
        expect(draw('colors').map((line) => line.replace(ESCAPES, ''))).toEqual(plain);
      }),
    );
  });
});

describe('tree', () => {
  type Node = { readonly name: string; readonly children: readonly Node[] };
  const node = (name: string, ...children: Node[]): Node => ({ name, children });
  const roots = [node('SIP', node('Via', node('branch')), node('To')), node('Body')];
  const draw = (glyphs = UNICODE_TREE): string[] => {
    const lines: string[] = [];
    drawTree(
      roots,
      ({ name }) => name,
      (line) => lines.push(text(line)),
      glyphs,
    );
    return lines;
  };

  it('draws branches', () => {
    expect(draw()).toEqual(['SIP', '├─ Via', '│  └─ branch', '└─ To', 'Body']);
    expect(draw(ASCII_TREE)).toEqual(['SIP', '|- Via', '|  `- branch', '`- To', 'Body']);
  });

  it('chooses by the locale', () => {
    expect(treeGlyphs({ LANG: 'en_US.UTF-8' })).toBe(UNICODE_TREE);
    expect(treeGlyphs({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe(ASCII_TREE);
    expect(treeGlyphs({ LC_ALL: '', LC_CTYPE: 'de_DE.utf8', LANG: 'C' })).toBe(UNICODE_TREE);
    expect(treeGlyphs({})).toBe(ASCII_TREE);
  });

  it('labels fields, escaped', () => {
    const source = { name: 's', bytes: new Uint8Array(0) };
    const field = { name: 'To\u0007', value: '\u202ea', start: 0, length: 0, source, children: [] };
    expect(text(fieldLabel(field))).toBe('To\\x07: \\u202ea');
    expect(render(fieldLabel({ ...field, severity: 'error' }), 'colors').replace(ESCAPES, '')).toBe(
      'To\\x07: \\u202ea',
    );
  });
});
