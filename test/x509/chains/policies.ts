/** Chains with certificate policies, mappings and constraints (RFC 5280 §6.1.2 to §6.1.5). */

import type { ChainStatus, PolicyOptions } from '../../../src/x509/chain.js';
import * as der from '../../support/der.js';
import { extension } from '../make.js';
import { type Chain, makeChain } from './case.js';
import {
  ANY_POLICY,
  certificatePolicies,
  inhibitAnyPolicy,
  P1,
  P2,
  P3,
  policyConstraints,
  policyMappings,
} from './extensions.js';

const ANY = [ANY_POLICY];
const SETS: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['none', undefined],
  ['P1', [P1]],
  ['P2', [P2]],
  ['any', ANY],
  ['P1+P2', [P1, P2]],
];

/** What the user may ask. */
export const QUESTIONS: readonly (readonly [string, PolicyOptions])[] = [
  ['nothing', {}],
  ['explicit', { requireExplicit: true }],
  ['explicit P1', { requireExplicit: true, acceptable: [P1] }],
  ['P2', { acceptable: [P2] }],
  ['explicit, no any', { requireExplicit: true, inhibitAny: true }],
  ['explicit P2, no mapping', { requireExplicit: true, acceptable: [P2], inhibitMapping: true }],
];

function named(set: readonly string[] | undefined): Uint8Array[] {
  return set === undefined ? [] : [certificatePolicies(set)];
}

/** Every pair of policy sets in CA and leaf; what is right of each question is left to an outside judge. */
export function policyGrid(): Chain[] {
  const pairs = SETS.flatMap(([upper, above]) =>
    SETS.map(([lower, below]) =>
      makeChain(`CA ${upper}, leaf ${lower}`, { extensions: [named(above), named(below)] }),
    ),
  );
  const mapped = SETS.flatMap(([lower, below]) =>
    [[[P1, P2] as const], [[P1, P2] as const, [P1, P3] as const], [[P3, P2] as const]].map((mapping) =>
      makeChain(`CA P1 mapping ${mapping.length} ${mapping[0]?.[0] === P3 ? 'from P3' : ''}, leaf ${lower}`, {
        extensions: [[certificatePolicies([P1]), policyMappings(...mapping)], named(below)],
      }),
    ),
  );
  const limits = [0, 1, 2].flatMap((skip) =>
    SETS.slice(0, 4).flatMap(([lower, below]) => [
      makeChain(`requireExplicitPolicy ${skip}, leaf ${lower}`, {
        extensions: [
          [certificatePolicies(ANY), policyConstraints({ explicit: skip })],
          named(ANY),
          named(below),
        ],
      }),
      makeChain(`inhibitAnyPolicy ${skip}, leaf ${lower}`, {
        extensions: [[certificatePolicies(ANY), inhibitAnyPolicy(skip)], named(ANY), named(below)],
      }),
      makeChain(`inhibitPolicyMapping ${skip}, leaf ${lower}`, {
        extensions: [
          [certificatePolicies(ANY), policyConstraints({ mapping: skip })],
          [certificatePolicies([P1]), policyMappings([P1, P2])],
          named(below),
        ],
      }),
    ]),
  );
  return [...pairs, ...mapped, ...limits];
}

/** The same for each question. */
export function askedGrid(): Chain[] {
  return QUESTIONS.flatMap(([question, policies]) =>
    policyGrid().map((chain) => ({ ...chain, name: `${chain.name}; asked for ${question}`, policies })),
  );
}

const UNPROCESSED =
  'RFC 5280 §4.2: an extension that is recognized must be processed; OpenSSL looks at it only where a policy is required';

/** Chains whose right answers are written by hand. */
export function policyChains(): Chain[] {
  const explicit: PolicyOptions = { requireExplicit: true };
  const accept = (...acceptable: readonly string[]): PolicyOptions => ({ requireExplicit: true, acceptable });
  const row = (
    name: string,
    status: ChainStatus,
    extensions: readonly (readonly Uint8Array[])[],
    policies: PolicyOptions = {},
    opensslDiffers?: string,
  ): Chain => ({
    ...makeChain(name, { extensions }),
    status,
    policies,
    ...(opensslDiffers === undefined ? {} : { opensslDiffers }),
  });
  const p = certificatePolicies;
  const refused = 'policy_not_accepted';
  return [
    row('no policies, none asked for', 'valid', [[], []]),
    row('no policies, one asked for', refused, [[], []], explicit),
    row('the same policy throughout', 'valid', [[p([P1])], [p([P1])]], explicit),
    row('the policy asked for', 'valid', [[p([P1])], [p([P1])]], accept(P1)),
    row('another policy than the one asked for', refused, [[p([P1])], [p([P1])]], accept(P2)),
    row('anyPolicy asked for', 'valid', [[p([P1])], [p([P1])]], accept(ANY_POLICY)),
    row('a policy that the CA does not have', refused, [[p([P1])], [p([P2])]], explicit),
    row('a leaf without policy', refused, [[p([P1])], []], explicit),
    row('a CA without policy', refused, [[], [p([P1])]], explicit),
    row('anyPolicy in the CA', 'valid', [[p(ANY)], [p([P1])]], accept(P1)),
    row('anyPolicy in both', 'valid', [[p(ANY)], [p(ANY)]], accept(P3)),
    row('anyPolicy in the leaf', 'valid', [[p([P1])], [p(ANY)]], accept(P1)),
    row('anyPolicy in the leaf, another asked for', refused, [[p([P1])], [p(ANY)]], accept(P2)),
    row('anyPolicy inhibited from the start', refused, [[p(ANY)], [p([P1])]], {
      ...explicit,
      inhibitAny: true,
    }),
    row('requireExplicitPolicy 0', refused, [[policyConstraints({ explicit: 0 })], []]),
    row('requireExplicitPolicy 0 that is met', 'valid', [
      [p([P1]), policyConstraints({ explicit: 0 })],
      [p([P1])],
    ]),
    row('requireExplicitPolicy 1 at the leaf', refused, [[policyConstraints({ explicit: 1 })], []]),
    row('requireExplicitPolicy 2 beyond the leaf', 'valid', [[policyConstraints({ explicit: 2 })], []]),
    row('requireExplicitPolicy 0 in the leaf itself', refused, [[], [policyConstraints({ explicit: 0 })]]),
    row('requireExplicitPolicy 1 in the leaf itself', 'valid', [[], [policyConstraints({ explicit: 1 })]]),
    row('inhibitAnyPolicy 0', refused, [[p(ANY), inhibitAnyPolicy(0)], [p(ANY)]], explicit),
    row('inhibitAnyPolicy 1', 'valid', [[p(ANY), inhibitAnyPolicy(1)], [p(ANY)]], explicit),
    row('a mapping', 'valid', [[p([P1]), policyMappings([P1, P2])], [p([P2])]], accept(P1)),
    row(
      'a mapping, by the name below',
      refused,
      [[p([P1]), policyMappings([P1, P2])], [p([P2])]],
      accept(P2),
    ),
    row(
      'a mapping, the leaf by the name above',
      refused,
      [[p([P1]), policyMappings([P1, P2])], [p([P1])]],
      explicit,
    ),
    row('a mapping to two', 'valid', [[p([P1]), policyMappings([P1, P2], [P1, P3])], [p([P3])]], accept(P1)),
    row(
      'two mapped to one',
      'valid',
      [[p([P1, P2]), policyMappings([P1, P3], [P2, P3])], [p([P3])]],
      accept(P2),
    ),
    row(
      'a mapping of a policy that is not there',
      refused,
      [[p([P1]), policyMappings([P2, P3])], [p([P3])]],
      explicit,
    ),
    row('a mapping out of anyPolicy', 'valid', [[p(ANY), policyMappings([P1, P2])], [p([P2])]], accept(P1)),
    row(
      'mappings in two steps',
      'valid',
      [[p([P1]), policyMappings([P1, P2])], [p([P2]), policyMappings([P2, P3])], [p([P3])]],
      accept(P1),
    ),
    row('a mapping that is inhibited', refused, [[p([P1]), policyMappings([P1, P2])], [p([P2])]], {
      ...explicit,
      inhibitMapping: true,
    }),
    row(
      'inhibitPolicyMapping 0',
      refused,
      [[p([P1]), policyConstraints({ mapping: 0 })], [p([P1]), policyMappings([P1, P2])], [p([P2])]],
      explicit,
    ),
    row(
      'inhibitPolicyMapping 1',
      'valid',
      [[p([P1]), policyConstraints({ mapping: 1 })], [p([P1]), policyMappings([P1, P2])], [p([P2])]],
      explicit,
    ),
    row('a mapping of anyPolicy', 'malformed', [[p([P1]), policyMappings([ANY_POLICY, P2])], [p([P2])]]),
    row('a mapping to anyPolicy', 'malformed', [[p([P1]), policyMappings([P1, ANY_POLICY])], [p([P2])]]),
    row('one policy twice', 'malformed', [[p([P1, P1])], [p([P1])]]),
    row('policies that are none', 'malformed', [[extension('2.5.29.32', der.integer(1))], []]),
    row(
      'an empty list of policies',
      'malformed',
      [[extension('2.5.29.32', der.sequence())], []],
      {},
      UNPROCESSED,
    ),
    row('policyConstraints that are empty', 'malformed', [
      [extension('2.5.29.36', der.sequence(), true)],
      [],
    ]),
    row('a negative inhibitAnyPolicy', 'malformed', [[inhibitAnyPolicy(-1)], []], {}, UNPROCESSED),
    row(
      'an inhibitAnyPolicy that is no number',
      'malformed',
      [[extension('2.5.29.54', der.boolean(true), true)], []],
      {},
      UNPROCESSED,
    ),
    row(
      'a critical policy with a qualifier that is not known',
      'malformed',
      [
        [],
        [
          extension(
            '2.5.29.32',
            der.sequence(
              der.sequence(der.oid(P1), der.sequence(der.sequence(der.oid('1.2.3.4'), der.utf8String('x')))),
            ),
            true,
          ),
        ],
      ],
      {},
      'RFC 5280 §4.2.1.4: where the extension is critical, its qualifiers must be interpreted or the certificate refused',
    ),
  ];
}
