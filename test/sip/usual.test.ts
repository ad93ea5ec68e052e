import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNameAddr } from '../../src/sip/address.js';
import { parseUri } from '../../src/sip/uri.js';
import { isUsualAddress, isUsualVia } from '../../src/sip/usual.js';
import { parseViaList } from '../../src/sip/via.js';

/** Texts near to the usual forms: most are, some break a rule. */
const host = fc.oneof(
  fc.constantFrom(
    'example.com',
    '10.0.0.1',
    '256.1.1.1',
    'a..b',
    '-a.com',
    'a-.com',
    'a.1',
    '1',
    'host',
    'a_b.com',
    '1.2.3',
    '[::1]',
    '',
  ),
  fc.stringMatching(/^[a-z0-9.-]{1,12}$/),
);
const port = fc.constantFrom('', ':5060', ':0', ':65535', ':65536', ':', ':x', ':05060');
const parameter = fc.oneof(
  fc.constantFrom(
    '',
    ';tag=1',
    ';tag=',
    ';tag',
    ';lr',
    ';rport',
    ';rport=5060',
    ';rport=99999',
    ';ttl=300',
    ';branch=z9hG4bK1',
  ),
  fc.stringMatching(/^;tag=[!-~]{0,6}$/),
);
const name = fc.constantFrom('', '"Bob" ', '"Bob"', '"B\\"" ', 'Bob ', '"" ', '"B<" ', '" ');
const user = fc.oneof(
  fc.constantFrom('bob@', '', '@', '+49~1@', 'b%zz@', 'b%41@', 'a b@'),
  fc.stringMatching(/^[!-~]{1,4}@$/),
);

describe('usual forms', () => {
  it('have no fault as addresses', () => {
    let usual = 0;
    fc.assert(
      fc.property(
        name,
        fc.constantFrom('<sip:', '<sips:', 'sip:', '<SIP:', '<tel:'),
        user,
        host,
        port,
        parameter,
        (...parts) => {
          const [display, scheme, userPart, hostPart, portPart, rest] = parts;
          const value = `${display}${scheme}${userPart}${hostPart}${portPart}${scheme.startsWith('<') ? '>' : ''}${rest}`;
          if (!isUsualAddress(value)) return;
          usual++;
          const address = parseNameAddr(value);
          expect([value, address.faults, parseUri(address.uri).faults]).toEqual([value, [], []]);
          expect(address.parameters.every((one) => one.name === 'tag')).toBe(true);
        },
      ),
      { numRuns: 20_000, seed: 7 },
    );
    expect(usual).toBeGreaterThan(10);
    expect(isUsualAddress('"Alice 1" <sip:alice@example.com:5060>;tag=a-1')).toBe(true);
  });

  it('have no fault as Vias', () => {
    let usual = 0;
    const branch = fc.oneof(
      fc.constantFrom(
        ';branch=z9hG4bKa',
        ';branch=z9hG4bK',
        ';branch=x',
        ';branch=z9hG4bK;rport',
        ';received=x;branch=z9hG4bK1',
      ),
      fc.stringMatching(/^;branch=z9hG4bK[!-~]{1,5}$/),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('SIP/2.0/UDP ', 'SIP/2.0/TLS ', 'SIP / 2.0 / UDP ', 'SIP/2.0/UDP'),
        host,
        port,
        parameter,
        branch,
        (...parts) => {
          const value = parts.join('');
          if (!isUsualVia(value)) return;
          usual++;
          expect([value, parseViaList(value).flatMap(({ faults }) => faults)]).toEqual([value, []]);
        },
      ),
      { numRuns: 20_000, seed: 8 },
    );
    expect(usual).toBeGreaterThan(10);
    expect(isUsualVia('SIP/2.0/TLS host.example:5061;branch=z9hG4bK-1;rport')).toBe(true);
  });

  it('are told in short time from a text that nearly matches', () => {
    const began = performance.now();
    isUsualAddress(`<sip:a@${'a-'.repeat(120)}`);
    isUsualVia(`SIP/2.0/UDP ${'a-'.repeat(115)}.`);
    expect(performance.now() - began).toBeLessThan(100);
  });
});
