/**
 * TNAuthList (RFC 8226 §9): the telephone numbers and service provider codes that a STIR certificate may vouch for.
 *
 *     TNEntry ::= CHOICE { spc [0] IA5String, range [1] SEQUENCE { start, count }, one [2] IA5String }   -- EXPLICIT TAGS
 *
 * In: a certificate. Out: its entries; `unreadable` for an extension that is not whole, with an unknown entry, or with one
 * that breaks its form: a list that is read in part would say less, or more, than it does.
 */
import { type Asn1Node, isContext, isUniversal, TAG } from '../../asn1/node.js';
import { isWhole, parseAsn1 } from '../../asn1/parse.js';
import { readSmallInteger, readString } from '../../asn1/values.js';
import { derivedOnce } from '../../bytes/derived.js';
import type { Certificate } from '../certificate.js';

export type TnEntry =
  /** A service provider code: which numbers it has is not said in the certificate. */
  | { readonly kind: 'spc'; readonly code: string }
  /** `count` numbers from `start` on, of as many digits. */
  | { readonly kind: 'range'; readonly start: string; readonly count: number }
  | { readonly kind: 'one'; readonly number: string };

export type TnAuthList =
  | { readonly status: 'absent' }
  | { readonly status: 'unreadable' }
  /** The list is at the address in AuthorityInfoAccess (RFC 8226 §10.1); nothing is fetched. */
  | { readonly status: 'by_reference' }
  | { readonly status: 'read'; readonly entries: readonly TnEntry[] };

const TN_AUTH_LIST = '1.3.6.1.5.5.7.1.26';
const AUTHORITY_INFO_ACCESS = '1.3.6.1.5.5.7.1.1';
/** id-ad-stirTNList, 1.3.6.1.5.5.7.48.14, as it is encoded. */
const STIR_TN_LIST = Buffer.from([0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x0e]);
/** TelephoneNumber ::= IA5String (SIZE (1..15)) (FROM ("0123456789#*")). */
const TELEPHONE_NUMBER = /^[0-9#*]{1,15}$/;

/** The numbers that a certificate may vouch for; read once. */
export const tnAuthList = derivedOnce(({ extensions }: Certificate): TnAuthList => {
  const found = extensions.filter(({ oid }) => oid === TN_AUTH_LIST);
  const [extension] = found;
  if (extension === undefined) {
    const access = extensions.find(({ oid }) => oid === AUTHORITY_INFO_ACCESS);
    const refers = access !== undefined && Buffer.from(access.value).includes(STIR_TN_LIST);
    return { status: refers ? 'by_reference' : 'absent' };
  }
  const entries = found.length > 1 ? undefined : readTnAuthList(extension.value);
  return entries === undefined ? { status: 'unreadable' } : { status: 'read', entries };
});

/** The entries of the extension's value; undefined where one cannot be read. */
export function readTnAuthList(der: Uint8Array): readonly TnEntry[] | undefined {
  const result = parseAsn1(der);
  if (!isWhole(result) || !isUniversal(result.root, TAG.sequence)) return undefined;
  const entries = result.root.children.map((node) => readEntry(der, node));
  if (entries.length === 0 || entries.includes(undefined)) return undefined;
  return entries as readonly TnEntry[];
}

function readEntry(der: Uint8Array, node: Asn1Node): TnEntry | undefined {
  const [inner, ...others] = node.children;
  if (inner === undefined || others.length > 0) return undefined;
  if (isContext(node, 0)) {
    const code = ia5(der, inner);
    return code === undefined || code === '' ? undefined : { kind: 'spc', code };
  }
  if (isContext(node, 1)) return readRange(der, inner);
  const number = isContext(node, 2) ? telephoneNumber(der, inner) : undefined;
  return number === undefined ? undefined : { kind: 'one', number };
}

/** TelephoneNumberRange ::= SEQUENCE { start TelephoneNumber, count INTEGER (2..MAX), ... }; of digits, as they are counted. */
function readRange(der: Uint8Array, node: Asn1Node): TnEntry | undefined {
  if (!isUniversal(node, TAG.sequence)) return undefined;
  const [first, second] = node.children;
  const start = first === undefined ? undefined : telephoneNumber(der, first);
  const count = isUniversal(second, TAG.integer) ? readSmallInteger(der, second) : undefined;
  if (start === undefined || !/^[0-9]+$/.test(start) || count === undefined || count < 2) return undefined;
  return { kind: 'range', start, count };
}

function telephoneNumber(der: Uint8Array, node: Asn1Node): string | undefined {
  const text = ia5(der, node);
  return text !== undefined && TELEPHONE_NUMBER.test(text) ? text : undefined;
}

function ia5(der: Uint8Array, node: Asn1Node): string | undefined {
  return isUniversal(node, TAG.ia5String) ? readString(der, node) : undefined;
}

/** Whether an entry names the number, which is canonical (RFC 8224 §8.3); a service provider code names none. */
export function coversNumber(entry: TnEntry, number: string): boolean {
  switch (entry.kind) {
    case 'spc':
      return false;
    case 'one':
      return entry.number === number;
    case 'range': {
      if (entry.start.length !== number.length || !/^[0-9]+$/.test(number)) return false;
      // Fifteen digits are below 2^53.
      const distance = Number(number) - Number(entry.start);
      return distance >= 0 && distance < entry.count;
    }
  }
}

/** An entry in words, as `number 12025550101`. */
export function describeTnEntry(entry: TnEntry): string {
  switch (entry.kind) {
    case 'spc':
      return `service provider code ${entry.code}`;
    case 'one':
      return `number ${entry.number}`;
    case 'range':
      return `${entry.count} numbers from ${entry.start}`;
  }
}
