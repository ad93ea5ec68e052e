/**
 * Every chain that the generators make, judged as `openssl verify` judges it. Where the two differ, the chain says why
 * by the text of the RFC, and the test holds that they do differ.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../../src/x509/certificate.js';
import type { Crl } from '../../../src/x509/revocation/crl.js';
import { hasOpenssl } from '../../support/peers.js';
import { pem } from '../make.js';
import { type Chain, judge, NOW } from './case.js';
import { ANY_POLICY } from './extensions.js';
import { formatChains } from './formats.js';
import { nameChains } from './names.js';
import { askedGrid, policyChains } from './policies.js';
import { revocationChains } from './revocations.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siplens-openssl-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function crlPem(lists: readonly Crl[]): string {
  return lists
    .map(
      ({ der }) =>
        `-----BEGIN X509 CRL-----\n${Buffer.from(der)
          .toString('base64')
          .replace(/.{64}(?=.)/g, '$&\n')}\n-----END X509 CRL-----\n`,
    )
    .join('');
}

function questionOf({ policies = {}, crls }: Chain): readonly string[] {
  return [
    '-policy_check',
    ...(policies.requireExplicit === true ? ['-explicit_policy'] : []),
    ...(policies.inhibitAny === true ? ['-inhibit_any'] : []),
    ...(policies.inhibitMapping === true ? ['-inhibit_map'] : []),
    // Without a policy OpenSSL takes the user's set for empty; RFC 5280 §6.1.1 (c) takes it for any-policy.
    ...(policies.acceptable ?? [ANY_POLICY]).flatMap((policy) => ['-policy', policy]),
    ...(crls === undefined ? [] : ['-crl_check_all', '-extended_crl', '-use_deltas']),
  ];
}

/** Which of the chains OpenSSL takes; those that ask the same share one run, as all names in them are their own. */
function takenByOpenssl(chains: readonly Chain[]): ReadonlyMap<Chain, boolean> {
  const taken = new Map<Chain, boolean>();
  const runs = new Map<string, Chain[]>();
  chains.forEach((chain) => {
    const question = questionOf(chain).join(' ');
    runs.set(question, [...(runs.get(question) ?? []), chain]);
  });
  for (const [question, together] of runs) {
    const write = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const all = (pick: (chain: Chain) => readonly Certificate[]): string => pem(...together.flatMap(pick));
    const leaves = together.map(({ leaf }, index) => write(`leaf-${index}.pem`, pem(leaf)));
    const lists = together.flatMap(({ crls }) => crls ?? []);
    const { stdout, stderr } = spawnSync(
      'openssl',
      [
        ...['verify', '-auth_level', '0', '-attime', String(NOW), '-no-CApath', '-no-CAstore'],
        ...[
          '-CAfile',
          write(
            'anchors.pem',
            all(({ anchors }) => anchors),
          ),
        ],
        ...[
          '-untrusted',
          write(
            'untrusted.pem',
            all(({ intermediates }) => intermediates),
          ),
        ],
        ...(lists.length === 0 ? [] : ['-CRLfile', write('lists.pem', crlPem(lists))]),
        ...question.split(' '),
        ...leaves,
      ],
      { encoding: 'utf8', maxBuffer: 64 << 20 },
    );
    together.forEach((chain, index) => {
      taken.set(chain, stdout.includes(`${leaves[index]}: OK`));
    });
    if (!`${stdout}${stderr}`.includes(leaves[leaves.length - 1] as string)) throw new Error(stderr);
  }
  return taken;
}

/** Whether siplens lets a chain pass; where lists are asked for, only one that they show to be good. */
function passes(chain: Chain): boolean {
  const { status, revocation } = judge(chain);
  return status === 'valid' && (chain.crls === undefined || revocation?.status === 'good');
}

describe.skipIf(!hasOpenssl)('openssl verify', () => {
  test.each([
    ['name constraints', nameChains()],
    ['policies', policyChains()],
    ['policies of every pair, for every question', askedGrid()],
    ['revocation lists', revocationChains()],
    ['formats and names', formatChains()],
  ])('judges %s as siplens does', (_, chains) => {
    const taken = takenByOpenssl(chains);
    const differing = chains.filter((chain) => passes(chain) !== taken.get(chain));
    const explained = chains.filter(({ opensslDiffers }) => opensslDiffers !== undefined);
    expect(differing.map(({ name }) => name)).toEqual(explained.map(({ name }) => name));
  });

  test('was asked about at least 300 chains', () => {
    const all = [nameChains(), policyChains(), askedGrid(), revocationChains(), formatChains()].flat();
    expect(all.length).toBeGreaterThan(300);
  });
});
