/**
 * The extensions of which the valid-policy graph is made (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14), read
 * strictly: a value that cannot be read whole is undefined and refuses the certificate.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { isContext, isUniversal, TAG } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readOid } from '../../asn1/values.js';
import { derivedOnce } from '../../bytes/derived.js';
import type { Certificate } from '../certificate.js';
import { type Extension, readCount } from '../extensions.js';

export const ANY_POLICY = '2.5.29.32.0';
/** Qualifiers that RFC 5280 §4.2.1.4 defines: CPS pointer and user notice. */
const QUALIFIERS = new Set(['1.3.6.1.5.5.7.2.1', '1.3.6.1.5.5.7.2.2']);

/** What a certificate says of policies. */
export type PolicyExtensions = {
  /** Undefined where the extension is absent. */
  readonly policies?: ReadonlySet<string>;
  /** Pairs of issuerDomainPolicy and subjectDomainPolicy. */
  readonly mappings: readonly (readonly [issuer: string, subject: string])[];
  readonly requireExplicitPolicy?: number;
  readonly inhibitPolicyMapping?: number;
  readonly inhibitAnyPolicy?: number;
};

/** The extension that cannot be processed, and what is wrong with it (a clause). */
export type PolicyProblem = { readonly problem: string };

/** The policy extensions of a certificate; read once. */
export const policyExtensions = derivedOnce(({ extensions }: Certificate): PolicyExtensions | PolicyProblem =>
  readPolicyExtensions(extensions),
);

const NONE: PolicyExtensions = { mappings: [] };
const POLICY_EXTENSIONS = new Set(['2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54']);

function readPolicyExtensions(extensions: readonly Extension[]): PolicyExtensions | PolicyProblem {
  let found = NONE;
  for (const extension of extensions) {
    if (!POLICY_EXTENSIONS.has(extension.oid)) continue;
    const { root, error, trailing } = parseAsn1(extension.value);
    const isWhole = root !== undefined && error === undefined && trailing === 0;
    const part = isWhole ? readOne(extension, root) : 'cannot be read';
    if (typeof part === 'string') return { problem: `${NAMES[extension.oid]} extension ${part}` };
    found = { ...found, ...part };
  }
  return found;
}

const NAMES: Readonly<Record<string, string>> = {
  '2.5.29.32': 'certificatePolicies',
  '2.5.29.33': 'policyMappings',
  '2.5.29.36': 'policyConstraints',
  '2.5.29.54': 'inhibitAnyPolicy',
};

/** What one extension says, or what is wrong with it. */
function readOne({ oid, value, critical }: Extension, root: Asn1Node): Partial<PolicyExtensions> | string {
  switch (oid) {
    case '2.5.29.32':
      return readPolicies(value, root, critical);
    case '2.5.29.33':
      return readMappings(value, root);
    case '2.5.29.36':
      return readConstraints(value, root);
    default: {
      const inhibitAnyPolicy = isUniversal(root, TAG.integer) ? readCount(value, root) : undefined;
      return inhibitAnyPolicy === undefined ? 'is no number from 0 on' : { inhibitAnyPolicy };
    }
  }
}

function readPolicies(
  bytes: Uint8Array,
  root: Asn1Node,
  critical: boolean,
): Partial<PolicyExtensions> | string {
  const policies = new Set<string>();
  if (!isUniversal(root, TAG.sequence) || root.children.length === 0) return 'names no policy';
  for (const information of root.children) {
    const [oidNode, qualifiers] = information.children;
    const oid = oidOf(bytes, oidNode);
    if (oid === undefined) return 'cannot be read';
    if (policies.has(oid)) return `names the policy ${oid} twice`;
    policies.add(oid);
    // RFC 5280 §4.2.1.4: where it is critical, the qualifiers must be understood too.
    const unknown =
      critical &&
      qualifiers?.children.some(({ children: [type] }) => !QUALIFIERS.has(oidOf(bytes, type) ?? ''));
    if (unknown === true) return 'is critical and has a qualifier that is not known';
  }
  return { policies };
}

function readMappings(bytes: Uint8Array, root: Asn1Node): Partial<PolicyExtensions> | string {
  const mappings: (readonly [string, string])[] = [];
  if (!isUniversal(root, TAG.sequence) || root.children.length === 0) return 'maps no policy';
  for (const { children } of root.children) {
    const issuer = oidOf(bytes, children[0]);
    const subject = oidOf(bytes, children[1]);
    if (issuer === undefined || subject === undefined || children.length > 2) return 'cannot be read';
    // RFC 5280 §6.1.4 (a).
    if (issuer === ANY_POLICY || subject === ANY_POLICY) return 'maps anyPolicy';
    mappings.push([issuer, subject]);
  }
  return { mappings };
}

function readConstraints(bytes: Uint8Array, root: Asn1Node): Partial<PolicyExtensions> | string {
  if (!isUniversal(root, TAG.sequence) || root.children.length === 0) return 'is empty';
  let found: Partial<PolicyExtensions> = {};
  for (const node of root.children) {
    const count = readCount(bytes, node);
    if (count === undefined) return 'holds what is no number from 0 on';
    if (isContext(node, 0)) found = { ...found, requireExplicitPolicy: count };
    else if (isContext(node, 1)) found = { ...found, inhibitPolicyMapping: count };
    else return 'cannot be read';
  }
  return found;
}

function oidOf(bytes: Uint8Array, node: Asn1Node | undefined): string | undefined {
  return isUniversal(node, TAG.objectIdentifier) ? readOid(bytes, node) : undefined;
}
