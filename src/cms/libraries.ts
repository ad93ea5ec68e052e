/**
 * pkijs and asn1js, loaded when first needed and synchronously: most runs meet no structure that wants them, and
 * they take 40 ms to load. Their CommonJS builds are the only ones that can be loaded in the middle of a call.
 *
 * Here they read the structures that are rare, deep and costly to get wrong: algorithm parameters and revocation lists.
 * The types that every message has are read by src/asn1: at 20 us instead of 500 us a message, with byte offsets, and
 * damaged ones too.
 */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type Pkijs = typeof import('pkijs');
type Asn1js = typeof import('asn1js');

let loadedPkijs: Pkijs | undefined;
let loadedAsn1js: Asn1js | undefined;

export function pkijs(): Pkijs {
  loadedPkijs ??= require('pkijs') as Pkijs;
  return loadedPkijs;
}

export function asn1js(): Asn1js {
  loadedAsn1js ??= require('asn1js') as Asn1js;
  return loadedAsn1js;
}

/**
 * Reads one element with a pkijs class; undefined where the bytes are not one or do not fit the class (pkijs throws
 * then, and on some odd values throws TypeErrors: both mean the same here).
 */
export function readWith<T>(
  read: (library: Pkijs, schema: import('asn1js').AsnType) => T,
  der: Uint8Array,
): T | undefined {
  try {
    const { result, offset } = asn1js().fromBER(der);
    if (offset !== der.length) return undefined;
    return read(pkijs(), result);
  } catch {
    return undefined;
  }
}
