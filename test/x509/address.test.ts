import { describe, expect, test } from 'vitest';
import { comparedHost, readMailbox } from '../../src/x509/address.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { matchSipDomain, matchSipUser } from '../../src/x509/identity.js';
import * as der from '../support/der.js';
import { altNames, common, dns, email, emailAddress, uri, utf8Mailbox } from './chains/extensions.js';
import { extension, make, party } from './make.js';

const owner = party('x');
const withNames = (...names: readonly Uint8Array[]): Certificate =>
  make({ subject: owner, issuer: owner, extensions: [altNames(...names)] });
const withSubject = (...rdns: readonly Uint8Array[]): Certificate =>
  make({ subject: owner, issuer: owner, subjectName: der.sequence(...rdns) });

describe('comparedHost', () => {
  test.each([
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['a_b.example', 'a_b.example'],
    ['192.0.2.1', '192.0.2.1'],
    ['[2001:DB8:0:0::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ])('%s is %s', (host, compared) => {
    expect(comparedHost(host)).toBe(compared);
  });

  test.each([
    '',
    '.',
    'a..b',
    'example.com..',
    '.example.com',
    ' example.com',
    'example.com ',
    'example.com\u00a0',
    'example.com\0',
    'example.com>evil.org',
    'example.com/evil',
    'example.com;x',
    'example.com:5060',
    '[example.com]',
    '[::1',
    '::1%eth0',
    // Each of these is mapped to an ASCII name by Unicode, which is not the name.
    '\u212Aumiko.example',
    'example\u3002com',
    'EXAMPLE\u017F.com',
    '\uff45xample.com',
    'x'.repeat(256),
  ])('%j is no host', (host) => {
    expect(comparedHost(host)).toBeUndefined();
  });
});

describe('readMailbox', () => {
  test.each<[string, string | undefined]>([
    ['bob@example.com', 'bob'],
    ['"a@b"@example.com', '"a@b"'],
    ['a@b@example.com', undefined],
    ['@example.com', undefined],
    ['bob', undefined],
    ['bob @example.com', undefined],
    ['bob@example.com>evil.org', undefined],
  ])('%s', (text, local) => {
    expect(readMailbox(text)?.local).toBe(local);
  });
});

describe('names that only look like the one asked for', () => {
  test.each([
    email('fluffy@example.com>evil.org'),
    email('fluffy@example.com/evil.org'),
    email('fluffy@example.com;evil.org'),
    email('fluffy@example.com:evil.org'),
    email('fluffy@example.com '),
    email('fluffy@example.com\xa0'),
    email(' fluffy@example.com'),
    email('fluffy@example.com\0.evil.org'),
    email('fluffy@evil.org@example.com'),
    email('sip:fluffy@example.com'),
    uri('sip:fluffy@example.com>evil.org'),
    uri('sip:fluffy@example.com/evil.org'),
    uri('sip:fluffy@example.com:evil.org'),
    uri('sip:fluffy@example.com '),
    uri('sip:fluffy@example.com\xa0'),
    uri('sip:fluffy@example.com;x=@evil.org'),
    uri('sip: fluffy@example.com'),
  ])('%#: no user', (name) => {
    expect(matchSipUser(withNames(name), 'sip:fluffy@example.com').status).toBe('mismatch');
  });

  test.each([
    dns('example.com>evil.org'),
    dns('example.com '),
    dns('example.com\xa0'),
    dns('example.com:5060'),
    uri('sip:example.com>evil.org'),
    uri('sip:example.com/evil.org'),
    uri('sip:example.com:evil.org'),
  ])('%#: no domain', (name) => {
    expect(matchSipDomain(withNames(name), 'example.com').status).not.toBe('match');
  });

  test('KELVIN SIGN is no k, in hosts, mailboxes and common names', () => {
    expect(matchSipDomain(withSubject(common('\u212Aumiko.example')), 'kumiko.example').status).toBe(
      'mismatch',
    );
    expect(matchSipUser(withSubject(common('a@\u212Aumiko.example')), 'sip:a@kumiko.example').status).toBe(
      'mismatch',
    );
    expect(matchSipUser(withNames(utf8Mailbox('a@\u212Aumiko.example')), 'sip:a@kumiko.example').status).toBe(
      'mismatch',
    );
  });

  test('octets of Latin-1 in an IA5String are no letters', () => {
    expect(matchSipDomain(withNames(dns('b\xfccher.example')), 'xn--bcher-kva.example').status).toBe(
      'mismatch',
    );
  });

  test('an address of a wrong length is no host', () => {
    const names = altNames(der.contextPrimitive(7, Uint8Array.of(0xab, 0xcd, 0xef)));
    const certificate = make({ subject: owner, issuer: owner, extensions: [names] });
    expect(matchSipDomain(certificate, 'abcdef').status).toBe('mismatch');
  });
});

describe('names that count', () => {
  test('the mailbox of RFC 9598, by the escapes of a URI', () => {
    const certificate = withNames(utf8Mailbox('bücher@example.com'));
    expect(matchSipUser(certificate, 'sip:b%C3%BCcher@example.com')).toMatchObject({ status: 'match' });
    expect(matchSipUser(certificate, 'sip:bucher@example.com').status).toBe('mismatch');
  });

  test("the subject's e-mail address beside a SAN (RFC 8550 §3)", () => {
    const certificate = make({
      subject: owner,
      issuer: owner,
      subjectName: der.sequence(emailAddress('bob@example.com')),
      extensions: [altNames(dns('example.com'))],
    });
    expect(matchSipUser(certificate, 'sip:bob@example.com').status).toBe('match');
  });

  test('no common name beside a SAN that cannot be read', () => {
    const unreadable = make({
      subject: owner,
      issuer: owner,
      subjectName: der.sequence(common('example.com')),
      extensions: [extension('2.5.29.17', Buffer.from('garbage'))],
    });
    expect(matchSipDomain(unreadable, 'example.com').status).toBe('unknown');
    const user = make({
      subject: owner,
      issuer: owner,
      subjectName: der.sequence(common('bob@example.com')),
      extensions: [extension('2.5.29.17', Buffer.from('garbage'))],
    });
    expect(matchSipUser(user, 'sip:bob@example.com').status).toBe('unknown');
  });

  test('what is asked for must be a host', () => {
    expect(matchSipDomain(withNames(dns('example.com')), 'example.com ')).toMatchObject({
      status: 'unknown',
      reason: '"example.com " is no host name.',
    });
  });
});
