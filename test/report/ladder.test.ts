import { describe, expect, it } from 'vitest';
import {
  ASCII_LADDER,
  buildLadder,
  type LadderItem,
  ladderHeading,
  ladderLine,
  ladderStart,
  protectionOf,
} from '../../src/report/flow/ladder.js';
import { lineDifference } from '../../src/report/line-difference.js';
import { render } from '../../src/report/render.js';
import type { Styled } from '../../src/report/styled.js';

const text = (line: Styled): string => render(line, 'nothing');

const A = { address: '10.0.0.1', port: 5060 };
const B = { address: '10.0.0.2', port: 5060 };
const C = { address: '2001:db8::3', port: 5061 };

const item = (from: typeof A, to: typeof A, label: string, more: Partial<LadderItem> = {}): LadderItem => ({
  frame: undefined,
  source: from,
  destination: to,
  label,
  kind: 'request',
  statusCode: 0,
  protection: undefined,
  isTls: false,
  isRetransmission: false,
  ...more,
});

const draw = (items: readonly LadderItem[], width = 80): string[] => {
  const ladder = buildLadder(items);
  const drawing = { width, glyphs: ASCII_LADDER, time: () => '', timeWidth: 0 };
  return [
    ladderHeading(ladder, drawing),
    ...ladder.steps.map((step) => ladderLine(ladder, step, drawing)),
  ].map(text);
};

describe('a ladder', () => {
  it('has a column for each endpoint in the order in which they are met, and arrows between them', () => {
    expect(
      draw([
        item(A, B, 'INVITE'),
        item(B, C, 'INVITE', { isTls: true }),
        item(C, B, '180 Ringing', { kind: 'response', statusCode: 180 }),
        item(A, C, 'BYE', { isRetransmission: true }),
        item(A, A, 'OPTIONS'),
      ]),
    ).toEqual([
      '   10.0.0.1:5060                  10.0.0.2:5060               [2001:db8::3]:5061',
      '         |---------- INVITE ----------->|                              |',
      '         |                              |-------- INVITE [E] --------->|',
      '         |                              |<-------- 180 Ringing --------|',
      '         |----------------------- BYE (again) ------------------------>|',
      '         | < OPTIONS (to itself)        |                              |',
    ]);
  });

  describe('of more endpoints than a terminal has room for', () => {
    const endpoints = Array.from({ length: 8 }, (_, index) => ({
      address: `10.0.0.${index + 1}`,
      port: 5060,
    }));
    const [first, second, third] = endpoints as [typeof A, typeof A, typeof A];
    const last = endpoints.at(-1) as typeof A;
    const hops = endpoints.slice(1).map((to, index) => item(endpoints[index] as typeof A, to, `HOP${index}`));
    const ladder = buildLadder([
      ...hops,
      item(last, last, 'SELF'),
      item(first, last, 'LONG'),
      item(first, third, 'SHORT'),
      item(second, second, 'OWN'),
    ]);
    const fitting = { width: 50, glyphs: ASCII_LADDER, time: () => '12:00', timeWidth: 5 };

    it('shows the arrow of the step asked for, and moves no further than it must', () => {
      let from = 0;
      const drawn = ladder.steps.map((step) => {
        from = ladderStart(ladder, step, fitting, from);
        const drawing = { ...fitting, from };
        return [text(ladderHeading(ladder, drawing)), text(ladderLine(ladder, step, drawing)), from] as const;
      });
      for (const [heading, line] of drawn) {
        expect(heading.length).toBeLessThanOrEqual(50);
        expect(line.length).toBeLessThanOrEqual(50);
        expect(line.startsWith('12:00 ')).toBe(true);
      }
      const lines = drawn.map(([, line]) => line);
      for (const [index, line] of lines.slice(0, 7).entries())
        expect(line).toMatch(new RegExp(`\\|-+ HOP${index} -+>\\|`));
      expect(lines[7]).toContain('| < SELF (to itself)');
      expect(lines[8]).toMatch(/^12:00 -+ LONG -+$/);
      expect(lines[9]).toMatch(/\|-+\|?-* SHORT -+>\|/);
      expect(lines[10]).toContain('| < OWN (to itself)');
      expect(drawn.map(([, , start]) => start)).toEqual([0, 5, 21, 37, 53, 69, 84, 108, 43, 3, 18]);
    });

    it('tells at the ends of the heading that there is more', () => {
      const heading = (from: number): string => text(ladderHeading(ladder, { ...fitting, from }));
      expect(heading(0)).toMatch(/^ {6} *10\.0\.0\.1:5060 .*~$/);
      expect(heading(30)).toMatch(/^ {6}~.*10\.0\.0\.4:5060.*~$/);
      expect(heading(84)).toMatch(/^ {6}~.*10\.0\.0\.8:5060$/);
      // `flow` cuts nothing: what is piped has no width.
      expect(text(ladderHeading(ladder, fitting))).toMatch(/ 10\.0\.0\.8:5060$/);
    });
  });

  it('tells endpoints of one network apart where their names have no room', () => {
    const host = (last: string) => ({ address: `2001:db8:37:2:a00:27ff:feb9:${last}`, port: 5060 });
    const [heading] = draw(
      [item(host('1521'), host('3519'), 'INVITE'), item(host('3519'), host('4222'), 'INVITE')],
      50,
    );
    expect(heading?.trim().split(/ +/)).toEqual(['~eb9:1521]:5060', '~eb9:3519]:5060', '~eb9:4222]:5060']);
  });

  it('cuts labels that have no room', () => {
    const [, line] = draw([item(A, B, 'x'.repeat(200)), item(B, C, 'y')], 60);
    expect(line?.length).toBeLessThanOrEqual(60);
    expect(line).toContain('x~');
  });

  it('tells the time between steps', () => {
    const frame = (seconds: number, nanoseconds: number) => ({
      number: 1,
      seconds,
      nanoseconds,
      timeDigits: 6,
    });
    const { steps } = buildLadder([
      item(A, B, 'a', { frame: frame(10, 900_000_000) }),
      item(A, B, 'b', { frame: frame(11, 100_000_000) }),
    ]);
    expect(steps[0]?.gap).toBeUndefined();
    expect(steps[1]?.gap).toBeCloseTo(0.2, 9);
  });

  it('knows what protects a body', () => {
    expect(protectionOf('TLS 1.2 X; decrypted; signed ok')).toBe('signed and encrypted');
    expect(protectionOf('signed BAD')).toBe('signed');
    expect(protectionOf('not decrypted')).toBe('encrypted');
    expect(protectionOf('TLS 1.2 X')).toBeUndefined();
  });
});

describe('the difference of lines', () => {
  const told = (first: string, second: string): string[] =>
    lineDifference(first.split(''), second.split('')).map(
      ({ first: left, second: right, same }) => `${same ? '=' : '!'}${left ?? '.'}${right ?? '.'}`,
    );

  it('has what both have, and puts a change on one line', () => {
    expect(told('abc', 'abc')).toEqual(['=aa', '=bb', '=cc']);
    expect(told('abc', 'axc')).toEqual(['=aa', '!bx', '=cc']);
    expect(told('abcd', 'ad')).toEqual(['=aa', '!b.', '!c.', '=dd']);
    expect(told('ad', 'abcd')).toEqual(['=aa', '!.b', '!.c', '=dd']);
  });

  it('takes a limited time for long texts', () => {
    const first = Array.from({ length: 50_000 }, (_, index) => `a${index}`);
    const second = Array.from({ length: 50_000 }, (_, index) => `b${index}`);
    expect(lineDifference(first, second)).toHaveLength(50_000);
  });
});
