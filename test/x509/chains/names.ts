/** Chains with name constraints of every form; the right answers are those of RFC 5280 §4.2.1.10, written by hand. */

import type { ChainStatus } from '../../../src/x509/chain.js';
import * as der from '../../support/der.js';
import { extension } from '../make.js';
import { type Chain, makeChain } from './case.js';
import {
  altNames,
  common,
  directory,
  dns,
  email,
  emailAddress,
  ip,
  nameConstraints,
  organization,
  otherName,
  rdn,
  registeredId,
  uri,
  utf8Mailbox,
} from './extensions.js';

type Row = readonly [base: string, name: string, holds: boolean, opensslDiffers?: string];

/** Each base with names inside and outside of it. */
const HOSTS: readonly Row[] = [
  ['example.com', 'example.com', true],
  ['example.com', 'EXAMPLE.Com', true],
  ['example.com', 'a.example.com', true],
  ['example.com', 'a.b.example.com', true],
  ['example.com', 'badexample.com', false],
  ['example.com', 'example.com.evil.org', false],
  ['example.com', 'example.org', false],
  ['a.example.com', 'example.com', false],
  ['.example.com', 'a.example.com', true],
  ['.example.com', 'example.com', false],
  ['', 'example.org', true],
];
const MAILBOXES: readonly Row[] = [
  ['bob@example.com', 'bob@example.com', true],
  ['bob@example.com', 'bob@EXAMPLE.com', true],
  ['bob@example.com', 'Bob@example.com', false],
  ['bob@example.com', 'ann@example.com', false],
  ['bob@example.com', 'bob@a.example.com', false],
  ['example.com', 'bob@example.com', true],
  ['example.com', 'bob@Example.com', true],
  ['example.com', 'bob@a.example.com', false],
  ['.example.com', 'bob@a.example.com', true],
  ['.example.com', 'bob@example.com', false],
  ['.example.com', 'bob@badexample.com', false],
];
const URIS: readonly Row[] = [
  ['example.com', 'http://example.com/x', true],
  ['example.com', 'http://EXAMPLE.com:8080', true],
  [
    'example.com',
    'http://user@example.com/',
    true,
    'RFC 5280 §4.2.1.10: the constraint is for the host part; OpenSSL compares user information with it',
  ],
  ['example.com', 'http://a.example.com/', false],
  ['.example.com', 'http://a.example.com/', true],
  ['.example.com', 'http://example.com/', false],
  ['.example.com', 'http://example.com@evil.org/', false],
];
const ADDRESSES: readonly (readonly [readonly number[], readonly number[], boolean])[] = [
  [[192, 0, 2, 0, 255, 255, 255, 0], [192, 0, 2, 9], true],
  [[192, 0, 2, 0, 255, 255, 255, 0], [192, 0, 3, 9], false],
  [[192, 0, 2, 128, 255, 255, 255, 128], [192, 0, 2, 129], true],
  [[192, 0, 2, 128, 255, 255, 255, 128], [192, 0, 2, 127], false],
  [[0, 0, 0, 0, 0, 0, 0, 0], [203, 0, 113, 1], true],
  [[0, 0, 0, 0, 0, 0, 0, 0], [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false],
  [
    [0x20, 1, 0xd, 0xb8, ...Array<number>(12).fill(0), 255, 255, 255, 255, ...Array<number>(12).fill(0)],
    [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    true,
  ],
];
const printable = (text: string): Uint8Array => rdn('2.5.4.10', der.printableString(text));
const DIRECTORIES: readonly (readonly [readonly Uint8Array[], readonly Uint8Array[], boolean])[] = [
  [[organization('Acme')], [organization('Acme'), common('x')], true],
  [[organization('Acme')], [printable('ACME'), common('x')], true],
  [[organization('Acme Ltd')], [printable(' acme  LTD '), common('x')], true],
  [[organization('Acme')], [organization('Other'), common('x')], false],
  [[organization('Acme')], [common('x'), organization('Acme')], false],
  [[organization('Acme'), common('y')], [organization('Acme'), common('x')], false],
];

/** Permitted and excluded, critical and not: four chains of each row. */
function fourOf(form: string, base: Uint8Array, name: Uint8Array, holds: boolean, label: string): Chain[] {
  return [true, false].flatMap((critical) => [
    chain(
      `${form} ${label} permitted`,
      { permitted: [base] },
      [name],
      holds ? 'valid' : 'name_not_permitted',
      critical,
    ),
    chain(
      `${form} ${label} excluded`,
      { excluded: [base] },
      [name],
      holds ? 'name_not_permitted' : 'valid',
      critical,
    ),
  ]);
}

function chain(
  name: string,
  subtrees: Parameters<typeof nameConstraints>[0],
  names: readonly Uint8Array[],
  status: ChainStatus,
  critical = true,
): Chain {
  const issuer = [nameConstraints(subtrees, critical)];
  // The subject is a directory name too: those are judged by the SAN alone.
  const subject = name.startsWith('directory') ? { leafSubject: der.sequence() } : {};
  return { ...makeChain(name, { extensions: [issuer, [altNames(...names)]], ...subject }), status };
}

export function nameChains(): Chain[] {
  const hosts = HOSTS.flatMap(([base, name, holds]) =>
    fourOf('dns', dns(base), dns(name), holds, `"${base}" ${name}`),
  );
  const mailboxes = MAILBOXES.flatMap(([base, name, holds]) => [
    ...fourOf('email', email(base), email(name), holds, `"${base}" ${name}`),
  ]);
  const uris = URIS.flatMap(([base, name, holds, opensslDiffers]) =>
    fourOf('uri', uri(base), uri(name), holds, `"${base}" ${name}`).map((one) =>
      opensslDiffers === undefined ? one : { ...one, opensslDiffers },
    ),
  );
  const addresses = ADDRESSES.flatMap(([base, octets, holds]) =>
    fourOf('ip', ip(...base), ip(...octets), holds, `${base.join('.')} ${octets.join('.')}`),
  );
  const directories = DIRECTORIES.flatMap(([base, rdns, holds], index) =>
    fourOf('directory', directory(...base), directory(...rdns), holds, `${index}`),
  );
  return [...hosts, ...mailboxes, ...uris, ...addresses, ...directories, ...singleChains()];
}

function singleChains(): Chain[] {
  const subject = der.sequence(organization('Acme'), common('x'));
  const permitted = (...bases: readonly Uint8Array[]): Uint8Array[] => [
    nameConstraints({ permitted: bases }),
  ];
  const one = (
    name: string,
    status: ChainStatus,
    links: Parameters<typeof makeChain>[1],
    opensslDiffers?: string,
  ): Chain => ({
    ...makeChain(name, links),
    status,
    ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
  });
  return [
    one('subject within', 'valid', {
      extensions: [permitted(directory(organization('Acme'))), []],
      leafSubject: subject,
    }),
    one('subject without', 'name_not_permitted', {
      extensions: [permitted(directory(organization('Other'))), []],
      leafSubject: subject,
    }),
    one('empty subject', 'valid', {
      extensions: [permitted(directory(organization('Other'))), [altNames(dns('example.com'))]],
      leafSubject: der.sequence(),
    }),
    one('emailAddress of the subject', 'name_not_permitted', {
      extensions: [permitted(email('example.com')), []],
      leafSubject: der.sequence(emailAddress('bob@example.org')),
    }),
    one('emailAddress of the subject within', 'valid', {
      extensions: [permitted(email('example.com')), []],
      leafSubject: der.sequence(emailAddress('bob@example.com')),
    }),
    one('common name as a host', 'name_not_permitted', {
      extensions: [permitted(dns('example.com')), []],
      leafSubject: der.sequence(common('www.example.org')),
    }),
    one('common name as a host within', 'valid', {
      extensions: [permitted(dns('example.com')), []],
      leafSubject: der.sequence(common('www.example.com')),
    }),
    one('common name that is no host', 'valid', {
      extensions: [permitted(dns('example.com')), []],
      leafSubject: der.sequence(common('A Person')),
    }),
    one('other forms are free', 'valid', {
      extensions: [permitted(dns('example.com')), [altNames(email('a@b.c'))]],
    }),
    one('several permitted', 'valid', {
      extensions: [permitted(dns('a.example'), dns('b.example')), [altNames(dns('x.b.example'))]],
    }),
    one('permitted and excluded', 'name_not_permitted', {
      extensions: [
        [nameConstraints({ permitted: [dns('example')], excluded: [dns('bad.example')] })],
        [altNames(dns('x.bad.example'))],
      ],
    }),
    one('the second name', 'name_not_permitted', {
      extensions: [permitted(dns('a.example')), [altNames(dns('a.example'), dns('b.example'))]],
    }),
    one('two issuers, in both', 'valid', {
      extensions: [permitted(dns('example')), permitted(dns('a.example')), [altNames(dns('x.a.example'))]],
    }),
    one('two issuers, in the upper alone', 'name_not_permitted', {
      extensions: [permitted(dns('example')), permitted(dns('a.example')), [altNames(dns('x.b.example'))]],
    }),
    one('two issuers, in the lower alone', 'name_not_permitted', {
      extensions: [permitted(dns('a.example')), permitted(dns('example')), [altNames(dns('x.b.example'))]],
    }),
    one('of the anchor', 'name_not_permitted', {
      rootExtensions: permitted(dns('a.example')),
      extensions: [[], [altNames(dns('b.example'))]],
    }),
    one('a URI without authority', 'name_not_permitted', {
      extensions: [permitted(uri('example.com')), [altNames(uri('sip:bob@example.com'))]],
    }),
    one(
      'a URI with an address',
      'name_not_permitted',
      {
        extensions: [
          [nameConstraints({ excluded: [uri('example.com')] })],
          [altNames(uri('http://192.0.2.1/'))],
        ],
      },
      'RFC 5280 §4.2.1.10: a URI whose host is an address must be refused where URIs are constrained; OpenSSL compares it as text',
    ),
    one('a mailbox of RFC 9598 within', 'valid', {
      extensions: [permitted(email('example.com')), [altNames(utf8Mailbox('bücher@example.com'))]],
    }),
    one('a mailbox of RFC 9598 without', 'name_not_permitted', {
      extensions: [permitted(email('example.com')), [altNames(utf8Mailbox('bücher@example.org'))]],
    }),
    one('a mailbox of RFC 9598 excluded', 'name_not_permitted', {
      extensions: [
        [nameConstraints({ excluded: [email('example.com')] })],
        [altNames(utf8Mailbox('bücher@example.com'))],
      ],
    }),
    one('a form that is not processed', 'name_not_permitted', {
      extensions: [permitted(registeredId('1.2.3')), [altNames(registeredId('1.2.3.4'))]],
    }),
    one('a form that is not processed and does not occur', 'valid', {
      extensions: [permitted(registeredId('1.2.3')), [altNames(dns('example.com'))]],
    }),
    one('an otherName that is not processed', 'name_not_permitted', {
      extensions: [
        permitted(otherName('1.2.3', der.utf8String('x'))),
        [altNames(otherName('1.2.3', der.utf8String('x')))],
      ],
    }),
    one(
      'no subtrees at all',
      'malformed',
      {
        extensions: [[extension('2.5.29.30', der.sequence(), true)], [altNames(dns('example.com'))]],
      },
      'RFC 5280 §4.2.1.10: the extension must not be an empty sequence; OpenSSL takes it for no constraint',
    ),
    one('no NameConstraints', 'malformed', {
      extensions: [[extension('2.5.29.30', der.integer(1), true)], [altNames(dns('example.com'))]],
    }),
  ];
}
