/**
 * DER for tests, which write structures with any mistake in them: the encoder of src/asn1/der.ts, and the types that the
 * program itself has no need to write.
 */

import { bitString, element } from '../../src/asn1/der.js';
import { TAG } from '../../src/asn1/node.js';

export * from '../../src/asn1/der.js';

/** INTEGER from a number, a bigint, or the octets of an unsigned magnitude. */
export function integer(value: number | bigint | Uint8Array): Uint8Array {
  return element('universal', TAG.integer, false, integerContents(value));
}

function integerContents(value: number | bigint | Uint8Array): Uint8Array {
  if (value instanceof Uint8Array) {
    let zeros = 0;
    while (zeros < value.length - 1 && value[zeros] === 0) zeros++;
    const magnitude = value.length === 0 ? Uint8Array.of(0) : value.subarray(zeros);
    return (magnitude[0] as number) >= 0x80 ? Buffer.concat([Uint8Array.of(0), magnitude]) : magnitude;
  }
  const octets: number[] = [];
  let left = BigInt(value);
  for (;;) {
    const octet = Number(left & 0xffn);
    octets.unshift(octet);
    left >>= 8n;
    if ((left === 0n && octet < 0x80) || (left === -1n && octet >= 0x80)) return Uint8Array.from(octets);
  }
}

export function boolean(value: boolean): Uint8Array {
  return element('universal', TAG.boolean, false, Uint8Array.of(value ? 0xff : 0));
}

export function nullValue(): Uint8Array {
  return element('universal', TAG.null, false);
}

/** BIT STRING with named bits (X.690 §11.2.2: no trailing zero bits), as keyUsage; `set` holds the bit numbers. */
export function namedBits(bits: readonly number[]): Uint8Array {
  if (bits.length === 0) return bitString(new Uint8Array(0));
  const last = Math.max(...bits);
  const octets = new Uint8Array((last >> 3) + 1);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] as number) | (0x80 >> (bit & 7));
  return bitString(octets, 7 - (last & 7));
}

export function utf8String(text: string): Uint8Array {
  return element('universal', TAG.utf8String, false, Buffer.from(text, 'utf8'));
}

export function printableString(text: string): Uint8Array {
  return element('universal', TAG.printableString, false, Buffer.from(text, 'latin1'));
}

export function ia5String(text: string): Uint8Array {
  return element('universal', TAG.ia5String, false, Buffer.from(text, 'latin1'));
}

/** Time of a certificate or attribute (RFC 5280 §4.1.2.5): UTCTime through 2049, GeneralizedTime from 2050 on. */
export function time(seconds: number): Uint8Array {
  const digits = new Date(seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year < 2050;
  const text = short ? `${digits.slice(2)}Z` : `${digits}Z`;
  return element('universal', short ? TAG.utcTime : TAG.generalizedTime, false, Buffer.from(text, 'latin1'));
}

/** `[n]` IMPLICIT of a primitive type: the contents octets under a context tag. */
export function contextPrimitive(tagNumber: number, octets: Uint8Array): Uint8Array {
  return element('context', tagNumber, false, octets);
}
