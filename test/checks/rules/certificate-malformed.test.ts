import { describe, expect, it } from 'vitest';
import type { ConnectionSubject } from '../../../src/checks/subject.js';
import { RULES } from '../../../src/checks/table.js';
import type { Body } from '../../../src/model/body.js';
import type { Severity } from '../../../src/model/finding.js';
import type { Certificate } from '../../../src/x509/certificate.js';
import * as der from '../../support/der.js';
import { extension, make, party, subjectAltName } from '../../x509/make.js';

const issuer = party('issuer');
const subject = party('x');

function issued(changes: Partial<Parameters<typeof make>[0]>): Certificate {
  return make({ subject, issuer, ...changes });
}

/** What the rule over signers and the one over connections say of a certificate; they say the same. */
function findingsOf(certificate: Certificate): readonly (readonly [Severity, string])[] {
  const found: { body: [Severity, string][]; connection: [Severity, string][] } = {
    body: [],
    connection: [],
  };
  for (const rule of RULES) {
    if (rule.on === 'body' && rule.id === 'smime/certificate-malformed') {
      const body = { cms: { contentType: 'signed_data', signers: [{ certificate }] } } as unknown as Body;
      rule.check(body, 'body', (text, _, own) => found.body.push([own ?? rule.severity, text]));
    }
    if (rule.on === 'connection' && rule.id === 'tls/certificate-malformed') {
      const connection = { certificates: [certificate], clientCertificates: [certificate] };
      rule.check({ connection } as unknown as ConnectionSubject, (text, _, own) =>
        found.connection.push([own ?? rule.severity, text]),
      );
    }
  }
  expect(found.connection).toEqual([...found.body, ...found.body]);
  return found.body;
}

describe('certificates that break RFC 5280', () => {
  const utcTime = (text: string): Uint8Array =>
    der.element('universal', 23, false, Buffer.from(text, 'latin1'));
  const names = subjectAltName([2, 'a.example']);

  it.each<[string, Partial<Parameters<typeof make>[0]>, Severity, RegExp]>([
    ['serial number 0', { serial: 0 }, 'note', /serial number/],
    ['a negative serial number', { serial: -1 }, 'note', /serial number/],
    ['a long serial number', { serial: 1n << 170n }, 'note', /serial number/],
    [
      'extensions in version 1',
      { version: 1, extensions: [names] },
      'warning',
      /version 1 certificate has extensions/,
    ],
    [
      'times without seconds',
      { rawValidity: der.sequence(utcTime('2001010000Z'), der.time(2e9)) },
      'warning',
      /notBefore is written without seconds/,
    ],
    [
      'times with an offset',
      { rawValidity: der.sequence(der.time(1e9), utcTime('300101000000+0100')) },
      'warning',
      /notAfter is written without seconds, with fractions or with an offset/,
    ],
    ['two SANs', { extensions: [names, names] }, 'error', /subjectAltName occurs more than once/],
    ['two algorithms', { innerAlgorithm: 'rsa-sha1' }, 'error', /signature algorithms differ/],
    [
      'an unreadable SAN',
      { extensions: [extension('2.5.29.17', Buffer.from('x'))] },
      'error',
      /subjectAltName cannot be read/,
    ],
  ])('%s', (_, changes, severity, text) => {
    expect(findingsOf(issued(changes))).toEqual([[severity, expect.stringMatching(text)]]);
  });

  it('say nothing of one that breaks nothing, nor of the form of a root', () => {
    expect(findingsOf(issued({ extensions: [names] }))).toEqual([]);
    expect(findingsOf(make({ subject, issuer: subject, serial: 0 }))).toEqual([]);
  });

  it('tell a key under which anybody can sign, of a root too', () => {
    const point = der.sequence(der.sequence(der.oid('1.3.101.112')), der.bitString(new Uint8Array(32)));
    const told = [
      ['error', 'the certificate of "CN=x" is an Ed25519 point of small order, under which anybody can sign'],
    ];
    expect(findingsOf(issued({ spki: point }))).toEqual(told);
    expect(findingsOf(make({ subject, issuer: subject, spki: point }))).toEqual(told);
  });
});
