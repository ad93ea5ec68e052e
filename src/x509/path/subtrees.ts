/**
 * Names and the subtrees that hold them (RFC 5280 §4.2.1.10), both in a form in which they are compared, and the
 * comparison for each form of name.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { contents, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { readOid, readString } from '../../asn1/values.js';
import { latin1 } from '../../bytes/text.js';
import { asciiLower, comparedHost, type Mailbox, readMailbox } from '../address.js';
import { nameKeys } from '../name-key.js';

/** Forms of names that constraints are processed for; `mailbox` is rfc822Name and SmtpUTF8Mailbox (RFC 9598 §6). */
export type NameForm = 'dirName' | 'dns' | 'mailbox' | 'uri' | 'ip';

/** A name, or the base of a subtree, by its form; `other` is one that no constraints are processed for. */
export type ConstrainedName =
  | { readonly form: 'dirName'; readonly rdns: readonly string[] }
  | { readonly form: 'dns'; readonly host: string }
  | { readonly form: 'mailbox'; readonly mailbox: Mailbox }
  | { readonly form: 'uri'; readonly host: string }
  | { readonly form: 'ip'; readonly octets: Uint8Array }
  /** One of its form that cannot be compared. */
  | { readonly form: NameForm; readonly unreadable: true }
  | { readonly form: 'other'; readonly kind: string };

export type Subtree =
  | { readonly form: 'dirName'; readonly rdns: readonly string[] }
  /** A host, or `.domain` for every host below it; all where it is empty. */
  | { readonly form: 'dns' | 'uri'; readonly domain: string }
  /** One mailbox, all of a host, or `.domain` for all of the hosts below it. */
  | { readonly form: 'mailbox'; readonly local?: string; readonly domain: string }
  | { readonly form: 'ip'; readonly address: Uint8Array; readonly mask: Uint8Array }
  | { readonly form: NameForm; readonly unreadable: true }
  | { readonly form: 'other'; readonly kind: string };

const SMTP_UTF8_MAILBOX = '1.3.6.1.5.5.7.8.9';
const DNS_NAME = /^[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*$/;
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/?#]*@)?([^:/?#@[\]]+)(?::\d*)?(?:[/?#]|$)/i;

/** A GeneralName as constraints see it. */
export function constrainedName(bytes: Uint8Array, node: Asn1Node): ConstrainedName {
  const text = (): string => latin1(contents(bytes, node));
  switch (node.tagClass === 'context' ? node.tagNumber : -1) {
    case 0:
      return otherName(bytes, node);
    case 1:
      return mailboxName(text());
    case 2:
      return dnsName(text());
    case 4: {
      const rdns = node.children[0] === undefined ? undefined : nameKeys(bytes, node.children[0]);
      return rdns === undefined ? { form: 'dirName', unreadable: true } : { form: 'dirName', rdns };
    }
    case 6: {
      // Without an authority that names a host, no constraint can be met (RFC 5280 §4.2.1.10).
      const host = comparedHost(AUTHORITY.exec(text())?.[1] ?? '');
      return host === undefined || /^[0-9.]+$/.test(host)
        ? { form: 'uri', unreadable: true }
        : { form: 'uri', host };
    }
    case 7: {
      const octets = contents(bytes, node);
      return octets.length === 4 || octets.length === 16
        ? { form: 'ip', octets }
        : { form: 'ip', unreadable: true };
    }
    default:
      return { form: 'other', kind: OTHER_FORMS[node.tagNumber] ?? `[${node.tagNumber}]` };
  }
}

const OTHER_FORMS: Readonly<Record<number, string>> = {
  3: 'x400Address',
  5: 'ediPartyName',
  8: 'registeredID',
};

function otherName(bytes: Uint8Array, node: Asn1Node): ConstrainedName {
  const [type, wrapped] = node.children;
  const oid = type === undefined ? undefined : readOid(bytes, type);
  if (oid !== SMTP_UTF8_MAILBOX) return { form: 'other', kind: `otherName ${oid ?? '?'}` };
  const value = wrapped?.children[0];
  const text = isUniversal(value, TAG.utf8String) ? readString(bytes, value) : undefined;
  return text === undefined ? { form: 'mailbox', unreadable: true } : mailboxName(text);
}

export function mailboxName(text: string): ConstrainedName {
  const mailbox = readMailbox(text);
  return mailbox === undefined ? { form: 'mailbox', unreadable: true } : { form: 'mailbox', mailbox };
}

export function dnsName(text: string): ConstrainedName {
  const host = asciiLower(text).replace(/\.$/, '');
  return DNS_NAME.test(host) ? { form: 'dns', host } : { form: 'dns', unreadable: true };
}

/** The base of a GeneralSubtree. */
export function subtree(bytes: Uint8Array, node: Asn1Node): Subtree {
  const text = (): string => latin1(contents(bytes, node));
  switch (node.tagClass === 'context' ? node.tagNumber : -1) {
    case 1: {
      const mailbox = text().includes('@') ? readMailbox(text()) : undefined;
      if (mailbox !== undefined) return { form: 'mailbox', local: mailbox.local, domain: mailbox.host };
      const domain = domainBase(text());
      return domain === undefined ? { form: 'mailbox', unreadable: true } : { form: 'mailbox', domain };
    }
    case 2: {
      const domain = text() === '' ? '' : domainBase(text());
      return domain === undefined ? { form: 'dns', unreadable: true } : { form: 'dns', domain };
    }
    case 6: {
      const domain = domainBase(text());
      return domain === undefined ? { form: 'uri', unreadable: true } : { form: 'uri', domain };
    }
    case 7: {
      const octets = contents(bytes, node);
      const half = octets.length / 2;
      if (half !== 4 && half !== 16) return { form: 'ip', unreadable: true };
      return { form: 'ip', address: octets.subarray(0, half), mask: octets.subarray(half) };
    }
    default: {
      const name = constrainedName(bytes, node);
      if (name.form === 'dirName' || name.form === 'other') return name;
      return { form: name.form, unreadable: true };
    }
  }
}

/** `host` or `.domain`, in lower case and A-labels. */
function domainBase(text: string): string | undefined {
  const dot = text.startsWith('.') ? '.' : '';
  const host = comparedHost(text.slice(dot.length));
  return host === undefined ? undefined : dot + host;
}

/** Whether the subtree holds the name; undefined where one of the two cannot be compared. Their forms are the same. */
export function holds(base: Subtree, name: ConstrainedName): boolean | undefined {
  if ('unreadable' in base || 'unreadable' in name) return undefined;
  if (base.form === 'dirName' && name.form === 'dirName') {
    return base.rdns.length <= name.rdns.length && base.rdns.every((rdn, index) => rdn === name.rdns[index]);
  }
  if (base.form === 'ip' && name.form === 'ip') return holdsAddress(base, name.octets);
  if (base.form === 'dns' && name.form === 'dns') {
    // Labels may be added on the left; OpenSSL's leading dot asks for at least one.
    const { domain } = base;
    return (
      domain === '' ||
      name.host === domain ||
      name.host.endsWith(domain.startsWith('.') ? domain : `.${domain}`)
    );
  }
  if (base.form === 'uri' && name.form === 'uri') return holdsHost(base.domain, name.host);
  if (base.form === 'mailbox' && name.form === 'mailbox') {
    const { local, host } = name.mailbox;
    return (base.local === undefined || base.local === local) && holdsHost(base.domain, host);
  }
  return undefined;
}

/** For mailboxes and URIs, `host` is that host alone, and `.domain` every host below (RFC 5280 §4.2.1.10). */
function holdsHost(domain: string, host: string): boolean {
  return domain.startsWith('.') ? host.endsWith(domain) && host.length > domain.length : host === domain;
}

function holdsAddress(
  { address, mask }: { readonly address: Uint8Array; readonly mask: Uint8Array },
  octets: Uint8Array,
): boolean {
  if (octets.length !== address.length) return false;
  return octets.every(
    (octet, index) => ((octet ^ (address[index] as number)) & (mask[index] as number)) === 0,
  );
}

/** Whether the element is a GeneralSubtree without minimum and maximum, which RFC 5280 does not use. */
export function hasPlainBounds(node: Asn1Node): boolean {
  return (
    node.children.slice(1).every((bound) => isContext(bound, 0) && bound.length === 1) &&
    node.children.length <= 2
  );
}
