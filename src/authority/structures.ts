/**
 * What the structures written here and in src/vectors have in common: values in, pkijs and asn1js structures out, and
 * their DER. Where those two do not write DER by themselves, the function that sees to it says so.
 */

import type { AsnType, BaseBlock, BitString, Integer, OctetString } from 'asn1js';
import type { AlgorithmIdentifier, IssuerAndSerialNumber, RelativeDistinguishedNames, Time } from 'pkijs';
import { fromHex } from '../bytes/hex.js';
import { asn1js, pkijs } from '../bytes/libraries.js';

/** The encoded element. */
export function encode(element: { toBER(): ArrayBuffer }): Uint8Array {
  return new Uint8Array(element.toBER());
}

/**
 * An element that is these bytes. For what comes from elsewhere (names, certificates): asn1js would encode it anew, and
 * what was signed or is compared must stay as it is. asn1js's own RawData writes nothing inside another element.
 */
function verbatim(bytes: Uint8Array): BaseBlock {
  const element = new (asn1js().BaseBlock)();
  element.toBER = (_sizeOnly, writer) => {
    const copy = Uint8Array.from(bytes).buffer;
    if (writer === undefined) return copy;
    writer.write(copy);
    return new ArrayBuffer(0);
  };
  return element;
}

/** The structure, with these bytes for its encoding. */
export function encodedAs<S extends { toSchema(): unknown }>(structure: S, bytes: Uint8Array): S {
  structure.toSchema = () => verbatim(bytes);
  return structure;
}

/** INTEGER of a magnitude, big-endian; no octets are 0. */
export function unsigned(magnitude: Uint8Array): Integer {
  return asn1js().Integer.fromBigInt(BigInt(`0x0${Buffer.from(magnitude).toString('hex')}`));
}

export function octetString(bytes: Uint8Array): OctetString {
  return new (asn1js().OctetString)({ valueHex: bytes });
}

/** BIT STRING of whole octets. */
export function bitString(bytes: Uint8Array): BitString {
  return new (asn1js().BitString)({ valueHex: bytes });
}

/** In the order of a SET OF (X.690 §11.6): pkijs and asn1js leave them as they are given. */
export function inSetOrder<S extends { toSchema(): AsnType }>(structures: readonly S[]): S[] {
  return structures
    .map((structure) => ({ structure, bytes: encode(structure.toSchema()) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ structure }) => structure);
}

/** AlgorithmIdentifier; parameters that are not given are absent. */
export function algorithm(identifier: string, parameters?: AsnType): AlgorithmIdentifier {
  return new (pkijs().AlgorithmIdentifier)({
    algorithmId: identifier,
    ...(parameters === undefined ? {} : { algorithmParams: parameters }),
  });
}

/** AlgorithmIdentifier with NULL for parameters. */
export function algorithmWithNull(identifier: string): AlgorithmIdentifier {
  return algorithm(identifier, new (asn1js().Null)());
}

/** Time of Unix seconds (RFC 5280 §4.1.2.5): UTCTime from 1950 through 2049, else GeneralizedTime, without fractions. */
export function time(seconds: number): Time {
  const { Time, TimeType } = pkijs();
  const value = new Date(Math.floor(seconds) * 1000);
  const year = value.getUTCFullYear();
  const type = year >= 1950 && year < 2050 ? TimeType.UTCTime : TimeType.GeneralizedTime;
  return new Time({ type, value });
}

/** A Name that is encoded already. */
export function encodedName(der: Uint8Array): RelativeDistinguishedNames {
  return encodedAs(new (pkijs().RelativeDistinguishedNames)(), der);
}

/** What tells a certificate from others in CMS (RFC 5652 §10.2.4); the serial number in hexadecimal. */
export function issuerAndSerial(certificate: {
  readonly issuerDer: Uint8Array;
  readonly serialNumber: string;
}): IssuerAndSerialNumber {
  return new (pkijs().IssuerAndSerialNumber)({
    issuer: encodedName(certificate.issuerDer),
    serialNumber: unsigned(fromHex(certificate.serialNumber.replace(/^-/, '')) ?? new Uint8Array(0)),
  });
}
