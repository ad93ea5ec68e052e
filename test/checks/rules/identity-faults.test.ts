import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../support/root.js';
import { said } from '../support.js';

const read = (name: string): Uint8Array => readFileSync(`${ROOT}test/checks/fixtures/identity/${name}`);
const told = (name: string): string[] =>
  said('sip/identity-header', read(name), {
    certificates: [read('sp.pem')],
    anchors: [read('root.pem')],
    judgeAt: Date.UTC(2026, 11, 1) / 1000,
  });

describe('the certificate of an Identity header', () => {
  const judged = (name: string, certificate: string, day: number): string[] =>
    said('sip/identity-header', read(name), {
      certificates: [read(certificate)],
      anchors: [read('f02-ca.pem')],
      judgeAt: Date.UTC(2025, 11, day) / 1000,
    });

  it('vouches for its own numbers alone', () => {
    expect(judged('f02.sip', 'f02-c.pem', 1)).toEqual([
      expect.stringMatching(/^error: .*vouches for number 12025550999 and not for 12025550101/),
    ]);
  });

  it('is judged at its time', () => {
    expect(judged('f02-4474.sip', 'f02-d.pem', 31)).toEqual([expect.stringMatching(/^info: .* verifies /)]);
    expect(judged('f02-4474.sip', 'f02-d.pem', 32 + 31)).toEqual([
      expect.stringMatching(/^warning: .*not trusted: .*expired/),
    ]);
  });
});

describe('a PASSporT whose signature is right', () => {
  // f01-base names another orig than From, too: +12025550199 is not 12025550101 (RFC 8224 §6.2).
  it.each(['f01-orig.sip', 'f01-dest.sip', 'f01-base.sip'])(
    'does not vouch for another request: %s',
    (name) => {
      expect(told(name)).toEqual([expect.stringMatching(/^error: .*does not vouch for this request/)]);
    },
  );

  it('is not judged with an extension that is not known', () => {
    expect(told('f01-foo.sip')).toEqual([expect.stringMatching(/^note: .*"foo".*not judged/)]);
  });

  it.each(['f01-base.sip', 'f01-orig.sip', 'f01-dest.sip', 'f01-foo.sip', 'f02.sip'])(
    'is never said to verify: %s',
    (name) => {
      expect(told(name).join()).not.toContain(' verifies ');
    },
  );
});
