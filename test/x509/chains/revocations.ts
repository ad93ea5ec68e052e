/**
 * Chains with revocation lists of every scope; the right answers are those of RFC 5280 §5 and §6.3, written by hand.
 * `good` is the answer only where the leaf and its CA are both covered by a current list.
 */

import { generateKeyPairSync } from 'node:crypto';
import type { Certificate } from '../../../src/x509/certificate.js';
import type { Crl } from '../../../src/x509/revocation/crl.js';
import * as der from '../../support/der.js';
import { extension, make, type Party } from '../make.js';
import { type Chain, NOW, owner } from './case.js';
import { type DistributionPoint, distributionPoints, issuingPoint, uri } from './extensions.js';
import { type CrlRecipe, makeCrl } from './make-crl.js';

const DAY = 86_400;
const SERIAL = 77;
const CA_SERIAL = 66;
const KEY_CERT_SIGN = 5;
const CRL_SIGN = 6;

type Answer = NonNullable<Chain['revocation']>;

/** The parties of one chain. */
type Cast = { readonly root: Party; readonly ca: Party; readonly leaf: Party; readonly other: Party };

type Recipe = {
  readonly leafExtensions?: (cast: Cast) => readonly Uint8Array[];
  readonly caKeyUsage?: readonly number[];
  readonly caExtensions?: (cast: Cast) => readonly Uint8Array[];
  /** Certificates besides those of the path. */
  readonly others?: (cast: Cast) => readonly Certificate[];
  /** Lists of the CA; the root's own, which lists nothing, is added. */
  readonly lists: (cast: Cast) => readonly CrlRecipe[];
  readonly withoutRootList?: true;
};

let count = 0;

function row(name: string, revocation: Answer, recipe: Recipe, opensslDiffers?: string): Chain {
  const prefix = `revocation ${++count}`;
  const cast: Cast = {
    root: owner(`${prefix} root`, 0),
    ca: owner(`${prefix} CA`, 1),
    leaf: owner(`${prefix} leaf`, 2),
    other: owner(`${prefix} other`, 3),
  };
  const { root, ca, leaf } = cast;
  const keyUsage = [KEY_CERT_SIGN, CRL_SIGN];
  const anchor = make({ subject: root, issuer: root, ca: true, keyUsage });
  const middle = make({
    subject: ca,
    issuer: root,
    ca: true,
    serial: CA_SERIAL,
    keyUsage: recipe.caKeyUsage ?? keyUsage,
    extensions: recipe.caExtensions?.(cast) ?? [],
  });
  const end = make({
    subject: leaf,
    issuer: ca,
    serial: SERIAL,
    extensions: recipe.leafExtensions?.(cast) ?? [],
  });
  const rootList: CrlRecipe[] = recipe.withoutRootList === true ? [] : [{ issuer: root, number: 1 }];
  const status = revocation === 'revoked' || revocation === 'on_hold' ? revocation : 'valid';
  return {
    name,
    leaf: end,
    anchors: [anchor],
    intermediates: [middle, ...(recipe.others?.(cast) ?? [])],
    crls: [...rootList, ...recipe.lists(cast)].map((one): Crl => makeCrl(one)),
    status,
    revocation,
    ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
  };
}

type Revoked = NonNullable<CrlRecipe['revoked']>;

const listed = (changes: Partial<Revoked[number]> = {}): Revoked => [{ serial: SERIAL, ...changes }];
const POINT = { full: [uri('http://crl.example/1')] };
const OTHER_POINT = { full: [uri('http://crl.example/2')] };
const stranger: Party = {
  name: 'stranger',
  privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
  spki: new Uint8Array(0),
};

/** A recipe of one list of the CA. */
function only(changes: Partial<CrlRecipe>, extra: Partial<Recipe> = {}): Recipe {
  return { lists: ({ ca }) => [{ issuer: ca, number: 1, ...changes }], ...extra };
}

export function revocationChains(): Chain[] {
  return [...plainLists(), ...scopedLists(), ...indirectLists(), ...deltaLists()];
}

function plainLists(): Chain[] {
  const unknownEntry = extension('1.2.3.4', der.nullValue(), true);
  return [
    row('not listed', 'good', only({})),
    row('another number is listed', 'good', only({ revoked: [{ serial: 78 }] })),
    row('listed', 'revoked', only({ revoked: listed() })),
    ...[0, 1, 2, 3, 4, 5, 9, 10].map((reason) =>
      row(`listed for reason ${reason}`, 'revoked', only({ revoked: listed({ reason }) })),
    ),
    row('on hold', 'on_hold', only({ revoked: listed({ reason: 6 }) })),
    row(
      'listed among many',
      'revoked',
      only({ revoked: [{ serial: 1 }, { serial: 2 }, { serial: SERIAL }, { serial: 300 }] }),
    ),
    row('the CA is listed', 'revoked', {
      lists: ({ root, ca }) => [{ issuer: root, revoked: [{ serial: CA_SERIAL }] }, { issuer: ca }],
      withoutRootList: true,
    }),
    row('no list of the CA', 'not_checked', { lists: () => [] }),
    row('no list of the root', 'not_checked', only({}, { withoutRootList: true })),
    row('a list of the past', 'not_checked', only({ thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY })),
    row(
      'listed in a list of the past',
      'revoked',
      only({ thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY, revoked: listed() }),
    ),
    row('a list of the future', 'not_checked', only({ thisUpdate: NOW + DAY, nextUpdate: NOW + 9 * DAY })),
    row(
      'listed later, in a list of the future',
      'not_checked',
      only({
        thisUpdate: NOW + 3 * DAY,
        nextUpdate: NOW + 9 * DAY,
        revoked: listed({ at: NOW + DAY }),
      }),
    ),
    row(
      'listed before, in a list of the future',
      'revoked',
      only({
        thisUpdate: NOW + 3 * DAY,
        nextUpdate: NOW + 9 * DAY,
        revoked: listed({ at: NOW - DAY }),
      }),
    ),
    row(
      'listed later for a key that was lost before',
      'revoked',
      only({
        thisUpdate: NOW + 3 * DAY,
        nextUpdate: NOW + 9 * DAY,
        revoked: listed({ at: NOW + DAY, invalidAt: NOW - DAY }),
      }),
    ),
    row('a list without nextUpdate', 'good', only({ nextUpdate: null })),
    row(
      'up to the last second',
      'good',
      only({ nextUpdate: NOW }),
      'nextUpdate is the time by which the next list is issued (RFC 5280 §5.1.2.5); OpenSSL takes that second for past',
    ),
    row('a forged list', 'not_checked', only({ signer: stranger, revoked: listed() })),
    row(
      'a CA that must not sign lists',
      'not_checked',
      only({ revoked: listed() }, { caKeyUsage: [KEY_CERT_SIGN] }),
    ),
    row('a critical extension that is not processed', 'not_checked', only({ extensions: [unknownEntry] })),
    row(
      'an extension that is not critical',
      'good',
      only({ extensions: [extension('1.2.3.4', der.nullValue())] }),
    ),
    row(
      'a critical extension of another entry',
      'not_checked',
      only({ revoked: [{ serial: 1, extensions: [unknownEntry] }] }),
    ),
    row('two lists, the newer lists it', 'revoked', {
      lists: ({ ca }) => [
        { issuer: ca, number: 1, thisUpdate: NOW - 5 * DAY },
        { issuer: ca, number: 2, revoked: listed() },
      ],
    }),
  ];
}

function scopedLists(): Chain[] {
  const scoped = (scope: Parameters<typeof issuingPoint>[0], revoked?: Revoked): Recipe =>
    only({ extensions: [issuingPoint(scope)], ...(revoked === undefined ? {} : { revoked }) });
  const at = (...points: DistributionPoint[]): Pick<Recipe, 'leafExtensions'> => ({
    leafExtensions: () => [distributionPoints(...points)],
  });
  const relative = der.sequence(der.oid('2.5.4.3'), der.utf8String('part 1'));
  const otherPart = der.sequence(der.oid('2.5.4.3'), der.utf8String('part 2'));
  return [
    row('for users', 'good', scoped({ user: true })),
    row('for users, listed', 'revoked', scoped({ user: true }, listed())),
    row('for CAs, and the leaf is none', 'not_checked', scoped({ ca: true })),
    row('for CAs, which lists the leaf', 'not_checked', scoped({ ca: true }, listed())),
    row('for attribute certificates', 'not_checked', scoped({ attribute: true })),
    row('the root’s for CAs', 'good', {
      lists: ({ root, ca }) => [{ issuer: root, extensions: [issuingPoint({ ca: true })] }, { issuer: ca }],
      withoutRootList: true,
    }),
    row('the root’s for users', 'not_checked', {
      lists: ({ root, ca }) => [{ issuer: root, extensions: [issuingPoint({ user: true })] }, { issuer: ca }],
      withoutRootList: true,
    }),
    row('some reasons', 'not_checked', scoped({ reasons: [1, 2] })),
    row('some reasons, listed', 'revoked', scoped({ reasons: [1, 2] }, listed({ reason: 1 }))),
    row('all reasons in two lists', 'good', {
      lists: ({ ca }) => [
        { issuer: ca, extensions: [issuingPoint({ reasons: [1, 2] })] },
        { issuer: ca, extensions: [issuingPoint({ reasons: [3, 4, 5, 6, 7, 8] })] },
      ],
    }),
    row('all reasons in two lists, the second lists it', 'revoked', {
      lists: ({ ca }) => [
        { issuer: ca, extensions: [issuingPoint({ reasons: [1, 2] })] },
        {
          issuer: ca,
          extensions: [issuingPoint({ reasons: [3, 4, 5, 6, 7, 8] })],
          revoked: listed({ reason: 4 }),
        },
      ],
    }),
    row('the same point', 'good', { ...scoped({ name: POINT }), ...at({ name: POINT }) }),
    row('the same point, listed', 'revoked', {
      ...scoped({ name: POINT }, listed()),
      ...at({ name: POINT }),
    }),
    row('another point', 'not_checked', { ...scoped({ name: OTHER_POINT }), ...at({ name: POINT }) }),
    row('one of two points', 'good', {
      ...scoped({ name: OTHER_POINT }),
      ...at({ name: POINT }, { name: OTHER_POINT }),
    }),
    row('a point, and the certificate names none', 'not_checked', scoped({ name: POINT })),
    row('a list for all, and the certificate names a point', 'good', { ...only({}), ...at({ name: POINT }) }),
    row('one of two names', 'good', {
      ...scoped({ name: { full: [uri('http://a/'), uri('http://b/')] } }),
      ...at({ name: { full: [uri('http://b/')] } }),
    }),
    row('a relative name', 'good', { ...scoped({ name: { relative } }), ...at({ name: { relative } }) }),
    row('another relative name', 'not_checked', {
      ...scoped({ name: { relative } }),
      ...at({ name: { relative: otherPart } }),
    }),
    row('a relative name and its full form', 'good', {
      lists: ({ ca }) => [{ issuer: ca, extensions: [issuingPoint({ name: { relative } })] }],
      leafExtensions: ({ ca }) => [
        distributionPoints({
          name: {
            full: [
              der.context(
                4,
                der.sequence(
                  der.set(der.sequence(der.oid('2.5.4.3'), der.utf8String(ca.name))),
                  der.set(relative),
                ),
              ),
            ],
          },
        }),
      ],
    }),
    row('reasons of the point and of the list', 'good', {
      lists: ({ ca }) => [
        { issuer: ca, extensions: [issuingPoint({ name: POINT, reasons: [1, 2, 3, 4] })] },
        { issuer: ca, extensions: [issuingPoint({ name: OTHER_POINT, reasons: [5, 6, 7, 8] })] },
      ],
      ...at({ name: POINT, reasons: [1, 2, 3, 4] }, { name: OTHER_POINT, reasons: [5, 6, 7, 8] }),
    }),
    row('two kinds at once', 'not_checked', scoped({ user: true, ca: true })),
    row('points that cannot be read', 'not_checked', {
      ...only({}),
      leafExtensions: () => [extension('2.5.29.31', der.integer(1))],
    }),
  ];
}

function indirectLists(): Chain[] {
  const signer = ({ other, root }: Cast): readonly Certificate[] => [
    make({ subject: other, issuer: root, ca: true, keyUsage: [CRL_SIGN], serial: 55 }),
  ];
  const indirect = issuingPoint({ indirect: true });
  const named = ({ other }: Cast): readonly Uint8Array[] => [distributionPoints({ issuer: other.name })];
  return [
    row('an indirect list', 'good', {
      others: signer,
      leafExtensions: named,
      lists: ({ other }) => [{ issuer: other, extensions: [indirect] }],
    }),
    row('an indirect list that lists it', 'revoked', {
      others: signer,
      leafExtensions: named,
      lists: ({ other, ca }) => [{ issuer: other, extensions: [indirect], revoked: listed({ of: ca.name }) }],
    }),
    row('an indirect list that lists another issuer’s', 'good', {
      others: signer,
      leafExtensions: named,
      lists: ({ other, root }) => [
        { issuer: other, extensions: [indirect], revoked: listed({ of: root.name }) },
      ],
    }),
    row('an indirect list whose own number it is', 'good', {
      others: signer,
      leafExtensions: named,
      lists: ({ other }) => [{ issuer: other, extensions: [indirect], revoked: listed() }],
    }),
    row('certificateIssuer holds for what follows', 'revoked', {
      others: signer,
      leafExtensions: named,
      lists: ({ other, ca }) => [
        { issuer: other, extensions: [indirect], revoked: [{ serial: 5, of: ca.name }, { serial: SERIAL }] },
      ],
    }),
    row('a list of another that is not indirect', 'not_checked', {
      others: signer,
      leafExtensions: named,
      lists: ({ other }) => [{ issuer: other }],
    }),
    row('an indirect list that the certificate does not name', 'not_checked', {
      others: signer,
      lists: ({ other, ca }) => [{ issuer: other, extensions: [indirect], revoked: listed({ of: ca.name }) }],
    }),
    row('the signer of the indirect list was not given', 'not_checked', {
      leafExtensions: named,
      lists: ({ other }) => [{ issuer: other, extensions: [indirect] }],
    }),
    row(
      'the signer of the indirect list may not sign lists',
      'not_checked',
      {
        others: ({ other, root }) => [
          make({ subject: other, issuer: root, ca: true, keyUsage: [KEY_CERT_SIGN] }),
        ],
        leafExtensions: named,
        lists: ({ other }) => [{ issuer: other, extensions: [indirect] }],
      },
      'RFC 5280 §6.3.3 (f): the key usage must hold cRLSign; openssl prints the error of the path and says OK',
    ),
    row('the signer of the indirect list is revoked', 'not_checked', {
      others: signer,
      leafExtensions: named,
      lists: ({ other, root }) => [
        { issuer: root, revoked: [{ serial: 55 }] },
        { issuer: other, extensions: [indirect] },
      ],
      withoutRootList: true,
    }),
    row(
      'a key of its own for lists',
      'good',
      {
        // The CA has two certificates: one to issue with, one to sign lists with.
        caKeyUsage: [KEY_CERT_SIGN],
        others: ({ ca, other, root }) => [
          make({ subject: { ...other, name: ca.name }, issuer: root, keyUsage: [CRL_SIGN] }),
        ],
        lists: ({ ca, other }) => [{ issuer: ca, signer: other }],
      },
      'RFC 5280 §6.3.3 (f): any certificate of the CRL issuer that leads to the anchor may verify the list; OpenSSL takes the first of the name',
    ),
  ];
}

function deltaLists(): Chain[] {
  const base =
    (revoked?: Revoked, changes: Partial<CrlRecipe> = {}) =>
    (cast: Cast): CrlRecipe => ({
      issuer: cast.ca,
      number: 3,
      thisUpdate: NOW - 5 * DAY,
      ...(revoked === undefined ? {} : { revoked }),
      ...changes,
    });
  const delta =
    (revoked?: Revoked, changes: Partial<CrlRecipe> = {}) =>
    (cast: Cast): CrlRecipe => ({
      issuer: cast.ca,
      number: 5,
      baseNumber: 3,
      ...(revoked === undefined ? {} : { revoked }),
      ...changes,
    });
  const freshest: Pick<Recipe, 'leafExtensions'> = {
    leafExtensions: () => [extension('2.5.29.46', distributionValue())],
  };
  const both = (...makers: readonly ((cast: Cast) => CrlRecipe)[]): Recipe => ({
    lists: (cast) => makers.map((one) => one(cast)),
    ...freshest,
  });
  const past = { thisUpdate: NOW - 9 * DAY, nextUpdate: NOW - DAY };
  return [
    row('a delta that adds nothing', 'good', both(base(), delta())),
    row('a delta that adds it', 'revoked', both(base(), delta(listed()))),
    row('a delta that puts it on hold', 'on_hold', both(base(), delta(listed({ reason: 6 })))),
    row(
      'a delta that lifts the hold',
      'good',
      both(base(listed({ reason: 6 })), delta(listed({ reason: 8 }))),
    ),
    row('a hold that no delta lifts', 'on_hold', both(base(listed({ reason: 6 })), delta())),
    row('a delta of a later base', 'good', both(base(), delta(listed(), { baseNumber: 4 }))),
    row('a delta of an earlier base', 'revoked', both(base(), delta(listed(), { baseNumber: 2 }))),
    row('a delta older than the base', 'good', both(base(), delta(listed(), { baseNumber: 1, number: 2 }))),
    row(
      'a delta of the past',
      'good',
      both(base(), delta(listed(), past)),
      'RFC 5280 §6.3.3: the complete list is current by itself; OpenSSL takes the word of a delta that is not',
    ),
    row(
      'a forged delta',
      'good',
      both(base(), delta(listed(), { signer: stranger })),
      'RFC 5280 §6.3.3 (h): a delta whose signature does not verify is not used; the complete list is current by itself',
    ),
    row(
      'a delta of another scope',
      'good',
      both(base(), delta(listed(), { extensions: [issuingPoint({ user: true })] })),
    ),
    row('a delta alone', 'not_checked', both(delta(listed()))),
    row('a base of the past with a current delta', 'good', both(base(undefined, past), delta())),
  ];
}

function distributionValue(): Uint8Array {
  return der.sequence(der.sequence(der.context(0, der.context(0, uri('http://crl.example/delta')))));
}
