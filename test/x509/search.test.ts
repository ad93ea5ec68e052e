import { createPrivateKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Asn1Node, encoded } from '../../src/asn1/node.js';
import { parseAsn1 } from '../../src/asn1/parse.js';
import { readInteger } from '../../src/asn1/values.js';
import type { Certificate } from '../../src/x509/certificate.js';
import { type PolicyOptions, SIGNATURE_CHECKS_LIMIT, verifyChain } from '../../src/x509/chain.js';
import { nameKey, sameName } from '../../src/x509/name-key.js';
import { CrlStore } from '../../src/x509/revocation/crl-store.js';
import { CertificateStore } from '../../src/x509/store.js';
import * as der from '../support/der.js';
import { makeChain, NOW, owner } from './chains/case.js';
import {
  altNames,
  certificatePolicies,
  common,
  dns,
  nameConstraints,
  policyMappings,
  rdn,
} from './chains/extensions.js';
import { makeCrl } from './chains/make-crl.js';
import { extension, make, type Party, party } from './make.js';

const root = owner('search root', 0);
const anchor = make({ subject: root, issuer: root, ca: true });

function judge(leaf: Certificate, intermediates: readonly Certificate[], policies?: PolicyOptions) {
  return verifyChain(leaf, {
    anchors: new CertificateStore([anchor]),
    intermediates: new CertificateStore(intermediates),
    atSeconds: NOW,
    policies,
  });
}

/** CAs of one name and different keys, none of which signed the leaf. */
function impostors(
  name: string,
  count: number,
  changes: Partial<Parameters<typeof make>[0]> = {},
): Certificate[] {
  return Array.from({ length: count }, () =>
    make({ subject: { ...party(name), name }, issuer: root, ca: true, ...changes }),
  );
}

describe('a search for issuers', () => {
  const ca = owner('search CA', 1);
  const leaf = make({ subject: owner('search leaf', 2), issuer: ca });
  const right = make({ subject: ca, issuer: root, ca: true });

  test('ends at its limit of signature checks, and says what was left out', () => {
    const verdict = judge(leaf, [...impostors(ca.name, SIGNATURE_CHECKS_LIMIT + 20), right]);
    expect(verdict.status).toBe('bad_signature');
    expect(verdict.reason).toContain(
      `The search ended at its limit of ${SIGNATURE_CHECKS_LIMIT} signature checks: other issuers of these names were not tried.`,
    );
  });

  test('tries the one that the key identifier names first', () => {
    const identifier = Uint8Array.of(1, 2, 3);
    const named = make({
      subject: owner('search leaf', 2),
      issuer: ca,
      extensions: [extension('2.5.29.35', der.sequence(der.contextPrimitive(0, identifier)))],
    });
    const own = make({ subject: ca, issuer: root, ca: true, keyIdentifier: identifier });
    const others = impostors(ca.name, SIGNATURE_CHECKS_LIMIT + 20, { keyIdentifier: Uint8Array.of(9) });
    expect(judge(named, [...others, own]).status).toBe('valid');
  });

  test('does not spend checks on keys that cannot have signed', () => {
    const rsa = Array.from({ length: 3 }, () => party(ca.name, 'rsa'));
    const others = Array.from({ length: SIGNATURE_CHECKS_LIMIT + 20 }, (_, index) =>
      make({ subject: { ...(rsa[index % 3] as Party), name: ca.name }, issuer: root, ca: true }),
    );
    expect(judge(leaf, [...others, right]).status).toBe('valid');
  });

  test('more certificates make no answer worse', () => {
    const bad = [
      make({ subject: ca, issuer: root, ca: true, notAfter: NOW - 1 }),
      make({ subject: ca, issuer: root, ca: false }),
      make({
        subject: ca,
        issuer: root,
        ca: true,
        extensions: [extension('1.2.3.4', der.nullValue(), true)],
      }),
      ...impostors(ca.name, 5),
    ];
    expect(judge(leaf, bad).status).not.toBe('valid');
    expect(judge(leaf, [...bad, right]).status).toBe('valid');
    expect(judge(leaf, [right, ...bad]).status).toBe('valid');
  });

  test('ends soon where its certificates all signed one another', () => {
    const mesh = Array.from({ length: 8 }, (_, index) => ({ ...party('mesh'), name: `mesh ${index}` }));
    const intermediates = mesh.flatMap((subject) =>
      mesh.filter((issuer) => issuer !== subject).map((issuer) => make({ subject, issuer, ca: true })),
    );
    const end = make({ subject: owner('mesh leaf', 2), issuer: mesh[0] as Party });
    const started = performance.now();
    // The second search has the signatures of the first, and must not take the more steps for it.
    for (let round = 0; round < 4; round++) expect(judge(end, intermediates).status).toBe('unknown_issuer');
    expect(performance.now() - started).toBeLessThan(4000);
  });

  test('asks again where revocation lists were added, and remembers their dates', () => {
    const crls = new CrlStore();
    const end = make({ subject: owner('listed leaf', 2), issuer: root, serial: 4242 });
    const intermediates = new CertificateStore();
    const anchors = new CertificateStore([anchor]);
    const ask = (atSeconds: number) =>
      verifyChain(end, { anchors, intermediates, atSeconds, crls }).revocation?.status;
    expect(ask(NOW)).toBe('not_checked');
    crls.add(makeCrl({ issuer: root, nextUpdate: NOW + 100 }));
    expect([ask(NOW), ask(NOW + 100), ask(NOW + 101), ask(NOW)]).toEqual([
      'good',
      'good',
      'not_checked',
      'good',
    ]);
    crls.add(makeCrl({ issuer: root, revoked: [{ serial: 4242 }] }));
    expect(ask(NOW)).toBe('revoked');
  });

  test('says that nothing is known of revocation, and never that it is good', () => {
    const { revocation, status } = judge(leaf, [right]);
    expect(status).toBe('valid');
    expect(revocation).toEqual({
      status: 'not_checked',
      reason: 'Revocation was not checked: no CRL and no OCSP response was given.',
    });
    expect(judge(leaf, []).revocation).toBeUndefined();
  });
});

describe('DSA parameters that are inherited (RFC 3279 §2.3.2)', () => {
  const DSA = '1.2.840.10040.4.1';
  const power = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
    let result = 1n;
    for (let left = exponent, square = base; left > 0n; left >>= 1n, square = (square * square) % modulus) {
      if ((left & 1n) === 1n) result = (result * square) % modulus;
    }
    return result;
  };

  /** Another key of the same parameters, and its SubjectPublicKeyInfo without them. */
  function sibling(name: string, of: Party, x: bigint): Party {
    const { root: spki } = parseAsn1(of.spki);
    const parameters = spki?.children[0]?.children[1] as Asn1Node;
    const [p, , g] = parameters.children.map((node) => readInteger(of.spki, node) as bigint);
    const y = power(g as bigint, x, p as bigint);
    const algorithm = der.sequence(der.oid(DSA), encoded(of.spki, parameters));
    const key = der.sequence(der.integer(0), algorithm, der.octetString(der.integer(x)));
    return {
      name,
      privateKey: createPrivateKey({ key: Buffer.from(key), format: 'der', type: 'pkcs8' }),
      spki: der.sequence(der.sequence(der.oid(DSA)), der.bitString(der.integer(y))),
    };
  }

  const top = party('DSA top', 'dsa');
  const algorithm = 'dsa-sha256' as const;
  const anchors = new CertificateStore([make({ subject: top, issuer: top, ca: true, algorithm })]);
  const middle = sibling('DSA middle', top, 0x1234_5678_9abcn);
  const lower = sibling('DSA lower', top, 0xfedc_ba98_7654n);
  const middleCertificate = make({ subject: middle, issuer: top, ca: true, algorithm });
  const lowerCertificate = make({ subject: lower, issuer: middle, ca: true, algorithm });

  const judgeUnder = (leaf: Certificate, ...intermediates: readonly Certificate[]) =>
    verifyChain(leaf, { anchors, intermediates: new CertificateStore(intermediates), atSeconds: NOW });

  test('come from the certificate above', () => {
    const leaf = make({ subject: party('leaf'), issuer: middle, algorithm });
    expect(judgeUnder(leaf, middleCertificate).status).toBe('valid');
  });

  test('come from two above where that one inherits them too', () => {
    const leaf = make({ subject: party('leaf'), issuer: lower, algorithm });
    expect(judgeUnder(leaf, middleCertificate, lowerCertificate).status).toBe('valid');
  });

  test('do not make a signature of another key hold', () => {
    const other = sibling('DSA middle', top, 0x7777_7777n);
    const leaf = make({ subject: party('leaf'), issuer: other, algorithm });
    expect(judgeUnder(leaf, middleCertificate).status).toBe('bad_signature');
  });

  test('are not there where nothing above has any', () => {
    const leaf = make({ subject: party('leaf'), issuer: middle, algorithm });
    const verdict = verifyChain(leaf, {
      anchors: new CertificateStore([middleCertificate]),
      intermediates: new CertificateStore(),
      atSeconds: NOW,
    });
    expect(verdict.status).toBe('unsupported_algorithm');
  });
});

describe('work that certificates ask for', () => {
  test('mappings of every policy to every other stay linear in their number', () => {
    const policies = Array.from({ length: 24 }, (_, index) => `1.3.6.1.4.1.32473.9.${index}`);
    const all = certificatePolicies(policies);
    const every = policyMappings(
      ...policies.flatMap((one) =>
        policies.filter((other) => other !== one).map((other) => [one, other] as const),
      ),
    );
    const chain = makeChain('mesh of policies', {
      extensions: [...Array.from({ length: 9 }, () => [all, every]), [all]],
    });
    const started = performance.now();
    const verdict = verifyChain(chain.leaf, {
      anchors: new CertificateStore(chain.anchors),
      intermediates: new CertificateStore(chain.intermediates),
      atSeconds: NOW,
      policies: { requireExplicit: true, acceptable: [policies[3] as string] },
    });
    expect(verdict.status).toBe('valid');
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test('many names under many constraints are refused, not compared for hours', () => {
    const names = Array.from({ length: 3000 }, (_, index) => dns(`h${index}.example`));
    const chain = makeChain('many names', {
      extensions: [[nameConstraints({ permitted: names })], [altNames(...names)]],
    });
    const started = performance.now();
    const verdict = verifyChain(chain.leaf, {
      anchors: new CertificateStore(chain.anchors),
      intermediates: new CertificateStore(chain.intermediates),
      atSeconds: NOW,
    });
    expect(verdict).toMatchObject({
      status: 'name_not_permitted',
      reason: expect.stringContaining('more names than'),
    });
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('nameKey (RFC 5280 §7.1)', () => {
  const name = (...rdns: readonly Uint8Array[]): Uint8Array => der.sequence(...rdns);
  const organization = (value: Uint8Array): Uint8Array => name(rdn('2.5.4.10', value));
  test.each<[string, Uint8Array, Uint8Array, boolean]>([
    ['soft hyphens', organization(der.utf8String('Ac\u00adme')), organization(der.utf8String('Acme')), true],
    ['a tab for a space', organization(der.utf8String('A\tB')), organization(der.utf8String('a b')), true],
    ['ß and SS', organization(der.utf8String('Straße')), organization(der.utf8String('STRASSE')), true],
    [
      'composed and not',
      organization(der.utf8String('B\u00fcro')),
      organization(der.utf8String('Bu\u0308ro')),
      true,
    ],
    ['other attribute', organization(der.utf8String('x')), name(common('x')), false],
    ['no string', organization(der.integer(1)), organization(der.utf8String('#020101')), false],
    [
      'two attributes in one and in two names',
      name(
        der.set(
          der.sequence(der.oid('2.5.4.3'), der.utf8String('a')),
          der.sequence(der.oid('2.5.4.10'), der.utf8String('b')),
        ),
      ),
      name(common('a'), rdn('2.5.4.10', der.utf8String('b'))),
      false,
    ],
    ['a separator inside', name(common('a+2.5.4.3=1:b')), name(common('a'), common('b')), false],
    ['empty names', name(), name(), true],
    ['nothing that is a name', Buffer.from('ab'), Buffer.from('ac'), false],
  ])('%s', (_, a, b, same) => {
    expect(sameName(a, b)).toBe(same);
    expect(nameKey(a)).toBe(nameKey(new Uint8Array(a)));
  });
});
