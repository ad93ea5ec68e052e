/**
 * The valid policies of a path (RFC 5280 §6.1.2 to §6.1.5), kept as the graph of RFC 9618: a node for each policy at
 * each depth with edges to the policies above that allow it. A tree would have a node for each way up, which mappings
 * multiply at each depth; the graph never has more nodes and edges than the certificates have policies and mappings.
 */

import type { Certificate } from '../certificate.js';
import { isSelfIssued } from '../self-issued.js';
import { ANY_POLICY, type PolicyExtensions, policyExtensions } from './policy-extensions.js';
import { type PathFault, quoted } from './verdict.js';

/** What the user asks of policies (RFC 5280 §6.1.1 (c) to (g)); by default nothing. */
export type PolicyOptions = {
  /** user-initial-policy-set, dotted; any policy where it is empty or absent. */
  readonly acceptable?: readonly string[];
  /** initial-explicit-policy: the path must be valid for an acceptable policy. */
  readonly requireExplicit?: boolean;
  /** initial-any-policy-inhibit. */
  readonly inhibitAny?: boolean;
  /** initial-policy-mapping-inhibit. */
  readonly inhibitMapping?: boolean;
};

/** The policies at one depth. */
type Level = {
  /** Policy to the policies one depth above that allow it; empty where it is anyPolicy that does. */
  nodes: Map<string, readonly string[]>;
  /** Whether anyPolicy is valid at this depth. */
  hasAny: boolean;
};

/** RFC 5280 §6.1.2 (d) to (f): certificates that may follow before each rule takes effect. */
type Counters = { explicit: number; mapping: number; any: number };

/** Judges the policies of a path, from the leaf to the anchor, whose own extensions do not count (§6.1). */
export function judgePolicies(
  path: readonly Certificate[],
  options: PolicyOptions = {},
): PathFault | undefined {
  const length = path.length - 1;
  if (length === 0) return undefined;
  const counters: Counters = {
    explicit: options.requireExplicit === true ? 0 : length + 1,
    mapping: options.inhibitMapping === true ? 0 : length + 1,
    any: options.inhibitAny === true ? 0 : length + 1,
  };
  const levels: Level[] = [{ nodes: new Map(), hasAny: true }];
  for (let index = length - 1; index >= 0; index--) {
    const certificate = path[index] as Certificate;
    const extensions = policyExtensions(certificate);
    if ('problem' in extensions) {
      return { status: 'malformed', reason: `In ${quoted(certificate)} the ${extensions.problem}.` };
    }
    const level = levels[levels.length - 1] as Level;
    const selfIssued = isSelfIssued(certificate);
    constrain(level, extensions, counters.any > 0 || (index > 0 && selfIssued));
    if (counters.explicit === 0 && isEmpty(level)) return noPolicy(certificate, options);
    if (index > 0) {
      levels.push(nextLevel(level, extensions, counters.mapping > 0));
      if (!selfIssued) countDown(counters);
    } else if (counters.explicit > 0) {
      counters.explicit--;
    }
    apply(counters, extensions, index === 0);
  }
  const isAccepted = counters.explicit > 0 || accepts(levels, options.acceptable ?? []);
  return isAccepted ? undefined : noPolicy(path[0] as Certificate, options);
}

/** §6.1.3 (d) and (e): of what the issuers allow, what the certificate names too. */
function constrain(level: Level, { policies }: PolicyExtensions, anyAllowed: boolean): void {
  if (policies === undefined) {
    level.nodes = new Map();
    level.hasAny = false;
    return;
  }
  const hadAny = level.hasAny;
  level.hasAny = hadAny && anyAllowed && policies.has(ANY_POLICY);
  if (!(anyAllowed && policies.has(ANY_POLICY))) {
    for (const policy of level.nodes.keys()) if (!policies.has(policy)) level.nodes.delete(policy);
  }
  if (!hadAny) return;
  for (const policy of policies) {
    if (policy !== ANY_POLICY && !level.nodes.has(policy)) level.nodes.set(policy, []);
  }
}

/** §6.1.4 (a) and (b): the policies that the next certificate may name, by its own names for them. */
function nextLevel(level: Level, { mappings }: PolicyExtensions, mappingAllowed: boolean): Level {
  const expected = new Map<string, string[]>();
  const mapped = new Set(mappings.map(([issuer]) => issuer));
  if (mappingAllowed) {
    if (level.hasAny) {
      for (const issuer of mapped) if (!level.nodes.has(issuer)) level.nodes.set(issuer, []);
    }
    for (const [issuer, subject] of mappings) if (level.nodes.has(issuer)) connect(expected, subject, issuer);
  } else {
    for (const issuer of mapped) level.nodes.delete(issuer);
  }
  for (const policy of level.nodes.keys()) if (!mapped.has(policy)) connect(expected, policy, policy);
  return { nodes: expected, hasAny: level.hasAny };
}

function connect(nodes: Map<string, string[]>, policy: string, parent: string): void {
  const parents = nodes.get(policy);
  if (parents === undefined) nodes.set(policy, [parent]);
  else parents.push(parent);
}

/** §6.1.4 (h): not for certificates that a CA issued to itself. */
function countDown(counters: Counters): void {
  counters.explicit = Math.max(0, counters.explicit - 1);
  counters.mapping = Math.max(0, counters.mapping - 1);
  counters.any = Math.max(0, counters.any - 1);
}

/** §6.1.4 (i) and (j); at the end of the path only an explicit policy asked for at once counts (§6.1.5 (b)). */
function apply(counters: Counters, extensions: PolicyExtensions, isLast: boolean): void {
  const {
    requireExplicitPolicy: explicit,
    inhibitPolicyMapping: mapping,
    inhibitAnyPolicy: any,
  } = extensions;
  if (isLast) {
    if (explicit === 0) counters.explicit = 0;
    return;
  }
  if (explicit !== undefined) counters.explicit = Math.min(counters.explicit, explicit);
  if (mapping !== undefined) counters.mapping = Math.min(counters.mapping, mapping);
  if (any !== undefined) counters.any = Math.min(counters.any, any);
}

function isEmpty({ nodes, hasAny }: Level): boolean {
  return nodes.size === 0 && !hasAny;
}

/** §6.1.5 (g): whether what the leaf names goes back to a policy that the user accepts. */
function accepts(levels: readonly Level[], acceptable: readonly string[]): boolean {
  const last = levels[levels.length - 1] as Level;
  if (isEmpty(last)) return false;
  const wanted = new Set(acceptable);
  // Where anyPolicy holds to the end, each policy of the user does.
  if (wanted.size === 0 || wanted.has(ANY_POLICY) || last.hasAny) return true;
  let reached: Iterable<string> = last.nodes.keys();
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const above = new Set<string>();
    for (const policy of reached) {
      const parents = (levels[depth] as Level).nodes.get(policy) ?? [];
      // Its parent is anyPolicy: here the policy has the name that the user knows it by.
      if (parents.length === 0 && wanted.has(policy)) return true;
      for (const parent of parents) above.add(parent);
    }
    reached = above;
  }
  return false;
}

function noPolicy(certificate: Certificate, { acceptable = [] }: PolicyOptions): PathFault {
  const which = acceptable.length === 0 ? 'no policy' : `none of the policies ${acceptable.join(', ')}`;
  return {
    status: 'policy_not_accepted',
    reason: `An explicit policy is required, and ${which} holds from the trust anchor down to ${quoted(certificate)} (RFC 5280 §6.1.5).`,
  };
}
