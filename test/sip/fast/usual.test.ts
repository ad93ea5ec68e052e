import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AddressPlaces,
  isUsualCallId,
  isUsualMediaType,
  isUsualNumber,
  isUsualTokenList,
  usualUriEnd,
  ViaPlaces,
} from '../../../src/sip/fast/usual.js';
import { parseNameAddr } from '../../../src/sip/grammar/address.js';
import { parseUri } from '../../../src/sip/grammar/uri.js';
import { parseViaList } from '../../../src/sip/grammar/via.js';
import { HEADER_RULES } from '../../../src/sip/header-rules.js';

/** Places of a value that stands between other bytes, as in a message. */
const BEFORE = 'X: ';
const AFTER = '\r\n;tag=no';
const start = BEFORE.length;
const bytesOf = (value: string): Uint8Array => Buffer.from(BEFORE + value + AFTER, 'latin1');
const textOf = (bytes: Uint8Array, from: number, to: number): string | undefined =>
  from < 0 ? undefined : Buffer.from(bytes.subarray(from, to)).toString('latin1');

function addressOf(value: string): AddressPlaces | undefined {
  const places = new AddressPlaces();
  return places.read(bytesOf(value), start, start + value.length) ? places : undefined;
}

function viaOf(value: string): ViaPlaces | undefined {
  const places = new ViaPlaces();
  return places.read(bytesOf(value), start, start + value.length) ? places : undefined;
}

/** Texts near to the usual forms: most are, some break a rule. */
const mostly = (usual: readonly string[], ...others: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...usual) },
    ...others.map((arbitrary) => ({ weight: 1, arbitrary })),
  );
const host = mostly(
  ['example.com', '10.0.0.1', 'h'],
  fc.constantFrom(
    'example.com',
    '10.0.0.1',
    '256.1.1.1',
    '255.255.255.255',
    'a..b',
    '-a.com',
    'a-.com',
    'a.1',
  ),
  fc.constantFrom(
    '1',
    'host',
    'a_b.com',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.4.',
    '0001.2.3.4',
    'a.com.',
    '[::1]',
    '',
  ),
  fc.stringMatching(/^[a-z0-9.-]{1,12}$/),
);
const port = mostly(
  ['', ':5060'],
  fc.constantFrom(':0', ':65535', ':65536', ':', ':x', ':05060', ':0000000000001'),
);
const parameter = mostly(
  ['', ';tag=1', ';a=b', ';lr'],
  fc.constantFrom(
    '',
    ';tag=1',
    ';tag=',
    ';tag',
    ';Tag=1',
    ';tag=1;tag=2',
    ';tag="1"',
    ';lr',
    ';expires=60',
    ';expires=x',
  ),
  fc.constantFrom(
    ';q=0.5',
    ';q=2',
    ';rport',
    ';rport=5060',
    ';rport=99999',
    ';ttl=300',
    ';branch=z9hG4bK1',
    ';a=b;c',
  ),
  fc.constantFrom(
    ';received=1.2.3.4',
    ';received=x_',
    ';maddr=255.255.255.255',
    ' ;tag=1',
    '; tag=1',
    ';tag =1',
    ';',
  ),
  fc.stringMatching(/^;tag=[!-~]{0,6}$/),
  fc.stringMatching(/^;[!-~]{0,6}$/),
);
const name = mostly(
  ['', '"Bob" '],
  fc.constantFrom('"Bob"', '"B\\"" ', 'Bob ', 'Bob B. ', 'B(b ', '"" ', '"B<" ', '" ', ' ', 'Bob'),
);
const user = mostly(
  ['bob@', '', '+49~1@'],
  fc.constantFrom('bob@', '', '@', '+49~1@', 'b%zz@', 'b%41@', 'a b@', 'a:b@', 'a;b=c@', 'a?b@'),
  fc.stringMatching(/^[!-~]{1,4}@$/),
);
const uriRest = mostly(
  ['', ';lr', ';transport=tcp;a=b'],
  fc.constantFrom(';=', ';a=', ';', ';a=b@c', '?a=b', ';a="b"'),
);

describe('usual forms', () => {
  it('have no fault as addresses, and the parts that the parser finds', () => {
    let usual = 0;
    const check = HEADER_RULES.get('from')?.check;
    fc.assert(
      fc.property(
        name,
        mostly(['<sip:', '<sips:'], fc.constantFrom('sip:', '<SIP:', '<tel:', '<sip', '< sip:')),
        user,
        host,
        port,
        uriRest,
        parameter,
        fc.constantFrom('', '', ';tag=z', ' x', ' '),
        (display, scheme, userPart, hostPart, portPart, uriPart, rest, last) => {
          const close = scheme.startsWith('<') ? '>' : '';
          const value = `${display}${scheme}${userPart}${hostPart}${portPart}${uriPart}${close}${rest}${last}`;
          const places = addressOf(value);
          if (places === undefined) return;
          usual++;
          const address = parseNameAddr(value);
          expect([value, check?.(value)]).toEqual([value, []]);
          const bytes = bytesOf(value);
          expect(textOf(bytes, places.uriStart, places.uriEnd)).toBe(address.uri);
          expect(textOf(bytes, places.nameStart, places.nameEnd)).toBe(address.displayName);
          expect(textOf(bytes, places.tagStart, places.tagEnd)).toBe(address.tag);
        },
      ),
      { numRuns: 20_000, seed: 7 },
    );
    expect(usual).toBeGreaterThan(1000);
    expect(addressOf('"Alice 1" <sip:alice@example.com:5060;lr>;tag=a-1;x=y')).toBeDefined();
    expect(addressOf('Alice Anders <sips:example.com>;expires=3600')).toBeDefined();
  });

  it('have no fault as URIs', () => {
    let usual = 0;
    fc.assert(
      fc.property(
        mostly(['sip:', 'sips:'], fc.constantFrom('SIP:', 'sipx:')),
        user,
        host,
        port,
        uriRest,
        (...parts) => {
          const value = parts.join('');
          if (usualUriEnd(bytesOf(value), start, start + value.length) !== start + value.length) return;
          usual++;
          const uri = parseUri(value);
          expect([value, uri.faults, uri.headers]).toEqual([value, [], []]);
        },
      ),
      { numRuns: 10_000, seed: 9 },
    );
    expect(usual).toBeGreaterThan(1000);
  });

  it('have no fault as Vias, and the parts that the parser finds', () => {
    let usual = 0;
    const branch = mostly(
      [';branch=z9hG4bKa'],
      fc.constantFrom(
        ';branch=z9hG4bKa',
        ';branch=z9hG4bK',
        ';branch=x',
        ';branch=z9hG4bK;rport',
        ';Branch=z9hG4bKa',
      ),
      fc.constantFrom(';received=x;branch=z9hG4bK1', ';branch=z9hG4bKa;branch=z9hG4bKb', ''),
      fc.stringMatching(/^;branch=z9hG4bK[!-~]{1,5}$/),
    );
    fc.assert(
      fc.property(
        mostly(
          ['SIP/2.0/UDP ', 'SIP/2.0/TLS '],
          fc.constantFrom('SIP / 2.0 / UDP ', 'SIP/2.0/UDP', 'SIP/2.0/UDP  '),
        ),
        host,
        port,
        parameter,
        branch,
        parameter,
        (...parts) => {
          const value = parts.join('');
          const places = viaOf(value);
          if (places === undefined) return;
          usual++;
          const hops = parseViaList(value);
          expect([value, hops.flatMap(({ faults }) => faults)]).toEqual([value, []]);
          expect(hops).toHaveLength(1);
          const bytes = bytesOf(value);
          expect(textOf(bytes, places.branchStart, places.branchEnd)).toBe(hops[0]?.branch);
          expect(textOf(bytes, places.transportStart, places.transportEnd)).toBe(hops[0]?.transport);
          expect(value).not.toContain('maddr');
          expect(hops[0]?.host).not.toBe('255.255.255.255');
        },
      ),
      { numRuns: 20_000, seed: 8 },
    );
    expect(usual).toBeGreaterThan(1000);
    expect(viaOf('SIP/2.0/TLS host.example:5061;branch=z9hG4bK-1;rport')).toBeDefined();
    expect(
      viaOf('SIP/2.0/UDP 10.0.0.1:50600;rport=50600;received=10.0.0.2;branch=z9hG4bKx;alias'),
    ).toBeDefined();
  });

  it.each([
    ['call-id', isUsualCallId],
    ['allow', isUsualTokenList],
    ['require', isUsualTokenList],
    ['content-type', isUsualMediaType],
    ['max-forwards', (bytes: Uint8Array, from: number, to: number) => isUsualNumber(bytes, from, to, 255)],
    ['expires', (bytes: Uint8Array, from: number, to: number) => isUsualNumber(bytes, from, to, 2 ** 53)],
  ] as const)('have no fault as values of %s', (header, isUsual) => {
    let usual = 0;
    const check = HEADER_RULES.get(header)?.check;
    fc.assert(
      fc.property(
        fc.stringMatching(/^([A-Za-z0-9/@,. ;=-]{0,8}|[0-9]{1,12}|\w+[/@]\w+|\w+(, ?\w+)*)$/),
        (value) => {
          if (!isUsual(bytesOf(value), start, start + value.length)) return;
          usual++;
          expect([value, check?.(value)]).toEqual([value, []]);
        },
      ),
      { numRuns: 5000, seed: 10 },
    );
    expect(usual).toBeGreaterThan(20);
  });

  it('are told in short time from a text that nearly matches', () => {
    const began = performance.now();
    addressOf(`<sip:a@${'a-'.repeat(120_000)}`);
    viaOf(`SIP/2.0/UDP ${'a-'.repeat(120_000)}.`);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
