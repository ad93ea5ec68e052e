import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/x509/certificate.js';
import { matchSipDomain, matchSipUser, sipDomains, sipDomainUsage } from '../../src/x509/identity.js';
import * as der from '../support/der.js';
import { draft } from './certificates.js';
import { extension, make, party, subjectAltName } from './make.js';

const EMAIL = 1;
const DNS = 2;
const URI = 6;

function named(common: string, ...names: readonly (readonly [number, string])[]): Certificate {
  const owner = party(common);
  const extensions = names.length === 0 ? [] : [subjectAltName(...names)];
  return make({ subject: owner, issuer: owner, extensions });
}

describe('matchSipDomain (RFC 5922 §7)', () => {
  test.each<[string, Certificate, string, string]>([
    ['a sip: URI', named('x', [URI, 'sip:example.com']), 'example.com', 'match'],
    ['case', named('x', [URI, 'SIP:Example.COM']), 'EXAMPLE.com', 'match'],
    [
      'a URI with port and parameters',
      named('x', [URI, 'sip:example.com:5061;transport=tls']),
      'example.com',
      'match',
    ],
    ['a URI with a user', named('x', [URI, 'sip:bob@example.com']), 'example.com', 'mismatch'],
    ['a sips: URI, which names no domain', named('x', [URI, 'sips:example.com']), 'example.com', 'mismatch'],
    ['a DNS name', named('x', [DNS, 'example.com']), 'example.com', 'match'],
    ['a final dot', named('x', [DNS, 'example.com.']), 'example.com', 'match'],
    [
      'a DNS name beside a sip: URI, which alone counts',
      named('x', [URI, 'sip:example.com'], [DNS, 'b.example']),
      'b.example',
      'mismatch',
    ],
    ['a parent domain', named('x', [DNS, 'example.com']), 'sip.example.com', 'mismatch'],
    ['a child domain', named('x', [DNS, 'sip.example.com']), 'example.com', 'mismatch'],
    ['a wildcard', named('x', [DNS, '*.example.com']), 'sip.example.com', 'mismatch'],
    ['a common name without SAN', named('example.com'), 'example.com', 'match'],
    [
      'a common name beside a SAN',
      named('example.com', [EMAIL, 'bob@example.org']),
      'example.com',
      'mismatch',
    ],
    ['no name at all', named('A SIP server'), 'example.com', 'unknown'],
    ['the second of two', named('x', [DNS, 'a.example'], [DNS, 'b.example']), 'b.example', 'match'],
    ['a name cut by a NUL', named('x', [DNS, 'example.com\0.evil.org']), 'example.com', 'mismatch'],
  ])('%s', (_, certificate, host, status) => {
    const verdict = matchSipDomain(certificate, host);
    expect(verdict.status).toBe(status);
    expect(verdict.reason).toMatch(/^The certificate .*\.$/s);
    expect(verdict.found.length === 0).toBe(status === 'unknown');
  });

  test("says what was found (draft §8's good and evil)", () => {
    const verdict = matchSipDomain(named('x', [DNS, 'evil.example.com']), 'good.example.com');
    expect(verdict).toMatchObject({ expected: 'good.example.com', found: ['DNS:evil.example.com'] });
    expect(verdict.reason).toBe('The certificate is for DNS:evil.example.com, not for good.example.com.');
    expect(matchSipDomain(named('x', [DNS, '*.example.com']), 'a.example.com').reason).toContain('Wildcards');
    expect(sipDomains(named('x', [URI, 'sip:example.com']))).toEqual(['example.com']);
  });

  test("takes the draft's certificates for their domains", () => {
    expect(matchSipDomain(draft('domain_cert_example.net'), 'example.net').status).toBe('match');
    expect(matchSipDomain(draft('domain_cert_example.com'), 'example.net').status).toBe('mismatch');
    expect(matchSipDomain(draft('user_cert_fluffy@example.com'), 'example.com').status).toBe('mismatch');
  });

  test('takes an IP address for itself', () => {
    const owner = party('x');
    const address = der.sequence(der.contextPrimitive(7, Uint8Array.of(192, 0, 2, 1)));
    const certificate = make({
      subject: owner,
      issuer: owner,
      extensions: [extension('2.5.29.17', address)],
    });
    expect(matchSipDomain(certificate, '192.0.2.1').status).toBe('match');
    expect(matchSipDomain(certificate, '192.0.2.2').found).toEqual(['IP Address:192.0.2.1']);
  });
});

describe('matchSipUser', () => {
  const bob = named('x', [URI, 'sip:bob@example.com']);
  test.each<[string, Certificate, string, string]>([
    ['the same', bob, 'sip:bob@example.com', 'match'],
    ['sips for sip', bob, 'sips:bob@example.com', 'match'],
    ['pres for sip', named('x', [URI, 'pres:bob@example.com']), 'sip:bob@example.com', 'match'],
    ['an e-mail address', named('x', [EMAIL, 'bob@example.com']), 'sip:bob@example.com', 'match'],
    ['host without case', bob, 'sip:bob@EXAMPLE.com', 'match'],
    ['user with case', bob, 'sip:Bob@example.com', 'mismatch'],
    ['escapes of what needs none', bob, 'sip:%62ob@example.com', 'match'],
    [
      'escapes of what needs them',
      named('x', [URI, 'sip:b%3bob@example.com']),
      'sip:b%3Bob@example.com',
      'match',
    ],
    [
      'an escaped and a bare reserved character',
      named('x', [URI, 'sip:b%3bob@example.com']),
      'sip:b;ob@example.com',
      'mismatch',
    ],
    ['an escaped @', named('x', [URI, 'sip:bob%40example.com@evil.org']), 'sip:bob@example.com', 'mismatch'],
    ['port and parameters', bob, 'sip:bob@example.com:5061;transport=tls?Subject=x', 'match'],
    ['a password', bob, 'sip:bob:secret@example.com', 'match'],
    ['another host', bob, 'sip:bob@example.org', 'mismatch'],
    ['a domain for a user', named('x', [DNS, 'example.com']), 'sip:bob@example.com', 'mismatch'],
    ['an http URI', named('x', [URI, 'http://bob@example.com']), 'sip:bob@example.com', 'mismatch'],
    [
      'two @, which is no URI',
      named('x', [URI, 'sip:bob@example.com;x=@evil.org']),
      'sip:bob@example.com',
      'mismatch',
    ],
    ['a common name without SAN', named('bob@example.com'), 'sip:bob@example.com', 'match'],
    [
      'a common name beside a SAN',
      named('bob@example.com', [DNS, 'example.com']),
      'sip:bob@example.com',
      'mismatch',
    ],
    ['no user asked for', bob, 'sip:example.com', 'unknown'],
    ['no user in the certificate', named('Bob'), 'sip:bob@example.com', 'unknown'],
    ['an IPv6 host', named('x', [URI, 'sip:bob@[2001:db8::1]']), 'sip:bob@[2001:DB8::1]:5060', 'match'],
  ])('%s', (_, certificate, uri, status) => {
    expect(matchSipUser(certificate, uri).status).toBe(status);
  });

  test('reads a usual URI as it reads the same with a parameter', () => {
    const part = fc.oneof(
      fc.string({
        unit: fc.constantFrom('a', 'B', '0', '.', '-', '+', '_', '%', ':', '[', ']'),
        maxLength: 6,
      }),
      fc.string({ maxLength: 4 }),
    );
    const uris = fc
      .tuple(
        fc.constantFrom('', 'sip:', 'SIPS:', 'mailto:', 'x1+.-:', ':'),
        part,
        fc.constantFrom('@', ''),
        part,
      )
      .map((parts) => parts.join('').replace(/\s/g, ''));
    fc.assert(
      fc.property(uris, (uri) => {
        const [plain, slow] = [uri, `${uri};x`].map((one) => {
          const { status, expected } = matchSipUser(bob, one);
          return status === 'unknown' ? undefined : expected;
        });
        expect(plain).toBe(slow);
      }),
      { seed: 6, numRuns: 5000 },
    );
  });

  test('says the same of a certificate each time', () => {
    for (const uri of [
      'sip:bob@example.com',
      'sip:example.com',
      'sip:ann@example.com',
      'sip:bob@example.com',
    ]) {
      expect(matchSipUser(bob, uri)).toEqual(matchSipUser(named('x', [URI, 'sip:bob@example.com']), uri));
    }
  });

  test("takes the draft's certificates for their users", () => {
    const fluffy = draft('user_cert_fluffy@example.com');
    expect(matchSipUser(fluffy, 'sip:fluffy@example.com')).toEqual({
      status: 'match',
      expected: 'fluffy@example.com',
      found: ['sip:fluffy@example.com', 'im:fluffy@example.com', 'pres:fluffy@example.com'],
      reason: 'The certificate names sip:fluffy@example.com.',
    });
    expect(matchSipUser(fluffy, 'sip:kumiko@example.net').status).toBe('mismatch');
  });
});

describe('sipDomainUsage (RFC 5924)', () => {
  const withUsage = (...oids: readonly string[]): Certificate => {
    const owner = party('x');
    const list = der.sequence(...oids.map(der.oid));
    return make({
      subject: owner,
      issuer: owner,
      extensions: oids.length === 0 ? [] : [extension('2.5.29.37', list)],
    });
  };
  test.each([
    [[], 'absent'],
    [['1.3.6.1.5.5.7.3.20'], 'sip-domain'],
    [['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.20'], 'sip-domain'],
    [['2.5.29.37.0'], 'any'],
    [['1.3.6.1.5.5.7.3.1'], 'other'],
  ])('%j: %s', (oids, usage) => {
    expect(sipDomainUsage(withUsage(...oids))).toBe(usage);
  });
});
