/**
 * Libraries that are loaded when first needed, and synchronously: most runs meet nothing that wants them. pkijs, asn1js
 * and node-forge take 40 to 70 ms to load, string-width and fflate 5 to 15 ms together.
 *
 * pkijs, asn1js and node-forge write every certificate, request and CMS or PKCS structure that is made here (src/authority, src/vectors).
 * They read the structures that are rare, deep and costly to get wrong: algorithm parameters and revocation lists. The
 * types that every message has are read by src/asn1: at 20 us instead of 500 us a message, with byte offsets, and
 * damaged ones too.
 */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

type Pkijs = typeof import('pkijs');
type Asn1js = typeof import('asn1js');
type Forge = typeof import('node-forge');
type StringWidth = typeof import('string-width').default;
type Fflate = typeof import('fflate');

let loadedPkijs: Pkijs | undefined;
let loadedAsn1js: Asn1js | undefined;
let loadedForge: Forge | undefined;
let loadedStringWidth: StringWidth | undefined;
let loadedFflate: Fflate | undefined;

/** Structures of X.509, CMS and PKCS. Only structures: its WebCrypto calls are asynchronous and refuse MD5. */
export function pkijs(): Pkijs {
  loadedPkijs ??= require('pkijs') as Pkijs;
  return loadedPkijs;
}

/** The ASN.1 types that pkijs's structures are made of. */
export function asn1js(): Asn1js {
  loadedAsn1js ??= require('asn1js') as Asn1js;
  return loadedAsn1js;
}

/** Ciphers and key derivations that node:crypto lacks: RC2, single DES, those of PKCS #12. */
export function nodeForge(): Forge {
  loadedForge ??= require('node-forge') as Forge;
  return loadedForge;
}

/** Columns that a text takes in a terminal. */
export function stringWidth(): StringWidth {
  // An ES module: Node 20.19 and later load one by require.
  loadedStringWidth ??= (require('string-width') as typeof import('string-width')).default;
  return loadedStringWidth;
}

/** DEFLATE as a stream, synchronously. */
export function fflate(): Fflate {
  loadedFflate ??= require('fflate') as Fflate;
  return loadedFflate;
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
