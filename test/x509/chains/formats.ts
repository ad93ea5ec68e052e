/** Chains whose certificates break their own format, or name their issuer in other bytes; answers by RFC 5280 §4. */

import type { Certificate } from '../../../src/x509/certificate.js';
import type { ChainStatus } from '../../../src/x509/chain.js';
import * as der from '../../support/der.js';
import { extension, make } from '../make.js';
import { type Chain, makeChain, owner } from './case.js';
import { altNames, dns, rdn } from './extensions.js';

const BASIC = '2.5.29.19';

export function formatChains(): Chain[] {
  return [...extensionChains(), ...nameFormChains()];
}

function row(
  name: string,
  status: ChainStatus,
  extensions: readonly (readonly Uint8Array[])[],
  opensslDiffers?: string,
): Chain {
  return {
    ...makeChain(name, { extensions }),
    status,
    ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
  };
}

/** A chain whose CA has this basicConstraints and no other. */
function withConstraints(
  name: string,
  status: ChainStatus,
  value: Uint8Array,
  opensslDiffers?: string,
): Chain {
  const root = owner(`${name} root`, 0);
  const ca = owner(`${name} CA`, 1);
  return {
    name,
    status,
    leaf: make({ subject: owner(`${name} leaf`, 2), issuer: ca }),
    anchors: [make({ subject: root, issuer: root, ca: true })],
    intermediates: [make({ subject: ca, issuer: root, extensions: [extension(BASIC, value, true)] })],
    ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
  };
}

function extensionChains(): Chain[] {
  const names = altNames(dns('a.example'));
  const garbage = Buffer.from('garbage');
  return [
    row('one SAN', 'valid', [[], [names]]),
    row('two SANs', 'malformed', [[], [names, names]]),
    row('a SAN that cannot be read', 'malformed', [[], [extension('2.5.29.17', garbage)]]),
    row('a critical SAN that cannot be read', 'malformed', [[], [extension('2.5.29.17', garbage, true)]]),
    row(
      'a SAN of no names',
      'malformed',
      [[], [extension('2.5.29.17', der.sequence())]],
      'RFC 5280 §4.2.1.6: GeneralNames has at least one; OpenSSL reads none',
    ),
    row('a critical key usage that cannot be read', 'malformed', [
      [],
      [extension('2.5.29.15', der.integer(1), true)],
    ]),
    row('a key usage that cannot be read in the CA', 'malformed', [[extension('2.5.29.15', garbage)], []]),
    row('an extended key usage that cannot be read', 'malformed', [
      [],
      [extension('2.5.29.37', der.integer(1))],
    ]),
    row('critical distribution points that cannot be read', 'malformed', [
      [],
      [extension('2.5.29.31', garbage, true)],
    ]),
    row('critical distribution points', 'valid', [
      [],
      [extension('2.5.29.31', der.sequence(der.sequence(der.context(0, der.context(0, dns('x'))))), true)],
    ]),
    row('a critical issuerAltName', 'unknown_critical_extension', [
      [],
      [extension('2.5.29.18', der.sequence(dns('x')), true)],
    ]),
    row('a critical extension of nobody', 'unknown_critical_extension', [
      [extension('1.2.3.4', der.nullValue(), true)],
      [],
    ]),
    row('an extension that is none', 'malformed', [[], [der.sequence(der.integer(1))]]),
    withConstraints('cA alone', 'valid', der.sequence(der.boolean(true))),
    withConstraints('cA with pathLen', 'valid', der.sequence(der.boolean(true), der.integer(0))),
    withConstraints('no cA', 'not_a_ca', der.sequence()),
    withConstraints('pathLen without cA', 'not_a_ca', der.sequence(der.integer(0))),
    withConstraints('a negative pathLen', 'malformed', der.sequence(der.boolean(true), der.integer(-1))),
    withConstraints(
      'a pathLen of a wrong type',
      'malformed',
      der.sequence(der.boolean(true), der.utf8String('1')),
    ),
    withConstraints(
      'a pathLen beyond any number',
      'valid',
      der.sequence(der.boolean(true), der.integer(1n << 70n)),
    ),
    withConstraints(
      'a third field',
      'malformed',
      der.sequence(der.boolean(true), der.integer(0), der.integer(0)),
    ),
    withConstraints('cA that is a number', 'malformed', der.sequence(der.integer(1), der.integer(1))),
    withConstraints('constraints that are none', 'malformed', der.integer(1)),
    underRoot('another algorithm inside', 'malformed', { innerAlgorithm: 'rsa-sha256' }),
    dated('times without seconds', 'malformed', '2001010000Z', '3001010000Z'),
    dated('times with an offset', 'malformed', '200101000000+0100', '300101000000+0100'),
    dated('times in UTC', 'valid', '200101000000Z', '300101000000Z'),
    numbered('serial number 0', 'valid', 0),
    numbered('a negative serial number', 'valid', -5),
    numbered('a serial number of 26 octets', 'valid', 1n << 200n),
  ];
}

function underRoot(name: string, status: ChainStatus, changes: Partial<Parameters<typeof make>[0]>): Chain {
  const root = owner(`${name} root`, 0);
  const leaf = make({ subject: owner(`${name} leaf`, 2), issuer: root, ...changes });
  return {
    name,
    status,
    leaf,
    anchors: [make({ subject: root, issuer: root, ca: true })],
    intermediates: [],
  };
}

function dated(name: string, status: ChainStatus, from: string, to: string): Chain {
  const utcTime = (text: string): Uint8Array =>
    der.element('universal', 23, false, Buffer.from(text, 'latin1'));
  return underRoot(name, status, { rawValidity: der.sequence(utcTime(from), utcTime(to)) });
}

function numbered(name: string, status: ChainStatus, serial: number | bigint): Chain {
  return underRoot(name, status, { serial });
}

/** RFC 5280 §7.1: the CA is named by its issuer's certificate in one way, by what it issued in another. */
function nameFormChains(): Chain[] {
  const organization = '2.5.4.10';
  const named = (...parts: readonly Uint8Array[]): Uint8Array => der.sequence(...parts);
  const utf8 = (text: string): Uint8Array => rdn(organization, der.utf8String(text));
  const printable = (text: string): Uint8Array => rdn(organization, der.printableString(text));
  const bmp = (text: string): Uint8Array =>
    rdn(organization, der.element('universal', 30, false, Buffer.from(text, 'utf16le').swap16()));
  const rows: readonly (readonly [string, Uint8Array, Uint8Array, boolean, string?])[] = [
    ['string types', named(utf8('Acme 1')), named(printable('Acme 1')), true],
    ['case', named(utf8('Acme 2')), named(utf8('ACME 2')), true],
    ['spaces inside', named(utf8('Acme 3')), named(utf8('Acme   3')), true],
    ['spaces outside', named(utf8('Acme 4')), named(utf8('  Acme 4 ')), true],
    ['all of these', named(utf8('Acme  5')), named(printable(' aCME 5')), true],
    ['BMPString', named(utf8('Acme 6')), named(bmp('acme 6')), true],
    [
      'case beyond ASCII',
      named(utf8('Büro 7')),
      named(utf8('BÜRO 7')),
      true,
      'RFC 5280 §7.1 folds case as RFC 4518 does, for all letters; OpenSSL does for ASCII alone',
    ],
    ['another letter', named(utf8('Acme 8')), named(utf8('Acne 8')), false],
    ['another order', named(utf8('Acme 9'), utf8('x')), named(utf8('x'), utf8('Acme 9')), false],
    ['one name more', named(utf8('Acme 10')), named(utf8('Acme 10'), utf8('x')), false],
  ];
  return rows.map(([name, above, below, same, opensslDiffers]): Chain => {
    const root = owner(`${name} names root`, 0);
    const ca = owner('', 1);
    const middle = make({ subject: ca, issuer: root, ca: true, subjectName: above });
    const leaf = issuedUnder(below, name);
    return {
      name: `names: ${name}`,
      status: same ? 'valid' : 'unknown_issuer',
      leaf,
      anchors: [make({ subject: root, issuer: root, ca: true })],
      intermediates: [middle],
      ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
    };
  });
}

/** A certificate whose issuer has this Name, signed by the second key of the pool. */
function issuedUnder(issuerName: Uint8Array, name: string): Certificate {
  return make({ subject: owner(`${name} names leaf`, 2), issuer: owner('', 1), issuerName });
}
