/**
 * Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c)), critical or not: each name of each certificate lies in
 * the permitted subtrees of every issuer above it, and in none of the excluded ones.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { contents, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { derivedOnce } from '../../bytes/derived.js';
import type { Certificate } from '../certificate.js';
import { distinguishedName, generalName, nameAttributes } from '../name.js';
import { nameKeys } from '../name-key.js';
import { isSelfIssued } from '../self-issued.js';
import {
  type ConstrainedName,
  constrainedName,
  dnsName,
  hasPlainBounds,
  holds,
  mailboxName,
  type Subtree,
  subtree,
} from './subtrees.js';
import { type PathFault, quoted } from './verdict.js';

/** Most comparisons of a name with a subtree in one judgement, as in OpenSSL; they take some 50 ms. */
const COMPARISONS_LIMIT = 1 << 20;

type NameConstraints = { readonly permitted: readonly Subtree[]; readonly excluded: readonly Subtree[] };
type ShownName = { readonly shown: string; readonly name: ConstrainedName };

/** Judges the names of a path, from the leaf to the anchor; an anchor's own constraints hold too (RFC 5937 §3.2). */
export function judgeNames(path: readonly Certificate[]): PathFault | undefined {
  const work = { left: COMPARISONS_LIMIT };
  for (let above = path.length - 1; above > 0; above--) {
    const issuer = path[above] as Certificate;
    const constraints = constraintsOf(issuer);
    if (constraints === undefined) continue;
    if (constraints === 'unreadable') {
      return {
        status: 'malformed',
        reason: `The nameConstraints extension of ${quoted(issuer)} cannot be read.`,
      };
    }
    for (let index = above - 1; index >= 0; index--) {
      const certificate = path[index] as Certificate;
      // A CA that renews itself may do so under a name that it must not give to others.
      if (index > 0 && isSelfIssued(certificate)) continue;
      const fault = judgeOne(certificate, index === 0, constraints, work);
      if (fault === undefined) continue;
      const reason = `${quoted(issuer)} constrains names, and ${quoted(certificate)} ${fault} (RFC 5280 §4.2.1.10).`;
      return { status: 'name_not_permitted', reason };
    }
  }
  return undefined;
}

/** What is wrong with the names of one certificate, as a clause that goes on after it. */
function judgeOne(
  certificate: Certificate,
  isLeaf: boolean,
  { permitted, excluded }: NameConstraints,
  work: { left: number },
): string | undefined {
  for (const { shown, name } of namesOf(certificate, isLeaf)) {
    const sameForm = (one: Subtree): boolean =>
      one.form === name.form && (one.form !== 'other' || one.kind === (name as { kind?: string }).kind);
    work.left -= permitted.length + excluded.length;
    if (work.left < 0) return 'has more names than are compared';
    const allowed = permitted.filter(sameForm);
    const forbidden = excluded.filter(sameForm);
    if (allowed.length + forbidden.length === 0) continue;
    for (const base of forbidden) {
      const held = holds(base, name);
      if (held === undefined) return `names ${shown}, which cannot be compared with them`;
      if (held) return `names ${shown}, which is excluded`;
    }
    const answers = allowed.map((base) => holds(base, name));
    if (answers.includes(undefined)) return `names ${shown}, which cannot be compared with them`;
    if (allowed.length > 0 && !answers.includes(true)) return `names ${shown}, which is not permitted`;
  }
  return undefined;
}

/** Asked for with each certificate below it. */
const constraintsOf = derivedOnce((certificate: Certificate): NameConstraints | 'unreadable' | undefined => {
  const extension = certificate.extensions.find(({ oid }) => oid === '2.5.29.30');
  return extension === undefined ? undefined : (readConstraints(extension.value) ?? 'unreadable');
});

function readConstraints(bytes: Uint8Array): NameConstraints | undefined {
  const { root, error, trailing } = parseAsn1(bytes);
  if (!isUniversal(root, TAG.sequence) || error !== undefined || trailing > 0) return undefined;
  const permitted: Subtree[] = [];
  const excluded: Subtree[] = [];
  for (const list of root.children) {
    const target = isContext(list, 0) ? permitted : isContext(list, 1) ? excluded : undefined;
    if (target === undefined || list.children.length === 0) return undefined;
    for (const node of list.children) {
      const [base] = node.children;
      if (base === undefined || generalName(bytes, base) === undefined) return undefined;
      const read = subtree(bytes, base);
      // Bounds of a subtree are never used; where they are, a name of that form cannot be judged.
      target.push(
        hasPlainBounds(node) || read.form === 'other' ? read : { form: read.form, unreadable: true },
      );
    }
  }
  return root.children.length === 0 ? undefined : { permitted, excluded };
}

/** The names that are constrained: those of the SAN, the subject, and what in the subject serves as one. */
function namesOf(certificate: Certificate, isLeaf: boolean): readonly ShownName[] {
  const names: ShownName[] = [];
  for (const { value } of certificate.extensions.filter(({ oid }) => oid === '2.5.29.17')) {
    for (const node of parseAsn1(value).root?.children ?? []) {
      names.push({ shown: shownName(value, node), name: constrainedName(value, node) });
    }
  }
  const { root } = parseAsn1(certificate.subjectDer);
  if (root === undefined || root.children.length === 0) return names;
  const rdns = nameKeys(certificate.subjectDer, root);
  const name: ConstrainedName =
    rdns === undefined ? { form: 'dirName', unreadable: true } : { form: 'dirName', rdns };
  names.push({ shown: `"${distinguishedName(certificate.subjectDer)}"`, name });
  for (const { type, value } of nameAttributes(certificate.subjectDer, root).flat()) {
    if (type === '1.2.840.113549.1.9.1')
      names.push({ shown: `emailAddress=${value}`, name: mailboxName(value) });
    // Where there is no SAN, the common name is taken for a host or a mailbox (RFC 5922 §7.1).
    if (type !== '2.5.4.3' || !isLeaf || certificate.hasSubjectAltName) continue;
    const host = dnsName(value);
    if ('host' in host && value.includes('.')) names.push({ shown: `CN=${value}`, name: host });
    const mailbox = value.includes('@') ? mailboxName(value) : undefined;
    if (mailbox !== undefined && 'mailbox' in mailbox) names.push({ shown: `CN=${value}`, name: mailbox });
  }
  return names;
}

function shownName(bytes: Uint8Array, node: Asn1Node): string {
  const name = generalName(bytes, node);
  return name === undefined
    ? `a name of ${contents(bytes, node).length} octets`
    : `${name.type}:${name.value}`;
}
