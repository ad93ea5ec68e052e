import { type ByteSource, derivedField, type Field } from '../../bytes/field.js';
import type { IdentityHeaderVerdict } from '../../checks/identity/verdict.js';
import { describeTnEntry, tnAuthList } from '../../x509/stir/tn-auth-list.js';

/** Entries shown of an object or array, and characters of a text: a token may hold anything. */
const MAX_ENTRIES = 40;
const MAX_TEXT = 200;
/** Claims nest three deep; what is deeper is only said to be there. */
const MAX_DEPTH = 8;

/** What an Identity header says and what came of it, as a branch under the SIP message. */
export function identityField(source: ByteSource, verdict: IdentityHeaderVerdict): Field {
  const { header, status, severity, reason, certificate, chain, stale, breaches } = verdict;
  const children: Field[] = [derivedField(source, 'Reason', reason)];
  if (stale !== undefined) children.push(derivedField(source, 'Freshness', stale));
  for (const breach of breaches) children.push(derivedField(source, 'Breach', breach));
  if (certificate !== undefined) {
    children.push(derivedField(source, 'Certificate', certificate.subject));
    const list = tnAuthList(certificate);
    if (list.status === 'read') {
      const entries = list.entries.slice(0, MAX_ENTRIES).map(describeTnEntry).join(', ');
      children.push(derivedField(source, 'TNAuthList', entries));
    } else if (list.status !== 'absent') {
      children.push(derivedField(source, 'TNAuthList', list.status.replaceAll('_', ' ')));
    }
  }
  if (chain !== undefined) children.push(derivedField(source, `Chain ${chain.status}`, chain.reason));
  if (header.kind === 'rfc4474') {
    children.push(derivedField(source, 'Signature Algorithm', header.algorithm));
  } else if (header.kind === 'passport') {
    const made = header.compact ? ' (made from the message)' : '';
    children.push(
      jsonField(source, `PASSporT Header${made}`, header.header, 0),
      jsonField(source, `PASSporT Claims${made}`, header.claims, 0),
    );
  }
  if (header.kind !== 'malformed') {
    if (header.info !== undefined) children.push(derivedField(source, 'Certificate at', header.info));
    children.push(derivedField(source, 'Signature', `${header.signature.length} bytes`));
  }
  return {
    ...derivedField(source, `Identity ${status}`, KINDS[header.kind], children),
    ...(severity === 'error' || severity === 'warning' ? { severity } : {}),
  };
}

const KINDS = { rfc4474: 'RFC 4474', passport: 'PASSporT (RFC 8224)', malformed: 'malformed' } as const;

function jsonField(source: ByteSource, name: string, value: unknown, depth: number): Field {
  if (typeof value !== 'object' || value === null) return derivedField(source, name, scalar(name, value));
  if (depth >= MAX_DEPTH) return derivedField(source, name, 'nested deeper than is shown');
  const entries = Object.entries(value);
  const children = entries
    .slice(0, MAX_ENTRIES)
    .map(([key, item]) => jsonField(source, key, item, depth + 1));
  if (entries.length > MAX_ENTRIES) {
    children.push(derivedField(source, `... ${entries.length - MAX_ENTRIES} more`));
  }
  return derivedField(source, name, undefined, children);
}

function scalar(name: string, value: unknown): string {
  const text = String(value);
  if (name === 'iat' && typeof value === 'number' && Math.abs(value) < 1e11) {
    return `${text} (${new Date(value * 1000).toISOString()})`;
  }
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}... (${text.length} characters)`;
}
