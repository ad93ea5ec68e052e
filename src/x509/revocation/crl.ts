/**
 * Certificate revocation lists (RFC 5280 §5). The list of entries is not made into a tree, as lists of a million
 * certificates exist: it is gone through once, by length fields, when the first certificate is looked up.
 */

import type { Asn1Node } from '../../asn1/node.js';
import { isContext, isUniversal, TAG } from '../../asn1/node.js';
import { oidLabel } from '../../asn1/oids.js';
import { parseAsn1 } from '../../asn1/parse.js';
import { readBitString, readInteger, readIntegerHex, readSmallInteger, readTime } from '../../asn1/values.js';
import type { Fault, Result } from '../../bytes/fault.js';
import { failure, success } from '../../bytes/fault.js';
import { toHex } from '../../bytes/hex.js';
import { equalBytes, latin1 } from '../../bytes/text.js';
import { type Extension, readAuthorityKeyValue, readExtensions } from '../extensions.js';
import { distinguishedName } from '../name.js';
import { nameKey } from '../name-key.js';
import { directoryKey, type IssuingDistributionPoint, readIssuingPoint } from './distribution-point.js';
import { causeName } from './verdict.js';

/** Most entries of one list: the largest public ones have some 300,000. */
const ENTRIES_LIMIT = 2_000_000;

export type CrlEntry = {
  /** RFC 3339 UTC, or the encoded text where it is no time. */
  readonly date: string;
  readonly dateSeconds: number;
  /** As RFC 5280 §5.3.1 names it; absent where the entry gives none. */
  readonly cause?: string;
  /** When the key was no longer trusted (§5.3.2), where that is earlier. */
  readonly invalidSeconds?: number;
};

export type Crl = {
  readonly der: Uint8Array;
  /** `nameKey` of the issuer. */
  readonly issuerKey: string;
  readonly issuerDer: Uint8Array;
  readonly issuer: string;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithmDer: Uint8Array;
  readonly signature: Uint8Array;
  readonly thisUpdate: string;
  readonly thisUpdateSeconds: number;
  readonly nextUpdate?: string;
  readonly nextUpdateSeconds?: number;
  readonly number?: bigint;
  /** Set in a delta CRL: the number of the complete list that it builds on. */
  readonly baseNumber?: bigint;
  readonly scope?: IssuingDistributionPoint;
  /** DER of the issuingDistributionPoint; delta and complete list have the same. */
  readonly scopeDer?: Uint8Array;
  readonly authorityKeyIdentifier?: Uint8Array;
  /** Why its word does not count though it may be well signed (a clause that goes on after the list): RFC 5280 §5.2. */
  readonly unusable?: string;
  /** The entry of a certificate by issuer (`nameKey`) and serial number, if it has one. */
  readonly find: (issuerKey: string, serialNumber: string) => CrlEntry | undefined;
  /** Whether an entry has a critical extension that is not processed (§5.3): then the list proves no one good. */
  readonly hasUnknownEntries: () => boolean;
};

const CRL_EXTENSIONS = new Set(['2.5.29.20', '2.5.29.27', '2.5.29.28', '2.5.29.35']);
const ENTRY_EXTENSIONS = new Set(['2.5.29.21', '2.5.29.24', '2.5.29.29']);

/** Reads one CRL in DER; the bytes are kept, not copied. */
export function parseCrl(der: Uint8Array): Result<Crl> {
  const whole = elementAt(der, 0, der.length);
  const outer = whole?.end === der.length ? childrenOf(der, whole) : undefined;
  const [tbs, algorithm, signatureElement] = outer ?? [];
  if (tbs === undefined || algorithm === undefined || signatureElement === undefined) {
    return malformed('not a sequence of TBSCertList, algorithm and signature', 0);
  }
  const { root: signatureNode } = parseAsn1(der, {
    start: signatureElement.start,
    end: signatureElement.end,
  });
  const signature = isUniversal(signatureNode, TAG.bitString) ? readBitString(der, signatureNode) : undefined;
  const fields = childrenOf(der, tbs) ?? [];
  if (fields[0]?.tag === 0x02) fields.shift();
  const [inner, issuer, thisUpdate, ...rest] = fields;
  if (signature === undefined || inner === undefined || issuer?.tag !== 0x30 || thisUpdate === undefined) {
    return malformed('the issuer, date or signature cannot be read', tbs.start);
  }
  const issued = timeAt(der, thisUpdate);
  const due = rest[0] === undefined || !isTime(rest[0]) ? undefined : timeAt(der, rest[0]);
  const entries = rest.find(({ tag }) => tag === 0x30);
  const extensionList = rest.find(({ tag }) => tag === 0xa0);
  const faults: Fault[] = [];
  const extensions = extensionList === undefined ? [] : extensionsAt(der, extensionList, faults);
  const value = (oid: string): Uint8Array | undefined => extensions.find((one) => one.oid === oid)?.value;
  const scopeDer = value('2.5.29.28');
  const scope = scopeDer === undefined ? undefined : readIssuingPoint(scopeDer);
  const numbers = ['2.5.29.20', '2.5.29.27'].map((oid) => integerValue(value(oid)));
  const [number, baseNumber] = numbers;
  const authorityKeyIdentifier = readAuthorityKeyValue(value('2.5.29.35'));
  const issuerDer = der.subarray(issuer.start, issuer.end);
  const issuerKey = nameKey(issuerDer);
  const unusable = whyUnusable(der, { inner, algorithm, issued, due, extensions, faults, scope, numbers });
  const index = lazyIndex(der, entries, issuerKey, scope?.isIndirect === true);
  return success({
    der,
    issuerKey,
    issuerDer,
    issuer: distinguishedName(issuerDer),
    tbs: der.subarray(tbs.start, tbs.end),
    signatureAlgorithmDer: der.subarray(algorithm.start, algorithm.end),
    signature: signature.bytes,
    thisUpdate: issued.text,
    thisUpdateSeconds: issued.seconds,
    ...(due === undefined ? {} : { nextUpdate: due.text, nextUpdateSeconds: due.seconds }),
    ...(typeof number === 'bigint' ? { number } : {}),
    ...(typeof baseNumber === 'bigint' ? { baseNumber } : {}),
    ...(scope === undefined ? {} : { scope }),
    ...(scopeDer === undefined ? {} : { scopeDer }),
    ...(authorityKeyIdentifier === undefined ? {} : { authorityKeyIdentifier }),
    ...(unusable === undefined ? {} : { unusable }),
    find: (issuerKeyOfOne, serialNumber) => {
      const offset = index().offsets.get(`${serialNumber} ${issuerKeyOfOne}`);
      return offset === undefined ? undefined : entryAt(der, offset);
    },
    hasUnknownEntries: () => index().hasUnknown,
  });
}

type Time = { readonly text: string; readonly seconds: number };

function whyUnusable(
  der: Uint8Array,
  parts: {
    readonly inner: Element;
    readonly algorithm: Element;
    readonly issued: Time;
    readonly due: Time | undefined;
    readonly extensions: readonly Extension[];
    readonly faults: readonly Fault[];
    readonly scope: IssuingDistributionPoint | undefined;
    readonly numbers: readonly (bigint | 'unreadable' | undefined)[];
  },
): string | undefined {
  const { inner, algorithm, issued, due, extensions, faults, scope, numbers } = parts;
  const unknown = extensions.find(({ oid, critical }) => critical && !CRL_EXTENSIONS.has(oid));
  if (unknown !== undefined)
    return `has the critical extension ${oidLabel(unknown.oid)}, which is not processed`;
  if (faults.length > 0) return 'has extensions that cannot be read or that occur twice';
  const hasScope = extensions.some(({ oid }) => oid === '2.5.29.28');
  if ((hasScope && scope === undefined) || numbers.includes('unreadable'))
    return 'has extensions that cannot be read';
  const {
    onlyUserCertificates: user,
    onlyCaCertificates: ca,
    onlyAttributeCertificates: attribute,
  } = scope ?? {};
  if ([user, ca, attribute].filter((flag) => flag === true).length > 1)
    return 'says that it is for two kinds of certificates alone';
  if (Number.isNaN(issued.seconds) || Number.isNaN(due?.seconds ?? 0)) return 'has dates that cannot be read';
  const isSame = equalBytes(
    der.subarray(inner.start, inner.end),
    der.subarray(algorithm.start, algorithm.end),
  );
  return isSame ? undefined : 'names two signature algorithms';
}

type Index = { readonly offsets: ReadonlyMap<string, number>; readonly hasUnknown: boolean };

/** Entries by serial number and issuer, gone through when they are first asked for. */
function lazyIndex(
  der: Uint8Array,
  entries: Element | undefined,
  issuerKey: string,
  isIndirect: boolean,
): () => Index {
  let index: Index | undefined;
  return () => {
    index ??=
      entries === undefined
        ? { offsets: new Map(), hasUnknown: false }
        : indexOf(der, entries, issuerKey, isIndirect);
    return index;
  };
}

function indexOf(der: Uint8Array, entries: Element, crlIssuer: string, isIndirect: boolean): Index {
  const offsets = new Map<string, number>();
  let issuerKey = crlIssuer;
  let hasUnknown = false;
  let offset = entries.contentStart;
  while (offset < entries.end) {
    const entry = elementAt(der, offset, entries.end);
    const serial = entry === undefined ? undefined : elementAt(der, entry.contentStart, entry.end);
    // What cannot be read may be anybody: the list proves no one good.
    if (entry === undefined || serial?.tag !== 0x02 || offsets.size >= ENTRIES_LIMIT)
      return { offsets, hasUnknown: true };
    const date = elementAt(der, serial.end, entry.end);
    if (date === undefined || date.end < entry.end) {
      const faults: Fault[] = [];
      const extensions = entryExtensions(der, offset, faults);
      const issuer = extensions.find(({ oid }) => oid === '2.5.29.29');
      if (issuer !== undefined) {
        // RFC 5280 §5.3.3: it holds for the entries that follow too.
        const names = parseAsn1(issuer.value).root?.children ?? [];
        const [key] = names.flatMap((name) => directoryKey(issuer.value, name) ?? []);
        if (key === undefined || !isIndirect) hasUnknown = true;
        issuerKey = key ?? issuerKey;
      }
      if (faults.length > 0 || extensions.some(({ oid, critical }) => critical && !ENTRY_EXTENSIONS.has(oid)))
        hasUnknown = true;
    }
    offsets.set(`${serialAt(der, serial)} ${issuerKey}`, offset);
    offset = entry.end;
  }
  return { offsets, hasUnknown };
}

/** A serial number as `Certificate.serialNumber` writes it. */
function serialAt(der: Uint8Array, { start, contentStart, end }: Element): string {
  if ((der[contentStart] ?? 0x80) >= 0x80) {
    const { root } = parseAsn1(der, { start, end });
    return (root === undefined ? undefined : readIntegerHex(der, root)) ?? '?';
  }
  let first = contentStart;
  while (first < end - 1 && der[first] === 0) first++;
  return toHex(der.subarray(first, end));
}

function entryAt(der: Uint8Array, offset: number): CrlEntry {
  const entry = elementAt(der, offset, der.length) as Element;
  const serial = elementAt(der, entry.contentStart, entry.end) as Element;
  const dateElement = elementAt(der, serial.end, entry.end);
  const date = dateElement === undefined ? { text: '?', seconds: Number.NaN } : timeAt(der, dateElement);
  const extensions = entryExtensions(der, offset, []);
  const parsed = (oid: string): { bytes: Uint8Array; root: Asn1Node } | undefined => {
    const bytes = extensions.find((one) => one.oid === oid)?.value;
    const root = bytes === undefined ? undefined : parseAsn1(bytes).root;
    return bytes === undefined || root === undefined ? undefined : { bytes, root };
  };
  const reason = parsed('2.5.29.21');
  const code = reason === undefined ? undefined : readSmallInteger(reason.bytes, reason.root);
  const invalid = parsed('2.5.29.24');
  const invalidTime = invalid === undefined ? undefined : readTime(invalid.bytes, invalid.root);
  return {
    date: date.text,
    dateSeconds: date.seconds,
    ...(code === undefined ? {} : { cause: causeName(code) }),
    ...(invalidTime === undefined ? {} : { invalidSeconds: invalidTime.seconds }),
  };
}

function entryExtensions(der: Uint8Array, offset: number, faults: Fault[]): readonly Extension[] {
  const entry = elementAt(der, offset, der.length);
  const list = entry === undefined ? undefined : childrenOf(der, entry)?.[2];
  return list === undefined ? [] : extensionsAt(der, list, faults);
}

/** Extensions inside an explicit tag, or a bare SEQUENCE OF them. */
function extensionsAt(der: Uint8Array, { start, end }: Element, faults: Fault[]): readonly Extension[] {
  const { root } = parseAsn1(der, { start, end });
  if (root === undefined) return [];
  return readExtensions(der, isContext(root, 0) ? root : { ...root, children: [root] }, faults);
}

function integerValue(value: Uint8Array | undefined): bigint | 'unreadable' | undefined {
  if (value === undefined) return undefined;
  const { root } = parseAsn1(value);
  return (isUniversal(root, TAG.integer) ? readInteger(value, root) : undefined) ?? 'unreadable';
}

function isTime({ tag }: Element): boolean {
  return tag === 0x17 || tag === 0x18;
}

function timeAt(der: Uint8Array, { start, end, contentStart }: Element): Time {
  const { root } = parseAsn1(der, { start, end });
  const time = root === undefined ? undefined : readTime(der, root);
  return time === undefined
    ? { text: latin1(der, contentStart, end), seconds: Number.NaN }
    : { text: time.rfc3339, seconds: time.seconds };
}

/** One element of DER: its identifier octet, and where it stands. */
type Element = {
  readonly tag: number;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
};

/** The element at `offset`, which must end by `limit`; low tags and definite lengths alone, as DER has them here. */
function elementAt(der: Uint8Array, offset: number, limit: number): Element | undefined {
  const tag = der[offset];
  const first = der[offset + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || first === 0x80 || first > 0x84)
    return undefined;
  let length = first;
  let contentStart = offset + 2;
  if (first > 0x80) {
    length = 0;
    for (let count = first - 0x80; count > 0; count--) length = length * 256 + (der[contentStart++] ?? 0);
  }
  const end = contentStart + length;
  return end > limit ? undefined : { tag, start: offset, contentStart, end };
}

/** The elements inside a SEQUENCE; undefined where they do not fill it. */
function childrenOf(der: Uint8Array, parent: Element | undefined): Element[] | undefined {
  if (parent?.tag !== 0x30) return undefined;
  const children: Element[] = [];
  for (let offset = parent.contentStart; offset < parent.end; ) {
    const child = elementAt(der, offset, parent.end);
    // A list has at most seven parts, its entries three: more was made to cost memory.
    if (child === undefined || children.length > 16) return undefined;
    children.push(child);
    offset = child.end;
  }
  return children;
}

function malformed<T>(message: string, offset: number): Result<T> {
  return failure({ layer: 'CRL', message, offset });
}
