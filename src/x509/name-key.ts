/**
 * Distinguished names in the form in which they are compared (RFC 5280 §7.1): string types, case and insignificant
 * spaces do not count, the order of the attributes within one relative name neither. Preparation of strings follows
 * RFC 4518 §2.
 */

import type { Asn1Node } from '../asn1/node.js';
import { encoded, isUniversal, TAG } from '../asn1/node.js';
import { parseAsn1 } from '../asn1/parse.js';
import { readOid, readString } from '../asn1/values.js';
import { toHex } from '../bytes/hex.js';
import { LimitedCache } from '../bytes/limited-cache.js';
import { latin1 } from '../bytes/text.js';

/** RFC 4518 §2.2: mapped to nothing. */
const IGNORED = /(?![\t-\r\x85])\p{Cc}|\p{Cf}|\p{Variation_Selector}|[\u034f\ufffc]/gu;
/** RFC 4518 §2.2: mapped to a space. */
const SPACES = /[\u0009-\u000d\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000 ]+/g;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** A string in the form in which RFC 5280 §7.1 compares it. */
export function preparedString(text: string): string {
  // Nearly all: nothing to map, and one spelling each.
  if (PRINTABLE_ASCII.test(text)) return text.replace(/ +/g, ' ').trim().toLowerCase();
  // Upper case first: the folding of RFC 3454 table B.2 takes "ß" for "ss".
  const folded = text.replace(IGNORED, '').normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.replace(SPACES, ' ').trim();
}

/** Each relative distinguished name of a Name as a text that equals that of an equal one; undefined where it is no Name. */
export function nameKeys(bytes: Uint8Array, name: Asn1Node): readonly string[] | undefined {
  if (!name.complete) return undefined;
  const keys: string[] = [];
  for (const rdn of name.children) {
    if (!isUniversal(rdn, TAG.set) || rdn.children.length === 0) return undefined;
    const attributes: string[] = [];
    for (const attribute of rdn.children) {
      const [type, value] = attribute.children;
      const oid = isUniversal(type, TAG.objectIdentifier) ? readOid(bytes, type) : undefined;
      if (oid === undefined || value === undefined) return undefined;
      const text = value.tagClass === 'universal' ? readString(bytes, value) : undefined;
      // A length before each text: no text can pass for two.
      const shown = text === undefined ? toHex(encoded(bytes, value)) : preparedString(text);
      attributes.push(`${oid}=${shown.length}${text === undefined ? '#' : ':'}${shown}`);
    }
    keys.push(attributes.sort().join('+'));
  }
  return keys;
}

/** Keys by DER: signers, recipients and issuers name the same few. Worked out anew, one takes 4 us. */
const known = new LimitedCache<string, string>(1024);
/** Longest Name remembered, in octets. */
const REMEMBERED_NAME_OCTETS = 512;

/** A text that is the same for two Names exactly where RFC 5280 §7.1 takes them for the same; damaged ones equal themselves. */
export function nameKey(der: Uint8Array): string {
  const octets = latin1(der);
  const remembered = known.get(octets);
  if (remembered !== undefined) return remembered;
  const { root, error } = parseAsn1(der);
  const keys = root === undefined || error !== undefined ? undefined : nameKeys(der, root);
  const key = keys === undefined ? `!${octets}` : keys.join(',');
  return der.length > REMEMBERED_NAME_OCTETS ? key : known.keep(octets, key);
}

/** Whether two Names in DER are the same. */
export function sameName(a: Uint8Array, b: Uint8Array): boolean {
  return nameKey(a) === nameKey(b);
}
