import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileFilter, renderFilterError } from '../../src/store/filter.js';

/** A record as the JSON contract has them, cut down. */
const RECORD = {
  type: 'sip_message',
  frame: 10,
  timestamp: '2006-02-16T23:30:28.123456Z',
  transport: 'tls',
  src: '127.0.0.1',
  src_port: 55768,
  dst: '2001:db8::1',
  dst_port: 5061,
  is_request: true,
  method: 'MESSAGE',
  request_uri: 'sip:kumiko@example.net;transport=tls',
  cseq: { number: 4308, method: 'MESSAGE' },
  from: { uri: 'sip:fluffy@example.com', display_name: 'Al "the" Fluff' },
  headers: [
    { name: 'Via', value: 'SIP/2.0/TLS 127.0.0.1:5071' },
    { name: 'v', value: 'SIP/2.0/UDP 10.0.0.1' },
    { name: 'Content-Length', value: '6' },
    { name: 'X-Vendor.Thing', value: 'yes' },
  ],
  body: {
    content_type: 'multipart/signed',
    parts: [
      { content_type: 'text/plain', text: 'Hello!\r\nsecond line' },
      {
        content_type: 'application/pkcs7-signature',
        cms: { signers: [{ signature: 'valid' }, { signature: 'invalid' }] },
      },
    ],
  },
  findings: [],
  mac_failures: 0,
  empty: '',
};

function holds(filter: string, record: object = RECORD): boolean {
  const compiled = compileFilter(filter);
  if (!compiled.ok) throw new Error(`${filter}: ${compiled.message} at ${compiled.position}`);
  return compiled.test(record);
}

function fault(filter: string, known?: readonly string[]): { message: string; pointed: string } {
  const compiled = compileFilter(filter, known);
  if (compiled.ok) throw new Error(`${filter} was taken`);
  const { message, position, length } = compiled;
  return { message, pointed: filter.slice(position, position + length) };
}

describe('display filter', () => {
  it.each([
    // comparisons
    ['method == MESSAGE', true],
    ['method = "MESSAGE"', true],
    ["method eq 'MESSAGE'", true],
    ['method == message', false],
    ['method != INVITE', true],
    ['method != MESSAGE', false],
    ['frame == 10', true],
    ['frame == 0xa', true],
    ['frame == 10.0', true],
    ['frame == ten', false],
    ['frame > 9 and frame < 11', true],
    ['frame >= 10 && frame <= 10', true],
    ['frame gt 10 || frame lt 10', false],
    ['frame > nine', false],
    ['is_request == true', true],
    ['is_request == false', false],
    ['is_request > 0', false],
    ['timestamp >= 2006-02-16 and timestamp < 2006-02-17', true],
    ['dst == 2001:db8::1', true],
    ['request_uri == "sip:kumiko@example.net;transport=tls"', true],
    ['src in {10.0.0.1, 127.0.0.1}', true],
    ['src in {10.0.0.1 10.0.0.2}', false],
    ['dst_port in {5060..5069}', true],
    ['dst_port in {5062..5069, 7}', false],
    ['dst_port in {"5060..5069"}', false],
    // texts
    ['request_uri contains kumiko', true],
    ['request_uri contains KUMIKO', false],
    ['dst_port contains 06', true],
    ['request_uri matches "^SIP:.*@example\\.(net|org)"', true],
    ['request_uri matches "(?-i)^SIP:"', false],
    ['request_uri ~ example.net', true],
    ['request_uri matches "^kumiko"', false],
    ['body.parts.text matches "^hello!.*line$"', true],
    // paths
    ['cseq.number == 4308', true],
    ['cseq.number.deeper == 4308', false],
    ['method.length', false],
    ['__proto__', false],
    ['constructor', false],
    ['toString', false],
    ['headers.name == Via', true],
    ['headers.name == via', false],
    ['body.parts.content_type == text/plain', true],
    ['body.parts.0.content_type == text/plain', true],
    ['body.parts.1.content_type == text/plain', false],
    ['body.parts.9.content_type == text/plain', false],
    ['body.parts.cms.signers.signature == invalid', true],
    ['body.**.signature == invalid', true],
    ['**.signature == invalid', true],
    ['**.signature == nothing', false],
    ['**.method == MESSAGE', true],
    ['from contains fluffy', true],
    ['body contains pkcs7', true],
    ['from.display_name == "Al \\"the\\" Fluff"', true],
    // headers
    ['header.Via contains TLS', true],
    ['header.via contains UDP', true],
    ['header.V contains TLS', true],
    ['header.content-length == 6', true],
    ['header.l > 5 and header.l < 10', true],
    ['header.x-vendor.thing == yes', true],
    ['header.Identity', false],
    ['header.Route == a', false],
    // a path alone
    ['method', true],
    ['body.parts', true],
    ['findings', false],
    ['mac_failures', false],
    ['empty', false],
    ['nothing', false],
    ['cseq', true],
    // Wireshark 4: all must differ, and there must be one
    ['body.parts.cms.signers.signature != valid', false],
    ['body.parts.cms.signers.signature != unverifiable', true],
    ['nothing != x', false],
    ['not nothing == x', true],
    ['not body.parts.cms.signers.signature == valid', false],
    // logic
    ['not method == INVITE and frame == 10', true],
    ['! (method == MESSAGE and frame == 10)', false],
    ['!method', false],
    ['method == INVITE and frame == 10 or transport == tls', true],
    ['method == INVITE and (frame == 10 or transport == tls)', false],
    ['transport == tls or method == INVITE and frame == 11', true],
    ['not not method', true],
    ['(((method)))', true],
  ])('%s is %s', (filter, expected) => {
    expect(holds(filter)).toBe(expected);
  });

  it.each([
    ['', '', 'a field name is missing'],
    ['   ', '', 'a field name is missing'],
    ['method ==', '', 'a value is wanted after "=="'],
    ['method == )', ')', 'a value is wanted after "=="'],
    ['method INVITE', 'INVITE', '"and" or "or" is wanted between two tests'],
    ['method == a b', 'b', '"and" or "or" is wanted between two tests'],
    ['(method', '', 'a closing bracket is missing'],
    ['method)', ')', 'no bracket is open here'],
    ['"method" == a', '"method"', 'a field name is wanted here, as method'],
    ['method == "a', '"a', 'the string has no closing "'],
    ['method & frame', '&', '"&" is written twice, as "&&"'],
    ['method and', '', 'a field name is missing'],
    ['and method', 'and', 'a field name is wanted before "and"'],
    ['method == a and or', 'or', 'a field name is wanted before "or"'],
    ['method in INVITE', 'INVITE', 'a set is wanted after "in", as {INVITE, BYE}'],
    ['method in {a', '', 'the set has no closing "}"'],
    ['method in {}', '}', 'a value is wanted after "{"'],
    ['method in {a,}', '}', 'a value is wanted after ","'],
    ['cseq..number', '.', 'a name is missing beside this dot'],
    ['cseq. == 1', '.', 'a name is missing beside this dot'],
    ['me$thod == 1', 'me$thod', '"me$thod" cannot be part of a field name'],
    ['a and b.$c', '$c', '"$c" cannot be part of a field name'],
    ['**.a.**.b.**.c', '**', 'more than 2 "**" in one name'],
    ['a matches "[a"', '"[a"', 'in the regular expression: missing closing ]: `[a`'],
    ['a matches "(a)\\1"', '"(a)\\1"', 'in the regular expression: invalid escape sequence: `\\1`'],
  ])('points at what is wrong in %j', (filter, pointed, message) => {
    expect(fault(filter)).toEqual({ pointed, message });
  });

  it('knows the names of records and suggests one for a slip', () => {
    const known = [
      'method',
      'call_id',
      'cseq.number',
      'headers.name',
      'body.parts',
      'body.cms.signers.signature',
    ];
    for (const filter of [
      'method',
      'cseq.number == 1',
      'body.parts.parts.cms.signers.signature == valid',
      'header.X-Anything',
      'body.header.Content-Type',
      'body.parts.0.cms',
      '**.signature == valid',
    ]) {
      expect(compileFilter(filter, known).ok, filter).toBe(true);
    }
    const unknown = (filter: string) => fault(filter, known);
    expect(unknown('metod == a')).toEqual({
      pointed: 'metod',
      message: 'there is no field "metod"; did you mean "method"?',
    });
    expect(unknown('a or cseq.numbre == 1').pointed).toBe('a');
    expect(unknown('method or cseq.numbre == 1')).toEqual({
      pointed: 'numbre',
      message: 'there is no field "numbre"; did you mean "number"?',
    });
    expect(unknown('callid').message).toContain('"call_id"');
    expect(unknown('Call-ID').message).toContain('"call_id"');
    expect(unknown('number == 1').message).toBe('there is no field "number"');
    expect(unknown('zzzzzz').message).toBe('there is no field "zzzzzz"');
    expect(unknown('**.signatur').message).toContain('"signature"');
    // Where only top-level names are given, the rest of a path is not judged.
    expect(compileFilter('cseq.anything', ['cseq']).ok).toBe(true);
  });

  it('says which top-level names it reads', () => {
    const names = (filter: string): string[] => {
      const compiled = compileFilter(filter);
      return compiled.ok ? [...compiled.names].sort() : [];
    };
    expect(names('method == a and (not cseq.number > 1 or header.Via)')).toEqual([
      'cseq',
      'headers',
      'method',
    ]);
    expect(names('**.a')).toEqual(['**']);
  });

  it('draws carets under what is wrong, whatever stands before it', () => {
    const render = (text: string): string => {
      const compiled = compileFilter(text);
      return compiled.ok ? '' : renderFilterError(text, compiled);
    };
    const wanted = '"and" or "or" is wanted between two tests';
    expect(render('method == a b')).toBe(`method == a b\n            ^ ${wanted}`);
    expect(render('a == "日本" INVITE')).toBe(`a == "日本" INVITE\n            ^^^^^^ ${wanted}`);
    expect(render('a == "\u001b" x')).toBe(`a == "\\x1b" x\n            ^ ${wanted}`);
    expect(render('a ==')).toBe('a ==\n    ^ a value is wanted after "=="');
    expect(render('\u001bx')).toBe('\\x1bx\n^^^^^ "\\x1bx" cannot be part of a field name');
    expect(render('')).toBe('\n^ a field name is missing');
  });

  it('limits nesting and length', () => {
    expect(fault(`${'('.repeat(101)}a${')'.repeat(101)}`).message).toContain('levels');
    expect(fault(`${'not '.repeat(2000)}a`).message).toContain('levels');
    expect(holds(`${'('.repeat(99)}method${')'.repeat(99)}`)).toBe(true);
    expect(holds(`method${' and method'.repeat(900)}`)).toBe(true);
    expect(fault('a'.repeat(10_001)).message).toContain('longer');
    expect(fault(`a matches ${'x'.repeat(1001)}`).message).toContain('longer');
  });

  it('stays fast on patterns that make backtracking explode', () => {
    const record = { text: `${'a'.repeat(50_000)}!` };
    const start = performance.now();
    expect(holds('text matches "^(a+)+$"', record)).toBe(false);
    expect(holds('text matches "(x+x+)+y"', record)).toBe(false);
    expect(holds('text matches "(a|aa|aaa)*b"', record)).toBe(false);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('survives records deeper than any', () => {
    let record: object = { x: 1 };
    for (let depth = 0; depth < 50_000; depth++) record = { child: record };
    expect(holds('**.x == 1', record)).toBe(false);
    expect(holds('child == 1', record)).toBe(false);
  });

  it('agrees with a plain evaluation of the same tree', () => {
    type Tree = { text: string; value: boolean };
    const leaf: fc.Arbitrary<Tree> = fc.constantFrom(
      { text: 'method == MESSAGE', value: true },
      { text: 'frame > 11', value: false },
      { text: 'transport in {tls, wss}', value: true },
      { text: 'header.Route', value: false },
    );
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        leaf,
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
          text: `(${a.text} and ${b.text})`,
          value: a.value && b.value,
        })),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => ({
          text: `(${a.text} || ${b.text})`,
          value: a.value || b.value,
        })),
        tie('tree').map((a) => ({ text: `not (${a.text})`, value: !a.value })),
      ),
    }));
    fc.assert(
      fc.property(tree, ({ text, value }) => {
        expect(holds(text)).toBe(value);
      }),
    );
  });

  it('takes back any text that is put in quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const quoted = `"${value.replace(/["\\]/g, '\\$&')}"`;
        expect(holds(`text == ${quoted}`, { text: value })).toBe(true);
        expect(holds(`text == ${quoted}`, { text: `${value}x` })).toBe(false);
      }),
    );
  });

  it('never throws, and points inside the text, whatever it is given', () => {
    const piece = fc.constantFrom(
      ...[
        'method',
        'header.',
        '.',
        '**',
        '==',
        '!=',
        '!',
        '<',
        '(',
        ')',
        '{',
        '}',
        ',',
        '"',
        "'",
        '\\',
        ' and ',
        ' or ',
      ],
      ...[
        ' not ',
        ' in ',
        ' contains ',
        ' matches ',
        '~',
        '&&',
        '|',
        ' ',
        '10',
        '5..7',
        '[a',
        '(?',
        '日',
        '\u0000',
        'body.parts',
      ],
    );
    const text = fc.oneof(
      fc.array(piece).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, fc.object(), (filter, record) => {
        const compiled = compileFilter(filter, ['method', 'body.parts']);
        if (compiled.ok) {
          expect(typeof compiled.test(RECORD)).toBe('boolean');
          expect(typeof compiled.test(record)).toBe('boolean');
          return;
        }
        expect(compiled.position).toBeGreaterThanOrEqual(0);
        expect(compiled.position).toBeLessThanOrEqual(filter.length);
        expect(compiled.length).toBeGreaterThan(0);
        expect(renderFilterError(filter, compiled).split('\n')).toHaveLength(2);
      }),
      { numRuns: 4000 },
    );
  });
});
