import { describe, expect, test } from 'vitest';
import { type Chain, judge } from './case.js';
import { formatChains } from './formats.js';
import { nameChains } from './names.js';
import { policyChains } from './policies.js';
import { revocationChains } from './revocations.js';

const GROUPS: readonly (readonly [string, readonly Chain[]])[] = [
  ['name constraints (RFC 5280 §4.2.1.10)', nameChains()],
  ['policies (RFC 5280 §6.1.5)', policyChains()],
  ['revocation lists (RFC 5280 §6.3)', revocationChains()],
  ['formats and names (RFC 5280 §4, §7.1)', formatChains()],
];

describe.each(GROUPS)('%s', (_, chains) => {
  test.each(chains.map((chain) => [chain.name, chain] as const))('%s', (__, chain) => {
    const verdict = judge(chain);
    expect(verdict.reason).toMatch(/^["A-Z].*\.\)?$/s);
    expect({ status: verdict.status, reason: verdict.reason }).toMatchObject({ status: chain.status });
    if (chain.revocation !== undefined) {
      expect(verdict.revocation).toMatchObject({
        status: chain.revocation,
        reason: expect.stringMatching(/\.$/),
      });
    }
  });
});
